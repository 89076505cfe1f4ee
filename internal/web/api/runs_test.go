package api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/web/api"
)

// TestRun: a run is started once however often it is asked for with one key, is
// looked at, steered and asked for its answers.
func TestRun(t *testing.T) {
	f := serve(t, nil)
	const body = `{"action":"retry","check":"email","vendor":"kickbox","per_second":5,"reason":"Kickbox is back."}`
	var run, again api.Run
	f.send("POST", "/api/v1/runs", body, "Authorization", "Bearer "+umbria, "Idempotency-Key", "k").decode(t, &run)
	f.send("POST", "/api/v1/runs", body, "Authorization", "Bearer "+umbria, "Idempotency-Key", "k").decode(t, &again)
	want := []string{`retry all of {Check:email Vendor:kickbox Program: Programs:[] Error: Held:false Cases:<nil>} at 5 for "Kickbox is back." by api:umbria`}
	if run.ID == "" || again != run || !slices.Equal(f.service.did, want) {
		t.Errorf("%+v, then %+v; done: %q", run, again, f.service.did)
	}
	f.send("POST", "/api/v1/runs", body, "Idempotency-Key", "k").decode(t, &again) // another caller's key
	if again.ID == run.ID || len(f.service.did) != 2 {
		t.Errorf("another caller is given %+v", again)
	}
	at := "/api/v1/runs/" + run.ID
	f.send("GET", at, "").decode(t, &run)
	if run.State != "running" || run.Total != 3 || run.DealtWith != 2 || run.Done != 1 || run.Refused != 1 || run.Failed != 0 || run.Check != "email" {
		t.Errorf("%+v", run)
	}
	for _, step := range []struct{ how, state string }{{"pause", "paused"}, {"resume", "running"}, {"cancel", "canceled"}} {
		a := f.send("POST", at+"/"+step.how, "")
		a.decode(t, &run)
		if a.status != http.StatusOK || run.State != step.state {
			t.Errorf("%s: %d %+v", step.how, a.status, run)
		}
	}
	wantProblem(t, f.send("POST", at+"/pause", ""), http.StatusConflict)
	wantProblem(t, f.send("POST", at+"/stop", ""), http.StatusUnprocessableEntity)
	var answers struct {
		Items []api.RunAnswer `json:"items"`
	}
	f.send("GET", at+"/answers", "").decode(t, &answers)
	if len(answers.Items) != 2 || answers.Items[1].Outcome != "refused" || answers.Items[1].Says != "It has ended." {
		t.Errorf("%+v", answers)
	}
	wantProblem(t, f.send("GET", "/api/v1/runs/none", ""), http.StatusNotFound)
	for _, wrong := range []string{`{}`, `{"action":"decline","reason":"x"}`, `{"action":"retry"}`, `{"action":"retry","reason":"x","per_second":1001}`} {
		wantProblem(t, f.send("POST", "/api/v1/runs", wrong), http.StatusUnprocessableEntity)
	}
}
