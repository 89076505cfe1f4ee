package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// vetting makes the conditional offer, which in several places must come before
// any criminal search, and has the vendor investigate.
func (c *file) vetting(ctx workflow.Context) (onboarding.Stage, error) {
	if err := c.offer(ctx); err != nil || c.Ending != "" {
		return "", err
	}
	return c.checkAndRule(ctx, onboarding.StageVetting, onboarding.StageCertification)
}

// offer records the conditional offer and writes it to the applicant. It is
// made everywhere, not only where the law asks for it.
func (c *file) offer(ctx workflow.Context) error {
	if !c.Offered.IsZero() { // it stands, and the case has only come by here again
		return nil
	}
	c.Offered = workflow.Now(ctx)
	c.record(ctx, ledger.Record{Kind: ledger.KindOffered, Detail: c.jurisdiction().Citation})
	_, err := c.letter(ctx, MessageOffer, consent.PurposeAccount, func(m *SendMessageIn) { m.Agency = c.agency() })
	return err
}
