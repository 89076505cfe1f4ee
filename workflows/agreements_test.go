package workflows_test

import (
	"maps"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// began is the day on which the tests' applications are handed in.
var began = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// agreedFor sets the days of the agreement with a vendor.
func agreedFor(vendor string, from, to time.Time) func(*workflows.OnboardInput) {
	return func(in *workflows.OnboardInput) {
		in.Program.Vendors = maps.Clone(in.Program.Vendors)
		v := in.Program.Vendors[vendor]
		v.AgreementDate, v.AgreementEnd = from.Format(time.DateOnly), ""
		if !to.IsZero() {
			v.AgreementEnd = to.Format(time.DateOnly)
		}
		in.Program.Vendors[vendor] = v
	}
}

// TestNothingWithoutAnAgreementInForce: on a day before a vendor's agreement begins, or
// after it has ended, nothing goes there; the refusal is on record, the check waits for
// ops, and goes on when the program's file has an agreement that holds. Promise 39.
func TestNothingWithoutAnAgreementInForce(t *testing.T) {
	for name, days := range map[string][2]time.Time{
		"ahead": {began.AddDate(0, 1, 0), {}},
		"ended": {began.AddDate(-1, 0, 0), began.AddDate(0, 0, -2)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			retry := func(today *workflows.AgreementsToday) func(workflows.StaffView, func(string, any)) {
				return func(v workflows.StaffView, send func(string, any)) {
					send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckPhone, Round: checkIn(v, onboarding.CheckPhone).Round, Actor: "staff:ops:1", Agreements: today})
				}
			}
			again := func(round int) func(workflows.StaffView) bool {
				return func(v workflows.StaffView) bool {
					k := checkIn(v, onboarding.CheckPhone)
					return k.Status == onboarding.StatusFailed && k.Round == round && k.Problem == string(onboarding.CodeNoAgreement)
				}
			}
			mended := &workflows.AgreementsToday{Version: "next", Vendors: map[string]program.Vendor{
				"twilio": {AgreementVersion: "2", AgreementDate: began.AddDate(0, 0, -2).Format(time.DateOnly)}}}
			var left int
			v := w.play(workflows.UpdateApply, application(t), both(script(&left,
				act{again(1), retry(nil)}, // the file is as it was: it stays refused
				act{again(2), retry(mended)}), finish(t)), agreedFor("twilio", days[0], days[1]))
			wantStage(t, v, onboarding.StageExpired)
			if k := checkIn(v, onboarding.CheckPhone); left != 0 || k.Round != 3 || k.Status != onboarding.StatusPassed {
				t.Fatalf("%d steps left, %+v", left, k)
			}
			for round := 1; round <= 3; round++ {
				want := 0
				if round == 3 {
					want = 1
				}
				if n := w.tries[onboarding.OrderKey(applicant, onboarding.CheckPhone, round)]; n != want {
					t.Errorf("round %d: the vendor was asked %d times", round, n)
				}
			}
			refused := 0
			for _, r := range w.whole(v) {
				if r.Kind == ledger.KindUseRefused && r.Recipient == "twilio" && r.Outcome == string(onboarding.CodeNoAgreement) && r.Receipt != "" && len(r.Fields) == 1 {
					refused++
				}
				if r.Kind == ledger.KindUse && r.Recipient == "twilio" && r.Round != 3 {
					t.Errorf("record %d uses the phone number in round %d", r.Seq, r.Round)
				}
			}
			if refused != 2 {
				t.Errorf("%d refusals on record", refused)
			}
		})
	}
}

// TestReportsAreNotFetchedAfterTheAgreementsEnd: what sends no field of the person asks
// for the agreement too. Promise 39.
func TestReportsAreNotFetchedAfterTheAgreementsEnd(t *testing.T) {
	w := newWorld(t)
	w.silent = true
	w.report = func(int) (workflows.CheckAnswer, error) { return workflows.CheckAnswer{Waiting: true}, nil }
	v := w.play(workflows.UpdateApply, application(t), func(v workflows.StaffView, send func(string, any)) {
		if k := checkIn(v, onboarding.CheckBackground); k.Problem == string(onboarding.CodeNoAgreement) {
			send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
		}
	}, agreedFor("findly", began.AddDate(-1, 0, 0), began))
	wantStage(t, v, onboarding.StageWithdrawn)
	last := began.AddDate(0, 0, 1).Truncate(24 * time.Hour)
	refused := 0
	for _, r := range w.whole(v) {
		if r.Kind == ledger.KindUse && r.Recipient == "findly" && !r.At.Before(last) {
			t.Errorf("record %d asks Findly at %s", r.Seq, r.At)
		}
		if r.Kind == ledger.KindUseRefused && r.Outcome == string(onboarding.CodeNoAgreement) {
			refused++
		}
	}
	if refused != 1 || len(w.orders) == 0 {
		t.Errorf("%d refusals, %d orders", refused, len(w.orders))
	}
}

// TestNoMoveToAVendorWithoutAnAgreement: nor is a check moved to one. Promise 39.
func TestNoMoveToAVendorWithoutAnAgreement(t *testing.T) {
	w := newWorld(t)
	w.checks = refusesAt("findly")
	w.expect = "No agreement with Checkr is in force today"
	ahead := workflows.Elsewhere{Version: "1", Agreement: program.Vendor{AgreementVersion: "1.0", AgreementDate: began.AddDate(0, 1, 0).Format(time.DateOnly)}, Package: "tasker"}
	var left int
	v := w.play(workflows.UpdateApply, application(t), script(&left, act{failed(onboarding.CheckBackground), moves(onboarding.CheckBackground, "checkr", ahead)},
		act{failed(onboarding.CheckBackground), func(_ workflows.StaffView, send func(string, any)) {
			send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
		}}))
	wantStage(t, v, onboarding.StageWithdrawn)
	if k := checkIn(v, onboarding.CheckBackground); left != 0 || k.Vendor != "findly" || w.refusals != 1 {
		t.Fatalf("%d steps left, %d refusals, %+v", left, w.refusals, k)
	}
	if n := count(w.whole(v), ledger.KindUseRefused, string(onboarding.CodeNoAgreement)); n != 1 {
		t.Errorf("%d refusals on record", n)
	}
}
