package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// News are the letters that tell where things stand when nothing else has done so:
// one for each change that lasts, and none for what passes in the same breath.

// Told is what the applicant was written.
type Told struct {
	LetterAt time.Time `json:"letter_at"` // when the last letter was sent
	Received bool      `json:"received"`  // it was written that the application is here
	Delayed  bool      `json:"delayed"`   // it was written that a check holds the present stage up
	Cleared  bool      `json:"cleared"`   // a notice before an adverse action is off, and the next letter says so
}

// newsAt has a letter written at a time, unless what it tells of is over before: the
// function that it gives says so. It is not written either when another letter went
// out within the breath before, which tells as much or more.
func (c *file) newsAt(ctx workflow.Context, at time.Time, message Message, with func(*SendMessageIn)) (over func()) {
	ended := false
	over = func() { ended = true }
	done := func() bool { return ended || c.Ending != "" }
	wait := max(at.Sub(workflow.Now(ctx)), time.Millisecond)
	c.busy++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		if _, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: wait,
			TimerOptions: workflow.TimerOptions{Summary: "Write to the applicant if it lasts: " + LetterWords(message)}}, done); err != nil || done() || c.justTold(ctx) {
			return
		}
		c.tell(ctx, message, with)
	})
	return over
}

// justTold reports whether a letter went out within the last breath.
func (c *file) justTold(ctx workflow.Context) bool {
	return !c.LetterAt.IsZero() && workflow.Now(ctx).Sub(c.LetterAt) < c.in.Pace.Scale(c.limits().Breath)
}

// tell writes a letter that nothing waits for. What it leaves on the books rides
// with the next step when it was canceled.
func (c *file) tell(ctx workflow.Context, message Message, with func(*SendMessageIn)) {
	ctx, cancel := workflow.NewDisconnectedContext(ctx) // a letter that is on its way when the stage ends is sent
	defer cancel()
	if _, err := c.letter(ctx, message, consent.PurposeAccount, with); err == nil {
		_ = c.settle(ctx)
	}
}

// checksNews is for when a stage's checks have to be waited for: that the
// application is here, once, and that a check could not be done, when that holds
// the application up for a day.
func (c *file) checksNews(ctx workflow.Context, stage onboarding.Stage, who onboarding.Attention) (over func()) {
	limits, pace := c.limits(), c.in.Pace
	received, delayed := func() {}, func() {}
	if stage == onboarding.StageValidation && !c.Received && since(ctx, changeNews) {
		received = c.newsAt(ctx, c.Submitted.Add(pace.Scale(limits.Breath)), MessageReceived, func(*SendMessageIn) { c.Received = true })
	}
	if (who == onboarding.AttentionOps || len(c.held(stage)) > 0) && !c.Delayed && since(ctx, changeNews) {
		delayed = c.newsAt(ctx, workflow.Now(ctx).Add(pace.Scale(limits.Delay)), MessageDelayed, func(*SendMessageIn) { c.Delayed = true })
	}
	return func() { received(); delayed() }
}

// reviewNews is for when a person has to decide. The notice before an adverse action
// has told already that a person decides after it.
func (c *file) reviewNews(ctx workflow.Context) (over func()) {
	if c.justTold(ctx) || c.Adverse.Contemplated || !since(ctx, changeNews) {
		return func() {}
	}
	return c.newsAt(ctx, workflow.Now(ctx).Add(c.in.Pace.Scale(c.limits().Breath)), MessageReview, nil)
}

// answerNews confirms an applicant's answer to the notice, and what happens with it.
func (c *file) answerNews(ctx workflow.Context) {
	if !since(ctx, changeNews) {
		return
	}
	answer := c.Adverse.Answer
	c.busy++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		c.tell(ctx, MessageAnswered, func(m *SendMessageIn) { m.Outcome = string(answer) })
	})
}
