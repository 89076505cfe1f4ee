package applicants

import (
	"context"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// copiedFor stands in the ledger for each copy that an applicant takes of their data.
const copiedFor = "a copy for the applicant"

// hiddenNumber stands for the number that the authorities know a person by, which is
// not shown again (obligation 2).
const hiddenNumber = "•••-••-••••"

// OwnDetails gives what the applicant handed in, to the applicant: the details as
// they are now, the national ID masked. That they were given stands in the ledger
// first; if it cannot be recorded nothing is given. Errors: those of View,
// CodeNotNow when the application has ended, CodeUnknownApplicant when what was
// handed in is gone, CodeKeyDestroyed when it was erased.
func (s *Service) OwnDetails(ctx context.Context, id onboarding.ApplicantID) (onboarding.Profile, error) {
	v, err := s.View(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := s.profile(ctx, id, v.Profile)
	if err != nil {
		return nil, err
	}
	var fields []onboarding.Field
	for f, value := range p {
		if value != "" && f != onboarding.FieldNationalID {
			fields = append(fields, f)
		}
	}
	slices.Sort(fields)
	view := workflows.RecordView{Fields: fields, Why: copiedFor, Actor: workflows.ActorApplicant}
	if err := s.update(ctx, id, workflows.UpdateRecordView, "", view, &workflows.Ack{}); err != nil {
		return nil, err
	}
	if p[onboarding.FieldNationalID] != "" {
		p[onboarding.FieldNationalID] = hiddenNumber
	}
	return p, nil
}
