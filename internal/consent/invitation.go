package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// PurposeInvitation is to invite somebody to apply whose address a client gave. It
// is not consented to: nobody can be asked before the first letter. It goes by an
// Instruction, and ends by an objection.
const PurposeInvitation PurposeID = "invitation"

// Invitation: invite somebody to apply, by a letter that says where their address
// comes from, and nothing else (GDPR Art. 6(1)(f), 14 and 21; obligation 10 when it
// is done for a client).
type Invitation struct{}

// ID gives the purpose's name.
func (Invitation) ID() PurposeID { return PurposeInvitation }

// LegitimateInterest is the legal basis of an invitation, DPV term.
const LegitimateInterest = "https://w3id.org/dpv#LegitimateInterestOfController"

// invitation is the register of who may get what of those who are invited. It is
// not among Specs: those are what people are asked for.
var invitation = Spec{
	ID: PurposeInvitation, Title: "Invite you to apply",
	DPV: "https://w3id.org/dpv#CommunicationManagement", Basis: LegitimateInterest,
	Fields: only(onboarding.FieldEmail, onboarding.FieldGivenName),
	Recipients: map[string][]onboarding.Field{
		RecipientMail: only(onboarding.FieldEmail, onboarding.FieldGivenName),
		RecipientOwn:  only(onboarding.FieldEmail, onboarding.FieldGivenName), // into the application that the invited person begins
	},
	Retention: inviteKept,
	Stops:     "We do not write to this address again to invite anybody, to whatever program.",
}

// InvitationSpec is all that is fixed about the purpose of inviting.
func InvitationSpec() Spec { return invitation.clone() }

// Instruction is on what somebody is invited: it stands where a receipt stands for
// what was consented to. Its ID is in the ledger before any use.
type Instruction struct {
	ID         string                 `json:"id"` // UUID
	Invitation onboarding.ApplicantID `json:"invitation"`
	Contact    string                 `json:"contact"` // keyed hash of the address, by which an objection is found
	At         time.Time              `json:"at"`
}

// Objections answers, from the store and not from anybody's memory, whether the
// owner of an address does not want to be invited.
type Objections interface {
	Objected(ctx context.Context, contact string) (bool, error)
}

// RedeemInvitation turns a stored intent to write to somebody who is invited into a
// Grant. It is refused with CodeGrantRefused when the intent is not a stored use for
// this purpose or names a recipient or a field outside the register; and with
// CodeConsentNotLive when the instruction is not the one that the intent names, is
// another's or younger than the use, or when the person has objected.
func RedeemInvitation(ctx context.Context, p Profiles, o Objections, intent ledger.Stored, in Instruction, profile string) (Grant[Invitation], error) {
	use, ok := intent.Record()
	if !ok || use.Kind != ledger.KindUse || use.Purpose != string(PurposeInvitation) {
		return Grant[Invitation]{}, refused("The use is not in the ledger of an invitation.")
	}
	if !invitation.Allows(use.Recipient, use.Fields) {
		return Grant[Invitation]{}, refused(fmt.Sprintf("The register does not let %q have these fields for %q.", use.Recipient, use.Purpose))
	}
	if in.ID == "" || in.ID != use.Receipt || in.Invitation != use.Applicant || in.Contact == "" {
		return Grant[Invitation]{}, notLive("The instruction named in the ledger is not the one that was shown.")
	}
	if in.At.After(use.At) {
		return Grant[Invitation]{}, notLive("The instruction is younger than the use.")
	}
	gone, err := o.Objected(ctx, in.Contact)
	if err != nil {
		return Grant[Invitation]{}, fmt.Errorf("consent: look for an objection: %w", err)
	}
	if gone {
		return Grant[Invitation]{}, notLive("This person does not want to be invited.")
	}
	return Grant[Invitation]{slip: &slip[Invitation]{desk: &Desk{profiles: p}, use: use, profile: profile}}, nil
}
