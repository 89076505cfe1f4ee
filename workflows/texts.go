package workflows

import (
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Text messages tell an applicant who asked for them that there is news; what the
// news is stands in the letter that goes out in any case.

// ActivitySendText sends one text message.
const ActivitySendText = "SendText"

// SendTextIn sends one text message to the applicant.
type SendTextIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Use       Use                    `json:"use"`
	Number    int                    `json:"number"`  // of the letter that it goes with
	Program   string                 `json:"program"` // title
	Language  string                 `json:"language,omitempty"`
}

// SendTextOut says what became of it.
type SendTextOut struct {
	// Stopped: the number's owner has answered STOP, to this application or another.
	// Nothing was sent.
	Stopped bool `json:"stopped"`
}

func (in SendTextIn) carry(p Pages) any { in.Pages = p; return in }

func (c *file) mayAskForTexts(in GiveConsent) error {
	if c.in.Program.Messages.SMS == "" {
		return notNow("This program sends no text messages.", "Everything comes by e-mail.")
	}
	if c.Stage == onboarding.StageSignup {
		return notNow("Text messages can be asked for when the application is handed in.", "Hand it in first.")
	}
	if err := c.mustBe(onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified); err != nil {
		return err
	}
	return c.goodReceipt(in.Receipt)
}

// textBesides sends a text message besides a letter, to who asked for it. A text
// that cannot be sent holds nothing up: the letter has said everything.
func (c *file) textBesides(ctx workflow.Context, message Message, letter int) error {
	if c.in.Program.Messages.SMS == "" || message == MessageLink || message == MessageMoved || message == MessageProgramOpen {
		return nil
	}
	receipt, err := c.permit(consent.PurposeTextMessages, consent.RecipientTwilioSMS, "") // the letter says everything
	if err != nil || !since(ctx, changeTexts) {
		return nil //nolint:nilerr // who did not ask for it gets none
	}
	if !c.smsAgreed(ctx) {
		c.record(ctx, ledger.Record{Kind: ledger.KindUseRefused, Purpose: string(consent.PurposeTextMessages), Recipient: consent.RecipientTwilioSMS,
			Fields: []onboarding.Field{onboarding.FieldPhone}, Receipt: receipt.ID, Outcome: string(onboarding.CodeNoAgreement), Detail: "text message besides the letter: " + string(message)})
		return nil
	}
	if c.Stage.Closed() { // the books are closed behind the last letter
		return c.text(ctx, message, letter, receipt)
	}
	c.busy++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		ctx, cancel := workflow.NewDisconnectedContext(ctx) // a stage's end does not stop what is on its way
		defer cancel()
		if c.text(ctx, message, letter, receipt) == nil {
			_ = c.settle(ctx)
		}
	})
	return nil
}

// forgetTexts ends the consent to text messages when the number is corrected: it was
// given for the old one, and who reads the new one has not agreed yet (47 CFR
// 64.1200(a)(1)). The applicant can ask for them anew.
func (c *file) forgetTexts(ctx workflow.Context, in CorrectDetails) error {
	if !slices.Contains(in.Fields, onboarding.FieldPhone) || !c.Consents.Has(consent.PurposeTextMessages, consent.KindSMS) || !since(ctx, changeTextedNumber) {
		return nil
	}
	_, err := c.withdrawConsent(ctx, WithdrawConsent{Purpose: consent.PurposeTextMessages, Actor: in.Actor})
	return err
}

func (c *file) text(ctx workflow.Context, message Message, letter int, receipt consent.Receipt) error {
	use := ledger.Record{Kind: ledger.KindUse, Purpose: string(consent.PurposeTextMessages), Recipient: consent.RecipientTwilioSMS,
		Fields: []onboarding.Field{onboarding.FieldPhone}, Receipt: receipt.ID, Detail: "text message besides the letter: " + string(message)}
	intent := c.record(ctx, use)
	out, err := stepAt[SendTextOut](ctx, c, consent.RecipientTwilioSMS, ActivitySendText, "Text the applicant that there is news", func() carrier {
		return SendTextIn{Applicant: c.in.Applicant, Use: c.use(intent), Number: letter, Program: c.in.Program.Title, Language: c.Language}
	})
	done := ledger.Record{Kind: ledger.KindUseDone, Purpose: use.Purpose, Recipient: use.Recipient, Of: intent.Seq, Outcome: "handed to Twilio", Detail: use.Detail}
	switch {
	case temporal.IsCanceledError(err):
		return err
	case err != nil:
		done.Kind, done.Outcome = ledger.KindUseFailed, string(vendorCode(err))
	case out.Stopped:
		done.Kind, done.Outcome = ledger.KindUseFailed, "not sent: the number answered STOP"
	}
	c.record(ctx, done)
	if err == nil && out.Stopped && !c.Consents.Dead(receipt.ID) {
		_, err := c.withdrawConsent(ctx, WithdrawConsent{Purpose: consent.PurposeTextMessages, Actor: ActorApplicant})
		return err
	}
	return nil
}
