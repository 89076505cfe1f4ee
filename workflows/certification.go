package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// certification waits for what the program asks, then issues the credential.
func (c *file) certification(ctx workflow.Context) (onboarding.Stage, error) {
	if _, err := c.letter(ctx, MessageTraining, consent.PurposeAccount, nil); err != nil {
		return "", err
	}
	for !c.requirementsMet() {
		w := Wait{For: "the applicant to " + c.toDo(), Next: "The certificate is issued at once when everything is done."}
		done := func() bool { return c.requirementsMet() || c.outOfAttempts() }
		if _, err := c.until(ctx, onboarding.AttentionApplicant, w, 0, done); err != nil || c.Ending != "" {
			return "", err
		}
		if !c.outOfAttempts() {
			continue
		}
		ruling, err := c.askReviewer(ctx, Wait{For: "a reviewer: every attempt at the quiz is used up", Next: "The reviewer gives new attempts, or ends the application."})
		if err != nil || c.Ending != "" {
			return "", err
		}
		if ruling == onboarding.RulingAdverse {
			_, err := c.letter(ctx, MessageFinal, consent.PurposeAccount, nil)
			return onboarding.StageDeclined, err
		}
		c.Requirements.QuizTaken = 0
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Check: "", Outcome: "quiz: attempts given anew"})
	}
	if err := c.issue(ctx); err != nil || c.Ending != "" {
		return "", err
	}
	return onboarding.StageCertified, nil
}

func (c *file) requirementsMet() bool {
	return c.Requirements.QuizPassed && !c.Requirements.AgreementSigned.IsZero()
}

func (c *file) outOfAttempts() bool {
	return !c.Requirements.QuizPassed && c.Requirements.QuizTaken >= c.in.Program.Certification.Quiz.Attempts
}

func (c *file) toDo() string {
	switch {
	case !c.Requirements.QuizPassed && c.Requirements.AgreementSigned.IsZero():
		return "take the quiz and sign the agreement"
	case !c.Requirements.QuizPassed:
		return "take the quiz"
	default:
		return "sign the agreement"
	}
}

func (c *file) mayTakeQuiz(in TakeQuiz) error {
	if err := c.mustBe(onboarding.StageCertification); err != nil {
		return err
	}
	if c.Requirements.QuizPassed {
		return notNow("The quiz is passed already.", "Go on with the agreement.")
	}
	if c.outOfAttempts() {
		return notNow("Every attempt at the quiz is used up.", "A person will look at it and write to you.")
	}
	if _, err := c.Consents.Live(consent.PurposeQualification); err != nil {
		return err
	}
	for _, q := range c.in.Program.Certification.Quiz.Questions {
		answer, ok := in.Answers[q.ID]
		if !ok || !q.Offers(answer) {
			return onboarding.Invalid(q.ID, "Choose an answer to every question.", "Questions without an answer are marked.")
		}
	}
	return nil
}

// takeQuiz scores the answers: the right ones never leave the house.
func (c *file) takeQuiz(ctx workflow.Context, in TakeQuiz) (QuizResult, error) {
	quiz := c.in.Program.Certification.Quiz
	score := 0
	for _, q := range quiz.Questions {
		if in.Answers[q.ID] == q.Answer {
			score++
		}
	}
	r := &c.Requirements
	r.QuizTaken++
	r.QuizScore, r.QuizPassed = score, score >= quiz.PassMark
	outcome := "quiz: not passed"
	if r.QuizPassed {
		outcome = "quiz: passed"
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Purpose: string(consent.PurposeQualification), Outcome: outcome})
	if !c.requirementsMet() { // what follows brings the books up to date otherwise
		if err := c.settle(ctx); err != nil {
			return QuizResult{}, err
		}
	}
	return QuizResult{Passed: r.QuizPassed, Score: score, Of: len(quiz.Questions), PassMark: quiz.PassMark,
		AttemptsLeft: max(quiz.Attempts-r.QuizTaken, 0)}, nil
}

func (c *file) maySignAgreement(in SignAgreement) error {
	if err := c.mustBe(onboarding.StageCertification); err != nil {
		return err
	}
	agreement := c.in.Program.Certification.Agreement
	if in.Version != agreement.Version || in.SHA256 != agreement.SHA256() {
		return onboarding.Invalid("agreement", "This is not the agreement's present text.", "Open the page again and read the text that it shows.")
	}
	return nil
}

func (c *file) signAgreement(ctx workflow.Context, in SignAgreement) (Ack, error) {
	if c.Requirements.AgreementSigned.IsZero() {
		c.Requirements.AgreementSigned = workflow.Now(ctx)
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Outcome: "agreement: signed",
			Detail: "version " + in.Version, Digest: in.SHA256, Sealed: in.Signature})
	}
	if !c.requirementsMet() {
		return c.answer(ctx)
	}
	return c.ack(), nil
}
