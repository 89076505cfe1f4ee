package applicants

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Details gives what we have of an applicant whose application is handed in, for
// themselves to look at: CodeUnknownApplicant when it is gone.
func (s *Service) Details(ctx context.Context, id onboarding.ApplicantID) (onboarding.Profile, error) {
	view, err := s.View(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.profile(ctx, id, view.Profile)
}

// ConfirmRenewal asks for the renewal of a certificate. Errors: CodeNotNow when it
// is not open, CodeInvalid when something must be agreed to again first.
func (s *Service) ConfirmRenewal(ctx context.Context, id onboarding.ApplicantID, by workflows.Actor) error {
	return s.update(ctx, id, workflows.UpdateConfirmRenewal, "", workflows.ConfirmRenewal{Actor: by}, &workflows.Ack{})
}

// ShowName puts the holder's name on their certificate's public page, by a consent
// whose purpose and kind are set here. When it returns the page shows it.
func (s *Service) ShowName(ctx context.Context, id onboarding.ApplicantID, req ConsentRequest, by workflows.Actor) error {
	req.Purpose, req.Kind = consent.PurposeCertification, consent.KindNameShown
	receipt, err := s.given(ctx, id, req)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateShowName, "", workflows.ShowName{Receipt: &receipt, Actor: by}, &workflows.Ack{})
}

// HideName takes the consent back; when it returns the name is off every page.
func (s *Service) HideName(ctx context.Context, id onboarding.ApplicantID, by workflows.Actor) error {
	return s.update(ctx, id, workflows.UpdateShowName, "", workflows.ShowName{Actor: by}, &workflows.Ack{})
}
