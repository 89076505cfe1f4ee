package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// stripeEvent is an event of Stripe's about a session of ours, in its own shape.
func stripeEvent(id, reference string) string {
	return fmt.Sprintf(`{"id":%q,"object":"event","api_version":"2026-08-26.dahlia","created":1793620798,"livemode":false,
"type":"identity.verification_session.verified","data":{"object":{"id":"vs_1","object":"identity.verification_session",
"client_reference_id":%q,"status":"verified","type":"document","metadata":{}}}}`, id, reference)
}

// checkrEvent is an event of Checkr's about a report of a candidate.
func checkrEvent(id, kind, of string) string {
	return fmt.Sprintf(`{"id":%q,"object":"event","type":%q,"created_at":"2026-11-02T11:59:58Z","webhook_url":"https://apply.example.com/webhooks/checkr",
"data":{"object":{"id":"4722c07dd9a10c3985ae432a","object":"report","status":"complete","candidate_id":%q}},"account_id":"acc"}`, id, kind, of)
}

// hexMAC is Checkr's signature, made by hand from its documentation's words.
func hexMAC(key, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func (f *face) to(vendor string) *face {
	g := *f
	g.url = strings.TrimSuffix(f.url, "findly") + vendor
	return &g
}

func TestStripe(t *testing.T) {
	f := serve(t, secret, older)
	stripe := f.to("stripe")
	mine := applicant + "/identity_document/1"
	for _, c := range []struct {
		name, body, signature string
		want, heard           int
	}{
		{"not signed", stripeEvent("evt_1", mine), "", http.StatusUnauthorized, 0},
		{"signed by somebody else", stripeEvent("evt_1", mine), signed("another-key-0123456789", noon, stripeEvent("evt_1", mine)), http.StatusUnauthorized, 0},
		{"signed, then changed", stripeEvent("evt_2", mine), signed(secret, noon, stripeEvent("evt_1", mine)), http.StatusUnauthorized, 0},
		{"played again after an hour", stripeEvent("evt_1", mine), signed(secret, noon.Add(-time.Hour), stripeEvent("evt_1", mine)), http.StatusUnauthorized, 0},
		{"signed and no event", `{"hello":"world"}`, signed(secret, noon, `{"hello":"world"}`), http.StatusBadRequest, 0},
		{"a session that is not ours", stripeEvent("evt_3", ""), signed(secret, noon, stripeEvent("evt_3", "")), http.StatusOK, 0},
		{"taken", stripeEvent("evt_4", mine), signed(secret, noon, stripeEvent("evt_4", mine)), http.StatusOK, 1},
		{"with the key of before the rotation", stripeEvent("evt_5", mine), signed(older, noon, stripeEvent("evt_5", mine)), http.StatusOK, 2},
		{"twice", stripeEvent("evt_4", mine), signed(secret, noon, stripeEvent("evt_4", mine)), http.StatusOK, 2},
	} {
		if got := stripe.post(t, c.body, "", "Stripe-Signature", c.signature); got != c.want || len(f.service.heard) != c.heard {
			t.Errorf("%s: %d, want %d; heard %v", c.name, got, c.want, f.service.heard)
		}
	}
	if f.service.heard["stripe of "+applicant+": vs_1 evt_4"] != 1 {
		t.Errorf("heard %v", f.service.heard)
	}
}

func TestCheckr(t *testing.T) {
	f := serve(t, secret, older)
	checkr := f.to("checkr")
	good := checkrEvent("a1b2c3d4e5f6a1b2c3d4e5f6", "report.completed", candidate)
	other := checkrEvent("b1b2c3d4e5f6a1b2c3d4e5f6", "report.completed", "000000000000000000000000")
	old := checkrEvent("c1b2c3d4e5f6a1b2c3d4e5f6", "report.created", candidate)
	for _, c := range []struct {
		name, body, signature string
		want, heard           int
	}{
		{"not signed", good, "", http.StatusUnauthorized, 0},
		{"signed by somebody else", good, hexMAC("another-key-0123456789", good), http.StatusUnauthorized, 0},
		{"signed, then changed", good + " ", hexMAC(secret, good), http.StatusUnauthorized, 0},
		{"signed and no event", `{"hello":"world"}`, hexMAC(secret, `{"hello":"world"}`), http.StatusBadRequest, 0},
		{"a candidate who is not ours", other, hexMAC(secret, other), http.StatusOK, 0},
		{"taken", good, hexMAC(secret, good), http.StatusOK, 1},
		{"with the key of before the rotation, and out of order", old, hexMAC(older, old), http.StatusOK, 2},
		{"twice", good, hexMAC(secret, good), http.StatusOK, 2},
	} {
		if got := checkr.post(t, c.body, "", "X-Checkr-Signature", c.signature); got != c.want || len(f.service.heard) != c.heard {
			t.Errorf("%s: %d, want %d; heard %v", c.name, got, c.want, f.service.heard)
		}
	}
	if f.service.heard["checkr of "+applicant+": "+candidate+" a1b2c3d4e5f6a1b2c3d4e5f6"] != 1 {
		t.Errorf("heard %v", f.service.heard)
	}
}
