package portal

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func (f *fake) AnswerOwner(_ context.Context, id onboarding.ApplicantID, rollout, answer string) error {
	c, done, err := f.open("AnswerOwner", id)
	if err != nil {
		return err
	}
	defer done()
	for i := range c.view.Notices {
		if c.view.Notices[i].Rollout == rollout {
			c.view.Notices[i].Answer = answer
		}
	}
	return nil
}

func (f *fake) AskForOffers(ctx context.Context, id onboarding.ApplicantID, req applicants.ConsentRequest) error {
	return f.GiveConsent(ctx, id, req)
}

func (f *fake) StopOffers(ctx context.Context, id onboarding.ApplicantID, _ string) error {
	return f.WithdrawConsent(ctx, id, consent.PurposeMarketing, workflows.ActorApplicant)
}

func (f *fake) CountFriend(_ context.Context, id onboarding.ApplicantID) error {
	_, done, err := f.open("CountFriend", id)
	if err == nil {
		done()
	}
	return err
}

func (f *fake) Complain(context.Context, onboarding.ApplicantID, string, workflows.Actor) (string, error) {
	return "C-0000-0000", nil
}

func (f *fake) OwnComplaints(context.Context, onboarding.ApplicantID) ([]applicants.ComplaintRead, error) {
	return nil, nil
}

func (f *fake) OutsideBodies(context.Context, onboarding.ApplicantID) ([]program.OutsideBody, error) {
	return nil, nil
}
