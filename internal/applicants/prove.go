package applicants

import (
	"context"
	"crypto/subtle"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// AllowProof gives the applicant new tries at proving a corrected e-mail address.
//
// Errors: CodeInvalid without a reason, CodeNotNow when there are tries left, when
// there is nothing to prove and for an application that has ended, and those of View.
func (s *Service) AllowProof(ctx context.Context, id onboarding.ApplicantID, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateAllowProof, "", workflows.AllowProof{Reason: sealed, Actor: by}, &workflows.Ack{})
}

// ProveContact proves a corrected e-mail address: who came by a link that went
// there knows the date of birth (YYYY-MM-DD) of the application. It is compared
// here, and how often it was wrong is counted by the workflow, so that neither many
// tries at once nor many replicas give anybody more of them.
//
// Errors: CodeInvalid for a wrong date, CodeNotNow when there is nothing to prove,
// after too many wrong ones and for an application that has ended, and those of View.
func (s *Service) ProveContact(ctx context.Context, id onboarding.ApplicantID, dateOfBirth string) error {
	view, err := s.View(ctx, id)
	if err != nil {
		return err
	}
	if !view.Unproved || view.Stage.Closed() { // whoever asks all the same learns nothing of the date
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "The e-mail address of this application cannot be proved now.",
			Hint: "Look at the application's status; if it has ended, write to us."}
	}
	p, err := s.profile(ctx, id, view.Profile)
	if err != nil {
		return err
	}
	born := p[onboarding.FieldDateOfBirth]
	right := born != "" && subtle.ConstantTimeCompare([]byte(born), []byte(dateOfBirth)) == 1
	if err := s.update(ctx, id, workflows.UpdateProveContact, "", workflows.ProveContact{Right: right}, &workflows.Ack{}); err != nil {
		return err
	}
	if !right {
		return onboarding.Invalid("date of birth", "That is not the date of birth of this application.", "Enter it as you gave it when you applied.")
	}
	return nil
}
