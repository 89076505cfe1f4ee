package applicants

import (
	"context"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// DataAnswer gives what the privacy officer wrote to the last request of a kind that
// was answered; "" while there is none. Errors: those of View, CodeKeyDestroyed when
// it was erased.
func (s *Service) DataAnswer(ctx context.Context, id onboarding.ApplicantID, kind workflows.DataKind) (string, error) {
	v, err := s.View(ctx, id)
	if err != nil {
		return "", err
	}
	for _, r := range slices.Backward(v.Requests) {
		if r.Kind == kind && !r.Open() && len(r.Words) > 0 {
			plain, err := s.Vault.Open(ctx, id, sealReason, r.Words)
			return string(plain), err
		}
	}
	return "", nil
}

// AnswerData answers an open request, in words that the applicant reads on their
// page and that are kept sealed.
func (s *Service) AnswerData(ctx context.Context, id onboarding.ApplicantID, kind workflows.DataKind, answer, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateAnswerData, "", workflows.AnswerData{Kind: kind, Answer: answer, Reason: sealed, Actor: by}, &workflows.Ack{})
}
