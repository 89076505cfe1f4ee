package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// secret stands for a datum of a person: it is in every request of these tests
// and may be in no error.
const secret = "ada.secret@example.com"

type reply struct {
	ID    string `json:"id"`
	Count int    `json:"count"`
}

func client(t *testing.T, h http.HandlerFunc, change ...func(*outbound.Config)) *outbound.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return clientOf(t, srv.URL, change...)
}

func clientOf(t *testing.T, base string, change ...func(*outbound.Config)) *outbound.Client {
	t.Helper()
	cfg := outbound.Config{Vendor: "acme", BaseURL: base, Auth: outbound.Bearer("key"), Allow: []onboarding.Field{onboarding.FieldEmail},
		ErrorCode: func(b []byte) string { return strings.TrimSpace(string(b)) }, Timeout: time.Minute}
	for _, c := range change {
		c(&cfg)
	}
	c, err := outbound.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// call carries the secret in path, query and body.
func call(into any) outbound.Call {
	return outbound.Call{Method: http.MethodPost, Path: "/v1/things/{thing}", Params: map[string]string{"thing": secret},
		Query: url.Values{"email": {secret}}, JSON: map[string]string{"email": secret}, IdempotencyKey: "a/email/1",
		Fields: []onboarding.Field{onboarding.FieldEmail}, Into: into}
}

// tight fails when an error, or anything in its tree, holds what it may not.
func tight(t *testing.T, err error) {
	t.Helper()
	var texts []string
	var walk func(error)
	walk = func(e error) {
		if e == nil {
			return
		}
		texts = append(texts, e.Error(), fmt.Sprintf("%+v %#v", e, e))
		if u, ok := e.(*url.Error); ok { //nolint:errorlint // each level of the tree is looked at
			t.Errorf("a *url.Error is in the tree: %v", u)
		}
		walk(errors.Unwrap(e))
	}
	walk(err)
	for _, s := range texts {
		for _, no := range []string{secret, url.QueryEscape(secret), "ada.secret", "?email", "http://", "<html"} {
			if strings.Contains(s, no) {
				t.Errorf("%q is in %q", no, s)
			}
		}
	}
}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func TestDoSendsWhatItWasGiven(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for what, pair := range map[string][2]string{
			"path":   {r.URL.Path, "/v1/things/" + secret},
			"query":  {r.URL.Query().Get("email"), secret},
			"body":   {string(body), `{"email":"` + secret + `"}`},
			"key":    {r.Header.Get("Idempotency-Key"), "a/email/1"},
			"auth":   {r.Header.Get("Authorization"), "Bearer key"},
			"type":   {r.Header.Get("Content-Type"), "application/json"},
			"accept": {r.Header.Get("Accept"), "application/json"},
			"agent":  {r.Header.Get("User-Agent"), "vouchsafe"},
			"trace":  {r.Header.Get("Traceparent") + r.Header.Get("Baggage") + r.Header.Get("Cookie"), ""},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
			}
		}
		http.SetCookie(w, &http.Cookie{Name: "follow", Value: "me"})
		answerJSON(w, 201, ` {"id":"x","count":3,"new_member":[1]} `)
	})
	for range 2 { // the second would bring the cookie back
		var got reply
		r, err := c.Do(t.Context(), call(&got))
		if err != nil || r.Status != 201 || got != (reply{"x", 3}) || !strings.Contains(string(r.Body), "new_member") {
			t.Fatalf("got %+v %+v %v", r, got, err)
		}
	}
}

// Obligation 38: one more field fails the call, before anything is sent.
//
// Promise 38.
func TestFieldOutsideTheListFailsBeforeSending(t *testing.T) {
	var hits atomic.Int32
	c := client(t, func(w http.ResponseWriter, _ *http.Request) { hits.Add(1); answerJSON(w, 200, "{}") })
	bad := call(nil)
	bad.Fields = append(bad.Fields, onboarding.FieldNationalID)
	_, err := c.Do(t.Context(), bad)
	if onboarding.CodeOf(err) != onboarding.CodeNotAllowed || !strings.Contains(err.Error(), "national_id") {
		t.Errorf("got %v", err)
	}
	tight(t, err)
	if hits.Load() != 0 {
		t.Error("it was sent")
	}
}

func TestStatuses(t *testing.T) {
	for status, want := range map[int]onboarding.Code{
		400: onboarding.CodeVendorRefused, 401: onboarding.CodeVendorRefused, 402: onboarding.CodeVendorRefused,
		403: onboarding.CodeVendorRefused, 404: onboarding.CodeVendorRefused, 405: onboarding.CodeVendorRefused,
		408: onboarding.CodeVendorDown, 409: onboarding.CodeVendorBusy, 413: onboarding.CodeVendorRefused,
		422: onboarding.CodeVendorRefused, 425: onboarding.CodeVendorBusy, 429: onboarding.CodeVendorBusy,
		500: onboarding.CodeVendorUnclear, 501: onboarding.CodeVendorUnclear, 502: onboarding.CodeVendorDown,
		503: onboarding.CodeVendorBusy, 504: onboarding.CodeVendorDown,
		300: onboarding.CodeVendorUnclear, 304: onboarding.CodeVendorUnclear,
	} {
		var hits atomic.Int32
		c := client(t, func(w http.ResponseWriter, _ *http.Request) { hits.Add(1); answerJSON(w, status, "some_code") })
		_, err := c.Do(t.Context(), call(&reply{}))
		if onboarding.CodeOf(err) != want {
			t.Errorf("%d: got %v (%s), want %s", status, err, onboarding.CodeOf(err), want)
		}
		tight(t, err)
		if status >= 400 && !strings.Contains(err.Error(), fmt.Sprintf("status %d, code some_code", status)) {
			t.Errorf("%d: status and code are not in %q", status, err)
		}
		if (status == 401 || status == 403) && !strings.Contains(err.Error(), "credentials") {
			t.Errorf("%d: no word of credentials in %q", status, err)
		}
		if hits.Load() != 1 {
			t.Errorf("%d: %d attempts", status, hits.Load())
		}
	}
}

func TestBodyOfAnErrorIsNotQuoted(t *testing.T) {
	for _, body := range []string{"no mailbox " + secret, secret, "<html>" + secret, `{"id":`} {
		c := client(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 422, body) })
		_, err := c.Do(t.Context(), call(&reply{}))
		tight(t, err)
	}
}

func TestAcceptedStatusIsAnAnswer(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 404, `{"none":true}`) })
	cl := call(&reply{})
	cl.Accept = []int{404}
	r, err := c.Do(t.Context(), cl)
	if err != nil || r.Status != 404 || string(r.Body) != `{"none":true}` {
		t.Errorf("got %+v %v", r, err)
	}
}

func TestUnreadableAnswers(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"HTML with 200": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>"+secret)
		},
		"HTML that calls itself JSON": func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, "<html>") },
		"no content type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, `{"id":"x"}`)
		},
		"no content":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"empty":          func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, "") },
		"null":           func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, " null") },
		"a string":       func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, `"x"`) },
		"a wrong type":   func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, `{"count":"`+secret+`"}`) },
		"trailing words": func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, `{"id":"x"}{"id":"y"}`) },
		"half an answer": func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, `{"id":"x`) },
		"broken text":    func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, "{\"id\":\"\xff\"}") },
	} {
		c := client(t, h)
		_, err := c.Do(t.Context(), call(&reply{}))
		if onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
			t.Errorf("%s: got %v", name, err)
		}
		tight(t, err)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		answerJSON(w, 200, `{"id":"x"}`)
	}))
	defer other.Close()
	for _, to := range []string{other.URL + "/?email=" + secret, "/same", "://" + secret} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			c := client(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/same" {
					elsewhere.Add(1)
				}
				w.Header().Set("Location", to)
				w.WriteHeader(status)
			})
			_, err := c.Do(t.Context(), call(&reply{}))
			if onboarding.CodeOf(err) != onboarding.CodeVendorUnclear || !strings.Contains(err.Error(), "redirect") {
				t.Errorf("%d: got %v", status, err)
			}
			tight(t, err)
		}
	}
	if elsewhere.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

func TestTooLargeABodyIsFinal(t *testing.T) {
	h := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, status, `{"id":"`+strings.Repeat(secret, 100)+`"}`)
		}
	}
	small := func(c *outbound.Config) { c.BodyLimit = 1000 }
	_, err := client(t, h(200), small).Do(t.Context(), call(&reply{}))
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || vendors.Retryable(err) {
		t.Errorf("got %v", err)
	}
	tight(t, err)
	_, err = client(t, h(503), small).Do(t.Context(), call(&reply{})) // a long maintenance page is not final
	if onboarding.CodeOf(err) != onboarding.CodeVendorBusy {
		t.Errorf("got %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	clock := func(c *outbound.Config) { c.Now = func() time.Time { return now } }
	for _, tc := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "7", 7 * time.Second},
		{"Retry-After", " 7 ", 7 * time.Second},
		{"Retry-After", now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		{"Retry-After", "9999999999999999", 24 * time.Hour},
		{"Retry-After", "-5", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", now.Add(-time.Hour).Format(http.TimeFormat), 0},
		{"X-Ratelimit-Reset", now.Add(30 * time.Second).Format(time.RFC3339), 30 * time.Second},
		{"X-Ratelimit-Reset", "17", 0},
	} {
		for _, status := range []int{429, 503, 409} {
			c := client(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(tc.name, tc.value)
				answerJSON(w, status, "")
			}, clock)
			_, err := c.Do(t.Context(), call(&reply{}))
			got, ok := vendors.RetryAfter(err)
			if got != tc.want || ok != (tc.want > 0) {
				t.Errorf("%d, %s: %s: got %v %v, want %v", status, tc.name, tc.value, got, ok, tc.want)
			}
		}
	}
}

// drops answers the first request and closes every later one's connection
// after it has read it whole.
func drops(hits *atomic.Int32) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if hits.Add(1) == 1 {
			answerJSON(w, 200, `{"id":"x"}`)
			return
		}
		panic(http.ErrAbortHandler)
	}
}

// net/http repeats a request on a broken kept connection when it is a GET or
// has an Idempotency-Key; ours may not: attempts are Temporal's.
func TestDroppedConnectionIsNotTriedAgain(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		var hits atomic.Int32
		c := client(t, drops(&hits))
		cl := call(&reply{})
		cl.Method = method
		if method != http.MethodPost {
			cl.JSON = nil
		}
		if _, err := c.Do(t.Context(), cl); err != nil {
			t.Fatal(err)
		}
		_, err := c.Do(t.Context(), cl)
		if onboarding.CodeOf(err) != onboarding.CodeVendorDown || !strings.Contains(err.Error(), "dropped") {
			t.Errorf("%s: got %v", method, err)
		}
		tight(t, err)
		if hits.Load() != 2 {
			t.Errorf("%s: the vendor saw %d requests, want 2", method, hits.Load())
		}
	}
}

// What that trap looks like without our transport: the proof that the test
// above can fail.
func TestNetHTTPWouldTryAgain(t *testing.T) {
	var hits atomic.Int32
	srv := httptest.NewServer(drops(&hits))
	defer srv.Close()
	for range 2 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Idempotency-Key", "k")
		if resp, err := srv.Client().Do(req); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}
	if hits.Load() < 3 {
		t.Skip("this version of net/http does not repeat requests; restore may be simplified")
	}
}

func TestGetHasNoBodyOnTheWire(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(body) != 0 || r.ContentLength != 0 || len(r.TransferEncoding) != 0 {
			t.Errorf("got %q, length %d, encoding %v", body, r.ContentLength, r.TransferEncoding)
		}
		answerJSON(w, 200, `{"id":"x"}`)
	})
	if _, err := c.Do(t.Context(), outbound.Call{Method: http.MethodGet, Path: "/x", Into: &reply{}}); err != nil {
		t.Fatal(err)
	}
}

func TestNoAnswer(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	t.Run("in time", func(t *testing.T) {
		c := client(t, hang, func(c *outbound.Config) { c.Timeout = 50 * time.Millisecond })
		_, err := c.Do(t.Context(), call(&reply{}))
		if onboarding.CodeOf(err) != onboarding.CodeVendorDown || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		tight(t, err)
	})
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := client(t, hang).Do(ctx, call(&reply{}))
		if onboarding.CodeOf(err) != onboarding.CodeVendorDown || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		tight(t, err)
	})
	t.Run("half a body", func(t *testing.T) {
		c := client(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			answerJSON(w, 200, `{"id":"`)
		})
		_, err := c.Do(t.Context(), call(&reply{}))
		if onboarding.CodeOf(err) != onboarding.CodeVendorDown {
			t.Errorf("got %v", err)
		}
		tight(t, err)
	})
	t.Run("refused", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		_ = l.Close()
		_, err = clientOf(t, "http://"+addr).Do(t.Context(), call(&reply{}))
		if onboarding.CodeOf(err) != onboarding.CodeVendorDown || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("got %v", err)
		}
		tight(t, err)
	})
	t.Run("not HTTP", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, secret+" says hello\r\n\r\n")
			_ = conn.Close()
		}()
		_, err = clientOf(t, "http://"+l.Addr().String()).Do(t.Context(), call(&reply{}))
		if onboarding.CodeOf(err) != onboarding.CodeVendorDown {
			t.Errorf("got %v", err)
		}
		tight(t, err)
	})
	t.Run("bad certificate", func(t *testing.T) {
		srv := httptest.NewUnstartedServer(http.NotFoundHandler())
		srv.Config.ErrorLog = log.New(io.Discard, "", 0)
		srv.StartTLS()
		defer srv.Close()
		_, err := clientOf(t, srv.URL).Do(t.Context(), call(&reply{}))
		if onboarding.CodeOf(err) != onboarding.CodeVendorDown || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("got %v", err)
		}
		tight(t, err)
	})
}

// Obligation 48: TLS only outside loopback.
//
// Promise 48.
func TestAddresses(t *testing.T) {
	for base, ok := range map[string]bool{
		"https://api.example.com": true, "https://api.example.com/base/": true, "http://127.0.0.1:80": true,
		"http://localhost:1": true, "http://[::1]:1": true,
		"http://api.example.com": false, "http://127.0.0.1.example.com": false, "http://10.0.0.1": false, "http://0.0.0.0": false,
		"ftp://localhost": false, "localhost:80": false, "": false, "/v1": false,
		"https://user:hunter2@api.example.com": false, "https://api.example.com?key=hunter2": false, "https://api.example.com/#x": false,
	} {
		_, err := outbound.New(outbound.Config{Vendor: "acme", BaseURL: base})
		if (err == nil) != ok {
			t.Errorf("%q: got %v", base, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error quotes a credential: %v", err)
		}
	}
}

func TestPathsAreWhole(t *testing.T) {
	var hits atomic.Int32
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		if r.URL.EscapedPath() != "/v1/a%2Fb%7Bx%7D" {
			t.Errorf("got %s", r.URL.EscapedPath())
		}
		answerJSON(w, 200, "{}")
	})
	if _, err := c.Do(t.Context(), outbound.Call{Method: http.MethodGet, Path: "/v1/{x}", Params: map[string]string{"x": "a/b{x}"}}); err != nil {
		t.Error(err)
	}
	for _, bad := range []outbound.Call{
		{Path: "/v1/{x}"}, {Path: "/v1/{x}", Params: map[string]string{"x": ""}}, {Path: "/v1/{x}", Params: map[string]string{"x": ".."}},
		{Path: "/v1", Params: map[string]string{"x": "y"}}, {Path: "v1"}, {Path: "/v1", JSON: 1, Form: url.Values{"a": {"b"}}},
		{Path: "/v1", JSON: func() {}},
	} {
		bad.Method = http.MethodPost
		if _, err := c.Do(t.Context(), bad); err == nil {
			t.Errorf("%+v went through", bad)
		}
	}
	if hits.Load() != 1 {
		t.Errorf("%d requests", hits.Load())
	}
}
