package applicants

import (
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestErasureOfAnUnknownProgram: who has some programs alone does not see an erasure whose
// program is not known, as one of a case that was ended by hand.
func TestErasureOfAnUnknownProgram(t *testing.T) {
	w := newWorld(t)
	id := onboarding.ApplicantID("0198c0de-0000-7000-8000-000000000001")
	for program, seen := range map[string]bool{"one": true, "two": false, "": false} {
		w.engine.open[id.ErasureID()] = workflows.StaffView{Applicant: id, Program: program}
		if _, err := w.Erasure(Within(t.Context(), []string{"one"}), id); (err == nil) != seen {
			t.Errorf("program %q: %v", program, err)
		}
		if v, err := w.Erasure(t.Context(), id); err != nil || v.Program != program {
			t.Errorf("who has all programs, %q: %+v, %v", program, v, err)
		}
	}
}
