package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func (f *fixture) zipped(t *testing.T, r *http.Request) (*httptest.ResponseRecorder, string) {
	t.Helper()
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	w := f.do(r)
	if w.Header().Get("Content-Encoding") == "" {
		return w, w.Body.String()
	}
	z, err := gzip.NewReader(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return w, string(plain)
}

// Compression is for pages that nobody else can put words into, see newCompressor.
func TestOnlyWhatHasNoSecretBesideOthersWordsIsCompressed(t *testing.T) {
	f := newFixture(t, nil)
	page := fstest.MapFS{"p/a.html": {Data: []byte(`{{define "content"}}<h1>A</h1>{{.Body}}{{end}}`)}}
	body := strings.Repeat("What was typed, and what is known. ", 100)
	for path, face := range map[string]Face{"/open": {Compress: true}, "/staff": {}} {
		pages, err := f.site.Templates(page, "p", face, nil)
		if err != nil {
			t.Fatal(err)
		}
		f.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			f.site.Render(w, r, 422, pages, "a", Page{Body: body})
		})
	}
	for what, want := range map[string]bool{"GET /open": true, "GET /open?q=typed": false, "POST /open": false, "GET /staff": false} {
		method, path, _ := strings.Cut(what, " ")
		w, plain := f.zipped(t, httptest.NewRequest(method, path, nil))
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("%s: compressed: %v", what, got)
		}
		if w.Code != 422 || !strings.Contains(plain, body) || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %v", what, w.Code, w.Header())
		}
		if want && (w.Header().Get("Vary") != "Accept-Encoding" || w.Body.Len() > len(plain)/3) {
			t.Errorf("%s: %v, %d of %d bytes", what, w.Header(), w.Body.Len(), len(plain))
		}
	}
	if w := f.get("/open"); w.Header().Get("Content-Encoding") != "" || w.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("to who does not ask for it: %v", w.Header())
	}
}

func TestAssetsAreCompressedAndFoundUnchanged(t *testing.T) {
	f := newFixture(t, nil)
	for _, name := range []string{"app.css", "app.js", "icon.svg"} {
		at, err := f.site.Asset(name)
		if err != nil {
			t.Fatal(err)
		}
		w, plain := f.zipped(t, httptest.NewRequest("GET", at, nil))
		if plain != string(f.site.assets[name].body) || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %d bytes, %v", name, len(plain), w.Header())
		}
		if zipped := w.Header().Get("Content-Encoding") == "gzip"; zipped != (len(plain) > 1024) {
			t.Errorf("%s: compressed: %v", name, zipped)
		}
		for _, encoding := range []string{"gzip", ""} {
			r := httptest.NewRequest("GET", at, nil)
			r.Header.Set("If-None-Match", w.Header().Get("ETag"))
			r.Header.Set("Accept-Encoding", encoding)
			if again := f.do(r); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
				t.Errorf("%s, %q: %d for what has not changed", name, encoding, again.Code)
			}
		}
	}
}

// The first page carries its style sheet, which the policy lets through by its
// hash; the others link to it.
func TestFirstPageHasItsStyleInside(t *testing.T) {
	f := newFixture(t, nil)
	pages, err := f.site.Templates(fstest.MapFS{"p/a.html": {Data: []byte(`{{define "content"}}<h1>A</h1>{{end}}`)}}, "p", Face{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, first := range map[string]bool{"/first": true, "/next": false} {
		f.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { f.site.Render(w, r, 200, pages, "a", Page{First: first}) })
		w := f.get(path)
		sheet, source := f.site.sheet()
		if got := strings.Contains(w.Body.String(), "<style>"+string(sheet)+"</style>"); got != first {
			t.Errorf("%s: the style is inside: %v", path, got)
		}
		if got := strings.Contains(w.Header().Get("Content-Security-Policy"), "style-src 'self' "+source); got != first {
			t.Errorf("%s: %s", path, w.Header().Get("Content-Security-Policy"))
		}
		if got := strings.Contains(w.Body.String(), `<link rel="stylesheet"`); got == first {
			t.Errorf("%s: the style is linked to: %v", path, got)
		}
	}
}

func TestPagesSayUntilWhenOneStaysSignedIn(t *testing.T) {
	f := newFixture(t, nil)
	pages, err := f.site.Templates(fstest.MapFS{"p/a.html": {Data: []byte(`{{define "content"}}<h1>A</h1>{{end}}`)}}, "p", Face{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	show := func(st Stay, p Page) (string, string) {
		w := httptest.NewRecorder()
		f.site.Render(w, WithStay(httptest.NewRequest("GET", "/", nil), st), 200, pages, "a", p)
		return w.Body.String(), w.Header().Get("Content-Security-Policy")
	}
	in := f.now.Add(2 * time.Hour)
	body, csp := show(Stay{Until: in, Longer: true, Renew: "/stay"}, Page{})
	for _, want := range []string{`datetime="2026-11-01T11:00:00Z" data-ends>11:00 AM UTC</time>, and longer`, `data-left="7200" data-renew="/stay"`, ">Stay signed in<", "/assets/app-"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if !strings.Contains(csp, "script-src 'self'; connect-src 'self'") {
		t.Error(csp)
	}
	body, csp = show(Stay{Until: in}, Page{})
	if strings.Contains(body, "and longer") || strings.Contains(body, ">Stay signed in<") || strings.Contains(csp, "connect") {
		t.Errorf("one who cannot stay is told so: %s %s", csp, body)
	}
	for what, page := range map[string]string{"who is not signed in": first(show(Stay{}, Page{})), "a page that stands alone": first(show(Stay{Until: in}, Page{Bare: true}))} {
		if strings.Contains(page, "signed") || strings.Contains(page, "<dialog") {
			t.Errorf("%s: %s", what, page)
		}
	}
}

func first(a, _ string) string { return a }
