package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// corrects gives other details, in the profile of that number.
func corrects(profile int, fields ...onboarding.Field) func(workflows.StaffView, func(string, any)) {
	return func(v workflows.StaffView, send func(string, any)) {
		send(workflows.UpdateCorrectDetails, workflows.CorrectDetails{Profile: onboarding.ProfileKey(applicant, profile), Fields: fields, Place: v.Place, Actor: workflows.ActorApplicant})
	}
}

func at(stage onboarding.Stage) func(workflows.StaffView) bool {
	return func(v workflows.StaffView) bool { return v.Stage == stage }
}

// rounds are the checks that have had more than one.
func rounds(v workflows.StaffView) (out []string) {
	for _, k := range v.Checks {
		if k.Round > 1 {
			out = append(out, fmt.Sprintf("%s %d", k.Name, k.Round))
		}
	}
	return out
}

// TestCorrectingTouchesNoOther: each detail at each stage runs again the checks that
// use it, and no others.
func TestCorrectingTouchesNoOther(t *testing.T) {
	name, born := onboarding.FieldGivenName, onboarding.FieldDateOfBirth
	for title, tt := range map[string]struct {
		stage  onboarding.Stage
		fields []onboarding.Field
		want   []string
	}{
		"a phone number, in vetting":        {onboarding.StageVetting, []onboarding.Field{onboarding.FieldPhone}, []string{"phone 2", "duplicate 2"}},
		"a name, in vetting":                {onboarding.StageVetting, []onboarding.Field{name}, []string{"sanctions 2", "exclusions 2", "background 2"}},
		"a date of birth, in certification": {onboarding.StageCertification, []onboarding.Field{born}, []string{"sanctions 2", "exclusions 2", "background 2"}},
		"a number, in certification":        {onboarding.StageCertification, []onboarding.Field{onboarding.FieldNationalID}, []string{"national_id 2", "duplicate 2", "background 2"}},
		"a street, in certification":        {onboarding.StageCertification, []onboarding.Field{onboarding.FieldStreet}, []string{"background 2"}},
		"a name, when certified":            {onboarding.StageCertified, []onboarding.Field{name}, []string{"sanctions 2", "exclusions 2"}},
	} {
		t.Run(title, func(t *testing.T) {
			w := newWorld(t)
			var left int
			v := w.play(workflows.UpdateApply, application(t), both(script(&left, act{at(tt.stage), corrects(2, tt.fields...)}), finish(t)))
			wantStage(t, v, onboarding.StageExpired)
			if got := rounds(v); left != 0 || !slices.Equal(got, tt.want) || v.Profile != onboarding.ProfileKey(applicant, 2) {
				t.Errorf("%d steps left, rounds %v, want %v, profile %s", left, got, tt.want, v.Profile)
			}
			if len(v.Corrections) != 1 || !slices.Equal(v.Corrections[0].Fields, tt.fields) || v.Corrections[0].Stage != tt.stage {
				t.Errorf("staff see %+v", v.Corrections)
			}
			records := w.whole(v)
			if count(records, ledger.KindCorrected, "") != 1 || v.Credential.ID == "" {
				t.Error("the ledger does not say it, or nobody was certified")
			}
			for _, o := range w.orders {
				if o.Round == 2 && (len(o.Earlier) != 0 || o.Use.Profile != onboarding.ProfileKey(applicant, 2)) {
					t.Errorf("the new order asks for the old one, or has the old details: %+v", o)
				}
			}
			for _, m := range w.letters {
				if m == workflows.MessageOffer && slices.Index(w.letters, m) != len(w.letters)-1-slices.Index(reversed(w.letters), m) {
					t.Errorf("the offer went out twice: %v", w.letters)
				}
			}
		})
	}
}

func reversed(in []workflows.Message) []workflows.Message {
	out := slices.Clone(in)
	slices.Reverse(out)
	return out
}

// TestCorrectingStopsTheOrder: a report that is being made with the old name is
// stopped at the agency before the new one is ordered.
func TestCorrectingStopsTheOrder(t *testing.T) {
	w := newWorld(t)
	w.silent = true
	polls := 0
	w.report = func(int) (workflows.CheckAnswer, error) {
		polls++
		if polls < 4 {
			return workflows.CheckAnswer{Waiting: true}, nil
		}
		return clear("county_criminal_clear"), nil
	}
	var left int
	waiting := func(v workflows.StaffView) bool {
		return slices.ContainsFunc(v.Checks, func(k onboarding.Check) bool {
			return k.Name == onboarding.CheckBackground && k.Status == onboarding.StatusWaiting
		})
	}
	v := w.play(workflows.UpdateApply, application(t), both(script(&left, act{waiting, corrects(2, onboarding.FieldFamilyName)}), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if left != 0 || !slices.Equal(w.canceled, []string{"ord_1"}) || len(w.orders) != 2 {
		t.Errorf("%d steps left, canceled %v, %d orders", left, w.canceled, len(w.orders))
	}
	canceled, ordered := slices.Index(w.asked, "cancel"), 0
	for i, a := range w.asked {
		if a == "checks" {
			ordered = i
		}
	}
	if canceled > ordered {
		t.Errorf("ordered before the old order was stopped: %v", w.asked)
	}
	for _, f := range w.fetches[3:] {
		if f.Order != "ord_2" {
			t.Errorf("the report of the old order was fetched: %s", f.Order)
		}
	}
	w.whole(v)
}

// TestCorrectingWhileItRuns: a vendor that does not answer is stopped, and what it
// would have said of the old number is not taken in.
func TestCorrectingWhileItRuns(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckPhone && k.Use.Profile == onboarding.ProfileKey(applicant, 1) {
			return workflows.CheckAnswer{}, temporal.NewApplicationErrorWithOptions("down", string(onboarding.CodeVendorDown), temporal.ApplicationErrorOptions{NextRetryDelay: 12 * time.Hour})
		}
		return workflows.CheckAnswer{}, nil
	}
	var left int
	running := func(v workflows.StaffView) bool {
		return slices.ContainsFunc(v.Checks, func(k onboarding.Check) bool {
			return k.Name == onboarding.CheckPhone && k.Status == onboarding.StatusRunning
		})
	}
	v := w.play(workflows.UpdateApply, application(t), both(script(&left, act{running, corrects(2, onboarding.FieldPhone)}), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if got := rounds(v); left != 0 || !slices.Equal(got, []string{"phone 2", "duplicate 2"}) {
		t.Errorf("%d steps left, rounds %v", left, got)
	}
	if records := w.whole(v); count(records, ledger.KindUseFailed, "superseded") == 0 {
		t.Error("the ledger does not say that the old use was stopped")
	}
}

// TestCorrectedDetailThatDoesNotHold: nobody is certified upon it. The case goes
// back to where the applicant and a reviewer see to it, and what was weighed before
// is not weighed again.
func TestCorrectedDetailThatDoesNotHold(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckPhone && k.Round == 2 || k.Check == onboarding.CheckSanctions {
			return workflows.CheckAnswer{Object: "results/x", Findings: []onboarding.Finding{{Code: "no_such_line", Verdict: onboarding.VerdictConsider, Source: onboarding.SourceProprietary}}}, nil
		}
		return workflows.CheckAnswer{}, nil
	}
	var left int
	var asked []string
	v := w.play(workflows.UpdateApply, application(t), both(script(&left,
		act{reviewed, func(v workflows.StaffView, send func(string, any)) { // the list's namesake
			send(workflows.UpdateDecide, workflows.Decide{Ruling: onboarding.RulingProceed, Reason: []byte("sealed"), Actor: "staff:reviewer:1"})
		}},
		act{at(onboarding.StageCertification), corrects(2, onboarding.FieldPhone)},
		act{func(v workflows.StaffView) bool { return v.Review && v.Stage == onboarding.StageValidation }, func(v workflows.StaffView, send func(string, any)) {
			for _, r := range v.Ruling.Reasons {
				if r.Finding != "" {
					asked = append(asked, string(r.Check))
				}
			}
			corrects(3, onboarding.FieldPhone)(v, send)
		}},
	), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if left != 0 || !slices.Equal(asked, []string{"phone"}) || v.Credential.ID == "" {
		t.Errorf("%d steps left; the second review was about %v", left, asked)
	}
	if !slices.Contains(w.letters, workflows.MessageCorrect) {
		t.Errorf("nobody was asked to look at the detail: %v", w.letters)
	}
	w.whole(v)
}

// TestCorrectingCallsOffWhatRestsOnIt: a report of another person is made anew with
// the right date of birth, and the notice that rested on it counts for nothing; a
// new phone number does not touch it.
func TestCorrectingCallsOffWhatRestsOnIt(t *testing.T) {
	for title, tt := range map[string]struct {
		field onboarding.Field
		want  onboarding.Stage
	}{
		"the date of birth": {onboarding.FieldDateOfBirth, onboarding.StageExpired},
		"the phone number":  {onboarding.FieldPhone, onboarding.StageDeclined},
	} {
		t.Run(title, func(t *testing.T) {
			w := newWorld(t)
			w.report = func(int) (workflows.CheckAnswer, error) {
				if w.fetches[len(w.fetches)-1].Order == "ord_1" {
					return consider("criminal_record", "felony", 1), nil
				}
				return clear("county_criminal_clear"), nil
			}
			var left int
			v := w.play(workflows.UpdateApply, application(t), both(script(&left,
				act{reviewed, func(v workflows.StaffView, send func(string, any)) {
					send(workflows.UpdateDecide, workflows.Decide{Ruling: onboarding.RulingAdverse, Reason: []byte("sealed"), Actor: "staff:reviewer:1"})
				}},
				act{func(v workflows.StaffView) bool { return v.Adverse.Contemplated }, corrects(2, tt.field)},
				act{reviewed, func(v workflows.StaffView, send func(string, any)) { // only where the notice stands
					send(workflows.UpdateDecide, workflows.Decide{Ruling: onboarding.RulingAdverse, Reason: []byte("sealed"), Actor: "staff:reviewer:1"})
				}},
			), finish(t)))
			wantStage(t, v, tt.want)
			if v.Stage == onboarding.StageExpired && (v.Credential.ID == "" || !v.Adverse.FinalAt.IsZero()) {
				t.Errorf("it ended as %+v", v.Adverse)
			}
			w.whole(v)
		})
	}
}

// TestCorrectingHasItsLimits: not after a final notice, not the date of birth of who
// is certified, and not without end.
func TestCorrectingHasItsLimits(t *testing.T) {
	t.Run("certified", func(t *testing.T) {
		w := newWorld(t)
		w.expect = "cannot be corrected now"
		var left int
		v := w.play(workflows.UpdateApply, application(t), both(script(&left, act{at(onboarding.StageCertified), corrects(2, onboarding.FieldDateOfBirth)},
			act{at(onboarding.StageCertified), corrects(2, onboarding.FieldNationalID)}), finish(t)))
		if left != 0 || w.refusals != 2 || len(rounds(v)) != 0 {
			t.Errorf("%d left, %d refusals, rounds %v", left, w.refusals, rounds(v))
		}
	})
	t.Run("again and again", func(t *testing.T) {
		w := newWorld(t)
		w.expect = "corrected many times"
		n := 0
		v := w.play(workflows.UpdateApply, application(t), func(v workflows.StaffView, send func(string, any)) {
			if v.Stage == onboarding.StageCertification && n < 9 {
				n++
				corrects(n+1, onboarding.FieldPhone)(v, send)
			} else {
				finish(t)(v, send)
			}
		})
		if w.refusals != 4 || !slices.Contains(rounds(v), "phone 6") {
			t.Errorf("%d refusals, rounds %v", w.refusals, rounds(v))
		}
		w.whole(v)
	})
}

// TestHolderCorrectsWhatDoesNotHold: the certificate stands, and a reviewer looks.
func TestHolderCorrectsWhatDoesNotHold(t *testing.T) {
	w := newWorld(t)
	w.expect = "Revoke the certificate"
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckPhone && k.Round == 2 {
			return workflows.CheckAnswer{Object: "results/x", Findings: []onboarding.Finding{{Code: "no_such_line", Verdict: onboarding.VerdictConsider, Source: onboarding.SourceProprietary}}}, nil
		}
		return workflows.CheckAnswer{}, nil
	}
	decideOnce := func(r onboarding.Ruling) func(workflows.StaffView, func(string, any)) {
		return func(v workflows.StaffView, send func(string, any)) {
			send(workflows.UpdateDecide, workflows.Decide{Ruling: r, Reason: []byte("sealed"), Actor: "staff:reviewer:1"})
		}
	}
	var left int
	v := w.play(workflows.UpdateApply, application(t), both(script(&left,
		act{at(onboarding.StageCertified), corrects(2, onboarding.FieldPhone)},
		act{func(v workflows.StaffView) bool { return v.Review && v.Attention == onboarding.AttentionReviewer }, decideOnce(onboarding.RulingAdverse)},
		act{reviewed, decideOnce(onboarding.RulingProceed)},
		act{func(v workflows.StaffView) bool { return !v.Review && v.Attention == onboarding.AttentionNone }, func(workflows.StaffView, func(string, any)) {}},
	), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if left != 0 || w.refusals != 1 || w.revoked != 0 {
		t.Errorf("%d left, %d refusals, revoked %d", left, w.refusals, w.revoked)
	}
	w.whole(v)
}

// TestDataRequests: an ask is kept with its day, waits for the privacy officer where
// nothing more pressing does, and is answered once.
//
// Promise 53.
func TestDataRequests(t *testing.T) {
	w := newWorld(t)
	w.expect = "already"
	ask := func(_ workflows.StaffView, send func(string, any)) {
		send(workflows.UpdateAskData, workflows.AskData{Kind: workflows.DataErasure, Actor: workflows.ActorApplicant})
	}
	var left int
	v := w.play(workflows.UpdateApply, application(t), both(script(&left,
		act{at(onboarding.StageCertified), ask}, act{at(onboarding.StageCertified), ask},
		act{at(onboarding.StageCertified), func(_ workflows.StaffView, send func(string, any)) {
			send(workflows.UpdateRecordView, workflows.RecordView{Fields: []onboarding.Field{onboarding.FieldEmail}, Why: "a copy", Actor: workflows.ActorApplicant})
		}},
		act{func(v workflows.StaffView) bool {
			return v.Attention == onboarding.AttentionPrivacy && len(v.Requests) == 1
		}, func(v workflows.StaffView, send func(string, any)) {
			if got := v.Requests[0].Due.Sub(v.Requests[0].AskedAt); got != 30*24*time.Hour {
				t.Errorf("due after %s", got)
			}
			send(workflows.UpdateAnswerData, workflows.AnswerData{Kind: workflows.DataErasure, Answer: workflows.DataRefused, Reason: []byte("sealed"), Actor: "staff:privacy:1"})
		}},
		act{func(v workflows.StaffView) bool { return v.Attention == onboarding.AttentionNone }, func(workflows.StaffView, func(string, any)) {}},
	), finish(t)))
	if left != 0 || w.refusals != 1 || v.Requests[0].Open() || v.Requests[0].Answer != workflows.DataRefused {
		t.Errorf("%d left, %d refusals, %+v", left, w.refusals, v.Requests)
	}
	told := map[workflows.Message]workflows.SendMessageIn{}
	for _, in := range w.sent {
		if in.Request != "" {
			told[in.Message] = in
		}
	}
	if m := told[workflows.MessageDataAsked]; m.Request != workflows.DataErasure || !m.Deadline.Equal(v.Requests[0].Due) {
		t.Errorf("it is confirmed by %+v", m)
	}
	if m := told[workflows.MessageDataAnswered]; m.Request != workflows.DataErasure || m.Outcome != workflows.DataRefused {
		t.Errorf("it is answered by %+v", m)
	}
	if string(v.Requests[0].Words) != "sealed" {
		t.Errorf("the applicant reads %q", v.Requests[0].Words)
	}
	records := w.whole(v)
	if i := slices.IndexFunc(records, func(r ledger.Record) bool {
		return r.Kind == ledger.KindViewed && r.Actor == string(workflows.ActorApplicant)
	}); i < 0 ||
		!slices.Equal(records[i].Fields, []onboarding.Field{onboarding.FieldEmail}) || records[i].Object == "" || records[i].Check != "" {
		t.Error("the ledger does not say that the applicant looked")
	}
	if count(records, ledger.KindDecided, "asked for erasure") != 1 || count(records, ledger.KindDecided, "request for erasure refused") != 1 {
		t.Error("the ledger does not say it")
	}
}
