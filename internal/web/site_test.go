package web

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// gcm is a Sealer with a key of its own.
type gcm struct{ aead cipher.AEAD }

func newGCM(t testing.TB) gcm {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return gcm{aead}
}

func (g gcm) SystemSeal(name string, p []byte) ([]byte, error) {
	return g.aead.Seal(nil, nil, p, []byte(name)), nil
}

func (g gcm) SystemOpen(name string, s []byte) ([]byte, error) {
	return g.aead.Open(nil, nil, s, []byte(name))
}

type fixture struct {
	site *Site
	mux  *http.ServeMux
	log  *bytes.Buffer
	now  time.Time
}

func newFixture(t *testing.T, change func(*Config)) *fixture {
	t.Helper()
	f := &fixture{mux: http.NewServeMux(), log: &bytes.Buffer{}, now: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}
	cfg := Config{Sealer: newGCM(t), Loopback: true, Log: slog.New(slog.NewJSONHandler(f.log, nil)), Now: func() time.Time { return f.now }}
	if change != nil {
		change(&cfg)
	}
	site, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.site = site
	site.Routes(f.mux)
	return f
}

func (f *fixture) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.site.Handler(f.mux).ServeHTTP(w, r)
	return w
}

func (f *fixture) get(path string) *httptest.ResponseRecorder {
	return f.do(httptest.NewRequest("GET", path, nil))
}

// Promise 45.
func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	for _, loopback := range []bool{true, false} {
		f := newFixture(t, func(c *Config) { c.Loopback = loopback })
		f.mux.HandleFunc("GET /fine", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") })
		f.mux.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) { panic("secret words") })
		for _, path := range []string{"/fine", "/broken", "/nowhere", "/assets/none.css"} {
			h := f.do(httptest.NewRequest("GET", path, nil)).Header()
			want := map[string]string{
				"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
				"Referrer-Policy":         "same-origin", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
				"Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
			}
			for name, value := range want {
				if h.Get(name) != value {
					t.Errorf("%s: %s is %q", path, name, h.Get(name))
				}
			}
			if got := h.Get("Strict-Transport-Security") != ""; got == loopback {
				t.Errorf("%s: HSTS is %v, loopback %v", path, got, loopback)
			}
			if len(h.Get("X-Request-Id")) < 20 {
				t.Errorf("%s: no request ID", path)
			}
		}
	}
}

func TestPanicGivesThe500PageAndOneLogLineWithoutInternals(t *testing.T) {
	f := newFixture(t, nil)
	f.mux.HandleFunc("GET /broken/{token}", func(http.ResponseWriter, *http.Request) { panic("secret words") })
	w := f.do(httptest.NewRequest("GET", "/broken/tok3n?q=personal", nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), "went wrong on our side") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if id := w.Header().Get("X-Request-Id"); !strings.Contains(w.Body.String(), id) {
		t.Error("the page does not quote the reference")
	}
	for _, where := range []string{w.Body.String(), f.log.String()} {
		for _, never := range []string{"secret words", "tok3n", "personal"} {
			if strings.Contains(where, never) {
				t.Errorf("%q shows in %s", never, where)
			}
		}
	}
	if n := strings.Count(f.log.String(), `"ERROR"`); n != 1 {
		t.Errorf("%d error lines: %s", n, f.log)
	}
	if !strings.Contains(f.log.String(), `"route":"GET /broken/{token}"`) {
		t.Errorf("the line lacks the route: %s", f.log)
	}
}

func TestNoPageAndNoMethodArePages(t *testing.T) {
	f := newFixture(t, nil)
	f.mux.HandleFunc("GET /form", func(http.ResponseWriter, *http.Request) {})
	if w := f.do(httptest.NewRequest("GET", "/no/where", nil)); w.Code != 404 || !strings.Contains(w.Body.String(), "<h1>Page not found</h1>") {
		t.Errorf("404: %d %s", w.Code, w.Body)
	}
	w := f.do(httptest.NewRequest("DELETE", "/form", nil))
	if w.Code != 405 || !strings.Contains(w.Header().Get("Allow"), "GET") || !strings.Contains(w.Body.String(), "<h1>That does not work here</h1>") {
		t.Errorf("405: %d %v %s", w.Code, w.Header(), w.Body)
	}
	w = f.do(httptest.NewRequest("GET", "/api/v1/none", nil))
	if w.Code != 404 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("API: %d %v", w.Code, w.Header())
	}
}

func TestTimeOverIs503HoweverItIsCalled(t *testing.T) {
	f := newFixture(t, nil)
	f.mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 0)
		defer cancel()
		f.site.Fail(w, r.WithContext(ctx), errors.New("rpc: no worker"))
	})
	if w := f.do(httptest.NewRequest("GET", "/slow", nil)); w.Code != 503 || strings.Contains(w.Body.String(), "rpc") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	before := f.log.Len()
	w := httptest.NewRecorder()
	f.site.Fail(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx), context.Canceled)
	if w.Body.Len() != 0 || f.log.Len() != before {
		t.Error("a browser that has gone was answered or logged")
	}
}

func TestCrossOriginPostsAreRefused(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.CrossOrigin = []string{"/codec/"} })
	took := 0
	f.mux.HandleFunc("POST /form", func(http.ResponseWriter, *http.Request) { took++ })
	f.mux.HandleFunc("POST /codec/decode", func(http.ResponseWriter, *http.Request) { took++ })
	post := func(path string, headers ...string) int {
		r := httptest.NewRequest("POST", path, strings.NewReader("a=b"))
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return f.do(r).Code
	}
	if c := post("/form", "Sec-Fetch-Site", "cross-site"); c != 403 {
		t.Errorf("cross-site: %d", c)
	}
	if c := post("/form", "Origin", "https://evil.example"); c != 403 {
		t.Errorf("other origin: %d", c)
	}
	if took != 0 {
		t.Error("a refused form was taken")
	}
	for _, c := range []int{post("/form"), post("/form", "Sec-Fetch-Site", "same-origin"), post("/form", "Origin", "http://example.com"),
		post("/codec/decode", "Origin", "http://127.0.0.1:8233")} {
		if c != 200 {
			t.Errorf("a good post: %d", c)
		}
	}
}

func TestBodyLimitGivesThe413Page(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Limits = []Limit{{Prefix: "/big", Bytes: 1 << 20}} })
	form := func(w http.ResponseWriter, r *http.Request) {
		if err := ParseForm(r); err != nil {
			f.site.Fail(w, r, err)
			return
		}
		_, _ = fmt.Fprint(w, len(r.PostForm.Get("a")))
	}
	f.mux.HandleFunc("POST /form", form)
	f.mux.HandleFunc("POST /big", form)
	post := func(path string, n int, chunked bool) *httptest.ResponseRecorder {
		var body io.Reader = strings.NewReader("a=" + strings.Repeat("x", n))
		if chunked {
			body = io.MultiReader(body)
		}
		r := httptest.NewRequest("POST", path, body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return f.do(r)
	}
	for _, chunked := range []bool{true, false} {
		w := post("/form", 5<<20, chunked)
		if w.Code != 413 || !strings.Contains(w.Body.String(), "too large") || strings.Contains(w.Body.String(), "xxxx") {
			t.Errorf("chunked %v: %d", chunked, w.Code)
		}
	}
	if w := post("/big", 500<<10, false); w.Code != 200 {
		t.Errorf("below its own limit: %d", w.Code)
	}
	r := httptest.NewRequest("POST", "/form", strings.NewReader("a=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w := f.do(r); w.Code != 422 {
		t.Errorf("a body that is no form: %d", w.Code)
	}
}

// Promise 41, 42.
func TestAccessLogAndSpansNameTheRouteAndNobody(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	defer otel.SetTracerProvider(before)
	f := newFixture(t, nil)
	f.mux.HandleFunc("POST /apply/link/{token}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("token") != "mark-1" || r.UserAgent() != "mark-2" {
			t.Error("the handler does not get the real request")
		}
		body, _ := io.ReadAll(r.Body)
		if string(body) != "mark-6" {
			t.Errorf("the handler got the body %q", body)
		}
		w.WriteHeader(201)
	})
	r := httptest.NewRequest("POST", "/apply/link/mark-1?email=mark-3", strings.NewReader("mark-6"))
	r.Header.Set("User-Agent", "mark-2")
	r.Header.Set("X-Forwarded-For", "203.0.113.7")
	r.Host = "mark-4.example"
	r.RemoteAddr = "203.0.113.9:4444"
	if w := f.do(r); w.Code != 201 {
		t.Fatalf("%d", w.Code)
	}
	_ = provider.ForceFlush(context.Background())
	got := spans.GetSpans()
	if len(got) != 1 || got[0].Name != "POST /apply/link/{token}" {
		t.Fatalf("spans: %v", got)
	}
	told := fmt.Sprint(got[0].Attributes) + f.log.String()
	for _, never := range []string{"mark-", "203.0.113"} {
		if strings.Contains(told, never) {
			t.Errorf("%q shows in %s", never, told)
		}
	}
	if !strings.Contains(f.log.String(), `"status":201`) {
		t.Errorf("access log: %s", f.log)
	}
}

func TestAssetsAreSmallHashedAndKept(t *testing.T) {
	f := newFixture(t, nil)
	address, err := f.site.Asset("app.css")
	if err != nil {
		t.Fatal(err)
	}
	w := f.do(httptest.NewRequest("GET", address, nil))
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w.Body.Len() > 30<<10 {
		t.Errorf("the style sheet has %d bytes", w.Body.Len())
	}
	for _, never := range []string{"http:", "https:", "@import", "url("} {
		if strings.Contains(w.Body.String(), never) {
			t.Errorf("the style sheet has %q", never)
		}
	}
	old := f.do(httptest.NewRequest("GET", "/assets/app-000000000000.css", nil))
	if old.Code != 200 || old.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("another edition's address: %d %v", old.Code, old.Header())
	}
	if w := f.do(httptest.NewRequest("GET", "/assets/none-000000000000.css", nil)); w.Code != 404 {
		t.Errorf("no such asset: %d", w.Code)
	}
}

func TestFaultyTemplatesFailTheStart(t *testing.T) {
	f := newFixture(t, nil)
	for name, page := range map[string]string{
		"syntax": `{{define "content"}}{{if}}{{end}}`, "no content": `{{define "other"}}x{{end}}`,
		"unknown function": `{{define "content"}}{{nope}}{{end}}`, "unknown template": `{{define "content"}}{{template "nope"}}{{end}}`,
		"cannot be escaped": `{{define "content"}}<a href="{{if .X}}"{{end}}>{{end}}`,
	} {
		if _, err := f.site.Templates(fstest.MapFS{"p/a.html": {Data: []byte(page)}}, "p", Face{}, nil); err == nil {
			t.Errorf("%s: no error", name)
		} else if !strings.Contains(err.Error(), "p/a.html") {
			t.Errorf("%s: the error does not name the file: %v", name, err)
		}
	}
	if _, err := f.site.Templates(fstest.MapFS{}, "p", Face{}, nil); err == nil {
		t.Error("no pages: no error")
	}
	pages, err := f.site.Templates(fstest.MapFS{"p/a.html": {Data: []byte(`{{define "content"}}{{.Body.Nope}}{{end}}`)}}, "p", Face{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	f.site.Render(w, httptest.NewRequest("GET", "/", nil), 200, pages, "a", Page{Body: struct{}{}})
	if w.Code != 500 || strings.Contains(w.Body.String(), "Nope") || strings.Contains(w.Body.String(), "<") {
		t.Errorf("a page that fails at run time: %d %s", w.Code, w.Body)
	}
}

func TestStatusOfEveryCode(t *testing.T) {
	for code, want := range map[onboarding.Code]int{
		onboarding.CodeInvalid: 422, onboarding.CodeUnderAge: 422, onboarding.CodeUnknownApplicant: 404, onboarding.CodeUnknownProgram: 404,
		onboarding.CodeNotNow: 409, onboarding.CodeConflict: 409, onboarding.CodeNotAllowed: 403, onboarding.CodeTooLarge: 413,
		onboarding.CodeConsentNotLive: 409, onboarding.CodeGrantRefused: 403, onboarding.CodeLedgerConflict: 500, onboarding.CodeVendorRefused: 503,
		onboarding.CodeVendorUnclear: 503, onboarding.CodeVendorBusy: 503, onboarding.CodeVendorDown: 503, onboarding.CodeKeyDestroyed: 410,
		onboarding.CodeInternal: 500, "NEVER_SEEN": 500,
	} {
		err := fmt.Errorf("wrapped: %w", &onboarding.Error{Code: code, Message: "words for people", Cause: errors.New("inside")})
		status, page := Describe(err)
		if status != want {
			t.Errorf("%s: %d, want %d", code, status, want)
		}
		if page.Heading == "" || page.Message == "" || page.Hint == "" && status != want {
			t.Errorf("%s: an empty page: %+v", code, page)
		}
		if strings.Contains(page.Message+page.Hint, "inside") {
			t.Errorf("%s: shows its cause", code)
		}
	}
	if s := StatusOf(fmt.Errorf("x: %w", context.DeadlineExceeded)); s != 503 {
		t.Errorf("deadline: %d", s)
	}
	if s, p := Describe(errors.New("dial tcp 10.0.0.3")); s != 500 || strings.Contains(p.Message+p.Hint, "10.0.0.3") {
		t.Errorf("plain error: %d %+v", s, p)
	}
}

// TestErrorsLeadOnward: no error page is a dead end, and staff are not led to the
// portal.
func TestErrorsLeadOnward(t *testing.T) {
	for path, want := range map[string]string{"/apply/nowhere": "/apply/continue", "/apply": "/apply/continue", "/console/x": "/console", "/consoles": "/", "/verify/x": "/"} {
		if got := onward(path); got.URL != want || got.Text == "" {
			t.Errorf("%s: %+v", path, got)
		}
	}
}
