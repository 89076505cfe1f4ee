package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// ShowName puts the holder's name on their certificate's public page, by a consent
// of its own, or takes that consent back and the name off.
type ShowName struct {
	Receipt *consent.Receipt `json:"receipt"` // nil: no more
	Actor   Actor            `json:"actor"`
}

func (c *file) mayShowName(in ShowName) error {
	if err := c.mustBe(onboarding.StageCertified); err != nil {
		return err
	}
	if in.Receipt == nil {
		if !c.Credential.Shown {
			return notNow("Your name is not on the page.", "")
		}
		return nil
	}
	if c.Credential.Shown {
		return notNow("Your name is on the page already.", "")
	}
	if in.Receipt.Purpose != consent.PurposeCertification || in.Receipt.Kind != consent.KindNameShown {
		return onboarding.Invalid("consent", "This is another consent.", "Send the one to showing the name.")
	}
	return c.goodReceipt(*in.Receipt)
}

// showName answers when the page says so.
func (c *file) showName(ctx workflow.Context, in ShowName) (Ack, error) {
	if in.Receipt != nil {
		c.keep(ctx, *in.Receipt, in.Actor)
		c.Credential.Shown = true
		if err := c.putName(ctx, true); err != nil {
			return Ack{}, err
		}
		return c.answer(ctx)
	}
	c.Credential.Shown = false
	var ids []string
	for _, r := range c.Consents.WithdrawKind(consent.PurposeCertification, consent.KindNameShown, workflow.Now(ctx)) {
		ids = append(ids, r.ID)
		c.record(ctx, ledger.Record{Kind: ledger.KindConsentWithdrawn, Actor: string(in.Actor), Purpose: string(consent.PurposeCertification), Receipt: r.ID})
	}
	if err := c.putName(ctx, false); err != nil { // first: the page follows at once
		return Ack{}, err
	}
	if _, err := step[Nothing](ctx, c, ActivityRecordWithdrawal, "Mark the consent as withdrawn", func() carrier {
		return RecordWithdrawalIn{Applicant: c.in.Applicant, Receipts: ids}
	}); err != nil {
		return Ack{}, err
	}
	return c.answer(ctx)
}

// putName puts the name on the page of the present credential, or takes it off the
// page of each.
func (c *file) putName(ctx workflow.Context, shown bool) error {
	if !shown {
		ids := []string{c.Credential.ID}
		for _, l := range c.Past {
			ids = append(ids, l.ID)
		}
		_, err := step[Nothing](ctx, c, ActivityHideName, "Take the name off the certificate's page", func() carrier {
			return HideNameIn{Applicant: c.in.Applicant, Credentials: ids}
		})
		if err == nil {
			c.record(ctx, ledger.Record{Kind: ledger.KindCredential, Outcome: NameHidden})
		}
		return err
	}
	fields := []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName}
	use := ledger.Record{Kind: ledger.KindUse, Purpose: string(consent.PurposeCertification), Recipient: consent.RecipientPublic, Fields: fields}
	receipt, err := c.permit(consent.PurposeCertification, consent.RecipientPublic, DespiteConsent)
	if err != nil {
		use.Kind, use.Outcome = ledger.KindUseRefused, string(codeOf(err))
		c.record(ctx, use)
		c.Credential.Shown = false
		return nil //nolint:nilerr // without consent no name; the ledger says so
	}
	use.Receipt, use.Despite = receipt.ID, c.despite(DespiteConsent)
	intent := c.record(ctx, use)
	id := c.Credential.ID
	_, err = step[Nothing](ctx, c, ActivityShowName, "Show the name on the certificate's page", func() carrier {
		return ShowNameIn{Applicant: c.in.Applicant, Use: c.use(intent), Credential: id}
	})
	if err != nil {
		return err
	}
	c.Credential.Shown = true
	c.record(ctx, ledger.Record{Kind: ledger.KindCredential, Outcome: NameShown, Of: intent.Seq})
	return nil
}
