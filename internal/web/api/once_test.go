package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
)

// openVault seals nothing.
type openVault struct{}

func (openVault) SystemSeal(_ string, plain []byte) ([]byte, error)  { return plain, nil }
func (openVault) SystemOpen(_ string, sealed []byte) ([]byte, error) { return sealed, nil }
func (openVault) LookupHash(kind, value string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + value))
	return hex.EncodeToString(sum[:])
}

// TestEveryPostIsOnce: each POST that is sent twice with a key is carried out once, and
// answered twice alike.
func TestEveryPostIsOnce(t *testing.T) {
	for route := range operations {
		if !strings.HasPrefix(route, "POST ") || operations[route] == "post-application" {
			continue
		}
		f := serve(t, nil)
		id := f.service.add(nil)
		_, path := at(route, id)
		body, ok := sample(operations[route])
		if !ok {
			continue
		}
		made := f.send("POST", "/api/v1/webhook-endpoints", `{"url":"https://hooks.example.com/"}`)
		if made.status != http.StatusCreated {
			t.Fatal(made.body)
		}
		f.send("POST", "/api/v1/runs", `{"action":"retry","reason":"x"}`, "Idempotency-Key", "first")
		path = strings.NewReplacer("{endpoint}", "e1").Replace(path)
		before := len(f.service.did)
		first := f.send("POST", path, body, "Idempotency-Key", "k")
		did := len(f.service.did)
		again := f.send("POST", path, body, "Idempotency-Key", "k")
		if first.status >= 300 || again.status != first.status || again.body != first.body || again.header.Get("Content-Type") != first.header.Get("Content-Type") ||
			first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" || len(f.service.did) != did {
			t.Errorf("%s: %d %.200s, again %d %.200s; did %q", route, first.status, first.body, again.status, again.body, f.service.did[before:])
		}
		other := f.send("POST", path, strings.Replace(body, "{", "{ ", 1)+" ", "Idempotency-Key", "k")
		wantProblem(t, other, http.StatusUnprocessableEntity, "Idempotency-Key")
		if a := f.send("POST", path, body, "Idempotency-Key", "k", "Authorization", "Bearer "+umbria); a.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%s: another caller is given the answer", route)
		}
	}
}

// sample is a body that the operation takes; false for those that the house's fakes
// cannot carry out.
func sample(operation string) (string, bool) {
	bodies := map[string]string{
		"retry-check": `{"reason":"x"}`, "waive-check": `{"reason":"x"}`, "decide": `{"ruling":"proceed","reason":"x"}`,
		"revoke-credential": `{"category":"conduct","reason":"x"}`, "start-run": `{"action":"retry","reason":"x"}`,
		"post-correction": `{"profile":{"city":"Salem"}}`, "score-requirement": `{"attempt":1,"remark":"x"}`, "waive-requirement": `{"reason":"x"}`,
		"judge-requirement": `{"attempt":1,"pass":true,"reason":"x"}`, "answer-requirement": `{"words":"x"}`,
		"post-webhook-endpoint": `{"url":"https://hooks.example.com/b"}`, "rotate-webhook-secret": `{}`, "replay-dead-letters": `{}`, "post-note": `{"words":"x"}`, "assign-case": `{"recruiter":"0a1b2c3d"}`, "allow-proof": `{"reason":"x"}`,
		"answer-data-request": `{"kind":"copy","answer":"answered","words":"x"}`,
	}
	body, ok := bodies[operation]
	return body, ok
}

// TestOnceUnderWay: while the first is under way another is told to wait; what was
// refused is tried anew; an answer is forgotten after two days.
func TestOnceUnderWay(t *testing.T) {
	var objects shelftest.Bucket
	now := noon
	answers := &applicants.Answers{Objects: &objects, Vault: openVault{}, Now: func() time.Time { return now }}
	f := serve(t, func(c *api.Config) { c.Answers = answers })
	id := string(f.service.add(nil))
	path, body := "/api/v1/applications/"+id+"/checks/email/waive", `{"reason":"x"}`
	send := func() answer { return f.send("POST", path, body, "Idempotency-Key", "k") }

	_, once, err := answers.Begin(t.Context(), "acme", "k", "POST "+path+"\n"+body)
	if err != nil {
		t.Fatal(err)
	}
	if a := send(); a.header.Get("Retry-After") != "1" {
		t.Error("it does not say when")
	} else {
		wantProblem(t, a, http.StatusConflict, "under way")
	}
	if err := answers.End(t.Context(), once, nil); err != nil {
		t.Fatal(err)
	}
	f.service.fail = context.DeadlineExceeded
	wantProblem(t, send(), http.StatusServiceUnavailable)
	f.service.fail = nil
	if a := send(); a.status != http.StatusOK || len(f.service.did) != 1 {
		t.Errorf("after a failure: %d %s, did %q", a.status, a.body, f.service.did)
	}
	now = now.Add(applicants.KeepAnswers - time.Second)
	if send(); len(f.service.did) != 1 {
		t.Errorf("did %q", f.service.did)
	}
	now = now.Add(time.Second)
	if send(); len(f.service.did) != 2 {
		t.Errorf("after two days: did %q", f.service.did)
	}
	// A process that died in the middle does not lock the key for good.
	if _, _, err = answers.Begin(t.Context(), "acme", "k2", "POST "+path+"\n"+body); err != nil {
		t.Fatal(err)
	}
	now = now.Add(3 * time.Minute)
	if a := f.send("POST", path, body, "Idempotency-Key", "k2"); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	wantProblem(t, f.send("POST", path, body, "Idempotency-Key", strings.Repeat("k", 201)), http.StatusUnprocessableEntity)
}

// TestManyAtOnceAreOne: of many that are sent at the same time one is carried out.
func TestManyAtOnceAreOne(t *testing.T) {
	f := serve(t, nil)
	id := string(f.service.add(nil))
	var all sync.WaitGroup
	status := make(chan int, 20)
	for range 20 {
		all.Go(func() {
			status <- f.send("POST", "/api/v1/applications/"+id+"/decision", `{"ruling":"proceed","reason":"x"}`, "Idempotency-Key", "k").status
		})
	}
	all.Wait()
	close(status)
	for s := range status {
		if s != http.StatusOK && s != http.StatusConflict {
			t.Error(s)
		}
	}
	if len(f.service.did) != 1 {
		t.Errorf("did %q", f.service.did)
	}
}

// TestRateOfAKey: each answer says what is left; what is too much is refused, with
// when to come again; another key has a rate of its own.
func TestRateOfAKey(t *testing.T) {
	now := noon
	f := serve(t, func(c *api.Config) {
		c.Rate, c.Now = api.Rate{PerSecond: 0.5, Burst: 3}, func() time.Time { return now }
	})
	id := string(f.service.add(nil))
	waive := func(headers ...string) answer {
		return f.send("POST", "/api/v1/applications/"+id+"/checks/email/waive", `{"reason":"x"}`, headers...)
	}
	var left []string
	for range 3 {
		a := waive()
		if a.status != http.StatusOK || a.header.Get("RateLimit-Policy") != `"key";q=3;w=6` {
			t.Errorf("%d, policy %q", a.status, a.header.Get("RateLimit-Policy"))
		}
		left = append(left, a.header.Get("RateLimit"))
	}
	if want := []string{`"key";r=2;t=2`, `"key";r=1;t=4`, `"key";r=0;t=6`}; !slices.Equal(left, want) {
		t.Errorf("%q", left)
	}
	a := waive()
	wantProblem(t, a, http.StatusTooManyRequests, "Retry-After")
	if a.header.Get("Retry-After") != "2" || a.header.Get("RateLimit") != `"key";r=0;t=6` || len(f.service.did) != 3 {
		t.Errorf("Retry-After %q, RateLimit %q, did %d", a.header.Get("Retry-After"), a.header.Get("RateLimit"), len(f.service.did))
	}
	if a := waive("Authorization", "Bearer "+umbria); a.status != http.StatusOK {
		t.Errorf("another key: %d", a.status)
	}
	now = now.Add(2 * time.Second)
	if a := waive(); a.status != http.StatusOK {
		t.Errorf("after Retry-After: %d", a.status)
	}
	if a := f.send("GET", "/api/v1/openapi.json", "", "Authorization", ""); a.status != http.StatusOK {
		t.Errorf("the document needs no key: %d", a.status)
	}
}
