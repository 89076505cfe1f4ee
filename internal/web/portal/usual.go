package portal

import (
	"context"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// usually is a measured time as a page tells it.
type usually struct {
	Known  bool
	Moment bool // less than a minute
	Span   durations.Span
	Count  int  // of the measurements that it rests on
	Late   bool // it takes longer than 95 in 100 did
}

// usual looks up what is usual, and whether what began at began is later than that.
func (p *Portal) usual(ctx context.Context, kind durations.Kind, name, who string, began time.Time) usually {
	if p.measured == nil {
		return usually{}
	}
	u, known := p.measured(ctx, durations.Key{Kind: kind, Name: name, Who: who})
	if !known {
		return usually{}
	}
	out := usually{Known: true, Count: u.Count, Late: u.Overdue(began, p.site.Now())}
	var wordy bool
	out.Span, wordy = u.Span()
	out.Moment = !wordy
	return out
}

// checkUsual is what is usual for a check that its vendor is at; nil for any other.
// While the applicant has to act first, how long others took says nothing to them.
func (p *Portal) checkUsual(ctx context.Context, c workflows.ApplicantCheck) *usually {
	if c.Yours || c.Held || (c.Status != onboarding.StatusRunning && c.Status != onboarding.StatusWaiting) {
		return nil
	}
	u := p.usual(ctx, durations.KindCheck, string(c.Name), c.Vendor, c.Began)
	return &u
}

// stageUsual is what is usual for the stage; nil when nothing was measured, and
// when the stage ends by something else than time: an adverse action has dates of
// its own.
func (p *Portal) stageUsual(ctx context.Context, v workflows.ApplicantView) *usually {
	switch v.Stage {
	case onboarding.StageValidation, onboarding.StageVetting:
		if u := p.usual(ctx, durations.KindStage, string(v.Stage), v.Program, v.Entered); u.Known && !v.Adverse.Contemplated {
			return &u
		}
	case onboarding.StageSignup, onboarding.StageCertification, onboarding.StageCertified, onboarding.StageDeclined, onboarding.StageWithdrawn,
		onboarding.StageExpired, onboarding.StageErased:
	}
	return nil
}

// waitUsual is what is usual for the person or agency that is waited for; nil when
// that is not measured.
func (p *Portal) waitUsual(ctx context.Context, v workflows.ApplicantView) *usually {
	switch {
	case v.Adverse.Reinvestigation.Running():
		for _, c := range v.Checks {
			if c.Name == onboarding.CheckBackground {
				u := p.usual(ctx, durations.KindDispute, string(c.Name), c.Vendor, v.Adverse.Reinvestigation.Started)
				return &u
			}
		}
	case v.Attention == onboarding.AttentionReviewer:
		u := p.usual(ctx, durations.KindReview, string(v.Stage), v.Program, v.Wait.Since)
		return &u
	}
	return nil
}
