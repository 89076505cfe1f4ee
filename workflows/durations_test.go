package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// measured gives what was measured of a kind and name; the test fails when it is
// not there exactly n times.
func (w *world) measured(kind workflows.TookKind, name string, n int) []workflows.Took {
	w.t.Helper()
	out := slices.DeleteFunc(slices.Clone(w.took), func(k workflows.Took) bool { return k.Kind != kind || k.Name != name })
	if len(out) != n {
		w.t.Fatalf("%s of %q was measured %d times, not %d: %+v", kind, name, len(out), n, w.took)
	}
	return out
}

// TestDurations: each round counts once, with its real time, however often it was
// asked after; what failed is told apart; stages and people are measured too.
func TestDurations(t *testing.T) {
	w := newWorld(t)
	w.silent = true
	w.report = func(try int) (workflows.CheckAnswer, error) {
		if try < 4 {
			return workflows.CheckAnswer{Waiting: true}, nil
		}
		return consider("criminal_record", "felony", 1), nil
	}
	failed := false
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		switch {
		case k.Check == onboarding.CheckPhone && k.Round == 1:
			return workflows.CheckAnswer{}, workflows.Failure(&onboarding.Error{Code: onboarding.CodeVendorRefused, Message: "no"})
		case k.Check == onboarding.CheckEmail:
			a := clear("email_form")
			a.Spared = true
			return a, nil
		}
		return workflows.CheckAnswer{}, nil
	}
	asked := time.Time{}
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Attention == onboarding.AttentionOps && !failed {
			failed = true
			send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckPhone, Actor: "staff:ops:1"})
		}
		if v.Review && asked.IsZero() {
			asked = v.Wait.Since
		}
	}, both(decide(onboarding.RulingProceed), finish(t))))
	wantStage(t, v, onboarding.StageExpired)
	report := w.measured(workflows.TookCheck, "background", 1)[0]
	var polls time.Duration
	for n := range 4 {
		hours := basics(t).Vetting.PollHours
		polls += time.Duration(hours[min(n, len(hours)-1)] * float64(time.Hour))
	}
	if report.Who != "findly" || report.Failed || report.Time < polls || report.Time > polls+time.Hour {
		t.Errorf("the report took %+v; it was asked for until %s", report, polls)
	}
	phone := w.measured(workflows.TookCheck, "phone", 2)
	if !phone[0].Failed || phone[1].Failed {
		t.Errorf("a failed round and a good one: %+v", phone)
	}
	w.measured(workflows.TookCheck, "email", 0) // the vendor was spared
	review := w.measured(workflows.TookReview, "vetting", 1)[0]
	if review.Who != "support-basics" || review.Time > 3*time.Hour {
		t.Errorf("the review took %+v", review)
	}
	vetting := w.measured(workflows.TookStage, "vetting", 1)[0]
	if vetting.Time < report.Time+review.Time || vetting.Time > report.Time+review.Time+time.Hour {
		t.Errorf("vetting took %s, its report %s, its review %s", vetting.Time, report.Time, review.Time)
	}
	w.measured(workflows.TookStage, "validation", 1)
	w.measured(workflows.TookStage, "signup", 0)
	w.measured(workflows.TookStage, "certified", 0) // an end by time is no measurement
}

// TestDurationsOfTwo: what the applicant has to do on the vendor's page and the
// vendor's own part are measured apart.
func TestDurationsOfTwo(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckIdentity {
			return workflows.CheckAnswer{Waiting: true, Order: "vs_1", WaitsFor: onboarding.AttentionApplicant}, nil
		}
		return workflows.CheckAnswer{}, nil
	}
	asks, began := 0, time.Time{}
	w.report = func(int) (workflows.CheckAnswer, error) {
		w.mu.Lock()
		which := w.fetches[len(w.fetches)-1].Check.Check
		w.mu.Unlock()
		if which != onboarding.CheckIdentity {
			return clear("county_criminal_clear"), nil
		}
		asks++
		switch asks {
		case 1, 2:
			return workflows.CheckAnswer{Waiting: true, WaitsFor: onboarding.AttentionApplicant}, nil
		case 3:
			return workflows.CheckAnswer{Waiting: true}, nil
		}
		return clear("identity_document_verified"), nil
	}
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, _ func(string, any)) {
		for _, k := range v.Checks {
			if k.Name == onboarding.CheckIdentity && k.Status == onboarding.StatusWaiting && k.WaitsFor == "" && began.IsZero() {
				began = k.Began
			}
		}
	}, finish(t)), document)
	wantStage(t, v, onboarding.StageExpired)
	theirs, vendors := w.measured(workflows.TookApplicant, string(onboarding.CheckIdentity), 1)[0], w.measured(workflows.TookCheck, string(onboarding.CheckIdentity), 1)[0]
	if theirs.Time <= 0 || vendors.Time <= 0 || theirs.Who != "stripe" || vendors.Who != "stripe" {
		t.Errorf("the applicant's part took %+v, the vendor's %+v", theirs, vendors)
	}
	if since := began.Sub(v.Submitted); since < theirs.Time || since > theirs.Time+time.Minute {
		t.Errorf("the vendor's part began after %s, the applicant's took %s", since, theirs.Time)
	}
}

// TestDurationsInAFastClock are told as if the clock ran at its real speed.
func TestDurationsInAFastClock(t *testing.T) {
	w := newWorld(t)
	w.silent = true
	w.report = func(try int) (workflows.CheckAnswer, error) {
		if try < 2 {
			return workflows.CheckAnswer{Waiting: true}, nil
		}
		return clear("county_criminal_clear"), nil
	}
	v := w.play(workflows.UpdateApply, application(t), finish(t), func(in *workflows.OnboardInput) { in.Pace.Clock = 24 })
	wantStage(t, v, onboarding.StageExpired)
	h := basics(t).Vetting.PollHours
	want := time.Duration((h[0] + h[1]) * float64(time.Hour))
	if took := w.measured(workflows.TookCheck, "background", 1)[0].Time; took < want || took > want+time.Hour {
		t.Errorf("the report took %s, not %s", took, want)
	}
}
