package applicants

import (
	"context"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// InvitedRequest begins the application of one who was invited: the invitation's
// link has proved the address.
type InvitedRequest struct {
	ID       onboarding.ApplicantID // drawn for the invitation; the same at each try
	Ref      onboarding.InvitationRef
	Profile  onboarding.Profile // the address, and the given name where it is known
	Language string
	ShownAt  time.Time
	Origin   Origin
}

// Applying reports whether an address has an open application in a program.
func (s *Service) Applying(ctx context.Context, program, contact string) (bool, error) {
	found, _, err := s.openFor(ctx, contact, program)
	return found.begun, err
}

// BeginInvited begins an application whose address the invitation's link has proved:
// nobody waits for the letter with the link back to it. It may be called again with the same request. When the
// address has an open application that did not come of this invitation, that one is
// left alone and has a link sent: own is false then.
func (s *Service) BeginInvited(ctx context.Context, req InvitedRequest) (id onboarding.ApplicantID, own bool, err error) {
	p, err := s.Programs.Get(req.Ref.Program)
	if err != nil {
		return "", false, err
	}
	email, err := validate.Email(req.Profile[onboarding.FieldEmail])
	if err != nil {
		return "", false, err
	}
	contact := s.contact(email)
	if id, err = s.claimInvited(ctx, req.ID, contact, p.ID); err != nil {
		return "", false, err
	}
	if id != req.ID {
		return id, false, s.SendLink(ctx, id)
	}
	profile := onboarding.DraftKey(id)
	known := req.Profile.Only(onboarding.FieldEmail, onboarding.FieldGivenName)
	body, err := s.sealed(ctx, id, profile, known)
	if err != nil {
		return "", false, err
	}
	if _, err := s.Objects.PutIf(ctx, profile, body, ""); err != nil && !s.Objects.IsConflict(err) { // what was typed meanwhile stays
		return "", false, err
	}
	n, err := consent.CurrentNotice(consent.PurposeAccount, consent.KindPrivacy, req.Language)
	if err != nil {
		return "", false, err
	}
	receipt, err := s.receipt(ctx, id, n, "button", "", req.ShownAt, s.Now(), req.Origin)
	if err != nil {
		return "", false, err
	}
	return id, true, s.start(ctx, id, p, known, workflows.UpdateBegin,
		workflows.Begin{Receipt: receipt, Profile: profile, Actor: workflows.ActorApplicant, Language: req.Language, Invitation: &req.Ref})
}

// claimInvited makes id the applicant whom the address finds in the program, unless
// an application of somebody's is open there: then it gives that one.
func (s *Service) claimInvited(ctx context.Context, id onboarding.ApplicantID, contact, program string) (onboarding.ApplicantID, error) {
	for {
		known, tag, err := s.openFor(ctx, contact, program)
		if err != nil {
			return "", err
		}
		if known.id == id || known.begun {
			return known.id, nil
		}
		if err := s.Vault.Create(ctx, id); err != nil {
			return "", err
		}
		mine, err := s.claim(ctx, id, entry(program, contact), tag)
		if err != nil || mine {
			return id, err
		}
		if owner, _, err := s.Objects.GetTagged(ctx, entry(program, contact)); err == nil && onboarding.ApplicantID(owner) == id {
			return id, nil // the same button, pressed twice
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
	}
}
