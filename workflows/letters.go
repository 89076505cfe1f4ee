package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// letter sends one letter to the applicant: a use of the e-mail address like
// any other, under the consent for its purpose. It gives false when it was not
// sent, for want of consent or because the relay refuses the address for good;
// the ledger says which. The relay's passing troubles are waited out.
func (c *file) letter(ctx workflow.Context, message Message, purpose consent.PurposeID, with func(*SendMessageIn)) (bool, error) {
	fields := []onboarding.Field{onboarding.FieldEmail, onboarding.FieldGivenName}
	use := ledger.Record{Kind: ledger.KindUse, Purpose: string(purpose), Recipient: consent.RecipientMail, Fields: fields, Detail: "letter: " + string(message)}
	receipt, err := c.permit(purpose, "", message.despiteOf())
	if err != nil {
		use.Kind, use.Outcome = ledger.KindUseRefused, string(codeOf(err))
		c.record(ctx, use)
		return false, nil //nolint:nilerr // without consent, or while the data are restricted, no letter; the ledger says so
	}
	c.Letters++
	number, cleared := c.Letters, c.Cleared && (message == MessageOffer || message == MessageTraining)
	if message != MessageLink && message != MessageMoved && message != MessageProgramOpen { // those were asked for, go elsewhere, or tell nothing of the application
		c.LetterAt = workflow.Now(ctx)
	}
	use.Receipt, use.Despite = receipt.ID, c.despite(message.despiteOf())
	intent := c.record(ctx, use)
	_, err = step[Nothing](ctx, c, ActivitySendMessage, "Write to the applicant: "+LetterWords(message), func() carrier {
		in := SendMessageIn{Applicant: c.in.Applicant, Use: c.use(intent), Purpose: purpose, Message: message, Number: number,
			Program: c.in.Program.Title, Contact: c.in.Program.Say(c.Language, c.in.Program.Controller.Contact), Credential: c.Credential.ID, Language: c.Language,
			Cleared: cleared}
		if with != nil {
			with(&in)
		}
		return in
	})
	sent := ledger.Record{Kind: ledger.KindUseDone, Purpose: string(purpose), Recipient: consent.RecipientMail, Of: intent.Seq,
		Outcome: "handed to the mail relay", Detail: use.Detail}
	switch {
	case temporal.IsCanceledError(err):
		return false, err
	case err != nil:
		sent.Kind, sent.Outcome = ledger.KindUseFailed, string(codeOf(err))
	}
	c.record(ctx, sent)
	if cleared && err == nil {
		c.Cleared = false
	}
	if err := c.textBesides(ctx, message, number); err != nil {
		return false, err
	}
	return err == nil, nil
}

// farewell tells the applicant that the application has ended at their own wish
// or by time. Drafts that were never handed in get no letter: their data goes.
func (c *file) farewell(ctx workflow.Context) error {
	switch c.Stage {
	case onboarding.StageWithdrawn:
		if !c.Credential.Issued.IsZero() && c.Credential.Revoked.IsZero() {
			if err := c.takeBack(ctx, CredentialRevoked); err != nil {
				return err
			}
		}
		_, err := c.letter(ctx, MessageEnded, consent.PurposeAccount, nil)
		return err
	case onboarding.StageExpired:
		if c.Submitted.IsZero() {
			return nil
		}
		if !c.Credential.Issued.IsZero() && since(ctx, changeRenewal) {
			return c.partingLetter(ctx)
		}
		_, err := c.letter(ctx, MessageEnded, consent.PurposeAccount, nil)
		return err
	case onboarding.StageErased: // what is to be said the erasure says, which knows what is kept
		if !c.Credential.Issued.IsZero() && c.Credential.Revoked.IsZero() {
			return c.takeBack(ctx, CredentialRevoked)
		}
	case onboarding.StageSignup, onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification,
		onboarding.StageCertified, onboarding.StageDeclined:
	}
	return nil
}
