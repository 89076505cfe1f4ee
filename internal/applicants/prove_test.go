package applicants

import (
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// unproved is a world with an applicant whose address was corrected.
func unproved(t *testing.T) (*world, onboarding.ApplicantID) {
	t.Helper()
	w, id := flagged(t, "support-basics")
	v := w.engine.open[id.WorkflowID()]
	v.Unproved = true
	w.engine.open[id.WorkflowID()] = v
	return w, id
}

// TestProveContact: the service compares, the workflow counts, and is told nothing
// but whether it was right.
func TestProveContact(t *testing.T) {
	for _, tt := range []struct {
		date  string
		right bool
	}{
		{"1990-04-27", true}, {"1990-04-28", false}, {"", false}, {"1990-4-27", false}, {"1990-04-27 ", false}, {strings.Repeat("1", 1<<20), false},
	} {
		w, id := unproved(t)
		err := w.ProveContact(t.Context(), id, tt.date)
		if (err == nil) != tt.right || (err != nil && onboarding.CodeOf(err) != onboarding.CodeInvalid) {
			t.Errorf("%.12q: %v", tt.date, err)
		}
		if got := last[workflows.ProveContact](t, w, workflows.UpdateProveContact); got.Right != tt.right {
			t.Errorf("%.12q: sent %+v", tt.date, got)
		}
		if err != nil && strings.Contains(err.Error(), "1990-") {
			t.Errorf("the error says the date: %v", err)
		}
		for _, sent := range w.engine.sent {
			if strings.HasPrefix(sent, workflows.UpdateProveContact) && strings.Contains(sent, "1990-") {
				t.Errorf("the workflow was told %s", sent)
			}
		}
	}
}

// TestNothingToProve: a date is compared with nothing, so nobody finds it by trying.
func TestNothingToProve(t *testing.T) {
	for name, change := range map[string]func(*workflows.StaffView){
		"proved": func(v *workflows.StaffView) { v.Unproved = false },
		"ended":  func(v *workflows.StaffView) { v.Stage = onboarding.StageWithdrawn },
	} {
		t.Run(name, func(t *testing.T) {
			w, id := unproved(t)
			v := w.engine.open[id.WorkflowID()]
			change(&v)
			w.engine.open[id.WorkflowID()] = v
			for _, date := range []string{"1990-04-27", "1990-04-28"} {
				if err := w.ProveContact(t.Context(), id, date); onboarding.CodeOf(err) != onboarding.CodeNotNow {
					t.Errorf("%v", err)
				}
			}
			if strings.Contains(w.engine.names(), workflows.UpdateProveContact) {
				t.Error("the workflow was asked")
			}
		})
	}
	w, _ := unproved(t)
	if err := w.ProveContact(t.Context(), "0198c0de-0000-7000-8000-0000000000ff", "1990-04-27"); onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		t.Errorf("nobody's: %v", err)
	}
	// A profile without a date is proved by nothing.
	w, id := unproved(t)
	key := onboarding.ProfileKey(id, 1)
	sealed, err := w.sealed(t.Context(), id, key, onboarding.Profile{onboarding.FieldEmail: "quillonia@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	w.bucket.objects[key] = sealed
	if err := w.ProveContact(t.Context(), id, ""); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("%v", err)
	}
	// Nor is one that is erased.
	if err := w.Vault.Destroy(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := w.ProveContact(t.Context(), id, "1990-04-27"); onboarding.CodeOf(err) != onboarding.CodeKeyDestroyed {
		t.Errorf("%v", err)
	}
}
