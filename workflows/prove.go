package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

// mostProofTries is how often the question that a new address is proved by may be
// answered wrongly: enough for a slip of the fingers, too few to guess a birthday.
const mostProofTries = 5

// Outcomes of the ledger's records on proving a corrected e-mail address.
const (
	// OutcomeProved: it was proved.
	OutcomeProved = "address proved"
	// OutcomeProofAllowed: staff gave new tries.
	OutcomeProofAllowed = "new tries at proving the address"
)

func (c *file) proofSpent() bool { return c.Unproved && c.ProofTries >= mostProofTries }

func (c *file) mayProveContact(ProveContact) error {
	switch {
	case !c.Unproved:
		return notNow("There is no new e-mail address to be proved.", "Look at the application's status.")
	case c.Stage.Closed() || c.Ending != "":
		return notNow("This application has ended.", "Write to the contact of the program if you need something of it: a person will help.")
	case c.proofSpent():
		return notNow("The question was answered wrongly too often.", "Write to us: a person will help.")
	}
	return nil
}

// proveContact takes the answer of one who came by a link to a corrected address. A
// wrong one counts, and changes nothing else.
func (c *file) proveContact(ctx workflow.Context, in ProveContact) (Ack, error) {
	if !in.Right {
		c.ProofTries++
		return c.ack(), nil
	}
	c.Unproved, c.ProofTries = false, 0
	c.record(ctx, ledger.Record{Kind: ledger.KindCorrected, Actor: string(ActorApplicant), Outcome: OutcomeProved})
	return c.answer(ctx)
}

func (c *file) mayAllowProof(AllowProof) error {
	switch {
	case c.Stage.Closed() || c.Ending != "":
		return notNow("This application has ended.", "Nothing has to be proved any more.")
	case !c.proofSpent():
		return notNow("There are tries left, or there is nothing to be proved.", "Tell the applicant to open the link in the letter and to answer the question there.")
	}
	return nil
}

// allowProof gives new tries: an applicant who cannot answer in five, a slip in the
// date of birth that was handed in perhaps, must not stand before a closed door.
func (c *file) allowProof(ctx workflow.Context, in AllowProof) (Ack, error) {
	c.ProofTries = 0
	c.record(ctx, ledger.Record{Kind: ledger.KindCorrected, Actor: string(in.Actor), Outcome: OutcomeProofAllowed, Sealed: in.Reason})
	return c.answer(ctx)
}

// tellMoved tells the address that the application had until now that it has
// another one: whoever did not ask for that learns of it. The letter goes behind
// the answer, and holds up neither it nor the checks; that the relay refuses the
// address, which does not hold after all, is in the ledger and stops nothing.
func (c *file) tellMoved(ctx workflow.Context, profile string) {
	if !since(ctx, changeCorrections) {
		return
	}
	c.busy++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		if _, err := c.letter(ctx, MessageMoved, consent.PurposeAccount, func(m *SendMessageIn) { m.Use.Profile = profile }); err == nil {
			_ = c.settle(ctx) // only a cancellation ends it, and then what is open rides with the next step
		}
	})
}
