package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Marketing: who has asked for it hears of programs that take applications, and of
// nothing else (obligations 15, 60 and 61).

// UpdateOffer is the update by which a case is told of another program.
const UpdateOffer = "OfferProgram"

// OfferedProgram is what such a letter is about.
type OfferedProgram struct {
	ID         string `json:"id"`
	Title      string `json:"title"`
	Controller string `json:"controller"` // for whom it is
}

// OfferProgram has an applicant who agreed to marketing written to, once for each
// announcement. It is refused with CodeNotNow for who did not agree, and with
// CodeConflict for who was written to already.
type OfferProgram struct {
	Announcement string         `json:"announcement"` // its ID
	Program      OfferedProgram `json:"program"`
}

// Offered says what became of it.
type Offered struct {
	Sent bool `json:"sent"` // false: the mail server refused it, or its owner is on the list of those who are not written to
}

// OfferState is what a case remembers of it.
type OfferState struct {
	Offers []string `json:"offers,omitempty"` // announcements that were written of, the latest last
}

// mostOffers is how many of them are remembered.
const mostOffers = 50

func (c *file) mayOffer(in OfferProgram) error {
	switch {
	case c.Stage.Closed() || c.Ending != "" || c.Stage == onboarding.StageSignup || c.Unproved:
		return notNow("This applicant is not written to about other programs now.", "")
	case slices.Contains(c.Offers, in.Announcement):
		return &onboarding.Error{Code: onboarding.CodeConflict, Message: "This applicant was written to already."}
	case in.Program.ID == c.in.Program.ID:
		return notNow("This applicant has applied for that program.", "")
	}
	if _, err := c.Consents.LiveFor(consent.PurposeMarketing, consent.RecipientMail); err != nil {
		return notNow("This applicant has not asked to be written to about other programs.", "")
	}
	return nil
}

// offerProgram writes to the applicant. Who asks twice at once has one letter sent.
func (c *file) offerProgram(ctx workflow.Context, in OfferProgram) (Offered, error) {
	if err := c.mayOffer(in); err != nil { // two asked at once
		return Offered{}, err
	}
	c.Offers = append(c.Offers, in.Announcement)
	if n := len(c.Offers); n > mostOffers {
		c.Offers = c.Offers[n-mostOffers:]
	}
	c.busy++
	defer func() { c.busy-- }()
	sent, err := c.letter(ctx, MessageProgramOpen, consent.PurposeMarketing, func(m *SendMessageIn) { m.Offer, m.Reader = &in.Program, c.reader() })
	if err != nil {
		return Offered{}, err
	}
	return Offered{Sent: sent}, c.settle(ctx)
}

// reader is the keyed hash of the address that letters go to.
func (c *file) reader() string {
	if c.Contact != "" {
		return c.Contact
	}
	return c.in.Contact
}

func (c *file) mayAskForOffers(in GiveConsent) error {
	if err := c.mustBe(onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified); err != nil {
		return err
	}
	if c.Unproved { // the address may be a stranger's, who has said that they are not to be written to
		return notNow("Confirm your new e-mail address first.", "Open the link in the letter that we sent there.")
	}
	return c.goodReceipt(in.Receipt)
}
