package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Onboard takes one applicant from sign-up to certified, or to another end. It
// is an entity: everything that is done with the applicant goes through it, and
// it is the only sequencer of the applicant's ledger.
func Onboard(ctx workflow.Context, in OnboardInput) error {
	c := openFile(ctx, in)
	if err := c.takeMessages(ctx); err != nil {
		return err
	}
	for !c.Stage.Closed() {
		next, err := c.runStage(ctx)
		if err != nil {
			return err
		}
		if next == c.Stage { // it goes on in a fresh run
			return c.continueAsNew(ctx)
		}
		c.enter(ctx, next)
		if c.Stage.Closed() {
			break
		}
		if c.wantsFreshRun(ctx) {
			return c.continueAsNew(ctx)
		}
	}
	return c.close(ctx)
}

// runStage does the work of the stage that the applicant is in and tells which
// one follows. When the case is ended from outside (withdrawn, refused, …) the
// stage's calls are canceled and that end follows.
func (c *file) runStage(ctx workflow.Context) (onboarding.Stage, error) {
	stage, cancel := workflow.WithCancel(ctx)
	c.stop, c.stage = func() { cancel(); c.stopApart() }, stage
	defer c.stop()
	if c.Ending != "" && since(ctx, changeHeldUp) { // asked for while the run before was being closed
		return c.Ending, nil
	}
	c.takeBackLeft()
	c.runAside(c.pendingAgain())
	next, err := c.stageOf(c.Stage)(stage)
	if err == nil && c.Ending == "" && next.Open() {
		next, err = c.ruleAgain(stage, next)
	}
	if c.Ending != "" && ctx.Err() == nil {
		return c.Ending, nil
	}
	return next, err
}

func (c *file) stageOf(s onboarding.Stage) func(workflow.Context) (onboarding.Stage, error) {
	switch s {
	case onboarding.StageSignup:
		return c.signup
	case onboarding.StageValidation:
		return c.validation
	case onboarding.StageVetting:
		return c.vetting
	case onboarding.StageCertification:
		return c.certification
	case onboarding.StageCertified:
		return c.certified
	case onboarding.StageDeclined, onboarding.StageWithdrawn, onboarding.StageExpired, onboarding.StageErased:
	}
	panic("workflows: no stage " + string(s)) // a closed stage is never run; the task fails and is retried until code that knows it is deployed
}
