package workflows

import (
	"hash/crc32"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
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

// UpdateTellDisclosure has the applicant told by letter of what was given of theirs.
const UpdateTellDisclosure = "TellDisclosure"

// TellOne has one applicant told of a disclosure, once.
type TellOne struct {
	Disclosure DiscloseByLaw `json:"disclosure"` // with Told
	// After is what is needed to write to somebody whose case has ended.
	After *ToWrite `json:"after,omitempty"`
}

// ToWrite is what a letter needs of a case that has ended.
type ToWrite struct {
	Language string            `json:"language"`
	Title    string            `json:"title"` // of the program
	Contact  string            `json:"contact"`
	Profile  string            `json:"profile"`
	Receipts []consent.Receipt `json:"receipts"` // for the account, without what is sealed
}

// ToldOne says what came of it.
type ToldOne struct {
	Sent bool `json:"sent"` // false: there is no consent to write, or the address is refused
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
		parts = []string{in.toldDetail()}
	}
	r.Detail = strings.Join(parts, "; ")
	c.record(ctx, r)
}

// IsTold reports whether a record says that the applicant was told of the disclosure.
func (in DiscloseByLaw) IsTold(r ledger.Record) bool {
	return r.Kind == ledger.KindNotified && r.Outcome == OutcomeTold && r.Recipient == consent.RecipientHolder && r.Detail == in.toldDetail()
}

func (in DiscloseByLaw) toldDetail() string {
	return "The applicant was told of the disclosure in case " + in.Case + " of legal process (" + string(in.Kind) + ")."
}

// LegalCaseOf is the case of legal process that a record is about; false for one that is
// about none. What an order forbids to tell is told by none of them.
func LegalCaseOf(r ledger.Record) (string, bool) {
	switch r.Kind { //nolint:exhaustive // the others are about none
	case ledger.KindDisclosed:
		name, _, _ := strings.Cut(strings.TrimPrefix(r.Detail, "case "), ";")
		return name, true
	case ledger.KindViewed:
		return strings.CutPrefix(r.Outcome, DocumentProcess+"/")
	default:
	}
	return "", false
}

// DocumentProcess is what was given in a case of legal process, in the name of a document
// that was opened.
const DocumentProcess = "process"

// disclosureLetters is where the numbers of these letters begin, behind those of any case
// and of an erasure: a letter's number makes its Message-ID, and one that is sent again
// after a crash must have the same.
const disclosureLetters = 2_000_000_000

func disclosureLetter(legal string) int {
	return disclosureLetters + int(crc32.ChecksumIEEE([]byte(legal))%1_000_000_000)
}

func goodTelling(in TellOne) error { return mayDisclose(in.Disclosure) }

func (c *file) mayTellDisclosure(in TellOne) error {
	if err := c.closing(); err != nil {
		return err
	}
	return goodTelling(in)
}

// tellDisclosure writes to the applicant and records that they were told.
func (c *file) tellDisclosure(ctx workflow.Context, in TellOne) (ToldOne, error) {
	if slices.Contains(c.Disclosures, in.Disclosure.Case) {
		return ToldOne{Sent: true}, nil
	}
	c.busy++
	defer func() { c.busy-- }()
	sent, err := c.writeOfDisclosure(ctx, in.Disclosure)
	if err != nil || !sent {
		return ToldOne{}, firstError(err, c.settle(ctx))
	}
	c.Disclosures = append(c.Disclosures, in.Disclosure.Case)
	return ToldOne{Sent: true}, c.settle(ctx)
}

func (c *file) writeOfDisclosure(ctx workflow.Context, in DiscloseByLaw) (bool, error) {
	sent, err := c.letter(ctx, MessageDisclosed, consent.PurposeAccount, func(m *SendMessageIn) {
		m.Disclosure, m.Number, m.Closed = in.Case, disclosureLetter(in.Case), c.Stage.Closed()
	})
	if err == nil && sent {
		in.Told = true
		c.addDisclosure(ctx, in)
	}
	return sent, err
}

// tellDisclosureAfter is tellDisclosure for a case that has ended.
func (c *file) tellDisclosureAfter(ctx workflow.Context, in TellOne) (ToldOne, error) {
	if in.After == nil {
		return ToldOne{}, nil
	}
	c.in.Program.Title, c.in.Program.Controller.Contact, c.Language, c.Profile = in.After.Title, in.After.Contact, in.After.Language, in.After.Profile
	for _, r := range in.After.Receipts {
		c.Consents.Give(r)
	}
	sent, err := c.writeOfDisclosure(ctx, in.Disclosure)
	if err != nil {
		return ToldOne{}, err
	}
	_, err = c.keepAfterword(ctx)
	return ToldOne{Sent: sent}, err
}

// DisclosureState is what a case remembers of what was given by law.
type DisclosureState struct {
	Disclosures []string `json:"disclosures,omitempty"` // the cases of which the applicant was told by letter
}
