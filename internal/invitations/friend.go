package invitations

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// friends is the list that the invitations of applicants' friends belong to. An address
// is invited by it once to a program, whoever asks.
const friends = "friends"

// InviteFriend has a letter sent to an address that an applicant gave: one, without a
// reminder, and the address and its key go as soon as it is sent (obligation 22). What
// becomes of it is not told, since it would tell of another person: nothing is sent to
// who applies already, was invited already or does not want to be invited.
//
// Errors: CodeInvalid for an address that is none, CodeNotNow when nobody is invited to
// the program.
func (s *Service) InviteFriend(ctx context.Context, program, email, language string) error {
	email, err := validate.Email(email)
	if err != nil {
		return err
	}
	p, err := s.Programs.Get(program)
	if err != nil {
		return err
	}
	if !p.Invitations.Open() {
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "Nobody is invited to this program.", Hint: "Tell your friend yourself; the first page takes everybody."}
	}
	person := Person{Email: email, Language: language, Ref: onboarding.InvitationRef{Program: p.ID, Contact: s.contact(email)}}
	applying, err := s.Applicants.Applying(ctx, p.ID, person.Ref.Contact)
	if err != nil || applying {
		return err
	}
	_, err = s.invite(ctx, person, workflows.StartInvitationsIn{Batch: friends, Actor: workflows.ActorApplicant, Friend: true})
	return err
}
