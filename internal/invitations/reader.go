package invitations

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Opened tells the invitation that its reader went on from the letter's page. It is
// no error when that changes nothing.
func (s *Service) Opened(ctx context.Context, in identity.Invited) error {
	var v workflows.InvitationView
	err := s.told(ctx, in.Ref, workflows.UpdateOpenInvitation, workflows.OfInvitation{ID: in.ID}, &v)
	if onboarding.CodeOf(err) == onboarding.CodeNotNow {
		return nil
	}
	return err
}

// Of is the invitation that a link leads to. CodeNotNow when a newer one was sent to
// the same address, CodeUnknownApplicant when it is long over.
func (s *Service) Of(ctx context.Context, in identity.Invited) (workflows.InvitationView, error) {
	v, err := s.Invitation(ctx, in.Ref)
	if err == nil && v.ID != in.ID {
		err = &onboarding.Error{Code: onboarding.CodeNotNow, Message: "A newer invitation was sent to you.", Hint: "Use the link in the newest letter."}
	}
	return v, err
}

// TakeUp is an invited person who begins an application.
type TakeUp struct {
	Invited  identity.Invited
	Language string
	ShownAt  time.Time // when the notice was shown that they agree to
	Origin   applicants.Origin
}

// Begun is what came of it.
type Begun struct {
	Applicant onboarding.ApplicantID
	// SignIn says that the application is the one of this invitation, so that the link
	// which led here opens it. Else it has had a link of its own sent.
	SignIn bool
}

// pressedTwice is how long after the application began the invitation's own link
// opens it again: a button that was pressed twice, a page that was lost on the way.
// After that links work as they do for everybody.
const pressedTwice = 10 * time.Minute

// TakeUp begins the application, with the address that the link has proved. Pressed
// twice it begins one. Errors: CodeNotNow when the invitation has ended.
func (s *Service) TakeUp(ctx context.Context, t TakeUp) (Begun, error) {
	v, err := s.Of(ctx, t.Invited)
	if err != nil {
		return Begun{}, err
	}
	if v.State == onboarding.InvitationStarted || v.State == onboarding.InvitationHandedIn {
		if s.Now().Sub(v.Since) < pressedTwice && v.State == onboarding.InvitationStarted && !v.Elsewhere {
			return Begun{Applicant: v.Applicant, SignIn: true}, nil
		}
		return Begun{Applicant: v.Applicant}, s.Applicants.SendLink(ctx, v.Applicant)
	}
	u, err := uuid.NewV7()
	if err != nil {
		return Begun{}, fmt.Errorf("invitations: draw an ID: %w", err)
	}
	// The use of the address stands in the invitation's ledger when this returns.
	if err := s.told(ctx, t.Invited.Ref, workflows.UpdateClaimInvitation,
		workflows.ClaimInvitation{OfInvitation: workflows.OfInvitation{ID: t.Invited.ID}, Applicant: onboarding.ApplicantID(u.String())}, &v); err != nil {
		return Begun{}, err
	}
	var profile onboarding.Profile
	if err := s.unseal(ctx, t.Invited.ID, onboarding.InvitationKey(t.Invited.ID), &profile); err != nil {
		return Begun{}, err
	}
	id, own, err := s.Applicants.BeginInvited(ctx, applicants.InvitedRequest{ID: v.Applicant, Ref: t.Invited.Ref, Profile: profile, Language: t.Language,
		ShownAt: t.ShownAt, Origin: t.Origin})
	if err != nil {
		return Begun{}, err
	}
	err = s.told(ctx, t.Invited.Ref, workflows.UpdateTakeUpInvitation,
		workflows.TakeUpInvitation{OfInvitation: workflows.OfInvitation{ID: t.Invited.ID}, Applicant: id, Elsewhere: !own}, &v)
	if onboarding.CodeOf(err) == onboarding.CodeNotNow { // the other press was faster
		err = nil
	}
	return Begun{Applicant: id, SignIn: own}, err
}

// Decline is for somebody who does not want to be invited: from now on nobody
// invites this address, to whatever program, and what is kept of it for invitations
// goes. It returns nil when that is durable, and may be called again, also for an
// invitation that is long over.
func (s *Service) Decline(ctx context.Context, in identity.Invited) error {
	if err := s.Objects.Put(ctx, onboarding.NotInvitedKey(in.Ref.Contact), []byte(s.Now().UTC().Format(time.RFC3339)+"\n")); err != nil {
		return fmt.Errorf("invitations: keep that somebody does not want to be invited: %w", err)
	}
	for _, p := range s.Programs.All() {
		ref := onboarding.InvitationRef{Program: p.ID, Contact: in.Ref.Contact}
		v, err := s.Invitation(ctx, ref)
		if err == nil {
			err = s.told(ctx, ref, workflows.UpdateDeclineInvitation, workflows.OfInvitation{ID: v.ID}, &v)
		}
		switch onboarding.CodeOf(err) {
		case onboarding.CodeNotNow, onboarding.CodeUnknownApplicant: // none, or taken up: nothing more is sent
		default:
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// InviteAgain invites somebody again whose invitation was not answered. The address
// is gone, so it has to be given anew: another one is CodeInvalid. It gives the list
// of one that came of it.
func (s *Service) InviteAgain(ctx context.Context, id string, ref onboarding.InvitationRef, cells map[string]string, by workflows.Actor) (workflows.InvitationBatchView, error) {
	cells[ColumnProgram] = ref.Program
	p, faults := s.read(Row{Line: 1, Cells: cells}, Defaults{}, anything)
	if len(faults) > 0 {
		return workflows.InvitationBatchView{}, onboarding.Invalid(faults[0].Field, faults[0].Says, "")
	}
	if p.Ref != ref {
		return workflows.InvitationBatchView{}, onboarding.Invalid(ColumnEmail, "This is not the address that was invited.", "Invite another address with a list.")
	}
	b, err := s.Check(ctx, Upload{ID: id, Sheet: Sheet{Rows: []Row{{Line: 1, Cells: cells}}}, By: by})
	if err != nil {
		return workflows.InvitationBatchView{}, err
	}
	if b.Counts.Again == 0 {
		return workflows.InvitationBatchView{}, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This person cannot be invited again now.", Hint: b.Facts[0].Says}
	}
	if b.Phase != workflows.BatchAsking { // the button was pressed twice
		return b.InvitationBatchView, nil
	}
	return s.Confirm(ctx, b.ID, true, 0)
}
