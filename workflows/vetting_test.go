package workflows_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// answering sends one answer to the first notice.
func answering(d workflows.Dispute) player {
	done := false
	return func(v workflows.StaffView, send func(string, any)) {
		if v.Adverse.Contemplated && !done && !v.Review {
			done = true
			send(workflows.UpdateDispute, d)
		}
	}
}

// again is what the agency says to fetches that belong to a re-investigation.
func (w *world) again(first workflows.CheckAnswer, second func(n int) (workflows.CheckAnswer, error)) {
	n := 0
	w.report = func(int) (workflows.CheckAnswer, error) {
		w.mu.Lock()
		after := w.fetches[len(w.fetches)-1].After
		w.mu.Unlock()
		if after.IsZero() {
			return first, nil
		}
		n++
		return second(n)
	}
}

// TestReinvestigation: what the applicant disputes is looked at again by the
// agency, and the decision is made anew upon what comes of it (15 USC 1681i).
func TestReinvestigation(t *testing.T) {
	felony := consider("criminal_record", "felony", 1)
	felony.Findings[0].Entry = "rec_1"
	waiting := workflows.CheckAnswer{Waiting: true}
	for _, c := range []struct {
		name    string
		second  func(int) (workflows.CheckAnswer, error)
		rulings []onboarding.Ruling
		stage   onboarding.Stage
		outcome string
		letters []workflows.Message
	}{
		{"corrected: nobody needs to decide any more",
			func(n int) (workflows.CheckAnswer, error) {
				if n < 3 {
					return waiting, nil
				}
				return clear("county_criminal_clear"), nil
			},
			[]onboarding.Ruling{onboarding.RulingAdverse}, onboarding.StageExpired, workflows.ReinvestigatedChanged,
			[]workflows.Message{workflows.MessageOffer, workflows.MessageReview, workflows.MessagePreAdverse, workflows.MessageAnswered, workflows.MessageReinvestigated, workflows.MessageTraining, workflows.MessageAgreement, workflows.MessageCertified,
				workflows.MessageRenewal, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageCredentialEnded}},
		{"verified, and declined after a new notice and its whole time",
			func(int) (workflows.CheckAnswer, error) { return felony, nil },
			[]onboarding.Ruling{onboarding.RulingAdverse, onboarding.RulingAdverse, onboarding.RulingAdverse}, onboarding.StageDeclined, workflows.ReinvestigatedUnchanged,
			[]workflows.Message{workflows.MessageOffer, workflows.MessageReview, workflows.MessagePreAdverse, workflows.MessageAnswered, workflows.MessageReinvestigated, workflows.MessagePreAdverse, workflows.MessageFinal}},
		{"never answered: what was not verified in time is not used",
			func(int) (workflows.CheckAnswer, error) { return waiting, nil },
			[]onboarding.Ruling{onboarding.RulingAdverse}, onboarding.StageExpired, workflows.ReinvestigatedOverdue,
			[]workflows.Message{workflows.MessageOffer, workflows.MessageReview, workflows.MessagePreAdverse, workflows.MessageAnswered, workflows.MessageReinvestigated, workflows.MessageTraining, workflows.MessageAgreement, workflows.MessageCertified,
				workflows.MessageRenewal, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageCredentialEnded}},
		{"the agency is down at first: the report that we have stays",
			func(n int) (workflows.CheckAnswer, error) {
				if n < 6 {
					return workflows.CheckAnswer{}, errors.New("down")
				}
				return clear("county_criminal_clear"), nil
			},
			[]onboarding.Ruling{onboarding.RulingAdverse}, onboarding.StageExpired, workflows.ReinvestigatedChanged,
			[]workflows.Message{workflows.MessageOffer, workflows.MessageReview, workflows.MessagePreAdverse, workflows.MessageAnswered, workflows.MessageReinvestigated, workflows.MessageTraining, workflows.MessageAgreement, workflows.MessageCertified,
				workflows.MessageRenewal, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageCredentialEnded}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.again(felony, c.second)
			v := w.play(workflows.UpdateApply, application(t), both(answering(workflows.Dispute{Kind: workflows.AnswerDispute, Items: []string{"rec_1"}, Statement: []byte("sealed")}),
				decide(c.rulings...), finish(t)))
			wantStage(t, v, c.stage)
			if r := v.Adverse.Reinvestigation; r.Outcome != c.outcome || !r.Told || r.Ended.IsZero() {
				t.Errorf("re-investigation %+v", r)
			}
			if !slices.Equal(w.letters, c.letters) {
				t.Errorf("letters %v", w.letters)
			}
			if len(w.disputes) == 0 || w.disputes[0].Order != "ord_1" || !slices.Equal(w.disputes[0].Items, []string{"rec_1"}) {
				t.Errorf("disputes %+v", w.disputes)
			}
			if n := count(w.whole(v), ledger.KindClock, "re-investigation"); n != 2 {
				t.Errorf("%d records of the clock's start and end", n)
			}
		})
	}
}

// TestReinvestigationHasItsTime: 30 days, 45 when the applicant adds information
// meanwhile, and the five business days that the agency has to tell.
func TestReinvestigationHasItsTime(t *testing.T) {
	for _, extended := range []bool{false, true} {
		w := newWorld(t)
		w.again(consider("criminal_record", "felony", 1), func(int) (workflows.CheckAnswer, error) { return workflows.CheckAnswer{Waiting: true}, nil })
		added := false
		v := w.play(workflows.UpdateApply, application(t), both(answering(workflows.Dispute{Statement: []byte("sealed")}),
			func(v workflows.StaffView, send func(string, any)) {
				if extended && v.Adverse.Reinvestigation.Running() && !added {
					added = true
					send(workflows.UpdateDispute, workflows.Dispute{Statement: []byte("sealed")})
				}
			}, decide(onboarding.RulingAdverse), finish(t)))
		wantStage(t, v, onboarding.StageExpired)
		r := v.Adverse.Reinvestigation
		due := policy.ReinvestigationHeard(policy.ReinvestigationDue(r.Started, extended))
		if r.Extended != extended || !r.Due.Equal(due) || r.Ended.Before(due) || r.Ended.Sub(due) > time.Hour {
			t.Errorf("extended %v: %+v, want it due %s", extended, r, due)
		}
		if n := count(w.whole(v), ledger.KindRuled, "1681i(a)(5)"); n != 1 {
			t.Errorf("%d rules say why the record is not used", n)
		}
	}
}

// TestStatementLetsTheRestPass: a statement stops the clock; a reviewer who still
// decides against the applicant cuts nothing of their time short.
func TestStatementLetsTheRestPass(t *testing.T) {
	for place, apply := range map[string]workflows.Place{"default": {State: "OR", City: "Salem"}, "California": {State: "CA", City: "Fresno"}} {
		t.Run(place, func(t *testing.T) {
			w := newWorld(t)
			w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
			in := application(t)
			in.Place = apply
			v := w.play(workflows.UpdateApply, in, both(answering(workflows.Dispute{Kind: workflows.AnswerStatement, Statement: []byte("sealed")}),
				assessing(onboarding.RulingAdverse, onboarding.RulingAdverse)))
			wantStage(t, v, onboarding.StageDeclined)
			ends := policy.DisputeEnds(policy.ForPlace(apply.State, apply.City, v.Submitted), v.Adverse.WaitEnds, v.Adverse.AnsweredAt)
			if v.Adverse.FinalAt.Before(ends) {
				t.Errorf("declined %s, before %s", v.Adverse.FinalAt, ends)
			}
			if len(w.disputes) > 0 {
				t.Error("a statement went to the agency")
			}
			w.whole(v)
		})
	}
}

// assessing decides as decide does, with the assessment that the place's form asks for.
func assessing(rulings ...onboarding.Ruling) player {
	return func(v workflows.StaffView, send func(string, any)) {
		if !v.Review || len(rulings) == 0 {
			return
		}
		d := workflows.Decide{Ruling: rulings[0], Reason: []byte("sealed"), Actor: "staff:reviewer:1"}
		if v.Form.Asked() {
			d.Assessment = []byte("sealed assessment")
		}
		send(workflows.UpdateDecide, d)
		rulings = rulings[1:]
	}
}

// TestAssessment: where the place asks for an individualized assessment, nobody
// decides against an applicant without one, and the notice says that it is there.
func TestAssessment(t *testing.T) {
	for _, c := range []struct {
		place           workflows.Place
		first, last     bool // asked before the notice, and again before the decision
		copyToApplicant bool
	}{
		{workflows.Place{State: "OR", City: "Salem"}, false, false, false},
		{workflows.Place{State: "NY", City: "Brooklyn"}, true, false, true},
		{workflows.Place{State: "CA", City: "Fresno"}, true, true, false},
	} {
		t.Run(c.place.City, func(t *testing.T) {
			w := newWorld(t)
			w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
			in := application(t)
			in.Place = c.place
			var asked []bool
			v := w.play(workflows.UpdateApply, in, both(func(v workflows.StaffView, send func(string, any)) {
				if v.Review {
					asked = append(asked, v.Form.Asked())
				}
			}, assessing(onboarding.RulingAdverse, onboarding.RulingAdverse)))
			wantStage(t, v, onboarding.StageDeclined)
			if !slices.Equal(asked, []bool{c.first, c.last}) {
				t.Errorf("asked for %v", asked)
			}
			for _, m := range w.sent {
				if m.Message == workflows.MessagePreAdverse && m.Assessed != c.copyToApplicant {
					t.Errorf("the notice says that a copy is there: %v", m.Assessed)
				}
			}
			if n := count(w.whole(v), ledger.KindDecided, "assessed"); (n > 0) != c.first {
				t.Errorf("%d assessments in the ledger", n)
			}
		})
	}
}

// once acts when the first review is open.
func once(try func(send func(string, any))) player {
	done := false
	return func(v workflows.StaffView, send func(string, any)) {
		if v.Review && !done {
			done = true
			try(send)
		}
	}
}

// TestNoDecisionWithoutAssessment: the workflow itself refuses it.
func TestNoDecisionWithoutAssessment(t *testing.T) {
	w := newWorld(t)
	w.expect = "needs a written assessment"
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
	in := application(t)
	in.Place = workflows.Place{State: "NY", City: "Brooklyn"}
	v := w.play(workflows.UpdateApply, in, both(once(func(send func(string, any)) {
		send(workflows.UpdateDecide, workflows.Decide{Ruling: onboarding.RulingAdverse, Reason: []byte("sealed"), Actor: "staff:reviewer:1"})
	}), func(v workflows.StaffView, send func(string, any)) {
		if w.refusals > 0 {
			assessing(onboarding.RulingProceed)(v, send)
		}
	}, finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if w.refusals != 1 {
		t.Errorf("%d refusals", w.refusals)
	}
}

func second(s program.SecondReviewer) func(*workflows.OnboardInput) {
	return func(in *workflows.OnboardInput) { in.Program.Review.SecondReviewer = s }
}

// TestSecondReviewer: where the program asks for it, one person's word against an
// applicant is not enough, and the same person's twice is one.
func TestSecondReviewer(t *testing.T) {
	type word struct {
		ruling onboarding.Ruling
		who    workflows.Actor
	}
	adverse, proceed := onboarding.RulingAdverse, onboarding.RulingProceed
	for _, c := range []struct {
		name     string
		asks     program.SecondReviewer
		words    []word
		stage    onboarding.Stage
		refusals int
	}{
		{"two against", program.SecondAdverse, []word{{adverse, "staff:reviewer:a"}, {adverse, "staff:reviewer:b"}, {adverse, "staff:reviewer:a"}, {adverse, "staff:reviewer:b"}}, onboarding.StageDeclined, 0},
		{"one for is enough", program.SecondAdverse, []word{{proceed, "staff:reviewer:a"}}, onboarding.StageExpired, 0},
		{"the second is for", program.SecondAdverse, []word{{adverse, "staff:reviewer:a"}, {proceed, "staff:reviewer:b"}}, onboarding.StageExpired, 0},
		{"one person twice", program.SecondAdverse, []word{{adverse, "staff:reviewer:a"}, {adverse, "staff:admin:a"}, {proceed, "staff:reviewer:b"}}, onboarding.StageExpired, 1},
		{"always two", program.SecondAlways, []word{{proceed, "staff:reviewer:a"}, {adverse, "staff:reviewer:b"}, {proceed, "staff:reviewer:c"}}, onboarding.StageExpired, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.expect = "You have given your decision"
			w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
			words := c.words
			v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
				if !v.Review || len(words) == 0 {
					return
				}
				send(workflows.UpdateDecide, workflows.Decide{Ruling: words[0].ruling, Reason: []byte("sealed"), Actor: words[0].who})
				words = words[1:]
			}, finish(t)), second(c.asks))
			wantStage(t, v, c.stage)
			if w.refusals != c.refusals || len(words) > 0 {
				t.Errorf("%d refusals, %d words left", w.refusals, len(words))
			}
			w.whole(v)
		})
	}
}

// TestCorrected: a slip of the finger is set right by the applicant; the check that
// it touches runs again, in a new round, and no other.
func TestCorrected(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckEmail && k.Round == 1 {
			return workflows.CheckAnswer{Findings: []onboarding.Finding{{Code: "email_undeliverable", Verdict: onboarding.VerdictConsider, Source: onboarding.SourceProprietary}}}, nil
		}
		return workflows.CheckAnswer{}, nil
	}
	corrected := onboarding.ProfileKey(applicant, 2)
	sent := false
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Review && !sent {
			sent = true
			send(workflows.UpdateCorrectDetails, workflows.CorrectDetails{Profile: corrected, Fields: []onboarding.Field{onboarding.FieldEmail},
				Place: v.Place, Contact: "another-hash", Actor: workflows.ActorApplicant})
		}
	}, finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if v.Profile != corrected {
		t.Errorf("the profile is %s", v.Profile)
	}
	rounds := map[onboarding.CheckName]int{}
	for _, k := range v.Checks {
		rounds[k.Name] = k.Round
	}
	// Whoever has another address may be somebody who has applied before.
	for name, n := range rounds {
		want := 1
		if name == onboarding.CheckEmail || name == onboarding.CheckDuplicate {
			want = 2
		}
		if n != want {
			t.Errorf("%s ran %d rounds, want %d", name, n, want)
		}
	}
	if w.letters[0] != workflows.MessageCorrect || !slices.Equal(w.sent[0].Details, []onboarding.Field{onboarding.FieldEmail}) {
		t.Errorf("letters %v", w.letters)
	}
	if records := w.whole(v); count(records, ledger.KindCorrected, "") != 1 || count(records, ledger.KindDecided, "proceed") != 0 {
		t.Error("the correction is not in the ledger, or somebody decided")
	}
}

// TestNothingElseIsCorrected: what nobody types is not for changing.
func TestNothingElseIsCorrected(t *testing.T) {
	w := newWorld(t)
	w.expect = "cannot be corrected now"
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckEmail {
			return consider("email_undeliverable", "", 0), nil
		}
		return workflows.CheckAnswer{}, nil
	}
	v := w.play(workflows.UpdateApply, application(t), both(once(func(send func(string, any)) {
		send(workflows.UpdateCorrectDetails, workflows.CorrectDetails{Profile: "profiles/x/2", Fields: []onboarding.Field{onboarding.FieldIPAddress}, Actor: workflows.ActorApplicant})
		send(workflows.UpdateCorrectDetails, workflows.CorrectDetails{Profile: "profiles/x/2", Fields: []onboarding.Field{onboarding.FieldEmail, onboarding.FieldSignature}, Actor: workflows.ActorApplicant})
	}), func(v workflows.StaffView, send func(string, any)) {
		if w.refusals > 0 {
			decide(onboarding.RulingProceed)(v, send)
		}
	}, finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if w.refusals != 2 || v.Profile != onboarding.ProfileKey(applicant, 1) {
		t.Errorf("%d refusals, profile %s", w.refusals, v.Profile)
	}
}
