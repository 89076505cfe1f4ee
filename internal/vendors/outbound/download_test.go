package outbound_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// public makes a client that is a source of public files.
func public(c *outbound.Config) { c.Allow, c.Auth, c.BodyLimit = nil, nil, 1<<20 }

func TestDownload(t *testing.T) {
	when := time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC)
	whole := strings.Repeat("1,2,3\n", 2000)
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/lists/sdn.csv" || r.URL.RawQuery != "" || r.ContentLength > 0 || r.Header.Get("Authorization") != "" {
			t.Errorf("got %s %s with %d bytes", r.Method, r.URL, r.ContentLength)
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Last-Modified", when.Format(http.TimeFormat))
		_, _ = io.WriteString(w, whole)
	}, public)
	f, ok, err := c.Download(t.Context(), "/lists/sdn.csv", "text/csv", "application/octet-stream")
	if err != nil || !ok || string(f.Body) != whole || !f.Modified.Equal(when) {
		t.Errorf("got %d bytes, %v, %v, %v", len(f.Body), f.Modified, ok, err)
	}
}

func TestDownloadThatIsNoFile(t *testing.T) {
	csv := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, tt := range map[string]struct {
		answer  http.HandlerFunc
		code    onboarding.Code // "": no error
		missing bool
	}{
		"whole":    {csv(200, "a"), "", false},
		"not here": {csv(404, "a"), "", true},
		"gone":     {csv(410, "a"), "", true},
		"a part":   {csv(206, "a"), onboarding.CodeVendorUnclear, false},
		"nothing":  {csv(204, ""), onboarding.CodeVendorUnclear, false},
		"refused":  {csv(403, secret), onboarding.CodeVendorRefused, false},
		"busy":     {csv(503, secret), onboarding.CodeVendorBusy, false},
		"broken":   {csv(500, secret), onboarding.CodeVendorUnclear, false},
		"too large": {csv(200, strings.Repeat("x", 1<<20+1)),
			onboarding.CodeVendorRefused, false},
		"a sign-in page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>"+secret)
		}, onboarding.CodeVendorUnclear, false},
		"moved": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/?email="+secret, http.StatusFound)
		}, onboarding.CodeVendorUnclear, false},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}, onboarding.CodeVendorDown, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, ok, err := client(t, tt.answer, public).Download(t.Context(), "/f", "text/csv")
			if ok != (tt.code == "" && !tt.missing) {
				t.Errorf("ok is %v", ok)
			}
			if got := fmt.Sprint(onboarding.CodeOf(err)); (err == nil) != (tt.code == "") || (err != nil && got != string(tt.code)) {
				t.Errorf("got %v", err)
			}
			tight(t, err)
		})
	}
}

// A client that may send fields of people fetches no public files, so that the
// two never mix.
func TestDownloadIsForPublicSourcesOnly(t *testing.T) {
	var hits atomic.Int32
	c := client(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	if _, _, err := c.Download(t.Context(), "/f", "text/csv"); onboarding.CodeOf(err) != onboarding.CodeNotAllowed {
		t.Errorf("got %v", err)
	}
	if hits.Load() != 0 {
		t.Error("it was sent")
	}
}
