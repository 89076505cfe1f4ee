package workflows_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// downFor is a relay that is down for so long.
func downFor(d time.Duration) error {
	return temporal.NewApplicationErrorWithOptions("down", "", temporal.ApplicationErrorOptions{NextRetryDelay: d})
}

func background(v workflows.StaffView) onboarding.Check {
	for _, k := range v.Checks {
		if k.Name == onboarding.CheckBackground {
			return k
		}
	}
	return onboarding.Check{}
}

// twoRecords is a report with two entries to hold against somebody.
func twoRecords() workflows.CheckAnswer {
	a := consider("criminal_record", "felony", 1)
	a.Findings = append(a.Findings, consider("criminal_record", "misdemeanor", 2).Findings...)
	a.Findings[0].Entry, a.Findings[1].Entry = "rec_1", "rec_2"
	return a
}

// TestOnlyWhatWasDisputedIsDropped: that the agency was silent on one entry says
// nothing of another (15 USC 1681i(a)(5)(A) speaks of the disputed item).
func TestOnlyWhatWasDisputedIsDropped(t *testing.T) {
	w := newWorld(t)
	w.again(twoRecords(), func(int) (workflows.CheckAnswer, error) { return workflows.CheckAnswer{Waiting: true}, nil })
	v := w.play(workflows.UpdateApply, application(t), both(answering(workflows.Dispute{Items: []string{"rec_1"}, Statement: []byte("sealed")}),
		decide(onboarding.RulingAdverse, onboarding.RulingProceed), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	var left []string
	for _, f := range background(v).Findings {
		if f.Verdict == onboarding.VerdictConsider {
			left = append(left, f.Entry)
		}
	}
	if !slices.Equal(left, []string{"rec_2"}) || v.Adverse.Reinvestigation.Outcome != workflows.ReinvestigatedOverdue {
		t.Errorf("left %v of %+v", left, v.Adverse.Reinvestigation)
	}
	if records := w.whole(v); count(records, ledger.KindDecided, "proceed") != 1 {
		t.Error("nobody decided upon what was left")
	}
}

// TestDisputeOfNoEntry: what the report does not have is no way to leave it
// unverified; the agency is asked about all of it.
func TestDisputeOfNoEntry(t *testing.T) {
	w := newWorld(t)
	w.again(twoRecords(), func(int) (workflows.CheckAnswer, error) { return clear("county_criminal_clear"), nil })
	v := w.play(workflows.UpdateApply, application(t), both(answering(workflows.Dispute{Items: []string{"rec_9"}, Statement: []byte("sealed")}),
		decide(onboarding.RulingAdverse), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if len(w.disputes) != 1 || len(w.disputes[0].Items) != 0 {
		t.Errorf("disputes %+v", w.disputes)
	}
}

// TestSilenceOfOursClearsNobody: when the agency's time is over and we do not know,
// since it cannot be told or asked, that is for ops and not for the applicant.
func TestSilenceOfOursClearsNobody(t *testing.T) {
	down := errors.New("down")
	for name, set := range map[string]func(w *world){
		"it cannot be asked": func(w *world) {
			w.again(twoRecords(), func(int) (workflows.CheckAnswer, error) { return workflows.CheckAnswer{}, down })
		},
		"it cannot be told": func(w *world) {
			w.again(twoRecords(), func(int) (workflows.CheckAnswer, error) { return workflows.CheckAnswer{Waiting: true}, nil })
			w.passOn = func(int) error { return down }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			set(w)
			var at onboarding.Check
			v := w.play(workflows.UpdateApply, application(t), both(answering(workflows.Dispute{Statement: []byte("sealed")}),
				decide(onboarding.RulingAdverse, onboarding.RulingProceed), func(v workflows.StaffView, send func(string, any)) {
					if v.Attention == onboarding.AttentionOps && at.Name == "" {
						at = background(v)
						if now := v.UpdatedAt; now.Before(v.Adverse.Reinvestigation.Due) {
							t.Errorf("ops were called %s, before %s", now, v.Adverse.Reinvestigation.Due)
						}
						send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckBackground, Round: at.Round, Reason: []byte("sealed"), Actor: "staff:ops:1"})
					}
				}, finish(t)))
			wantStage(t, v, onboarding.StageExpired)
			if at.Status != onboarding.StatusFailed || at.Verdict != onboarding.VerdictCouldNotComplete {
				t.Errorf("ops were called for %+v", at)
			}
			if records := w.whole(v); count(records, ledger.KindRuled, "1681i(a)(5)") != 0 || count(records, ledger.KindDecided, "proceed") != 1 {
				t.Error("a record was dropped, or nobody decided")
			}
		})
	}
}

// TestDisputeIsPassedOnInTheEnd: an agency that is down when the applicant answers
// is told as soon as it is back.
func TestDisputeIsPassedOnInTheEnd(t *testing.T) {
	w := newWorld(t)
	w.again(twoRecords(), func(int) (workflows.CheckAnswer, error) {
		if len(w.disputes) == 0 {
			return workflows.CheckAnswer{Waiting: true}, nil
		}
		return clear("county_criminal_clear"), nil
	})
	w.passOn = func(try int) error {
		if try < 12 {
			return errors.New("down")
		}
		return nil
	}
	v := w.play(workflows.UpdateApply, application(t), both(answering(workflows.Dispute{Statement: []byte("sealed")}), decide(onboarding.RulingAdverse), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if r := v.Adverse.Reinvestigation; !r.Told || len(w.disputes) != 1 || r.Outcome != workflows.ReinvestigatedChanged {
		t.Errorf("%+v, disputes %+v", r, w.disputes)
	}
	w.whole(v)
}

// TestWhatIsAddedReachesTheAgency: more time is the agency's for information that it
// gets in its first thirty days, and for nothing else (15 USC 1681i(a)(1)(B)).
func TestWhatIsAddedReachesTheAgency(t *testing.T) {
	for name, c := range map[string]struct {
		after    time.Duration
		extended bool
	}{"in time": {5 * 24 * time.Hour, true}, "too late": {32 * 24 * time.Hour, false}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.expect = "thirty days are over"
			w.again(twoRecords(), func(int) (workflows.CheckAnswer, error) { return workflows.CheckAnswer{Waiting: true}, nil })
			added, hours := false, 0
			v := w.play(workflows.UpdateApply, application(t), both(answering(workflows.Dispute{Items: []string{"rec_1"}, Statement: []byte("sealed")}),
				func(v workflows.StaffView, send func(string, any)) {
					if !v.Adverse.Reinvestigation.Running() || added {
						return
					}
					if hours++; time.Duration(hours)*time.Hour > c.after {
						added = true
						send(workflows.UpdateDispute, workflows.Dispute{Items: []string{"rec_2"}, Statement: []byte("sealed")})
					}
				}, decide(onboarding.RulingAdverse, onboarding.RulingProceed), finish(t)))
			wantStage(t, v, onboarding.StageExpired)
			r := v.Adverse.Reinvestigation
			if r.Extended != c.extended || !r.Due.Equal(policy.ReinvestigationHeard(policy.ReinvestigationDue(r.Started, c.extended))) || (w.refusals == 1) == c.extended {
				t.Errorf("%+v, %d refusals", r, w.refusals)
			}
			if !c.extended {
				return
			}
			if len(w.disputes) != 2 || w.disputes[0].Key == w.disputes[1].Key || !slices.Equal(w.disputes[1].Items, []string{"rec_1", "rec_2"}) {
				t.Errorf("disputes %+v", w.disputes)
			}
			w.whole(v)
		})
	}
}

// TestLateAnswerIsHeard: who answers when the time is over and nothing is decided
// yet is not brushed aside: the agency looks again before anybody decides.
func TestLateAnswerIsHeard(t *testing.T) {
	w := newWorld(t)
	w.again(twoRecords(), func(int) (workflows.CheckAnswer, error) { return clear("county_criminal_clear"), nil })
	late := false
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		switch {
		case v.Review && !v.Adverse.Contemplated:
			send(workflows.UpdateDecide, workflows.Decide{Ruling: onboarding.RulingAdverse, Reason: []byte("sealed"), Actor: "staff:reviewer:1"})
		case v.Review && !late: // the time to answer is over
			late = true
			send(workflows.UpdateDispute, workflows.Dispute{Statement: []byte("sealed")})
		}
	}, finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if !late || len(w.disputes) != 1 || slices.Contains(w.letters, workflows.MessageFinal) {
		t.Errorf("disputes %+v, letters %v", w.disputes, w.letters)
	}
	w.whole(v)
}

// TestFinalIsFinal: a correction that comes while the final notice is on its way is
// refused; nobody is declined and goes on at once.
func TestFinalIsFinal(t *testing.T) {
	w := newWorld(t)
	w.expect = "cannot be corrected now"
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckEmail {
			return consider("email_undeliverable", "", 0), nil
		}
		return workflows.CheckAnswer{}, nil
	}
	w.relay = func(m workflows.Message, try int) error {
		if m == workflows.MessageFinal && try < 3 {
			return downFor(6 * time.Hour)
		}
		return nil
	}
	tried := false
	v := w.play(workflows.UpdateApply, application(t), both(decide(onboarding.RulingAdverse, onboarding.RulingAdverse), func(v workflows.StaffView, send func(string, any)) {
		if !v.Adverse.FinalAt.IsZero() && !tried {
			tried = true
			send(workflows.UpdateCorrectDetails, workflows.CorrectDetails{Profile: onboarding.ProfileKey(applicant, 2), Fields: []onboarding.Field{onboarding.FieldEmail}, Place: v.Place, Actor: workflows.ActorApplicant})
		}
	}))
	wantStage(t, v, onboarding.StageDeclined)
	if !tried || w.refusals != 1 || v.Profile != onboarding.ProfileKey(applicant, 1) || w.letters[len(w.letters)-1] != workflows.MessageFinal {
		t.Errorf("tried %v, %d refusals, letters %v", tried, w.refusals, w.letters)
	}
}

// TestNoticeThatWasHeldUp: a relay that was down for days takes nothing of the time
// to answer; the notice that names the wrong day is followed by one with the right.
func TestNoticeThatWasHeldUp(t *testing.T) {
	w := newWorld(t)
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
	w.relay = func(m workflows.Message, try int) error {
		if m == workflows.MessagePreAdverse && try < 3 {
			return downFor(50 * time.Hour)
		}
		return nil
	}
	v := w.play(workflows.UpdateApply, application(t), decide(onboarding.RulingAdverse, onboarding.RulingAdverse))
	wantStage(t, v, onboarding.StageDeclined)
	var named []time.Time
	for _, m := range w.sent {
		if m.Message == workflows.MessagePreAdverse {
			named = append(named, m.Deadline)
		}
	}
	if len(named) != 2 || !named[1].Equal(v.Adverse.WaitEnds) || !named[1].After(named[0]) {
		t.Errorf("the notices name %v, the time ends %s", named, v.Adverse.WaitEnds)
	}
	if v.Adverse.PreNoticeAt.Sub(v.Submitted) < 48*time.Hour || v.Adverse.FinalAt.Before(v.Adverse.WaitEnds) {
		t.Errorf("%+v", v.Adverse)
	}
	w.whole(v)
}

// TestNewNoticeNewAssessment: a notice upon what the agency says anew rests on an
// assessment of that, not on the one that was written before.
func TestNewNoticeNewAssessment(t *testing.T) {
	w := newWorld(t)
	w.again(twoRecords(), func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil })
	in := application(t)
	in.Place = workflows.Place{State: "NY", City: "Brooklyn"}
	var asked []bool
	v := w.play(workflows.UpdateApply, in, both(answering(workflows.Dispute{Statement: []byte("sealed")}), func(v workflows.StaffView, _ func(string, any)) {
		if v.Review {
			asked = append(asked, v.Form.Asked())
		}
	}, assessing(onboarding.RulingAdverse, onboarding.RulingAdverse, onboarding.RulingAdverse)))
	wantStage(t, v, onboarding.StageDeclined)
	if !slices.Equal(asked, []bool{true, true, false}) {
		t.Errorf("asked for %v", asked)
	}
	w.whole(v)
}

// TestEndBetweenRuns: who withdraws while a run is being closed gets no offer from
// the next.
func TestEndBetweenRuns(t *testing.T) {
	w := newWorld(t)
	v := w.play("", nil, nil, func(in *workflows.OnboardInput) {
		in.Carried = &workflows.State{Stage: onboarding.StageVetting, Ending: onboarding.StageWithdrawn, Submitted: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC),
			Profile: onboarding.ProfileKey(applicant, 1), Chain: ledger.NewChain(applicant)}
		for _, r := range receipts(t) {
			in.Carried.Consents.Give(r)
		}
	})
	wantStage(t, v, onboarding.StageWithdrawn)
	if !slices.Equal(w.letters, []workflows.Message{workflows.MessageEnded}) || !v.Offered.IsZero() {
		t.Errorf("letters %v, offered %s", w.letters, v.Offered)
	}
}

// TestPageOfAVendorThatIsDown: the applicant is told so, and does not hang.
func TestPageOfAVendorThatIsDown(t *testing.T) {
	w := newWorld(t)
	w.silent, w.expect = true, "does not answer at the moment"
	w.page = temporal.NewApplicationError("down", string(onboarding.CodeVendorDown))
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckIdentity {
			return workflows.CheckAnswer{Waiting: true, Order: "vs_1", WaitsFor: onboarding.AttentionApplicant}, nil
		}
		return workflows.CheckAnswer{}, nil
	}
	w.report = func(int) (workflows.CheckAnswer, error) {
		return workflows.CheckAnswer{Waiting: true, WaitsFor: onboarding.AttentionApplicant}, nil
	}
	asked := false
	v := w.play(workflows.UpdateApply, application(t), func(v workflows.StaffView, send func(string, any)) {
		switch {
		case v.Attention == onboarding.AttentionApplicant && !asked:
			asked = true
			send(workflows.UpdateOpenVendorPage, workflows.OpenVendorPage{Check: onboarding.CheckIdentity})
		case w.refusals > 0:
			send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
		}
	}, document)
	wantStage(t, v, onboarding.StageWithdrawn)
	if w.refusals != 1 || !strings.Contains(strings.Join(w.asked, " "), "page") {
		t.Errorf("%d refusals", w.refusals)
	}
	w.whole(v)
}
