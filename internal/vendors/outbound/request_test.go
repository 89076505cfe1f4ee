package outbound_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

func TestDoSendsForms(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if want := strings.TrimPrefix(r.URL.Path, "/"); r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.FormValue("type") != want {
			t.Errorf("got %q %q", r.Header.Get("Content-Type"), r.FormValue("type"))
		}
		answerJSON(w, 200, `{"id":"x"}`)
	})
	for path, form := range map[string]url.Values{"/document": {"type": {"document"}}, "/": {}} {
		if _, err := c.Do(t.Context(), outbound.Call{Method: http.MethodPost, Path: path, Form: form, Into: &reply{}}); err != nil {
			t.Fatal(err)
		}
	}
}

// A fixed header goes with every call, and is never a credential or one of the
// client's own.
func TestFixedHeaders(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Acme-Version") != "2026-11-01" || r.Header.Get("Authorization") != "Bearer key" {
			t.Errorf("got %v", r.Header)
		}
		answerJSON(w, 200, `{"id":"x"}`)
	}, func(c *outbound.Config) { c.Header = http.Header{"Acme-Version": {"2026-11-01"}} })
	if _, err := c.Do(t.Context(), call(&reply{})); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Authorization", "authorization", "Proxy-Authorization", "Cookie", "Host", "idempotency-key", "Content-Type",
		"Content-Length", "Accept", "Accept-Encoding", "User-Agent", "traceparent", "Tracestate", "Baggage"} {
		_, err := outbound.New(outbound.Config{Vendor: "acme", BaseURL: "https://api.example.com", Header: http.Header{name: {"hunter2"}}})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
