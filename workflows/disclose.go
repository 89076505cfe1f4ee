package workflows

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// UpdateDiscloseByLaw records that data of the applicant are given to somebody because
// the law compels or allows it, without their consent.
const UpdateDiscloseByLaw = "DiscloseByLaw"

// DiscloseByLaw is a disclosure in a case of legal process. It is recorded twice: before
// the data are opened, and with Object when what is given lies ready; and once more when
// the person is told.
type DiscloseByLaw struct {
	Case       string                 `json:"case"`
	Kind       onboarding.ProcessKind `json:"kind"`
	Categories []onboarding.Category  `json:"categories"`
	Files      []string               `json:"files"` // names of ours, that hold no personal data
	Actor      Actor                  `json:"actor"` // who gives it
	Asked      Actor                  `json:"asked"`
	Approver   Actor                  `json:"approver"` // another person than Actor and Asked
	Object     string                 `json:"object"`   // what is given, sealed; empty: it is about to be put together
	Digest     string                 `json:"digest"`
	Told       bool                   `json:"told"` // the person was told
}

// OutcomeTold is the outcome of the record with which the person was told.
const OutcomeTold = "told"

func mayDisclose(in DiscloseByLaw) error {
	switch {
	case !in.Kind.Known() || in.Case == "":
		return onboarding.Invalid("kind", "There is no such kind of legal process.", "Choose one of those that are listed.")
	case in.Approver == "" || person(in.Approver) == person(in.Asked):
		return onboarding.Invalid("approver", "Nothing is given by law without an approver who is another person than who asks.", "Have somebody else approve it.")
	}
	return nil
}

func (c *file) mayDiscloseByLaw(in DiscloseByLaw) error {
	if err := c.closing(); err != nil {
		return err
	}
	return mayDisclose(in)
}

func (c *file) discloseByLaw(ctx workflow.Context, in DiscloseByLaw) (Ack, error) {
	c.addDisclosure(ctx, in)
	return c.answer(ctx)
}

func (c *file) addDisclosure(ctx workflow.Context, in DiscloseByLaw) {
	r := ledger.Record{Kind: ledger.KindDisclosed, Actor: string(in.Actor), Approver: string(in.Approver), Purpose: in.Kind.Basis(), Recipient: "authority",
		Outcome: string(in.Kind), Object: in.Object, Digest: in.Digest}
	parts := []string{"case " + in.Case, "asked by " + string(in.Asked)}
	for _, k := range in.Categories {
		parts = append(parts, string(k))
	}
	if in.Object != "" {
		parts = append(parts, "given: "+strings.Join(in.Files, " "))
	}
	if in.Told {
		r.Kind, r.Approver, r.Recipient, r.Outcome = ledger.KindNotified, "", "holder", OutcomeTold
		parts = []string{"The applicant was told of the disclosure in case " + in.Case + " of legal process (" + string(in.Kind) + ")."}
	}
	r.Detail = strings.Join(parts, "; ")
	c.record(ctx, r)
}
