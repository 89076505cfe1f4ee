package workflows_test

import (
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestCorrectedInARenewal: a detail that is corrected while the renewal is open is
// checked first. The renewal's own checks are ordered with it, in rounds of their
// own; when it does not hold a person looks before anything is renewed.
func TestCorrectedInARenewal(t *testing.T) {
	for name, flagged := range map[string]bool{"it holds": false, "it does not hold": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
				if flagged && k.Check == onboarding.CheckPhone && k.Round == 2 {
					return workflows.CheckAnswer{Findings: []onboarding.Finding{{Code: "phone_invalid", Verdict: onboarding.VerdictConsider, Source: onboarding.SourceProprietary}}}, nil
				}
				return workflows.CheckAnswer{}, nil
			}
			corrected, looked := false, false
			v := w.play(workflows.UpdateApply, application(t), both(finish(t), func(v workflows.StaffView, send func(string, any)) {
				switch {
				case v.Renewal.Opened.IsZero() || len(v.Past) > 0:
				case !corrected:
					corrected = true
					send(workflows.UpdateCorrectDetails, workflows.CorrectDetails{Profile: onboarding.ProfileKey(applicant, 2), Fields: []onboarding.Field{onboarding.FieldPhone, onboarding.FieldFamilyName},
						Place: v.Place, Actor: workflows.ActorApplicant})
					send(workflows.UpdateConfirmRenewal, workflows.ConfirmRenewal{Actor: workflows.ActorApplicant}) // in the same breath
				case flagged && !looked && v.Review:
					looked = true
					if len(w.orders) != 1 {
						t.Errorf("%d reports were ordered before anybody looked", len(w.orders))
					}
					if v.Attention != onboarding.AttentionReviewer {
						t.Errorf("it waits for %s: %s", v.Attention, v.Wait.For)
					}
					send(workflows.UpdateDecide, workflows.Decide{Ruling: onboarding.RulingProceed, Reason: []byte("sealed"), Actor: "staff:reviewer:1"})
				}
			}))
			wantStage(t, v, onboarding.StageExpired)
			w.whole(v)
			if looked != flagged || len(w.issued) != 2 {
				t.Errorf("looked at %v, %d certificates", looked, len(w.issued))
			}
			renewal := basics(t).Certification.Renewal.Checks
			for check, round := range roundsOf(v) {
				want := 1
				if check == onboarding.CheckPhone || check == onboarding.CheckDuplicate {
					want = 2
				}
				switch {
				case check == onboarding.CheckSanctions || check == onboarding.CheckExclusions:
					want = 3 // for the name, and for the renewal
				case slices.Contains(renewal, check):
					want = 2
				}
				if round != want {
					t.Errorf("the check %s is in round %d, want %d", check, round, want)
				}
			}
			if len(w.orders) != 2 {
				t.Errorf("%d reports were ordered", len(w.orders))
			}
		})
	}
}
