package applicants

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// AskData asks for a copy of the applicant's data or for their erasure. It is kept
// durably when this returns, with the day by which it is answered. Errors:
// CodeNotNow when it was asked already or the case is not open.
func (s *Service) AskData(ctx context.Context, id onboarding.ApplicantID, kind workflows.DataKind, by workflows.Actor) error {
	return s.update(ctx, id, workflows.UpdateAskData, "", workflows.AskData{Kind: kind, Actor: by}, &workflows.Ack{})
}

// AnswerData answers an open request, with a reason that is kept sealed.
func (s *Service) AnswerData(ctx context.Context, id onboarding.ApplicantID, kind workflows.DataKind, answer, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateAnswerData, "", workflows.AnswerData{Kind: kind, Answer: answer, Reason: sealed, Actor: by}, &workflows.Ack{})
}
