package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestAssessmentForm: an integrator's reviewer is told what has to be weighed while
// a decision is waited for, and hands it in with the decision.
func TestAssessmentForm(t *testing.T) {
	f := serve(t, nil)
	plain := string(f.service.add(nil))
	id := string(f.service.add(func(v *workflows.StaffView) {
		v.Form = policy.Form{Title: "Individualized assessment", Citation: "PCC 23.10.030", Factors: []policy.Factor{{ID: "duties", Text: "The duties of the work", Hint: "for staff"}}}
	}))
	ask := func(method, path, body string) answer {
		return f.send(method, "/api/v1/applications/"+path, body, "Authorization", "Bearer "+umbria)
	}
	if a := ask("GET", plain, ""); a.status != http.StatusOK || strings.Contains(a.body, "assessment_form") {
		t.Errorf("where none is asked for: %d %s", a.status, a.body)
	}
	var got struct {
		Form struct {
			Title    string `json:"title"`
			Citation string `json:"citation"`
			Factors  []struct{ ID, Text string }
		} `json:"assessment_form"`
	}
	if a := ask("GET", id, ""); json.Unmarshal([]byte(a.body), &got) != nil {
		t.Errorf("%d %s", a.status, a.body)
	}
	if got.Form.Title != "Individualized assessment" || got.Form.Citation != "PCC 23.10.030" || len(got.Form.Factors) != 1 || got.Form.Factors[0].ID != "duties" ||
		got.Form.Factors[0].Text != "The duties of the work" {
		t.Errorf("%+v", got)
	}
	f.service.did = nil
	a := ask("POST", id+"/decision", `{"ruling":"adverse","reason":"see the report","assessment":{"duties":"Telephone, at home."}}`)
	const want = `decide adverse "see the report" assessed map[duties:Telephone, at home.] by api:umbria`
	if a.status != http.StatusOK || len(f.service.did) != 1 || f.service.did[0] != want {
		t.Errorf("%d %s, did %q", a.status, a.body, f.service.did)
	}
	wantProblem(t, ask("POST", id+"/decision", `{"ruling":"adverse","reason":"x","assessment":["duties"]}`), http.StatusUnprocessableEntity)
}
