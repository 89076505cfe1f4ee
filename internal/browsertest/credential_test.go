package browsertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/go-jose/go-jose/v4"
)

// badge is what a verifier reads of an Open Badge.
type badge map[string]any

func (b badge) holder() string {
	subject, _ := b["credentialSubject"].(map[string]any)
	if name, ok := subject["name"].(string); ok {
		return name
	}
	ids, _ := subject["identifier"].([]any)
	for _, id := range ids {
		if m, ok := id.(map[string]any); ok {
			if s, ok := m["identityHash"].(string); ok {
				return s
			}
		}
	}
	return ""
}

// download fetches what a link of the page leads to, as this browser would.
func (b *tab) download(words string) []byte {
	b.Helper()
	b.point(named, words)
	address := js[string](b, `(`+named+`).href`, words)
	status, _, body := b.fetch(address)
	if status != http.StatusOK {
		b.Fatalf("%s: %d: %.200s", words, status, body)
	}
	return body
}

// fetch asks for an address with this browser's cookies.
func (b *tab) fetch(address string) (status int, kind string, body []byte) {
	b.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.base + address
	}
	req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, address, nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range call(b, network.GetCookies, network.GetCookiesParams{URLs: []string{b.base + "/apply", b.base + "/console"}}).Cookies {
		req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), body
}

// verified is a stranger's look at a signed badge: they know this library, and the
// address of the keys.
func verified(t testing.TB, token, jwks string) (badge, error) {
	t.Helper()
	resp, err := http.Get(jwks) //nolint:noctx // a stranger's
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var keys jose.JSONWebKeySet
	if err := json.NewDecoder(resp.Body).Decode(&keys); err != nil {
		t.Fatal(err)
	}
	signed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA, jose.ES256})
	if err != nil {
		return nil, err
	}
	body, err := signed.Verify(keys)
	if err != nil {
		return nil, err
	}
	var b badge
	return b, json.Unmarshal(body, &b)
}

// proves holds the certificate of the page to what a stranger can find out, and
// gives what it says.
func proves(t *testing.T, w *world, j *journey) badge {
	t.Helper()
	jwks := w.site + "/.well-known/jwks.json"
	token := strings.TrimSpace(string(j.download("Download as Open Badge")))
	b, err := verified(t, token, jwks)
	if err != nil {
		t.Fatalf("the badge does not verify: %v", err)
	}
	parts := strings.Split(token, ".")
	for at, part := range parts { // one bit, in the middle of each
		raw, err := decode64(part)
		if err != nil {
			t.Fatal(err)
		}
		raw[len(raw)/2] ^= 1
		forged := append([]string(nil), parts...)
		forged[at] = encode64(raw)
		if _, err := verified(t, strings.Join(forged, "."), jwks); err == nil {
			t.Errorf("the badge verifies with a bit of its part %d altered", at)
		}
	}
	if pdf := j.download("Download as PDF"); !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("the PDF begins with %.20q", pdf)
	}
	public := js[string](j.tab, `document.querySelector('a[href*="/verify/"]').getAttribute("href")`)
	stranger := w.profile(t, phone)
	stranger.open(public).is(http.StatusOK).says("This certificate is valid").silent(j.p.given, j.p.family)
	last := public[:len(public)-1] + string(public[len(public)-1]^1)
	stranger.open(last).is(http.StatusNotFound).says("We did not issue this certificate")
	return b
}
