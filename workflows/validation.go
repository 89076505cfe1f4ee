package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// validation finds out whether the application is legitimate.
func (c *file) validation(ctx workflow.Context) (onboarding.Stage, error) {
	return c.checkAndRule(ctx, onboarding.StageValidation, onboarding.StageVetting)
}

// checkAndRule runs a stage's checks and acts upon what policy says of them. When
// the applicant corrects a detail meanwhile, what it touches runs again, and
// policy speaks anew.
func (c *file) checkAndRule(ctx workflow.Context, stage, next onboarding.Stage) (onboarding.Stage, error) {
	for {
		c.corrected = false
		if err := c.runChecks(ctx, stage); err != nil || c.Ending != "" {
			return "", err
		}
		if c.rule(ctx, stage) == onboarding.RulingProceed {
			return next, nil
		}
		c.corrected = false // before the ruling is before the ruling
		if err := c.askToCorrect(ctx); err != nil {
			return "", err
		}
		to, err := c.review(ctx, next)
		if err != nil || !c.corrected || c.Ending != "" {
			return to, err
		}
		if err := c.tellAgency(ctx, time.Time{}); err != nil { // an action that it keeps is off with what it rested on
			return "", err
		}
		c.Adverse = Adverse{} // what was contemplated rested on what is corrected
	}
}

// rule has policy speak and records it.
func (c *file) rule(ctx workflow.Context, stage onboarding.Stage) onboarding.Ruling {
	c.Ruling = policy.Ruling(stage, c.unweighed(), c.in.Program, c.jurisdiction())
	c.Again = slices.DeleteFunc(c.Again, func(n onboarding.CheckName) bool { return n.Stage() == stage })
	c.record(ctx, ledger.Record{Kind: ledger.KindRuled, Outcome: string(c.Ruling.Ruling), Detail: rulesOf(c.Ruling)})
	return c.Ruling.Ruling
}

// usable drops the findings that may not be used where the work is done, and
// records the rule that forbade each.
func (c *file) usable(ctx workflow.Context, name onboarding.CheckName, found []onboarding.Finding) []onboarding.Finding {
	kept, dropped := policy.ReportableFindings(found, c.jurisdiction())
	c.recordDropped(ctx, name, dropped)
	if kept == nil {
		kept = []onboarding.Finding{}
	}
	return kept
}

func (c *file) recordDropped(ctx workflow.Context, name onboarding.CheckName, dropped []policy.Dropped) {
	for _, d := range dropped {
		c.record(ctx, ledger.Record{Kind: ledger.KindRuled, Check: name, Outcome: "dropped", Detail: d.Rule})
	}
}
