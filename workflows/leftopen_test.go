package workflows_test

import (
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestWithdrawalCallsTheAgencyOff: an agency that keeps adverse actions would send
// its final notice by itself to somebody who has left (obligation 3).
func TestWithdrawalCallsTheAgencyOff(t *testing.T) {
	for _, takeBack := range []func(send func(string, any)){
		func(send func(string, any)) {
			send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
		},
		func(send func(string, any)) {
			send(workflows.UpdateWithdrawConsent, workflows.WithdrawConsent{Purpose: consent.PurposeVetting, Actor: workflows.ActorApplicant})
		},
	} {
		w := newWorld(t)
		w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
		gone := false
		v := w.play(workflows.UpdateApply, application(t), both(decide(onboarding.RulingAdverse), func(v workflows.StaffView, send func(string, any)) {
			if v.Adverse.Contemplated && !gone {
				gone = true
				takeBack(send)
			}
		}), checkrProgram)
		wantStage(t, v, onboarding.StageWithdrawn)
		if len(w.adverse) != 2 || w.adverse[0].Action != "" || w.adverse[1].Action != "adverse-1" || w.adverse[1].Key != w.adverse[0].Key {
			t.Fatalf("told %+v", w.adverse)
		}
		records := w.whole(v)
		if n := count(records, ledger.KindNotified, "the adverse action is off"); n != 1 {
			t.Errorf("the ledger says %d times that the agency was told", n)
		}
		after := records[slices.IndexFunc(records, func(r ledger.Record) bool { return r.Outcome == string(onboarding.StageWithdrawn) }):]
		if n := count(after, ledger.KindUse, "checkr"); n != 0 {
			t.Errorf("%d uses by the agency after the withdrawal", n)
		}
	}
}

// TestDeclinedIsNotCalledOff: the agency's own final notice belongs to the decision.
func TestDeclinedIsNotCalledOff(t *testing.T) {
	w := newWorld(t)
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
	v := w.play(workflows.UpdateApply, application(t), decide(onboarding.RulingAdverse, onboarding.RulingAdverse), checkrProgram)
	wantStage(t, v, onboarding.StageDeclined)
	if len(w.adverse) != 1 || w.adverse[0].Action != "" {
		t.Errorf("told %+v", w.adverse)
	}
}

// TestWaivedOrderIsTakenBack: whoever is waived still stands in the vendor's order,
// and when the application ends nobody wants it any more.
func TestWaivedOrderIsTakenBack(t *testing.T) {
	w := newWorld(t)
	w.silent = true
	w.report = func(int) (workflows.CheckAnswer, error) { return workflows.CheckAnswer{Waiting: true}, nil }
	waived, left := false, false
	v := w.play(workflows.UpdateApply, application(t), func(v workflows.StaffView, send func(string, any)) {
		switch {
		case v.Attention == onboarding.AttentionOps && !waived:
			waived = true
			send(workflows.UpdateWaiveCheck, workflows.WaiveCheck{Check: onboarding.CheckBackground, Reason: []byte("sealed"), Actor: "staff:ops:1"})
		case waived && !left && v.Stage == onboarding.StageCertification:
			left = true
			send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
		}
	})
	wantStage(t, v, onboarding.StageWithdrawn)
	if len(w.canceled) != 1 {
		t.Errorf("orders taken back: %v", w.canceled)
	}
	i := slices.IndexFunc(v.Checks, func(k onboarding.Check) bool { return k.Name == onboarding.CheckBackground })
	if v.Checks[i].Status != onboarding.StatusWaived || v.Checks[i].Order != "" {
		t.Errorf("%+v", v.Checks[i])
	}
	w.whole(v)
}

// TestListMustBeNamedToo: who agreed to a notice that does not name SAM.gov's list
// is not compared with it, though nothing would leave the house.
func TestListMustBeNamedToo(t *testing.T) {
	for version, want := range map[string]onboarding.CheckStatus{"2026-11-01": onboarding.StatusFailed, "2026-11-24": onboarding.StatusFailed, "2026-11-27": onboarding.StatusPassed} {
		w := newWorld(t)
		v := w.play("", nil, func(v workflows.StaffView, send func(string, any)) {
			if v.Stage != onboarding.StageValidation || v.Attention == onboarding.AttentionOps {
				send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
			}
		}, func(in *workflows.OnboardInput) {
			in.Program.Checks = append(slices.Clone(in.Program.Checks), program.CheckSpec{Name: onboarding.CheckDebarment, Vendor: consent.ListSAM})
			in.Carried = &workflows.State{Stage: onboarding.StageValidation, Profile: "profiles/1", Chain: ledger.NewChain(applicant)}
			for _, r := range receipts(t) {
				if r.Purpose == consent.PurposeScreening {
					r.Notice.Version = version
				}
				in.Carried.Consents.Give(r)
			}
		})
		i := slices.IndexFunc(v.Checks, func(k onboarding.Check) bool { return k.Name == onboarding.CheckDebarment })
		got := v.Checks[i]
		if got.Status == onboarding.StatusCanceled { // it failed, and was ended with the rest
			got.Status = onboarding.StatusFailed
		}
		if got.Status != want || (want == onboarding.StatusFailed) != (got.Problem == string(onboarding.CodeConsentNotLive)) {
			t.Errorf("under %s: %+v", version, got)
		}
		if ran := w.tries[onboarding.OrderKey(applicant, onboarding.CheckDebarment, 1)] > 0; ran != (want == onboarding.StatusPassed) {
			t.Errorf("under %s the list was searched: %v", version, ran)
		}
	}
}
