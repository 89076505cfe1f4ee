package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

func (in TakeQuiz) requirement() string {
	if in.Requirement == "" {
		return program.OldQuiz
	}
	return in.Requirement
}

func (c *file) mayTakeQuiz(ctx workflow.Context, in TakeQuiz) error {
	l, r, err := c.mayAttempt(ctx, in.requirement(), in.Attempt)
	if err != nil || c.handedIn(l, in.Attempt) {
		return err
	}
	quiz := r.Questions()
	switch {
	case quiz == nil:
		return noRequirement(in.requirement())
	case r.Course != nil && l.Page < len(r.Course.Pages):
		return notNow("The course has not been read to its end.", "Read its pages first; the quiz comes after them.")
	}
	if missing := assess.Unanswered(*quiz, l.Seed(c.in.Applicant), in.Answers); missing != "" {
		return onboarding.Invalid(missing, "Choose an answer to every question.", "Questions without an answer are marked.")
	}
	return nil
}

// takeQuiz scores the answers: the right ones never leave the house.
func (c *file) takeQuiz(ctx workflow.Context, in TakeQuiz) (QuizResult, error) {
	defer c.acts()()
	l := c.need(in.requirement())
	quiz := c.asked(l.ID).Questions()
	if !c.handedIn(*l, in.Attempt) {
		l.Score, l.Of = assess.Quiz(*quiz, l.Seed(c.in.Applicant), in.Answers)
		l.Topics = assess.Topics(*quiz, l.Seed(c.in.Applicant), in.Answers)
		c.attempted(ctx, l, l.Score >= quiz.PassMark)
		if !c.met() { // what follows brings the books up to date otherwise
			if err := c.settle(ctx); err != nil {
				return QuizResult{}, err
			}
		}
	}
	line := c.line(l.ID)
	return QuizResult{Passed: line.Status == RequirementPassed, Score: line.Score, Of: line.Of, PassMark: quiz.PassMark, AttemptsLeft: line.Left}, nil
}
