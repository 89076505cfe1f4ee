package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TookKind says what sort of thing took its time; the text is that of
// internal/durations.
type TookKind string

// The kinds.
const (
	TookCheck     TookKind = "check"
	TookApplicant TookKind = "applicant"
	TookReview    TookKind = "review"
	TookDispute   TookKind = "dispute"
	TookStage     TookKind = "stage"
)

// Took is how long something of a case took that has ended: a measurement without
// an applicant. It rides with the page on which the end is recorded, and counts
// when that page is stored for the first time: so once, however often the step is
// tried, and no step is made for it (design, decision 10).
type Took struct {
	Kind   TookKind      `json:"kind"`
	Name   string        `json:"name"` // of the check or the stage
	Who    string        `json:"who"`  // the vendor, or the program for what is ours
	Time   time.Duration `json:"time"` // as if the clock ran at its real speed
	Failed bool          `json:"failed,omitempty"`
}

// took measures from since until now. Without a beginning, of a case that is older
// than the measuring, it measures nothing.
func (c *file) took(ctx workflow.Context, kind TookKind, name, who string, since time.Time) {
	if since.IsZero() {
		return
	}
	took := max(workflow.Now(ctx).Sub(since), 0)
	c.book.Took = append(c.book.Took, Took{Kind: kind, Name: name, Who: who, Time: c.in.Pace.unscale(took)})
}

// checkTook measures the check's present round, once.
func (c *file) checkTook(ctx workflow.Context, k *onboarding.Check, failed bool) {
	switch {
	case k.WaitsFor == onboarding.AttentionApplicant && failed: // it says nothing of either
	case k.WaitsFor == onboarding.AttentionApplicant: // the vendor had it for a moment that we did not see
		c.took(ctx, TookApplicant, string(k.Name), k.Vendor, k.Since)
	case !k.Began.IsZero():
		c.took(ctx, TookCheck, string(k.Name), k.Vendor, k.Began)
		c.book.Took[len(c.book.Took)-1].Failed = failed
	}
	k.Began = time.Time{}
}

// handedOver is for when what a check waits for changes between the vendor and the
// applicant: the applicant's part is measured apart, and the vendor's begins anew.
func (c *file) handedOver(ctx workflow.Context, k *onboarding.Check, to onboarding.Attention) {
	if k.WaitsFor == to {
		return
	}
	now := workflow.Now(ctx)
	if k.WaitsFor == onboarding.AttentionApplicant {
		c.took(ctx, TookApplicant, string(k.Name), k.Vendor, k.Since)
	}
	k.Since, k.Began = now, now
}

// stageTook measures the stage that the case leaves for the next one.
func (c *file) stageTook(ctx workflow.Context, to onboarding.Stage) {
	switch to {
	case onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified:
		c.took(ctx, TookStage, string(c.Stage), c.in.Program.ID, c.Entered)
	case onboarding.StageSignup, onboarding.StageValidation, onboarding.StageDeclined, onboarding.StageWithdrawn, onboarding.StageExpired, onboarding.StageErased:
	}
	c.Entered = workflow.Now(ctx)
}

// due is when ops are called if a check's answer is not there: the vendor's stated
// time or, while the applicant has to act first, theirs. Zero while there is none.
func (c *file) due(k *onboarding.Check) time.Time {
	if k.Status != onboarding.StatusWaiting {
		return time.Time{}
	}
	return k.Since.Add(c.in.Pace.Scale(c.timeFor(k.WaitsFor)))
}
