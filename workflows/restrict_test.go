package workflows_test

import (
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const restrictRequest = string(applicant) + ".0a1b2c3d"

// restricting has the uses restricted when at says so, has meanwhile look at the case for
// three days, and lifts it.
func restricting(at func(workflows.StaffView) bool, meanwhile func(hour int, v workflows.StaffView, send func(string, any))) player {
	hour := -1
	return func(v workflows.StaffView, send func(string, any)) {
		switch {
		case hour < 0 && !at(v):
			return
		case hour < 0:
			send(workflows.UpdateRestrict, workflows.Restrict{Request: restrictRequest, Actor: workflows.ActorApplicant})
		case hour < 72:
			meanwhile(hour, v, send)
		case hour == 72:
			send(workflows.UpdateRestrict, workflows.Restrict{Request: restrictRequest, Lift: true, Reason: []byte("sealed"), Actor: "staff:privacy:1f"})
		}
		hour++
	}
}

func stands(v workflows.StaffView) bool {
	return slices.ContainsFunc(v.Holds, func(h workflows.HoldLine) bool { return h.Kind == onboarding.HoldRestriction })
}

// TestRestrictedWhileTheReportIsOut: the report is not fetched, nobody is written to,
// nothing is decided and staff read nothing but what has a ground, until the restriction
// is lifted; then the case goes on to its end.
//
// Promise 53.
func TestRestrictedWhileTheReportIsOut(t *testing.T) {
	w := newWorld(t)
	w.silent = true // it would be polled after 1, 6 and 24 hours
	fetches, letters := 0, 0
	v := w.play(workflows.UpdateApply, application(t), both(
		restricting(func(v workflows.StaffView) bool { return v.Stage == onboarding.StageVetting }, func(hour int, v workflows.StaffView, send func(string, any)) {
			if hour == 0 {
				fetches, letters = len(w.fetches), len(w.letters)
				read := workflows.RecordView{Document: "application", Why: "to help the applicant", Actor: "staff:recruiter:2f"}
				send(workflows.UpdateRecordView, refused{read, "restricted"})
				read.Despite = workflows.DespiteLaw
				send(workflows.UpdateRecordView, read)
				own := workflows.RecordView{Document: "copy", Actor: workflows.ActorApplicant}
				send(workflows.UpdateRecordView, own)
				send(workflows.UpdateDecide, refused{workflows.Decide{Ruling: onboarding.RulingProceed, Actor: "staff:reviewer:1"}, "restricted"})
			}
			if !stands(v) || len(w.fetches) != fetches || len(w.letters) != letters {
				t.Fatalf("hour %d: %d fetches, %d letters, stands %v", hour, len(w.fetches)-fetches, len(w.letters)-letters, stands(v))
			}
		}), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if v.Outcome != onboarding.OutcomeCertified && v.Outcome != onboarding.OutcomeExpired || len(w.fetches) == fetches || len(w.issued) != 1 {
		t.Errorf("it did not go on: %s, %d fetches, %d issued", v.Outcome, len(w.fetches)-fetches, len(w.issued))
	}
	records := w.whole(v)
	if count(records, ledger.KindHeld, "restriction") != 1 || count(records, ledger.KindReleased, "restriction") != 1 {
		t.Error("the ledger does not have both")
	}
	if want := []string{"set restriction restriction-0a1b2c3d", "release restriction-0a1b2c3d"}; !slices.Equal(w.holds, want) {
		t.Errorf("%v", w.holds)
	}
}

// TestRestrictedWhileAVendorIsTried: a check that is under way is stopped, and begins anew
// when the restriction is lifted.
//
// Promise 53.
func TestRestrictedWhileAVendorIsTried(t *testing.T) {
	w := newWorld(t)
	tries, lifted := 0, false
	w.checks = func(u workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if u.Check == onboarding.CheckPhone && !lifted {
			tries++
			return workflows.CheckAnswer{}, &onboarding.Error{Code: onboarding.CodeVendorDown, Message: "down"}
		}
		return clear("all_clear"), nil
	}
	at := 0
	v := w.play(workflows.UpdateApply, application(t), both(
		restricting(func(v workflows.StaffView) bool { return v.Stage == onboarding.StageValidation }, func(hour int, v workflows.StaffView, _ func(string, any)) {
			if hour == 0 {
				at = tries
			}
			if at == 0 || tries != at || v.Stage != onboarding.StageValidation {
				t.Fatalf("hour %d: tried %d times before and %d since, at %s", hour, at, tries-at, v.Stage)
			}
			lifted = hour > 60 // the vendor is back, and nobody asks it
		}), finish(t)), func(in *workflows.OnboardInput) { in.Pace.Attempts = 10_000 })
	wantStage(t, v, onboarding.StageExpired)
	for _, r := range w.whole(v) {
		if r.Kind == ledger.KindUse && r.Despite != "" {
			t.Errorf("%+v", r)
		}
	}
}

// TestRestrictedBeforeTheCertificate: what the person does themselves goes on; the
// certificate is not made before the restriction is lifted.
//
// Promise 53.
func TestRestrictedBeforeTheCertificate(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), both(
		restricting(func(v workflows.StaffView) bool { return v.Stage == onboarding.StageCertification }, func(hour int, v workflows.StaffView, send func(string, any)) {
			if hour == 2 {
				finish(t)(v, send)
			}
			if len(w.issued) != 0 {
				t.Fatal("a certificate was issued")
			}
		}), func(workflows.StaffView, func(string, any)) {}))
	wantStage(t, v, onboarding.StageExpired)
	if len(w.issued) != 1 {
		t.Errorf("%d certificates", len(w.issued))
	}
	w.whole(v)
}

// TestRestrictedAndWithdrawn: who withdraws while a restriction stands is let go.
//
// Promise 3, 53.
func TestRestrictedAndWithdrawn(t *testing.T) {
	w := newWorld(t)
	w.silent = true
	v := w.play(workflows.UpdateApply, application(t), restricting(func(v workflows.StaffView) bool { return v.Stage == onboarding.StageVetting },
		func(hour int, _ workflows.StaffView, send func(string, any)) {
			if hour == 3 {
				send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
			}
		}))
	wantStage(t, v, onboarding.StageWithdrawn)
	if records := w.whole(v); len(w.canceled) == 0 || count(records, ledger.KindUse, "letter: ended") != 1 {
		t.Errorf("canceled %v, letters %v", w.canceled, w.letters)
	}
}

// A use that has no ground, while a restriction stands, is found by whoever verifies.
func TestUseWhileRestrictedIsAFault(t *testing.T) {
	for despite, faults := range map[string]int{"": 1, workflows.DespiteLaw: 0, workflows.DespiteConsent: 0, "because": 1} {
		w := newWorld(t)
		chain := ledger.NewChain(applicant)
		hold := onboarding.HoldKey(applicant, onboarding.RestrictionHoldID(restrictRequest))
		at := receipts(t)[0].GivenAt
		page := []ledger.Record{
			chain.Append(at, ledger.Record{Kind: ledger.KindConsentGiven, Actor: "applicant", Purpose: string(consent.PurposeAccount), Receipt: "receipt-0"}),
			chain.Append(at, ledger.Record{Kind: ledger.KindHeld, Actor: "applicant", Outcome: string(onboarding.HoldRestriction), Object: hold}),
			chain.Append(at, ledger.Record{Kind: ledger.KindUse, Actor: "system", Purpose: string(consent.PurposeAccount), Receipt: "receipt-0", Recipient: consent.RecipientMail, Despite: despite}),
			chain.Append(at, ledger.Record{Kind: ledger.KindReleased, Actor: "applicant", Outcome: string(onboarding.HoldRestriction), Object: hold}),
			chain.Append(at, ledger.Record{Kind: ledger.KindUse, Actor: "system", Purpose: string(consent.PurposeAccount), Receipt: "receipt-0", Recipient: consent.RecipientMail}),
		}
		if _, err := w.book.Store(t.Context(), []ledger.Page{chain.Cut(page)}); err != nil {
			t.Fatal(err)
		}
		report, err := w.book.Verify(t.Context(), applicant, chain)
		if err != nil || len(report.Faults) != faults {
			t.Errorf("on the ground %q: %v, %v", despite, report.Faults, err)
		}
	}
}
