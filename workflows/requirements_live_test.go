package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestLive: full times, another time, a booking that is given back, somebody who
// does not come.
func TestLive(t *testing.T) {
	w := newWorld(t)
	friday, monday := time.Date(2026, 11, 6, 14, 0, 0, 0, time.UTC), time.Date(2026, 11, 9, 14, 0, 0, 0, time.UTC)
	full := friday.Add(6 * time.Hour)
	w.seats[seatKey(full, 1)] = "somebody else"
	book := func(attempt int, at time.Time) workflows.BookSlot {
		return workflows.BookSlot{Requirement: "live", Attempt: attempt, At: at}
	}
	score := func(attempt int, noShow bool) workflows.ScoreLive {
		s := workflows.ScoreLive{Requirement: "live", Attempt: attempt, NoShow: noShow, Remark: []byte("sealed"), Actor: "staff:recruiter:r"}
		if !noShow {
			s.Scores = map[string]int{"listens": 4, "closes": 4}
		}
		return s
	}
	v := w.play(workflows.UpdateApply, application(t), steps(all([]step{
		does(workflows.UpdateScoreLive, refused{score(1, false), "No appointment"}),
		does(workflows.UpdateBookSlot, refused{book(1, full), "just been taken"}),
		does(workflows.UpdateBookSlot, refused{book(1, time.Time{}), "No appointment"}),
		func(_ workflows.StaffView, send func(string, any)) {
			send(workflows.UpdateBookSlot, book(1, friday))
			send(workflows.UpdateBookSlot, book(1, friday)) // pressed twice
		},
		does(workflows.UpdateBookSlot, book(1, monday)),
		func(workflows.StaffView, func(string, any)) {
			if len(w.seats) != 2 || w.seats[seatKey(monday, 1)] != string(applicant) {
				t.Errorf("the seats: %v", w.seats)
			}
		},
		does(workflows.UpdateBookSlot, refused{book(1, full), "just been taken"}), // and Monday's stays
		does(workflows.UpdateBookSlot, book(1, time.Time{})),
		func(v workflows.StaffView, _ func(string, any)) {
			if l := line(t, v, "live"); len(w.seats) != 1 || l.Status != workflows.RequirementOpen || v.Attention != onboarding.AttentionApplicant || !v.Wait.Until.IsZero() {
				t.Errorf("given back: %+v, %+v, %v", l, v.Wait, w.seats)
			}
		},
		does(workflows.UpdateBookSlot, book(1, friday)),
	}, wait(24*4), []step{
		does(workflows.UpdateBookSlot, refused{book(1, monday), "has begun"}),
		func(_ workflows.StaffView, send func(string, any)) {
			send(workflows.UpdateScoreLive, score(1, true))
			send(workflows.UpdateScoreLive, refused{score(1, true), "scored already"})
		},
		func(v workflows.StaffView, send func(string, any)) {
			if l := line(t, v, "live"); l.Missed != 1 || l.Attempts != 1 || l.Detail != workflows.DetailNoShow || l.Status != workflows.RequirementOpen || len(w.seats) != 1 {
				t.Errorf("did not come: %+v, %v", l, w.seats)
			}
			send(workflows.UpdateBookSlot, book(2, monday))
		},
	}, wait(24*3), []step{
		does(workflows.UpdateScoreLive, score(2, false)),
	})...), asking(liveStep(2, 1)))
	if v.Credential.Issued.IsZero() || len(w.seats) != 1 {
		t.Fatalf("it ended as %s, %v", v.Outcome, w.seats)
	}
	records := w.whole(v)
	if count(records, ledger.KindRequirementMet, "did not come") != 1 || count(records, ledger.KindRequirementMet, "appointment given back") != 2 {
		t.Error("what became of the appointments is not on record")
	}
	reminders := 0
	for _, m := range w.letters {
		if m == workflows.MessageAppointment {
			reminders++
		}
	}
	if reminders != 2 {
		t.Errorf("%d reminders of two appointments", reminders)
	}
}

// TestSeatIsFreedAtTheEnd: who withdraws holds no seat.
func TestSeatIsFreedAtTheEnd(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), steps(
		does(workflows.UpdateBookSlot, workflows.BookSlot{Requirement: "live", Attempt: 1, At: time.Date(2026, 11, 6, 14, 0, 0, 0, time.UTC)}),
		does(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant}),
	), asking(liveStep(0, 3)))
	if v.Outcome != onboarding.OutcomeWithdrawn || len(w.seats) != 0 {
		t.Errorf("%s, %v", v.Outcome, w.seats)
	}
	w.whole(v)
}

// TestClockRunsFaster: where a day passes in a second, so does the time to an
// appointment, though its date is a real one.
func TestClockRunsFaster(t *testing.T) {
	l := workflows.RequirementLine{Booked: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Slot: time.Date(2026, 11, 4, 9, 0, 0, 0, time.UTC)}
	if got := l.Begins(workflows.Pace{Clock: 86400}).Sub(l.Booked); got != 2*time.Second {
		t.Errorf("it begins after %s", got)
	}
	if got := l.Begins(workflows.Pace{Clock: 1}); !got.Equal(l.Slot) {
		t.Errorf("it begins at %s", got)
	}
	if !(workflows.RequirementLine{}).Begins(workflows.Pace{Clock: 1}).IsZero() {
		t.Error("none is booked")
	}
}

// TestOtherWay: somebody who cannot hear asks, is answered, and the exercise is let go.
func TestOtherWay(t *testing.T) {
	w := newWorld(t)
	waive := workflows.WaiveRequirement{Requirement: "listening", Reason: []byte("sealed reason"), Actor: "staff:recruiter:r"}
	v := w.play(workflows.UpdateApply, application(t), steps(
		does(workflows.UpdateAnswerOtherWay, refused{workflows.AnswerOtherWay{Requirement: "listening", Words: []byte("x")}, "Nothing waits"}),
		does(workflows.UpdateAskOtherWay, workflows.AskOtherWay{Requirement: "listening", Words: []byte("sealed wish")}),
		func(v workflows.StaffView, send func(string, any)) {
			if v.Attention != onboarding.AttentionRecruiter || !strings.Contains(v.Wait.For, "listening exercise") || !strings.Contains(v.Wait.For, "and for the applicant to") {
				t.Errorf("the recruiter does not see the wish: %+v", v.Wait)
			}
			send(workflows.UpdateAskOtherWay, refused{workflows.AskOtherWay{Requirement: "listening", Words: []byte("again")}, "asked already"})
		},
		does(workflows.UpdateAnswerOtherWay, workflows.AnswerOtherWay{Requirement: "listening", Words: []byte("sealed answer"), Actor: "staff:recruiter:r"}),
		func(v workflows.StaffView, _ func(string, any)) {
			if l := line(t, v, "listening"); string(l.Answer) != "sealed answer" || v.Attention != onboarding.AttentionApplicant || l.Due() {
				t.Errorf("answered: %+v, %s", l, v.Attention)
			}
		},
		does(workflows.UpdateWaiveRequirement, waive),
		does(workflows.UpdateWaiveRequirement, refused{waive, "done already"}),
		sign(),
	), asking(listeningStep(), agreementStep()))
	if v.Credential.Issued.IsZero() || line(t, v, "listening").Status != workflows.RequirementWaived {
		t.Fatalf("it ended as %s, %+v", v.Outcome, v.Required)
	}
	records := w.whole(v)
	for _, r := range records {
		if r.Kind == ledger.KindWaived && (r.Outcome != "listening: waived" || string(r.Sealed) != "sealed reason" || r.Actor != "staff:recruiter:r") {
			t.Errorf("the waiver: %+v", r)
		}
	}
	if count(records, ledger.KindWaived, "listening") != 1 || count(records, ledger.KindRequirementMet, "another way asked for") != 1 {
		t.Error("the wish and the waiver are not on record")
	}
	open := v.Open()
	for _, l := range open.Required {
		if l.Score != 0 || len(l.Answer) != 0 || l.Status == "" {
			t.Errorf("what stays in the open after the end: %+v", l)
		}
	}
}

// TestWaivedWhileAReviewerIsAsked: what is waived needs no reviewer any more.
func TestWaivedWhileAReviewerIsAsked(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), steps(
		does(workflows.UpdateHandInExercise, workflows.HandInExercise{Requirement: "listening", Attempt: 1, Score: 0, Of: 2}),
		does(workflows.UpdateHandInExercise, workflows.HandInExercise{Requirement: "listening", Attempt: 2, Score: 0, Of: 2}),
		func(v workflows.StaffView, send func(string, any)) {
			if !v.Review {
				t.Errorf("no reviewer is asked: %+v", v.Required)
			}
			send(workflows.UpdateWaiveRequirement, workflows.WaiveRequirement{Requirement: "listening", Reason: []byte("r"), Actor: "staff:reviewer:r"})
		},
	), asking(listeningStep()))
	if v.Credential.Issued.IsZero() || v.Review {
		t.Errorf("it ended as %s", v.Outcome)
	}
	w.whole(v)
}

// TestCertificationGoesOnInAFreshRun: a long certification continues as new, and
// nothing of it is lost or done twice.
func TestCertificationGoesOnInAFreshRun(t *testing.T) {
	w := newWorld(t)
	take := workflows.TakeQuiz{Requirement: "course", Attempt: 1, Answers: rightAnswers}
	n := 0
	v := w.play(workflows.UpdateApply, application(t), func(v workflows.StaffView, send func(string, any)) {
		if v.Stage != onboarding.StageCertification {
			return
		}
		n++
		switch n {
		case 1:
			send(workflows.UpdateReadPage, workflows.ReadPage{Requirement: "course", Page: "one"})
			w.grow(5000)
		case 2, 3, 4:
			if l := line(t, v, "course"); l.Page != n-1 && l.Page != 2 {
				t.Errorf("tick %d: %+v", n, l)
			}
			send(workflows.UpdateReadPage, workflows.ReadPage{Requirement: "course", Page: "two"})
		case 5:
			send(workflows.UpdateTakeQuiz, take)
		}
	}, asking(courseStep()))
	if v.Credential.Issued.IsZero() {
		t.Fatalf("it ended as %s", v.Outcome)
	}
	within := 0
	for _, r := range w.runs {
		if r.Stage == onboarding.StageCertification {
			within++
		}
	}
	if within < 1 {
		t.Errorf("no run ended within the certification: %d runs", len(w.runs))
	}
	trainings := 0
	for _, m := range w.letters {
		if m == workflows.MessageTraining {
			trainings++
		}
	}
	if trainings != 1 {
		t.Errorf("%d letters say that the certification begins", trainings)
	}
	w.whole(v)
}

// TestOldFormInFlight: a case that was in certification before there were
// requirements goes on with what it had.
func TestOldFormInFlight(t *testing.T) {
	p := basics(t)
	in := workflows.OnboardInput{Applicant: applicant, Program: p}
	steps := p.Certification.Steps()
	if !p.Certification.Old() || len(steps) != 2 || steps[0].ID != program.OldQuiz || steps[1].ID != program.OldAgreement || len(steps[1].After) != 0 {
		t.Fatalf("the old form: %+v", steps)
	}
	state := workflows.State{Stage: onboarding.StageCertification, Chain: ledger.NewChain(applicant), Requirements: workflows.Requirements{QuizTaken: 2, QuizScore: 1}}
	in.Carried = &state
	v := workflows.ViewOf(in)
	quiz, agreement := line(t, v, program.OldQuiz), line(t, v, program.OldAgreement)
	if quiz.Status != workflows.RequirementOpen || quiz.Attempts != 2 || quiz.Attempt != 3 || quiz.Left != 1 || agreement.Status != workflows.RequirementOpen {
		t.Errorf("%+v, %+v", quiz, agreement)
	}
	if v.Requirements.QuizTaken != 2 || v.Requirements.QuizAttemptsLeft != 1 || v.Requirements.QuizPassed {
		t.Errorf("in short: %+v", v.Requirements)
	}
	state.Requirements.QuizPassed, state.Requirements.AgreementSigned = true, time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
	v = workflows.ViewOf(in)
	if !line(t, v, program.OldQuiz).Status.Met() || !v.Requirements.AgreementSigned.Equal(state.Requirements.AgreementSigned) {
		t.Errorf("met before: %+v", v.Required)
	}
}
