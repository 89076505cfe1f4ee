package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
)

// TestAssignMany: applications that are named, or all that match, are given by a run,
// which is one however often it is asked for with one key.
func TestAssignMany(t *testing.T) {
	f := serve(t, nil)
	const at, id = "/api/v1/applications/assign", "0198c0de-0000-7000-8000-000000000001"
	var run, again api.Run
	body := `{"recruiter":"0badcafe","applications":["` + id + `"],"per_second":5}`
	f.send("POST", at, body, "Idempotency-Key", "k").decode(t, &run)
	f.send("POST", at, body, "Idempotency-Key", "k").decode(t, &again)
	if q := f.service.asked; run.ID == "" || again != run || run.Action != "assign" || len(f.service.did) != 1 || q.To != "0badcafe" || q.Reason != "" || q.PerSecond != 5 ||
		len(q.Marked) != 1 || q.Marked[0].Applicant != id || q.Marked[0].Was != "feedf00d" || q.Match.Cases != nil {
		t.Errorf("%+v, %+v, %q", run, q, f.service.did)
	}
	if a := f.send("POST", at, `{"recruiter":"0badcafe","match":{"stage":"vetting","recruiter":"nobody","program":"support-basics","changed_before":"2026-11-20T00:00:00Z"}}`); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if m := f.service.asked.Match; m.Program != "support-basics" || m.Cases == nil || m.Cases.Stage != onboarding.StageVetting || m.Cases.Recruiter != "nobody" || m.Cases.Changed.To.IsZero() || f.service.asked.Marked != nil {
		t.Errorf("%+v", m)
	}
	for _, wrong := range []string{`{}`, `{"recruiter":"0badcafe"}`, `{"recruiter":"0badcafe","match":{},"applications":["` + id + `"]}`, `{"recruiter":"0badcafe","match":{"stage":"declined"}}`,
		`{"recruiter":"0badcafe","applications":["x"]}`, `{"match":{}}`} {
		if a := f.send("POST", at, wrong); a.status != http.StatusUnprocessableEntity && a.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", wrong, a.status, a.body)
		}
	}
	if len(f.service.did) != 2 {
		t.Errorf("did %q", f.service.did)
	}
}

// TestRunsAreSteeredByWhoMayStartThem: a key for assigning steers a run that assigns and
// no other.
func TestRunsAreSteeredByWhoMayStartThem(t *testing.T) {
	f := serve(t, func(c *api.Config) {
		c.Keys = one{identity.NewKey("acme", []identity.Action{identity.ViewList, identity.AssignCase}, nil)}
	})
	var run api.Run
	f.send("POST", "/api/v1/applications/assign", `{"recruiter":"0badcafe","match":{}}`).decode(t, &run)
	f.send("POST", "/api/v1/runs/"+run.ID+"/pause", "").decode(t, &run)
	if run.State != "paused" {
		t.Errorf("%+v", run)
	}
	wantProblem(t, f.send("POST", "/api/v1/runs", `{"action":"retry","reason":"x"}`), http.StatusForbidden)
	p := *f.service.runs[run.ID]
	p.ID, p.Action = "0198c0de-0000-4000-8000-000000000009", "retry"
	f.service.runs[p.ID] = &p
	wantProblem(t, f.send("POST", "/api/v1/runs/"+p.ID+"/cancel", ""), http.StatusForbidden)
}

// TestHeldChecks are listed and acted upon as the failed ones are.
func TestHeldChecks(t *testing.T) {
	f := serve(t, nil)
	if a := f.send("GET", "/api/v1/failed-checks?held=true&vendor=kickbox", ""); a.status != http.StatusOK || !strings.Contains(a.body, `"vendor":"kickbox","round":1,"problem":""`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	var run api.Run
	f.send("POST", "/api/v1/runs", `{"action":"waive","held":true,"vendor":"kickbox","reason":"x"}`).decode(t, &run)
	if m := f.service.asked.Match; !run.Held || !m.Held || m.Vendor != "kickbox" {
		t.Errorf("%+v, %+v", run, m)
	}
}
