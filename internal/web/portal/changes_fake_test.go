package portal

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
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
