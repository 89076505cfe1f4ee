package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestIntegrator: what is signed with the secret is taken and shown so, what is not is
// refused and shown so, and it can be made to be down.
func TestIntegrator(t *testing.T) {
	keys := DefaultKeys()
	s, err := New(Config{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const body = `{"type":"application.stage_changed","id":"evt_1","timestamp":"2026-11-28T12:00:00Z","data":{"applicant":"a1","number":4,"stage":"vetting"}}`
	send := func(secret string) int {
		t.Helper()
		w, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		signature, err := w.Sign("evt_1", now, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, IntegratorPath, strings.NewReader(body))
		r.Header.Set("webhook-id", "evt_1")
		r.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
		r.Header.Set("webhook-signature", signature)
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		return rec.Code
	}
	ask := func(method, path string, form string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		return rec
	}
	if got := send(keys.IntegratorSecret); got != http.StatusNoContent {
		t.Errorf("signed: %d", got)
	}
	if got := send(base64.StdEncoding.EncodeToString([]byte("somebody else's secret"))); got != http.StatusUnauthorized {
		t.Errorf("signed by another: %d", got)
	}
	if got := ask(http.MethodPost, IntegratorPath+"/answer", "status=503"); got.Code != http.StatusSeeOther {
		t.Errorf("%d", got.Code)
	}
	if got := send(keys.IntegratorSecret); got != http.StatusServiceUnavailable {
		t.Errorf("down: %d", got)
	}
	if got := ask(http.MethodPost, IntegratorPath+"/answer", "status=abc"); got.Code != http.StatusBadRequest {
		t.Errorf("%d", got.Code)
	}
	var came []cameIn
	if err := json.Unmarshal(ask(http.MethodGet, IntegratorPath+".json", "").Body.Bytes(), &came); err != nil || len(came) != 3 || !came[0].Signed || came[1].Signed || came[2].Answered != 503 || came[0].Data.Number != 4 {
		t.Errorf("%+v, %v", came, err)
	}
	shown := ask(http.MethodGet, IntegratorPath, "").Body.String()
	for _, want := range []string{"verified", "no matching signature", "application.stage_changed", "vetting", "503"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
