package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func (c *file) mayWaiveRequirement(_ workflow.Context, in WaiveRequirement) error {
	l, _, err := c.mayMeet(in.Requirement)
	if err != nil {
		return err
	}
	if l.Status.Met() {
		return notNow("This is done already.", "Look at the applicant's page as it is now.")
	}
	return nil
}

// waiveRequirement goes on without a requirement: an accommodation, with its reason.
func (c *file) waiveRequirement(ctx workflow.Context, in WaiveRequirement) (RequirementResult, error) {
	defer c.acts()()
	l := c.need(in.Requirement)
	if l.Status.Met() {
		return c.answerLine(ctx, l)
	}
	now := workflow.Now(ctx)
	l.Status, l.PassedAt, l.Declared = RequirementWaived, now, false
	if l.Asked.After(l.Answered) {
		l.Answered = now
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindWaived, Actor: string(in.Actor), Outcome: l.ID + ": waived", Sealed: in.Reason})
	if err := c.giveBack(ctx, l); err != nil {
		return RequirementResult{}, err
	}
	c.tellRequirement(ctx, l.ID)
	return c.answerLine(ctx, l)
}

func (c *file) mayAskOtherWay(_ workflow.Context, in AskOtherWay) error {
	l, _, err := c.mayMeet(in.Requirement)
	switch {
	case err != nil:
		return err
	case l.Status.Met():
		return notNow("This is done already.", "Go on with what else there is to do.")
	case l.Asked.After(l.Answered):
		return notNow("You have asked already.", "A person answers; we write to you then.")
	case len(in.Words) == 0:
		return onboarding.Invalid("words", "Say what would help you.", "A few words are enough.")
	}
	return nil
}

// askOtherWay puts the applicant's wish before a recruiter.
func (c *file) askOtherWay(ctx workflow.Context, in AskOtherWay) (RequirementResult, error) {
	defer c.acts()()
	l := c.need(in.Requirement)
	if !l.Asked.After(l.Answered) {
		l.Asked = workflow.Now(ctx)
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Outcome: l.ID + ": another way asked for", Sealed: in.Words})
	}
	return c.answerLine(ctx, l)
}

func (c *file) mayAnswerOtherWay(_ workflow.Context, in AnswerOtherWay) error {
	l, _, err := c.mayMeet(in.Requirement)
	if err != nil {
		return err
	}
	if !l.Asked.After(l.Answered) {
		return notNow("Nothing waits for an answer here.", "Look at the applicant's page as it is now.")
	}
	return nil
}

// answerOtherWay answers the wish in words that the applicant reads.
func (c *file) answerOtherWay(ctx workflow.Context, in AnswerOtherWay) (RequirementResult, error) {
	defer c.acts()()
	l := c.need(in.Requirement)
	if l.Asked.After(l.Answered) {
		l.Answered, l.Answer = workflow.Now(ctx), in.Words
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(in.Actor), Outcome: l.ID + ": wish for another way answered", Sealed: in.Words})
		c.tellRequirement(ctx, l.ID)
	}
	return c.answerLine(ctx, l)
}

// tellRequirement writes to the applicant that something has come of a requirement.
func (c *file) tellRequirement(ctx workflow.Context, _ string) {
	c.behind(ctx, MessageRequirement, nil)
}
