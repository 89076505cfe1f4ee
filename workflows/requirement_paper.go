package workflows

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

func (in SignAgreement) requirement() string {
	if in.Requirement == "" {
		return program.OldAgreement
	}
	return in.Requirement
}

func (c *file) maySignAgreement(_ workflow.Context, in SignAgreement) error {
	l, r, err := c.mayMeet(in.requirement())
	switch {
	case err != nil:
		return err
	case r.Agreement == nil:
		return noRequirement(in.requirement())
	case in.Version != r.Agreement.Version || !c.signable(in):
		return onboarding.Invalid("agreement", "This is not the agreement's present text.", "Open the page again and read the text that it shows.")
	case l.Status == RequirementLocked:
		return notNow("Something else comes first.", "Look at the application's status, which says what.")
	}
	return nil
}

// signable reports whether the hash is that of the agreement, in a language that the
// program has it in.
func (c *file) signable(in SignAgreement) bool {
	_, ok := c.in.Program.Signable(in.requirement(), in.SHA256)
	return ok
}

// signAgreement keeps the signature with the hash of the text, keeps the text, and
// sends the applicant their copy.
func (c *file) signAgreement(ctx workflow.Context, in SignAgreement) (Ack, error) {
	defer c.acts()()
	l := c.need(in.requirement())
	agreement, ok := c.in.Program.Signable(in.requirement(), in.SHA256) // in the language in which it was read
	if !ok {
		agreement = *c.asked(l.ID).Agreement
	}
	fresh := !l.Status.Met()
	if fresh {
		l.Status, l.PassedAt = RequirementPassed, workflow.Now(ctx)
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Outcome: l.ID + ": signed",
			Detail: "version " + in.Version, Digest: in.SHA256, Sealed: in.Signature})
		c.refresh(workflow.Now(ctx))
	}
	if fresh && since(ctx, changeAgreementKept) {
		if err := c.keepAgreement(ctx, l.ID, agreement); err != nil {
			return Ack{}, err
		}
	}
	if !c.met() {
		return c.answer(ctx)
	}
	return c.ack(), nil
}

// keepAgreement keeps the exact text that was signed, before anybody is told, and
// has the copy sent behind the answer.
func (c *file) keepAgreement(ctx workflow.Context, id string, agreement program.Agreement) error {
	signed := c.need(id).PassedAt
	kept, err := step[KeptOut](ctx, c, ActivityKeepAgreement, "Keep the agreement's text", func() carrier {
		return KeepAgreementIn{Applicant: c.in.Applicant, Text: agreement.Text}
	})
	if err != nil {
		return err
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Outcome: id + ": text kept", Object: kept.Object, Digest: kept.Digest})
	c.behind(ctx, MessageAgreement, func(m *SendMessageIn) { m.Agreement, m.Signed = agreement, signed })
	return nil
}

// behind has a letter sent behind the answer: it holds nobody up.
func (c *file) behind(ctx workflow.Context, message Message, with func(*SendMessageIn)) {
	c.busy++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		if _, err := c.letter(ctx, message, consent.PurposeAccount, with); err == nil {
			_ = c.settle(ctx) // only a cancellation ends it, and then what is open rides with the next step
		}
	})
}

func (c *file) mayGiveTaxDetails(_ workflow.Context, in GiveTaxDetails) error {
	l, r, err := c.mayMeet(in.Requirement)
	switch {
	case err != nil:
		return err
	case r.Tax == nil:
		return noRequirement(in.Requirement)
	case l.Status == RequirementLocked:
		return notNow("Something else comes first.", "Look at the application's status, which says what.")
	case l.Status.Met():
		return notNow("The tax details were given already.", "Write to the contact of the program if they have changed.")
	case !strings.HasPrefix(in.Object, onboarding.TaxPrefix(c.in.Applicant)) || len(in.Fields) == 0:
		return onboarding.Invalid("details", "There are no tax details.", "Fill the form in again.")
	}
	_, err = c.Consents.LiveFor(consent.PurposeTax, consent.RecipientOwn)
	return err
}

// giveTaxDetails takes the sealed details in: our own worker reads them once, under
// their own purpose, so that nothing is kept that cannot be used.
func (c *file) giveTaxDetails(ctx workflow.Context, in GiveTaxDetails) (RequirementResult, error) {
	defer c.acts()()
	l := c.need(in.Requirement)
	receipt, err := c.permit(consent.PurposeTax, consent.RecipientOwn, DespiteConsent)
	if err != nil || l.Status.Met() {
		return RequirementResult{Requirement: c.line(l.ID), Stage: c.Stage}, err
	}
	intent := c.record(ctx, ledger.Record{Kind: ledger.KindUse, Purpose: string(consent.PurposeTax), Recipient: consent.RecipientOwn,
		Receipt: receipt.ID, Fields: in.Fields, Detail: "take the tax details in", Despite: c.despite(DespiteConsent)})
	kept, err := step[KeptOut](ctx, c, ActivityKeepTax, "Take the tax details in", func() carrier {
		use := c.use(intent)
		use.Profile = in.Object
		return KeepTaxIn{Applicant: c.in.Applicant, Use: use}
	})
	if err != nil {
		c.record(ctx, ledger.Record{Kind: ledger.KindUseFailed, Purpose: string(consent.PurposeTax), Recipient: consent.RecipientOwn, Of: intent.Seq, Outcome: string(codeOf(err))})
		return RequirementResult{}, err
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindUseDone, Purpose: string(consent.PurposeTax), Recipient: consent.RecipientOwn, Of: intent.Seq, Outcome: "sealed"})
	l = c.need(in.Requirement)
	if !l.Status.Met() {
		l.Status, l.PassedAt = RequirementPassed, workflow.Now(ctx)
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Purpose: string(consent.PurposeTax), Receipt: receipt.ID,
			Outcome: l.ID + ": given", Fields: in.Fields, Object: kept.Object, Digest: kept.Digest})
	}
	return c.answerLine(ctx, l)
}
