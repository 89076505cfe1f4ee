package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// mostStarts is how often a typing test is begun within one attempt: a phone that
// rings must not cost it, and nobody chooses among all texts.
const mostStarts = 5

func (c *file) mayStartExercise(ctx workflow.Context, in StartExercise) error {
	l, r, err := c.mayAttempt(ctx, in.Requirement, in.Attempt)
	switch {
	case err != nil:
		return err
	case r.Typing == nil:
		return noRequirement(in.Requirement)
	case in.Again && in.Start == l.Starts && l.Starts >= mostStarts:
		return notNow("This attempt was begun anew many times.", "Type the text that the page shows and hand it in.")
	}
	return nil
}

// startExercise notes when the text is shown: from then on the clock runs, whatever
// device asks for the page. Begun anew it is another text, and another time.
func (c *file) startExercise(ctx workflow.Context, in StartExercise) (RequirementResult, error) {
	defer c.acts()()
	l := c.need(in.Requirement)
	if !c.handedIn(*l, in.Attempt) && (l.Started.IsZero() || (in.Again && in.Start == l.Starts)) {
		if in.Again && !l.Started.IsZero() {
			l.Starts++
		}
		l.Started = workflow.Now(ctx)
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Purpose: string(consent.PurposeQualification), Outcome: l.ID + ": begun"})
	}
	return c.answerLine(ctx, l)
}

func (c *file) mayHandInExercise(ctx workflow.Context, in HandInExercise) error {
	l, r, err := c.mayMeet(in.Requirement)
	if err != nil {
		return err
	}
	if r.Equipment != nil && l.Undecided() && in.Attempt == l.Attempt {
		return nil // pressed twice
	}
	if l, r, err = c.mayAttempt(ctx, in.Requirement, in.Attempt); err != nil || c.handedIn(l, in.Attempt) {
		return err
	}
	switch r.Kind {
	case program.KindTyping:
		if l.Started.IsZero() {
			return notNow("The typing test was not begun.", "Begin it on its page, then type the text that it shows.")
		}
		if in.Characters <= 0 || in.Errors < 0 {
			return onboarding.Invalid("typed", "Type the text before you hand it in.", "The text stands above the box.")
		}
	case program.KindListening:
		if in.Of <= 0 || in.Score < 0 || in.Score > in.Of {
			return onboarding.Invalid("noted", "Note down what you heard.", "Every field needs an answer.")
		}
	case program.KindEquipment:
		return mayHandInEquipment(*r.Equipment, in)
	case program.KindCourse, program.KindQuiz, program.KindAgreement, program.KindTax, program.KindLive:
		return noRequirement(in.Requirement)
	}
	return nil
}

func mayHandInEquipment(e program.Equipment, in HandInExercise) error {
	if in.Declared {
		if missing, _ := assess.Declared(e, in.Yes); missing != "" {
			return onboarding.Invalid(missing, "Answer every question with yes or no.", "If you are not sure, answer no.")
		}
		return nil
	}
	if !in.measured().Sound() {
		return onboarding.Invalid("measurement", "The measurement did not work.", "Try it again, or answer the questions instead.")
	}
	return nil
}

func (in HandInExercise) measured() assess.Line {
	return assess.Line{Down: in.Down, Up: in.Up, Latency: in.Latency, Microphone: in.Microphone}
}

// handInExercise takes in what was measured, and decides by the program's limits.
func (c *file) handInExercise(ctx workflow.Context, in HandInExercise) (RequirementResult, error) {
	defer c.acts()()
	l := c.need(in.Requirement)
	if c.handedIn(*l, in.Attempt) || l.Undecided() {
		return c.answerLine(ctx, l)
	}
	switch r := c.asked(l.ID); r.Kind {
	case program.KindTyping:
		length := assess.Length(assess.Passage(*r.Typing, l.Seed(c.in.Applicant)).Text)
		speed := assess.Speedy(length, in.Characters, in.Errors, workflow.Now(ctx).Sub(l.Started))
		l.WPM, l.Score, l.Of, l.Detail = speed.WPM, int(speed.Accuracy), 100, ""
		if speed.TooFast {
			l.Detail = DetailTooFast
		}
		c.attempted(ctx, l, speed.Passes(*r.Typing))
	case program.KindListening:
		l.Score, l.Of = in.Score, in.Of
		c.attempted(ctx, l, in.Score >= r.Listening.PassMark)
	case program.KindEquipment:
		c.handInEquipment(ctx, l, *r.Equipment, in)
	case program.KindCourse, program.KindQuiz, program.KindAgreement, program.KindTax, program.KindLive: // refused before
	}
	return c.answerLine(ctx, l)
}

// handInEquipment tells a measurement from the applicant's own word. Where the
// program does not take that, a person looks at it.
func (c *file) handInEquipment(ctx workflow.Context, l *RequirementLine, e program.Equipment, in HandInExercise) {
	l.Down, l.Up, l.Latency, l.Microphone = in.Down, in.Up, in.Latency, in.Microphone
	l.Detail, l.Declared = DetailMeasured, in.Declared
	if !in.Declared {
		c.attempted(ctx, l, in.measured().Enough(e))
		return
	}
	l.Detail = DetailDeclared
	_, all := assess.Declared(e, in.Yes)
	if !all || e.AcceptDeclared {
		c.attempted(ctx, l, all)
		return
	}
	l.Status, l.NotBefore = RequirementWaiting, time.Time{}
	c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Purpose: string(consent.PurposeQualification), Outcome: l.ID + ": declared"})
}

func (c *file) mayJudgeRequirement(_ workflow.Context, in JudgeRequirement) error {
	l, _, err := c.mayMeet(in.Requirement)
	if err != nil {
		return err
	}
	if !l.Undecided() || in.Attempt != l.Attempt {
		return notNow("Nothing that was declared waits for a person here.", "Look at the application's status.")
	}
	return nil
}

// judgeRequirement is a person's look at what was declared.
func (c *file) judgeRequirement(ctx workflow.Context, in JudgeRequirement) (RequirementResult, error) {
	defer c.acts()()
	l := c.need(in.Requirement)
	if in.Attempt == l.Attempt {
		c.attemptedBy(ctx, l, in.Pass, ledger.Record{Actor: string(in.Actor), Sealed: in.Reason})
		c.tellRequirement(ctx, l.ID)
	}
	return c.answerLine(ctx, l)
}
