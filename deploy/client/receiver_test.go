package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vouchsafe/vouchsafe/deploy/client"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
)

const payload = `{"type":"application.stage_changed","id":"evt_1","timestamp":"2026-11-28T12:00:00Z","data":{"applicant":"a1","program":"support-basics","stage":"vetting","attention":"none","number":4}}`

// signed is a webhook as the specification's own library signs it.
func signed(t *testing.T, secret, body string, at time.Time) *http.Request {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := w.Sign("evt_1", at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("webhook-id", "evt_1")
	r.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("webhook-signature", signature)
	return r
}

// TestReceiver: what is signed is taken once it is read, and nothing else is.
func TestReceiver(t *testing.T) {
	old, fresh := hooks.NewSecret(), hooks.NewSecret()
	var took []client.Event
	var fail error
	receiver, err := client.NewReceiver([]string{fresh, old}, func(_ context.Context, e client.Event) error {
		took = append(took, e)
		return fail
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(r *http.Request) int {
		w := httptest.NewRecorder()
		receiver.ServeHTTP(w, r)
		return w.Code
	}
	now := time.Now()
	for _, secret := range []string{fresh, old} {
		if code := ask(signed(t, secret, payload, now)); code != http.StatusNoContent {
			t.Errorf("%d", code)
		}
	}
	if len(took) != 2 || took[0].Type != "application.stage_changed" || took[0].ID != "evt_1" || took[0].Data.Applicant != "a1" || took[0].Data.Stage != "vetting" || took[0].Data.Number != 4 {
		t.Errorf("took %+v", took)
	}
	change := func(how func(*http.Request)) *http.Request {
		r := signed(t, fresh, payload, now)
		how(r)
		return r
	}
	for name, r := range map[string]*http.Request{
		"another's secret": signed(t, hooks.NewSecret(), payload, now),
		"too old":          signed(t, fresh, payload, now.Add(-6*time.Minute)),
		"from the future":  signed(t, fresh, payload, now.Add(6*time.Minute)),
		"another body": change(func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(payload, "vetting", "certified", 1)))
		}),
		"another ID":   change(func(r *http.Request) { r.Header.Set("webhook-id", "evt_2") }),
		"no ID":        change(func(r *http.Request) { r.Header.Del("webhook-id") }),
		"no time":      change(func(r *http.Request) { r.Header.Del("webhook-timestamp") }),
		"no signature": change(func(r *http.Request) { r.Header.Del("webhook-signature") }),
		"another version": change(func(r *http.Request) {
			r.Header.Set("webhook-signature", strings.Replace(r.Header.Get("webhook-signature"), "v1,", "v2,", 1))
		}),
	} {
		if code := ask(r); code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, code)
		}
	}
	two := change(func(r *http.Request) {
		r.Header.Set("webhook-signature", "v1,AAAA v1a,xyz "+r.Header.Get("webhook-signature"))
	})
	if code := ask(two); code != http.StatusNoContent {
		t.Errorf("among several signatures: %d", code)
	}
	if code := ask(signed(t, fresh, "no JSON", now)); code != http.StatusBadRequest {
		t.Errorf("no JSON: %d", code)
	}
	if code := ask(httptest.NewRequest(http.MethodGet, "/", nil)); code != http.StatusBadRequest {
		t.Errorf("GET: %d", code)
	}
	if len(took) != 3 {
		t.Errorf("took %d", len(took))
	}
	fail = errors.New("the database is away")
	w := httptest.NewRecorder()
	receiver.ServeHTTP(w, signed(t, fresh, payload, now))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "database") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, wrong := range [][]string{nil, {""}, {"swordfish!"}} {
		if _, err := client.NewReceiver(wrong, nil); err == nil {
			t.Errorf("%q are taken for secrets", wrong)
		}
	}
}

// TestRate: what was refused for its rate is sent again when the time has come, and
// given back when nobody would wait for so long.
func TestRate(t *testing.T) {
	asked, wait := 0, "0"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked < 3 {
			w.Header().Set("Retry-After", wait)
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusTooManyRequests)
			io.WriteString(w, `{"status":429,"title":"Too Many Requests","detail":"Wait."}`)
			return
		}
		io.WriteString(w, `{"items":[{"id":"support-basics"}]}`)
	}))
	defer server.Close()
	programs, err := client.New(server.URL, "key").Programs(t.Context())
	if err != nil || len(programs) != 1 || asked != 3 {
		t.Errorf("%v, %v, asked %d times", programs, err, asked)
	}
	asked, wait = 0, "3600"
	_, err = client.New(server.URL, "key").Programs(t.Context())
	var e *client.Error
	if !errors.As(err, &e) || e.Status != http.StatusTooManyRequests || e.Retry != time.Hour || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	asked, wait = 0, "1"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.New(server.URL, "key").Programs(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
