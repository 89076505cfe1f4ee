package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// validation finds out whether the application is legitimate.
func (c *file) validation(ctx workflow.Context) (onboarding.Stage, error) {
	return c.checkAndRule(ctx, onboarding.StageValidation, onboarding.StageVetting)
}

// checkAndRule runs a stage's checks and acts upon what policy says of them.
func (c *file) checkAndRule(ctx workflow.Context, stage, next onboarding.Stage) (onboarding.Stage, error) {
	if err := c.runChecks(ctx, stage); err != nil || c.Ending != "" {
		return "", err
	}
	c.Ruling = policy.Ruling(stage, c.Checks, c.in.Program, c.jurisdiction())
	c.record(ctx, ledger.Record{Kind: ledger.KindRuled, Outcome: string(c.Ruling.Ruling), Detail: rulesOf(c.Ruling)})
	if c.Ruling.Ruling == onboarding.RulingProceed {
		return next, nil
	}
	return c.review(ctx, next)
}

// review waits for a person's decision on what policy did not let pass. Nobody
// is declined by a machine alone.
func (c *file) review(ctx workflow.Context, next onboarding.Stage) (onboarding.Stage, error) {
	ruling, err := c.askReviewer(ctx, Wait{For: "a reviewer to look at what was found", Next: "The reviewer lets the application go on, or starts an adverse action."})
	if err != nil || c.Ending != "" {
		return "", err
	}
	if ruling == onboarding.RulingProceed {
		return next, nil
	}
	return c.adverse(ctx, next)
}

// askReviewer waits for a Decide. It gives the empty ruling when the case ends first.
func (c *file) askReviewer(ctx workflow.Context, w Wait) (onboarding.Ruling, error) {
	c.reviewing, c.Decided = true, ""
	c.Reviews++
	defer func() { c.reviewing = false }()
	ok, err := c.until(ctx, onboarding.AttentionReviewer, w, 0, func() bool { return c.Decided != "" })
	if err != nil || !ok {
		return "", err
	}
	ruling := c.Decided
	c.Decided = ""
	return ruling, nil
}

// usable drops the findings that may not be used where the work is done, and
// records the rule that forbade each.
func (c *file) usable(ctx workflow.Context, name onboarding.CheckName, found []onboarding.Finding) []onboarding.Finding {
	kept, dropped := policy.ReportableFindings(found, c.jurisdiction())
	for _, d := range dropped {
		c.record(ctx, ledger.Record{Kind: ledger.KindRuled, Check: name, Outcome: "dropped", Detail: d.Rule})
	}
	if kept == nil {
		kept = []onboarding.Finding{}
	}
	return kept
}
