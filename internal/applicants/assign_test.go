package applicants

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// recruiters is a directory: who may have cases of which program.
type recruiters map[string]string

func (r recruiters) MayHave(_ context.Context, staff, program string) (bool, error) {
	if r[staff] == "broken" {
		return false, errors.New("the store does not answer")
	}
	return r[staff] == program, nil
}

// TestAssignHoldsToTheDirectory: a case is given to nobody who may not have one of its
// program, whichever face asks; whoever takes one themselves was let in for that.
func TestAssignHoldsToTheDirectory(t *testing.T) {
	w, id := withBook(t)
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id, Program: "support-basics"}
	give := func(to string, by workflows.Actor) error {
		w.engine.sent = nil
		return w.Assign(t.Context(), id, to, "", by)
	}
	if err := give("00000001", "api:k1"); err != nil || !strings.Contains(w.engine.names(), workflows.UpdateAssign) {
		t.Errorf("without a directory: %v", err)
	}
	w.Staff = recruiters{"00000001": "support-basics", "00000002": "other", "00000009": "broken"}
	for _, to := range []string{"00000002", "00000003"} {
		for _, by := range []workflows.Actor{"api:k1", "staff:recruiter:00000001", "api:" + workflows.Actor(to)} {
			if err := give(to, by); onboarding.CodeOf(err) != onboarding.CodeInvalid || !strings.Contains(err.Error(), "may not have cases of this program") || len(w.engine.sent) != 0 {
				t.Errorf("to %s by %s: %v, sent %q", to, by, err, w.engine.sent)
			}
		}
	}
	if err := give("00000009", "api:k1"); err == nil || len(w.engine.sent) != 0 {
		t.Errorf("given although nobody could tell: %v", err)
	}
	for to, by := range map[string]workflows.Actor{"00000001": "api:k1", "00000003": "staff:recruiter:00000003", "": "staff:admin:00000004"} {
		if err := give(to, by); err != nil || !strings.Contains(w.engine.names(), workflows.UpdateAssign) {
			t.Errorf("to %q by %s: %v", to, by, err)
		}
	}
}
