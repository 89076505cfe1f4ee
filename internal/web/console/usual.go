package console

import (
	"context"
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// usual is what staff read beside something that is under way.
type usual struct {
	Says    string
	Overdue bool // it takes longer than 95 in 100 did
}

// usually looks up what is usual; nil when nothing was measured.
func (c *Console) usually(ctx context.Context, kind durations.Kind, name, who string, began time.Time) *usual {
	if c.Usual == nil {
		return nil
	}
	u, known := c.Usual(ctx, durations.Key{Kind: kind, Name: name, Who: who})
	if !known {
		return nil
	}
	out := usual{Says: usualWords(u), Overdue: u.Overdue(began, c.site.Now())}
	if u.FailedOf > 0 {
		out.Says += fmt.Sprintf(" %d in 100 could not complete.", u.FailedOf)
	}
	return &out
}

func usualWords(u durations.Usual) string {
	s, ok := u.Span()
	switch {
	case !ok:
		return fmt.Sprintf("Usually under a minute (of the last %d or so).", u.Count)
	case s.Low == 0:
		return fmt.Sprintf("Usually up to %d %s (of the last %d or so).", s.High, s.Unit, u.Count)
	}
	return fmt.Sprintf("Usually %d to %d %s (of the last %d or so).", s.Low, s.High, s.Unit, u.Count)
}

// checkUsual is what is usual for a check that is under way, at its vendor or with
// the applicant.
func (c *Console) checkUsual(ctx context.Context, k onboarding.Check) *usual {
	switch {
	case k.Status != onboarding.StatusRunning && k.Status != onboarding.StatusWaiting:
		return nil
	case k.WaitsFor == onboarding.AttentionApplicant:
		return c.usually(ctx, durations.KindApplicant, string(k.Name), k.Vendor, k.Since)
	}
	return c.usually(ctx, durations.KindCheck, string(k.Name), k.Vendor, k.Began)
}

// caseUsual is what is usual for what the case as a whole waits for: a reviewer, an
// agency's second look or, with neither, the end of its stage.
func (c *Console) caseUsual(ctx context.Context, v workflows.StaffView) *usual {
	switch {
	case v.Review:
		return c.usually(ctx, durations.KindReview, string(v.Stage), v.Program, v.Wait.Since)
	case v.Adverse.Reinvestigation.Running():
		for _, k := range v.Checks {
			if k.Name == onboarding.CheckBackground {
				return c.usually(ctx, durations.KindDispute, string(k.Name), k.Vendor, v.Adverse.Reinvestigation.Started)
			}
		}
	}
	return nil
}
