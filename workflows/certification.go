package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// certification waits for what the program asks, then issues the credential.
func (c *file) certification(ctx workflow.Context) (onboarding.Stage, error) {
	if !c.Trained {
		if _, err := c.letter(ctx, MessageTraining, consent.PurposeAccount, nil); err != nil {
			return "", err
		}
		c.Trained = true
	}
	next, err := c.meet(ctx)
	if err != nil || c.Ending != "" || next != "" {
		return next, err
	}
	if to, err := c.ruleAgain(ctx, onboarding.StageCertified); err != nil || to != onboarding.StageCertified { // nobody is certified upon a detail that does not hold
		return to, err
	}
	if err := c.issue(ctx); err != nil || c.Ending != "" {
		return "", err
	}
	return onboarding.StageCertified, nil
}
