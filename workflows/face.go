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
	why       []string // the same with the codes of what stopped them
	rounds    []string // which round of each failed, and when
	held      []string // paused vendors that checks wait for
	contact   string
	lookUp    []string
	due       time.Time
	recruiter string
}

// Standing is where a case stands and since when, as staff see it in lists.
type Standing struct {
	Stage     onboarding.Stage     `json:"stage,omitempty"`
	Attention onboarding.Attention `json:"attention,omitempty"`
	Since     time.Time            `json:"since,omitzero"`
	// Was and WasSince are the attention before this one, for what flickers.
	Was      onboarding.Attention `json:"was,omitempty"`
	WasSince time.Time            `json:"was_since,omitzero"`
}

// flicker is how long a case may wait for nobody, or for somebody else, and be
// taken to have waited on: between two steps it waits for nobody for a moment.
const flicker = time.Minute

// moved gives the standing after the case is seen with a stage and an attention.
func (s Standing) moved(stage onboarding.Stage, attention onboarding.Attention, now time.Time) Standing {
	switch {
	case s.Stage != stage:
		return Standing{Stage: stage, Attention: attention, Since: now}
	case s.Attention == attention:
		return s
	case s.Was == attention && !s.WasSince.IsZero() && now.Sub(s.Since) < flicker:
		return Standing{Stage: stage, Attention: attention, Since: s.WasSince}
	}
	return Standing{Stage: stage, Attention: attention, Since: now, Was: s.Attention, WasSince: s.Since}
}

// show brings search attributes and current details up to date. It costs an
// event only when something that can be searched for has changed.
func (c *file) show(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, c.details())
	now := face{stage: c.Stage, attention: c.attentionNow(), outcome: c.Outcome, place: c.jurisdiction().ID, contact: c.contact(), lookUp: c.lookUp(), held: c.heldAt(), due: c.wait.Until.Truncate(time.Second), recruiter: c.Recruiter}
	for _, k := range c.Checks {
		if k.Status == onboarding.StatusFailed {
			now.failed = append(now.failed, FailedCheckTags(k.Name, k.Vendor, "")...)
			now.why = append(now.why, FailedCheckTags(k.Name, k.Vendor, k.Problem)...)
			now.rounds = append(now.rounds, FailedRoundTag(k))
		}
	}
	if c.forgotten() {
		now.contact, now.lookUp = "", nil
	}
	was := c.shown
	if now.stage == was.stage && now.attention == was.attention && now.outcome == was.outcome && now.place == was.place && now.contact == was.contact &&
		slices.Equal(now.lookUp, was.lookUp) && slices.Equal(now.failed, was.failed) && slices.Equal(now.held, was.held) && now.due.Equal(was.due) && now.recruiter == was.recruiter && (slices.Equal(now.why, was.why) || !since(ctx, changeWhy)) &&
		(slices.Equal(now.rounds, was.rounds) || !since(ctx, changeRounds)) {
		return
	}
	c.shown = now
	c.Standing = c.Standing.moved(now.stage, now.attention, workflow.Now(ctx))
	changes := []temporal.SearchAttributeUpdate{
		SearchProgram.ValueSet(c.in.Program.ID),
		SearchStage.ValueSet(string(now.stage)),
		SearchAttention.ValueSet(string(now.attention)),
		SearchJurisdiction.ValueSet(now.place),
		SearchSince.ValueSet(c.Standing.Since.Truncate(time.Second)),
	}
	// A run that goes on from another one inherits what that one had set.
	inherited := was.stage == "" && workflow.GetInfo(ctx).ContinuedExecutionRunID != ""
	if now.contact != "" {
		changes = append(changes, SearchContactHash.ValueSet(now.contact))
	} else {
		changes = append(changes, SearchContactHash.ValueUnset())
	}
	if len(now.lookUp) > 0 {
		changes = append(changes, SearchLookUp.ValueSet(now.lookUp))
	} else {
		changes = append(changes, SearchLookUp.ValueUnset())
	}
	if len(now.failed) > 0 {
		changes = append(changes, SearchFailedChecks.ValueSet(slices.Concat(now.why, now.rounds)))
	} else if len(was.failed) > 0 || inherited {
		changes = append(changes, SearchFailedChecks.ValueUnset())
	}
	if len(now.held) > 0 {
		changes = append(changes, SearchHeld.ValueSet(now.held))
	} else if len(was.held) > 0 || inherited {
		changes = append(changes, SearchHeld.ValueUnset())
	}
	if !now.due.IsZero() {
		changes = append(changes, SearchDueBy.ValueSet(now.due))
	} else if !was.due.IsZero() || inherited {
		changes = append(changes, SearchDueBy.ValueUnset())
	}
	if now.recruiter != "" {
		changes = append(changes, SearchRecruiter.ValueSet(now.recruiter))
	} else if was.recruiter != "" {
		changes = append(changes, SearchRecruiter.ValueUnset())
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

// lookUp are the keyed hashes by which staff find the applicant.
func (c *file) lookUp() []string {
	if c.LookUp != nil {
		return c.LookUp
	}
	return c.in.LookUp
}

// forgotten reports whether nothing by which the applicant is found may stay.
func (c *file) forgotten() bool {
	return c.Stage == onboarding.StageErased || (c.Stage == onboarding.StageExpired && c.Submitted.IsZero() && len(c.Holds) == 0)
}

// details is the case as a checklist in plain words, for the head of its page
// in the Temporal Web UI (Markdown).
func (c *file) details() string {
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n\n") }
	line("**", StageWords(c.Stage), "** (an applicant for ", c.in.Program.Title, ")")
	if c.wait.For != "" {
		since, until := "", ""
		if !c.wait.Since.IsZero() {
			since = ", since " + minute(c.wait.Since)
		}
		if !c.wait.Until.IsZero() {
			until = " Until " + minute(c.wait.Until) + "."
		}
		line("Waits for ", c.wait.For, since, ".", until, " ", c.wait.Next)
	}
	if c.Recruiter != "" {
		line("Recruiter ", c.Recruiter, " has it, since ", minute(c.RecruiterSince), ".")
	}
	for _, h := range c.Holds {
		line("A ", string(h.Kind), " hold stands, since ", minute(h.Since), ": nothing of this applicant is destroyed.")
	}
	if c.in.Page != "" {
		line("[Open this applicant in the console](", c.in.Page, "): what was found, notes, documents, and what can be done.")
	}
	for _, k := range c.Checks {
		b.WriteString("- " + checkMark(k.Status) + " " + CheckWords(k.Name) + " (" + VendorTitle(k.Vendor) + "): " + string(k.Status))
		if k.Problem != "" && k.Status == onboarding.StatusFailed {
			b.WriteString(": " + ProblemWords(k.Problem))
		}
		if k.Held() {
			b.WriteString(", waits: ops have paused " + VendorTitle(k.Vendor) + ", it goes on by itself when they resume it; since " + minute(k.Paused))
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

// minute is a time as staff read it in the Temporal Web UI.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
