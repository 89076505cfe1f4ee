package workflows

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// takeRequirements makes the case answer the updates of the requirements.
func (c *file) takeRequirements(ctx workflow.Context) error {
	return firstError(
		timed(ctx, c, UpdateReadPage, "The applicant has read a page", c.readPage, c.mayReadPage),
		timed(ctx, c, UpdateTakeQuiz, "The applicant takes the quiz", c.takeQuiz, c.mayTakeQuiz),
		timed(ctx, c, UpdateStartExercise, "The applicant begins the typing test", c.startExercise, c.mayStartExercise),
		timed(ctx, c, UpdateHandInExercise, "The applicant hands an exercise in", c.handInExercise, c.mayHandInExercise),
		timed(ctx, c, UpdateSignAgreement, "The applicant signs the agreement", c.signAgreement, c.maySignAgreement),
		timed(ctx, c, UpdateGiveTaxDetails, "The applicant gives the tax details", c.giveTaxDetails, c.mayGiveTaxDetails),
		timed(ctx, c, UpdateBookSlot, "The applicant books an appointment", c.bookSlot, c.mayBookSlot),
		timed(ctx, c, UpdateScoreLive, "Staff score the live assessment", c.scoreLive, c.mayScoreLive),
		timed(ctx, c, UpdateJudgeRequirement, "Staff look at what was declared", c.judgeRequirement, c.mayJudgeRequirement),
		timed(ctx, c, UpdateWaiveRequirement, "Staff waive a requirement", c.waiveRequirement, c.mayWaiveRequirement),
		timed(ctx, c, UpdateAskOtherWay, "The applicant asks for another way", c.askOtherWay, c.mayAskOtherWay),
		timed(ctx, c, UpdateAnswerOtherWay, "Staff answer the wish for another way", c.answerOtherWay, c.mayAnswerOtherWay),
	)
}

// timed is update for handlers whose validator needs to know the time.
func timed[I, O any](ctx workflow.Context, c *file, name, description string, do func(workflow.Context, I) (O, error), may func(workflow.Context, I) error) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name,
		func(ctx workflow.Context, in I) (O, error) {
			c.updated = workflow.GetInfo(ctx).GetCurrentHistoryLength()
			out, err := do(ctx, in)
			return out, Failure(err)
		},
		workflow.UpdateHandlerOptions{
			Description: description,
			Validator:   func(ctx workflow.Context, in I) error { return Failure(may(ctx, in)) },
		})
}

// acts notes that an update about requirements is under way, until what it gives
// is called: only then does the certification look at what has changed, so that
// both do not bring the books up to date.
func (c *file) acts() (done func()) {
	c.acting++
	return func() {
		c.acting--
		c.turn++
	}
}

// line is a requirement as the views show it.
func (c *file) line(id string) RequirementLine {
	for _, l := range c.lines() {
		if l.ID == id {
			return l
		}
	}
	return RequirementLine{}
}

// answerLine brings the books up to date and answers with the requirement as it
// stands. When everything is met, what follows brings them up to date.
func (c *file) answerLine(ctx workflow.Context, l *RequirementLine) (RequirementResult, error) {
	id := l.ID
	c.refresh(workflow.Now(ctx))
	if !c.met() {
		if err := c.settle(ctx); err != nil {
			return RequirementResult{}, err
		}
	}
	return RequirementResult{Requirement: c.line(id), Stage: c.Stage}, nil
}

func noRequirement(id string) error {
	return onboarding.Invalid("requirement", fmt.Sprintf("This program asks for nothing of that kind under the name %q.", id), "Use one of the requirements that the application's status lists.")
}

// mayMeet gives a requirement that something may be done about now.
func (c *file) mayMeet(id string) (RequirementLine, program.Requirement, error) {
	if !c.Anew {
		if err := c.mustBe(onboarding.StageCertification); err != nil {
			return RequirementLine{}, program.Requirement{}, err
		}
	}
	if c.Ending != "" {
		return RequirementLine{}, program.Requirement{}, notNow("This application is being ended.", "")
	}
	l := c.need(id)
	if l == nil {
		return RequirementLine{}, program.Requirement{}, noRequirement(id)
	}
	return *l, c.asked(id), nil
}

// mayAttempt gives a requirement of which an attempt may be handed in now. One that
// was handed in already may be again, and changes nothing.
func (c *file) mayAttempt(ctx workflow.Context, id string, attempt int) (RequirementLine, program.Requirement, error) {
	l, r, err := c.mayMeet(id)
	if err != nil || c.handedIn(l, attempt) {
		return l, r, err
	}
	if attempt > l.Attempt {
		return l, r, onboarding.Invalid("attempt", fmt.Sprintf("There is no attempt %d yet.", attempt), "Open the page again.")
	}
	if err := l.Ready(workflow.Now(ctx)); err != nil {
		return l, r, err
	}
	_, err = c.Consents.Live(consent.PurposeQualification)
	return l, r, err
}

// handedIn reports whether the attempt was handed in before.
func (c *file) handedIn(l RequirementLine, attempt int) bool {
	return attempt != 0 && attempt < l.Attempt
}

// attempted counts an attempt and takes its outcome in.
func (c *file) attempted(ctx workflow.Context, l *RequirementLine, passed bool) {
	c.attemptedBy(ctx, l, passed, ledger.Record{Actor: string(ActorApplicant)})
}

func (c *file) attemptedBy(ctx workflow.Context, l *RequirementLine, passed bool, r ledger.Record) {
	l.Attempts++
	l.Attempt++
	l.Started, l.Starts, l.Declared = time.Time{}, 0, l.Declared && passed
	r.Kind, r.Purpose, r.Outcome = ledger.KindRequirementMet, string(consent.PurposeQualification), l.ID+": not passed"
	if passed {
		l.Status, l.PassedAt, l.NotBefore = RequirementPassed, workflow.Now(ctx), time.Time{}
		r.Outcome = l.ID + ": passed"
	} else if pause := time.Duration(c.asked(l.ID).RetryHours * float64(time.Hour)); pause > 0 {
		l.NotBefore = workflow.Now(ctx).Add(c.in.Pace.Scale(pause))
	}
	c.record(ctx, r)
	c.refresh(workflow.Now(ctx))
}

func (c *file) mayReadPage(ctx workflow.Context, in ReadPage) error {
	l, r, err := c.mayMeet(in.Requirement)
	if err != nil {
		return err
	}
	if r.Course == nil {
		return noRequirement(in.Requirement)
	}
	at := pageOf(r, in.Page)
	switch {
	case at < 0:
		return onboarding.Invalid("page", "The course has no such page.", "Open the course again.")
	case at < l.Page || l.Status.Met():
		return nil // read before
	case at > l.Page:
		return notNow("Other pages come before this one.", "Read the course in its order.")
	}
	if err := l.Ready(workflow.Now(ctx)); err != nil && l.Status == RequirementLocked {
		return err
	}
	_, err = c.Consents.Live(consent.PurposeQualification)
	return err
}

func pageOf(r program.Requirement, id string) int {
	return slices.IndexFunc(r.Course.Pages, func(p program.CoursePage) bool { return p.ID == id })
}

// readPage keeps how far the applicant has read, so that another device goes on
// there. A course without a quiz is passed when its last page is read.
func (c *file) readPage(ctx workflow.Context, in ReadPage) (RequirementResult, error) {
	defer c.acts()()
	l := c.need(in.Requirement)
	r := c.asked(l.ID)
	if pageOf(r, in.Page) == l.Page && !l.Status.Met() {
		l.Page++
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Purpose: string(consent.PurposeQualification),
			Outcome: fmt.Sprintf("%s: page %d of %d read", l.ID, l.Page, len(r.Course.Pages))})
		if l.Page == len(r.Course.Pages) && r.Course.Quiz == nil {
			l.Status, l.PassedAt = RequirementPassed, workflow.Now(ctx)
			c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Purpose: string(consent.PurposeQualification), Outcome: l.ID + ": passed"})
		}
	}
	return c.answerLine(ctx, l)
}
