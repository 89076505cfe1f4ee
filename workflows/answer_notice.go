package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func (c *file) mayAnswerNotice(in AnswerNotice) error {
	was := c.heard(in.Rollout)
	switch {
	case was == nil || was.Owner == nil || !was.Off.IsZero():
		return onboarding.Invalid("rollout", "There is no such question.", "Look at your status page.")
	case in.Answer != StaysWithOwner:
		return onboarding.Invalid("answer", "There is no such answer.", "Choose one of those on the page.")
	case c.Stage.Closed() || c.Ending != "":
		return notNow("This application has ended.", "")
	}
	return nil
}

// answerNotice records that the applicant stays. Who does not stay withdraws, or has
// their data erased.
func (c *file) answerNotice(ctx workflow.Context, in AnswerNotice) (Ack, error) {
	was := c.heard(in.Rollout)
	if was.Answer == in.Answer {
		return c.answer(ctx)
	}
	was.Answer, was.Answered = in.Answer, workflow.Now(ctx)
	c.record(ctx, ledger.Record{Kind: ledger.KindNotified, Actor: string(in.Actor), Outcome: "told", Detail: "The applicant stays with the new owner."})
	return c.answer(ctx)
}
