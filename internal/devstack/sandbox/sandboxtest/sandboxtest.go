// Package sandboxtest is what tests ask of a running sandbox beside its vendors:
// what stands in the books, and which answers go wrong. Only tests use it.
package sandboxtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
)

// Books gives all that a vendor was asked, as entries and as the text that they
// were read from. The address is the sandbox's own, without a vendor's path.
func Books(t testing.TB, address, vendor string) (entries []sandbox.Entry, text string) {
	t.Helper()
	resp := send(t, http.MethodGet, address+"/_books?vendor="+url.QueryEscape(vendor), "")
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &entries); err != nil {
		t.Fatal(err)
	}
	return entries, string(body)
}

// Fault makes answers go wrong, as its JSON says.
func Fault(t testing.TB, address, fault string) {
	t.Helper()
	resp := send(t, http.MethodPost, address+"/_faults", fault)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("fault: status %d", resp.StatusCode)
	}
}

func send(t testing.TB, method, address, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}
