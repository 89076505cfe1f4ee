package applicants

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/holds"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestNotDueAnyMore: what a report found due is looked at again before it goes: where the
// table keeps it longer by now, or the case goes on, it stays.
//
// Promise 23.
func TestNotDueAnyMore(t *testing.T) {
	const id = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001")
	for name, c := range map[string]struct {
		stage onboarding.Stage
		ended time.Time
		gone  bool
		due   bool
	}{
		"its time is over":          {onboarding.StageExpired, t0.AddDate(-8, 0, 0), false, true},
		"the table keeps it longer": {onboarding.StageExpired, t0.AddDate(-1, 0, 0), false, false},
		"the case goes on":          {onboarding.StageVetting, t0.AddDate(-8, 0, 0), false, false},
		"it was erased meanwhile":   {onboarding.StageErased, t0, false, true},
		"nothing tells":             {onboarding.StageExpired, t0, true, true},
	} {
		w := newWorld(t)
		w.Holds = holds.New(w.bucket, w.Vault)
		if !c.gone {
			body, err := json.Marshal(workflows.Kept{StaffView: workflows.StaffView{Applicant: id, Program: "support-basics", Stage: c.stage, Submitted: c.ended.AddDate(-1, 0, 0), UpdatedAt: c.ended}})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Objects.Put(t.Context(), onboarding.SummaryKey(id), body); err != nil {
				t.Fatal(err)
			}
		}
		item := DueItem{Applicant: id, Program: "support-basics", Category: onboarding.KeptLetters, Rule: "as it was"}
		if still, err := w.stillDue(t.Context(), item); err != nil || still != c.due {
			t.Errorf("%s: still due %v, %v", name, still, err)
		}
		if c.due {
			continue
		}
		if a, n, err := w.destroy(t.Context(), "1", item, false); err != nil || n != 0 || a.Outcome != DueKept || a.Says == "" {
			t.Errorf("%s: %+v, %d, %v", name, a, n, err)
		}
		if sent := w.engine.names(); sent != "" {
			t.Errorf("%s: the case was told %s", name, sent)
		}
	}
}
