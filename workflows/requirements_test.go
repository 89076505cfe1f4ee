package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const passage = "Thank you for calling. I can see that the parcel left our house on Tuesday and should have reached you by now. I will call you back before noon."

// asking is a program that asks for these requirements.
func asking(reqs ...program.Requirement) func(*workflows.OnboardInput) {
	return func(in *workflows.OnboardInput) {
		c := in.Program.Certification
		c.Credential.ValidityDays = 20 // so that it soon expires
		in.Program.Certification = program.Certification{Requirements: reqs, Credential: c.Credential}
	}
}

var twoQuestions = &program.Quiz{Title: "Quiz", PassMark: 2, Ask: 2, Shuffle: true, Questions: []program.Question{
	{ID: "a", Answer: "x", Options: []program.Option{{ID: "x"}, {ID: "y"}}}, {ID: "b", Answer: "x", Options: []program.Option{{ID: "x"}, {ID: "y"}}},
	{ID: "c", Answer: "x", Options: []program.Option{{ID: "x"}, {ID: "y"}}}}}

var (
	rightAnswers = map[string]string{"a": "x", "b": "x", "c": "x"}
	wrongAnswers = map[string]string{"a": "y", "b": "y", "c": "y"}
)

func courseStep() program.Requirement {
	return program.Requirement{ID: "course", Kind: program.KindCourse, Title: "Course", Attempts: 2, RetryHours: 12,
		Course: &program.Course{Pages: []program.CoursePage{{ID: "one"}, {ID: "two"}}, Quiz: twoQuestions}}
}

func typingStep() program.Requirement {
	return program.Requirement{ID: "typing", Kind: program.KindTyping, After: []string{}, Attempts: 3, RetryHours: 1,
		Typing: &program.Typing{MinWPM: 0.1, MinAccuracy: 90, Passages: []program.Passage{{ID: "p1", Text: passage}, {ID: "p2", Text: passage + " Goodbye."}}}}
}

func listeningStep() program.Requirement {
	return program.Requirement{ID: "listening", Kind: program.KindListening, After: []string{}, Attempts: 2,
		Listening: &program.Listening{PassMark: 1, Clips: []program.Clip{{ID: "c", Fields: []program.ClipField{{ID: "n", Answers: []string{"1"}}, {ID: "m", Answers: []string{"2"}}}}}}}
}

func equipmentStep(accept bool) program.Requirement {
	return program.Requirement{ID: "equipment", Kind: program.KindEquipment, After: []string{}, Equipment: &program.Equipment{MinDownMbps: 10, MinUpMbps: 3,
		MaxLatencyMS: 150, Microphone: true, AcceptDeclared: accept, Declare: []program.Declaration{{ID: "line"}, {ID: "headset"}}}}
}

func agreementStep() program.Requirement {
	return program.Requirement{ID: "contract", Kind: program.KindAgreement, After: []string{}, Agreement: &program.Agreement{Title: "Agreement", Version: "3", Text: "You offer your services to us."}}
}

func taxStep() program.Requirement {
	return program.Requirement{ID: "tax", Kind: program.KindTax, After: []string{}, Tax: &program.Tax{Form: "w9"}}
}

func liveStep(attempts, seats int) program.Requirement {
	return program.Requirement{ID: "live", Kind: program.KindLive, After: []string{}, Attempts: attempts, Live: &program.Live{Minutes: 30,
		Weekdays: []string{"mon", "tue", "wed", "thu", "fri"}, Hours: []string{"09:00", "15:00"}, TimeZone: "America/New_York", LeadHours: 12, HorizonDays: 30,
		Seats: seats, PassMark: 5, Rubric: []program.Rubric{{ID: "listens", Max: 4}, {ID: "closes", Max: 4}}}}
}

// steps plays one step a tick while the case is in certification, each when the one
// before has had its tick.
func steps(list ...func(v workflows.StaffView, send func(string, any))) player {
	n := 0
	return func(v workflows.StaffView, send func(string, any)) {
		if v.Stage == onboarding.StageCertification && n < len(list) {
			n++
			list[n-1](v, send)
		}
	}
}

type step = func(v workflows.StaffView, send func(string, any))

func does(name string, arg any) step {
	return func(_ workflows.StaffView, send func(string, any)) { send(name, arg) }
}

// line gives a requirement of a view.
func line(t *testing.T, v workflows.StaffView, id string) workflows.RequirementLine {
	t.Helper()
	for _, l := range v.Required {
		if l.ID == id {
			return l
		}
	}
	t.Fatalf("there is no requirement %s in %+v", id, v.Required)
	return workflows.RequirementLine{}
}

func holds(t *testing.T, what string, id string, ok func(workflows.RequirementLine) bool) step {
	return func(v workflows.StaffView, _ func(string, any)) {
		t.Helper()
		if l := line(t, v, id); !ok(l) {
			t.Errorf("%s: %+v", what, l)
		}
	}
}

func wait(n int) []step {
	out := make([]step, n)
	for i := range out {
		out[i] = func(workflows.StaffView, func(string, any)) {}
	}
	return out
}

func all(groups ...[]step) []step {
	var out []step
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

func sign() step {
	a := agreementStep().Agreement
	return does(workflows.UpdateSignAgreement, workflows.SignAgreement{Requirement: "contract", Version: a.Version, SHA256: a.SHA256(), Signature: []byte("sealed")})
}

func taxConsent(t *testing.T) workflows.GiveConsent {
	t.Helper()
	n, err := consent.CurrentNotice(consent.PurposeTax, consent.KindTaxNotice, "en")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	return workflows.GiveConsent{Actor: workflows.ActorApplicant, Receipt: consent.Receipt{ID: "tax-receipt", Applicant: applicant, Kind: n.Kind, Purpose: n.Purpose,
		Notice: n.Ref(), Method: "button", ShownAt: at, GivenAt: at}}
}

// TestEveryKind goes through a certification that asks for all there is.
func TestEveryKind(t *testing.T) {
	w := newWorld(t)
	live := liveStep(2, 1)
	live.After = nil // the one before: tax
	slot := time.Date(2026, 11, 6, 14, 0, 0, 0, time.UTC)
	tax := workflows.GiveTaxDetails{Requirement: "tax", Object: onboarding.TaxKey(applicant, 1), Fields: onboarding.TaxFields(), Signature: []byte("sealed")}
	v := w.play(workflows.UpdateApply, application(t), steps(all([]step{
		does(workflows.UpdateTakeQuiz, refused{workflows.TakeQuiz{Requirement: "course", Attempt: 1, Answers: rightAnswers}, "has not been read"}),
		does(workflows.UpdateReadPage, refused{workflows.ReadPage{Requirement: "course", Page: "two"}, "come before"}),
		does(workflows.UpdateReadPage, workflows.ReadPage{Requirement: "course", Page: "one"}),
		does(workflows.UpdateReadPage, workflows.ReadPage{Requirement: "course", Page: "one"}), // again: changes nothing
		holds(t, "how far it was read is kept", "course", func(l workflows.RequirementLine) bool { return l.Page == 1 && l.Status == workflows.RequirementOpen }),
		does(workflows.UpdateReadPage, workflows.ReadPage{Requirement: "course", Page: "two"}),
		does(workflows.UpdateTakeQuiz, workflows.TakeQuiz{Requirement: "course", Attempt: 1, Answers: rightAnswers}),
		does(workflows.UpdateStartExercise, workflows.StartExercise{Requirement: "typing", Attempt: 1}),
		does(workflows.UpdateHandInExercise, workflows.HandInExercise{Requirement: "typing", Attempt: 1, Characters: assess.Length(passage), Errors: 3}),
		does(workflows.UpdateHandInExercise, workflows.HandInExercise{Requirement: "listening", Attempt: 1, Score: 1, Of: 2}),
		does(workflows.UpdateHandInExercise, workflows.HandInExercise{Requirement: "equipment", Attempt: 1, Down: 50, Up: 10, Latency: 20, Microphone: true}),
		does(workflows.UpdateBookSlot, refused{workflows.BookSlot{Requirement: "live", Attempt: 1, At: slot}, "comes first"}),
		does(workflows.UpdateGiveTaxDetails, refused{tax, "no live consent"}),
		does(workflows.UpdateGiveConsent, taxConsent(t)),
		does(workflows.UpdateGiveTaxDetails, refused{workflows.GiveTaxDetails{Requirement: "tax", Object: onboarding.ProfileKey(applicant, 1), Fields: tax.Fields}, "no tax details"}),
		does(workflows.UpdateGiveTaxDetails, tax),
		sign(),
		sign(), // pressed twice
		does(workflows.UpdateBookSlot, refused{workflows.BookSlot{Requirement: "live", Attempt: 1, At: slot.Add(time.Minute)}, "not offered"}),
		does(workflows.UpdateBookSlot, workflows.BookSlot{Requirement: "live", Attempt: 1, At: slot}),
		func(v workflows.StaffView, _ func(string, any)) {
			l := line(t, v, "live")
			if l.Status != workflows.RequirementWaiting || !l.Slot.Equal(slot) || v.Attention != onboarding.AttentionRecruiter || !v.Wait.Until.Equal(slot) ||
				!strings.Contains(v.Wait.For, "2026-11-06 14:00 UTC") {
				t.Errorf("the recruiter does not see the appointment: %+v, %+v", v.Wait, l)
			}
		},
		does(workflows.UpdateScoreLive, refused{workflows.ScoreLive{Requirement: "live", Attempt: 1, Scores: map[string]int{"listens": 4, "closes": 4}, Actor: "staff:recruiter:r1"}, "has not begun"}),
	}, wait(24*4), []step{
		does(workflows.UpdateScoreLive, refused{workflows.ScoreLive{Requirement: "live", Attempt: 1, Scores: map[string]int{"listens": 5, "closes": 4}, Actor: "staff:recruiter:r1"}, "range"}),
		does(workflows.UpdateScoreLive, workflows.ScoreLive{Requirement: "live", Attempt: 1, Scores: map[string]int{"listens": 3, "closes": 2}, Remark: []byte("sealed"), Actor: "staff:recruiter:r1"}),
	})...), asking(courseStep(), typingStep(), listeningStep(), equipmentStep(false), agreementStep(), taxStep(), live))
	if v.Credential.Issued.IsZero() {
		t.Fatalf("it ended as %s", v.Outcome)
	}
	records := w.whole(v)
	for outcome, n := range map[string]int{"course: page 1 of 2 read": 1, "course: page 2 of 2 read": 1, "course: passed": 1, "typing: begun": 1, "typing: passed": 1,
		"listening: passed": 1, "equipment: passed": 1, "contract: signed": 1, "contract: text kept": 1, "tax: given": 1, "live: appointment booked": 1, "live: passed": 1, "not passed": 0} {
		if got := count(records, ledger.KindRequirementMet, outcome); got != n {
			t.Errorf("%d records %q, want %d", got, outcome, n)
		}
	}
	if count(records, ledger.KindUse, "tax own") != 0 && count(records, ledger.KindUse, "own tax") != 1 {
		t.Error("that the tax details are used is not on record")
	}
	if len(w.taxes) != 1 || w.taxes[0].Use.Profile != tax.Object || w.taxes[0].Use.Receipt.ID != "tax-receipt" {
		t.Errorf("the tax details: %+v", w.taxes)
	}
	if len(w.kept) != 1 || w.kept[0] != agreementStep().Agreement.Text {
		t.Errorf("the agreement's text: %q", w.kept)
	}
	if len(w.seats) != 0 {
		t.Errorf("seats are still taken: %v", w.seats)
	}
	letters := map[workflows.Message]int{}
	for _, in := range w.sent {
		letters[in.Message]++
		if in.Message == workflows.MessageAgreement && (in.Agreement.Text != agreementStep().Agreement.Text || in.Signed.IsZero()) {
			t.Errorf("the copy: %+v", in)
		}
		if (in.Message == workflows.MessageBooked || in.Message == workflows.MessageAppointment) && !in.Deadline.Equal(slot) {
			t.Errorf("%s speaks of %s", in.Message, in.Deadline)
		}
	}
	for m, n := range map[workflows.Message]int{workflows.MessageTraining: 1, workflows.MessageAgreement: 1, workflows.MessageBooked: 1, workflows.MessageAppointment: 1,
		workflows.MessageRequirement: 1, workflows.MessageCertified: 1} {
		if letters[m] != n {
			t.Errorf("%d letters %s, want %d", letters[m], m, n)
		}
	}
	if l := line(t, v, "live"); l.Score != 5 || l.Of != 8 || l.Attempt != 2 {
		t.Errorf("live: %+v", l)
	}
}

// TestRetryPauseAndAttempts: a quiz that was not passed is open again after its
// pause; the same attempt handed in twice counts once; when none is left a reviewer
// gives new ones.
func TestRetryPauseAndAttempts(t *testing.T) {
	w := newWorld(t)
	quiz := program.Requirement{ID: "knowledge", Kind: program.KindQuiz, Attempts: 2, RetryHours: 12, Quiz: twoQuestions}
	take := func(attempt int, answers map[string]string) workflows.TakeQuiz {
		return workflows.TakeQuiz{Requirement: "knowledge", Attempt: attempt, Answers: answers}
	}
	v := w.play(workflows.UpdateApply, application(t), steps(all([]step{
		does(workflows.UpdateTakeQuiz, refused{take(1, map[string]string{"a": "z", "b": "z", "c": "z"}), "every question"}),
		does(workflows.UpdateTakeQuiz, refused{take(7, rightAnswers), "no attempt 7"}),
		func(_ workflows.StaffView, send func(string, any)) {
			send(workflows.UpdateTakeQuiz, take(1, wrongAnswers))
			send(workflows.UpdateTakeQuiz, take(1, wrongAnswers)) // the button pressed twice
		},
		func(v workflows.StaffView, _ func(string, any)) {
			l := line(t, v, "knowledge")
			if l.Attempts != 1 || l.Left != 1 || l.Attempt != 2 || l.Status != workflows.RequirementWaiting || l.Score != 0 || l.Of != 2 ||
				v.Attention != onboarding.AttentionNone || !v.Wait.Until.Equal(l.NotBefore) || !v.Requirements.AgreementSigned.IsZero() || v.Requirements.QuizTaken != 1 {
				t.Errorf("in the pause: %+v, %+v", l, v.Wait)
			}
		},
		does(workflows.UpdateTakeQuiz, refused{take(2, rightAnswers), "pause"}),
	}, wait(12), []step{
		holds(t, "after the pause", "knowledge", func(l workflows.RequirementLine) bool {
			return l.Status == workflows.RequirementOpen && l.NotBefore.IsZero()
		}),
		does(workflows.UpdateTakeQuiz, take(2, wrongAnswers)),
		func(v workflows.StaffView, send func(string, any)) {
			if l := line(t, v, "knowledge"); l.Status != workflows.RequirementFailed || !v.Review || v.Attention != onboarding.AttentionReviewer || !strings.Contains(v.Wait.For, "quiz") {
				t.Errorf("out of attempts: %+v, %+v", l, v.Wait)
			}
			send(workflows.UpdateTakeQuiz, refused{take(3, rightAnswers), "used up"})
		},
		does(workflows.UpdateDecide, workflows.Decide{Ruling: onboarding.RulingProceed, Actor: "staff:reviewer:r"}),
		holds(t, "given anew", "knowledge", func(l workflows.RequirementLine) bool {
			return l.Status == workflows.RequirementOpen && l.Attempts == 0 && l.Left == 2 && l.Attempt == 3
		}),
		does(workflows.UpdateTakeQuiz, take(2, rightAnswers)), // an old page: no effect
		holds(t, "an old page changes nothing", "knowledge", func(l workflows.RequirementLine) bool { return l.Attempts == 0 }),
		does(workflows.UpdateTakeQuiz, take(3, rightAnswers)),
	})...), asking(quiz))
	if v.Credential.Issued.IsZero() {
		t.Fatalf("it ended as %s", v.Outcome)
	}
	records := w.whole(v)
	if count(records, ledger.KindRequirementMet, "knowledge: not passed") != 2 || count(records, ledger.KindRequirementMet, "knowledge: attempts given anew") != 1 {
		t.Error("the attempts are not on record")
	}
}

// TestOutOfAttemptsEndsByAPerson: nobody is declined but by a reviewer.
func TestOutOfAttemptsEndsByAPerson(t *testing.T) {
	w := newWorld(t)
	quiz := program.Requirement{ID: "knowledge", Kind: program.KindQuiz, Attempts: 1, Quiz: twoQuestions}
	v := w.play(workflows.UpdateApply, application(t), steps(
		does(workflows.UpdateTakeQuiz, workflows.TakeQuiz{Requirement: "knowledge", Attempt: 1, Answers: wrongAnswers}),
		sign(), // what else there is can be done meanwhile
		holds(t, "signed while a reviewer is asked", "contract", func(l workflows.RequirementLine) bool { return l.Status == workflows.RequirementPassed }),
		does(workflows.UpdateDecide, workflows.Decide{Ruling: onboarding.RulingAdverse, Actor: "staff:reviewer:r"}),
	), asking(quiz, agreementStep()))
	if v.Outcome != onboarding.OutcomeDeclined {
		t.Fatalf("it ended as %s", v.Outcome)
	}
	w.whole(v)
}

// TestTyping: the clock is the workflow's; what is faster than anybody types is no
// typing; one can begin anew some times.
func TestTyping(t *testing.T) {
	w := newWorld(t)
	hand := func(attempt, errors int) workflows.HandInExercise {
		return workflows.HandInExercise{Requirement: "typing", Attempt: attempt, Characters: assess.Length(passage), Errors: errors}
	}
	start := func(attempt int, again bool, n int) workflows.StartExercise {
		return workflows.StartExercise{Requirement: "typing", Attempt: attempt, Again: again, Start: n}
	}
	v := w.play(workflows.UpdateApply, application(t), steps(
		does(workflows.UpdateHandInExercise, refused{hand(1, 0), "not begun"}),
		func(_ workflows.StaffView, send func(string, any)) {
			send(workflows.UpdateStartExercise, start(1, false, 0))
			send(workflows.UpdateHandInExercise, hand(1, 0)) // in no time
		},
		holds(t, "too fast", "typing", func(l workflows.RequirementLine) bool {
			return l.Attempts == 1 && l.Detail == workflows.DetailTooFast && l.Started.IsZero()
		}),
		does(workflows.UpdateStartExercise, start(2, false, 0)),
		holds(t, "begun", "typing", func(l workflows.RequirementLine) bool { return !l.Started.IsZero() && l.Starts == 0 }),
		func(_ workflows.StaffView, send func(string, any)) {
			send(workflows.UpdateStartExercise, start(2, true, 0))
			send(workflows.UpdateStartExercise, start(2, true, 0)) // pressed twice
		},
		holds(t, "begun anew once", "typing", func(l workflows.RequirementLine) bool { return l.Starts == 1 }),
		func(_ workflows.StaffView, send func(string, any)) {
			for n := 1; n < 5; n++ {
				send(workflows.UpdateStartExercise, start(2, true, n))
			}
			send(workflows.UpdateStartExercise, refused{start(2, true, 5), "many times"})
		},
		does(workflows.UpdateHandInExercise, hand(2, 40)), // too many slips
		holds(t, "not accurate", "typing", func(l workflows.RequirementLine) bool { return l.Attempts == 2 && l.Score < 90 && l.Detail == "" }),
		does(workflows.UpdateStartExercise, start(3, false, 0)),
		does(workflows.UpdateHandInExercise, hand(3, 2)),
	), asking(typingStep()))
	if v.Credential.Issued.IsZero() {
		t.Fatalf("it ended as %s: %+v", v.Outcome, v.Required)
	}
	if l := line(t, v, "typing"); l.WPM < 0.1 || l.WPM > 1 || l.Score != 98 {
		t.Errorf("a passage an hour: %+v", l)
	}
	w.whole(v)
}

// TestEquipment: measured, declared and enough, declared and looked at.
func TestEquipment(t *testing.T) {
	declare := func(attempt int, yes bool) workflows.HandInExercise {
		return workflows.HandInExercise{Requirement: "equipment", Attempt: attempt, Declared: true, Yes: map[string]bool{"line": true, "headset": yes}}
	}
	t.Run("measured", func(t *testing.T) {
		w := newWorld(t)
		v := w.play(workflows.UpdateApply, application(t), steps(
			does(workflows.UpdateHandInExercise, refused{workflows.HandInExercise{Requirement: "equipment", Attempt: 1}, "measurement"}),
			does(workflows.UpdateHandInExercise, workflows.HandInExercise{Requirement: "equipment", Attempt: 1, Down: 50, Up: 10, Latency: 20}), // no microphone
			holds(t, "not enough", "equipment", func(l workflows.RequirementLine) bool {
				return l.Attempts == 1 && l.Status == workflows.RequirementOpen && l.Left == -1
			}),
			does(workflows.UpdateHandInExercise, workflows.HandInExercise{Requirement: "equipment", Attempt: 2, Down: 50, Up: 10, Latency: 20, Microphone: true}),
		), asking(equipmentStep(false)))
		if l := line(t, v, "equipment"); v.Credential.Issued.IsZero() || l.Detail != workflows.DetailMeasured || l.Declared || l.Down != 50 {
			t.Errorf("%s, %+v", v.Outcome, l)
		}
	})
	t.Run("declared is enough", func(t *testing.T) {
		w := newWorld(t)
		v := w.play(workflows.UpdateApply, application(t), steps(
			does(workflows.UpdateHandInExercise, refused{workflows.HandInExercise{Requirement: "equipment", Attempt: 1, Declared: true, Yes: map[string]bool{"line": true}}, "yes or no"}),
			does(workflows.UpdateHandInExercise, declare(1, false)),
			holds(t, "a no is not enough", "equipment", func(l workflows.RequirementLine) bool {
				return l.Attempts == 1 && l.Status == workflows.RequirementOpen
			}),
			does(workflows.UpdateHandInExercise, declare(2, true)),
		), asking(equipmentStep(true)))
		if l := line(t, v, "equipment"); v.Credential.Issued.IsZero() || l.Detail != workflows.DetailDeclared || !l.Declared {
			t.Errorf("%s, %+v", v.Outcome, l)
		}
	})
	t.Run("declared and looked at", func(t *testing.T) {
		w := newWorld(t)
		judge := func(attempt int, pass bool) workflows.JudgeRequirement {
			return workflows.JudgeRequirement{Requirement: "equipment", Attempt: attempt, Pass: pass, Reason: []byte("sealed"), Actor: "staff:recruiter:r"}
		}
		v := w.play(workflows.UpdateApply, application(t), steps(
			does(workflows.UpdateJudgeRequirement, refused{judge(1, true), "Nothing that was declared"}),
			func(_ workflows.StaffView, send func(string, any)) {
				send(workflows.UpdateHandInExercise, declare(1, true))
				send(workflows.UpdateHandInExercise, declare(1, true))
			},
			func(v workflows.StaffView, send func(string, any)) {
				if l := line(t, v, "equipment"); !l.Undecided() || v.Attention != onboarding.AttentionRecruiter || !strings.Contains(v.Wait.For, "declared") || l.Attempts != 0 {
					t.Errorf("waits for a person: %+v, %+v", l, v.Wait)
				}
				send(workflows.UpdateHandInExercise, refused{workflows.HandInExercise{Requirement: "equipment", Attempt: 2, Declared: true}, "no attempt 2"})
				send(workflows.UpdateJudgeRequirement, judge(1, false))
			},
			does(workflows.UpdateJudgeRequirement, refused{judge(1, true), "Nothing that was declared"}),
			does(workflows.UpdateHandInExercise, declare(2, true)),
			does(workflows.UpdateJudgeRequirement, judge(2, true)),
		), asking(equipmentStep(false)))
		records := w.whole(v)
		if v.Credential.Issued.IsZero() || count(records, ledger.KindRequirementMet, "equipment: declared") != 2 || count(records, ledger.KindRequirementMet, "equipment: not passed") != 1 {
			t.Errorf("%s, %+v", v.Outcome, v.Required)
		}
		for _, r := range records {
			if r.Outcome == "equipment: passed" && (r.Actor != "staff:recruiter:r" || string(r.Sealed) != "sealed") {
				t.Errorf("who judged, and why, is not on record: %+v", r)
			}
		}
	})
}
