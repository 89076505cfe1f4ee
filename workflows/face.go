package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// face is what the list in the Temporal Web UI knows of a case.
type face struct {
	stage     onboarding.Stage
	attention onboarding.Attention
	outcome   onboarding.Outcome
	place     string
	failed    []string
	contact   string
	due       time.Time
}

// show brings search attributes and current details up to date. It costs an
// event only when something that can be searched for has changed.
func (c *file) show(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, c.details())
	now := face{stage: c.Stage, attention: c.attentionNow(), outcome: c.Outcome, place: c.jurisdiction().ID, contact: c.contact(), due: c.wait.Until.Truncate(time.Second)}
	for _, k := range c.Checks {
		if k.Status == onboarding.StatusFailed {
			now.failed = append(now.failed, FailedCheckTags(k.Name, k.Vendor)...)
		}
	}
	was := c.shown
	if now.stage == was.stage && now.attention == was.attention && now.outcome == was.outcome && now.place == was.place && now.contact == was.contact &&
		slices.Equal(now.failed, was.failed) && now.due.Equal(was.due) {
		return
	}
	c.shown = now
	changes := []temporal.SearchAttributeUpdate{
		SearchProgram.ValueSet(c.in.Program.ID),
		SearchStage.ValueSet(string(now.stage)),
		SearchAttention.ValueSet(string(now.attention)),
		SearchJurisdiction.ValueSet(now.place),
		SearchContactHash.ValueSet(c.contact()),
	}
	// A run that goes on from another one inherits what that one had set.
	inherited := was.stage == "" && workflow.GetInfo(ctx).ContinuedExecutionRunID != ""
	if len(now.failed) > 0 {
		changes = append(changes, SearchFailedChecks.ValueSet(now.failed))
	} else if len(was.failed) > 0 || inherited {
		changes = append(changes, SearchFailedChecks.ValueUnset())
	}
	if !now.due.IsZero() {
		changes = append(changes, SearchDueBy.ValueSet(now.due))
	} else if !was.due.IsZero() || inherited {
		changes = append(changes, SearchDueBy.ValueUnset())
	}
	if now.outcome != onboarding.OutcomeNone {
		changes = append(changes, SearchOutcome.ValueSet(string(now.outcome)))
	}
	// The only error is an attribute that the namespace lacks; then the task
	// fails, says so, and goes on when the attribute has been added.
	if err := workflow.UpsertTypedSearchAttributes(ctx, changes...); err != nil {
		panic(err)
	}
}

// contact is the keyed hash by which the applicant is found.
func (c *file) contact() string {
	if c.Contact != "" {
		return c.Contact
	}
	return c.in.Contact
}

// details is the case as a checklist in plain words, for the head of its page
// in the Temporal Web UI (Markdown).
func (c *file) details() string {
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n\n") }
	line("**", StageWords(c.Stage), "**")
	if c.wait.For != "" {
		line("Waits for ", c.wait.For, ". ", c.wait.Next)
	}
	if !c.wait.Until.IsZero() {
		line("Until ", c.wait.Until.UTC().Format("2006-01-02 15:04 MST"), ".")
	}
	for _, k := range c.Checks {
		b.WriteString("- " + checkMark(k.Status) + " " + CheckWords(k.Name) + " (" + VendorTitle(k.Vendor) + "): " + string(k.Status))
		if k.Problem != "" && k.Status == onboarding.StatusFailed {
			b.WriteString(", " + k.Problem)
		}
		if k.Round > 1 {
			b.WriteString(", round " + number(k.Round))
		}
		b.WriteString("\n")
	}
	if !c.Offered.IsZero() {
		b.WriteString("- [x] conditional offer made\n")
	}
	if c.Stage == onboarding.StageCertification || c.Stage == onboarding.StageCertified {
		for _, l := range c.lines() {
			b.WriteString("- " + box(l.Status.Met()) + " " + KindWords(l.Kind) + ": " + RequirementWords(l) + "\n")
		}
	}
	if c.Ruling.Ruling == onboarding.RulingReview {
		b.WriteString("\nA person must look, because:\n\n")
		for _, r := range c.Ruling.Reasons {
			b.WriteString("- " + r.Says + " (" + r.Rule + ")\n")
		}
	}
	return b.String()
}
