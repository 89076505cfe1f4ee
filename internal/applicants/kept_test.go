package applicants

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestKeptViewIsSealed: of a case that is over, what was found and where the person
// lives are read while their key is there, and are gone with it.
func TestKeptViewIsSealed(t *testing.T) {
	w, id := withBook(t)
	whole := workflows.StaffView{Applicant: id, Program: "support-basics", Stage: onboarding.StageDeclined, Outcome: onboarding.OutcomeDeclined,
		Place: workflows.Place{State: "OR", City: "Keptmark"}, Law: "keptmark",
		Ruling:  onboarding.Decision{Ruling: onboarding.RulingReview},
		Adverse: workflows.Adverse{Vendor: "keptmark"},
		Checks: []onboarding.Check{{Name: onboarding.CheckBackground, Vendor: "checkr", Status: onboarding.StatusFlagged, Reported: "keptmark", Order: "keptmark",
			Note: "keptmark", Findings: []onboarding.Finding{{Code: "keptmark", Severity: "felony"}}}}}
	name := onboarding.SummaryKey(id)
	sealed, err := w.sealed(t.Context(), id, name, whole)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(workflows.Kept{StaffView: whole.Open(), Sealed: sealed})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(bytes.ToLower(body), []byte("keptmark")) || bytes.Contains(body, []byte("felony")) || whole.Checks[0].Note == "" {
		t.Errorf("in the open: %s", body)
	}
	w.bucket.objects[name] = body
	got, err := w.StaffView(t.Context(), id)
	if err != nil || got.Place != whole.Place || len(got.Checks) != 1 || len(got.Checks[0].Findings) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := w.Vault.Destroy(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	got, err = w.StaffView(t.Context(), id)
	if err != nil || got.Stage != whole.Stage || got.Outcome != whole.Outcome || got.Place.City != "" || len(got.Checks) != 1 || len(got.Checks[0].Findings) != 0 {
		t.Errorf("after erasure: %+v, %v", got, err)
	}
}
