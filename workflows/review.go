package workflows

import (
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// review waits for a person's decision on what policy did not let pass. Nobody
// is declined by a machine alone.
func (c *file) review(ctx workflow.Context, next onboarding.Stage) (onboarding.Stage, error) {
	ruling, err := c.askReviewer(ctx, Wait{For: "a reviewer to look at what was found", Next: "The reviewer lets the application go on, or starts an adverse action."})
	if err != nil || c.interrupted() {
		return "", err
	}
	if ruling == onboarding.RulingProceed {
		return next, nil
	}
	return c.adverse(ctx, next)
}

// interrupted reports whether what is being decided upon is no longer the case:
// it is being ended, or the applicant has corrected what the checks rest on.
func (c *file) interrupted() bool { return c.Ending != "" || c.corrected }

// askReviewer waits for as many Decides as the program asks for. It gives the
// empty ruling when it was interrupted.
func (c *file) askReviewer(ctx workflow.Context, w Wait) (onboarding.Ruling, error) {
	return c.askReviewerUnless(ctx, w, func() bool { return false })
}

// askReviewerUnless is askReviewer until stop holds: then it gives the empty ruling
// too, and one against the applicant that came in the same breath counts for nothing.
func (c *file) askReviewerUnless(ctx workflow.Context, w Wait, stop func() bool) (onboarding.Ruling, error) {
	c.reviewing, c.Decided, c.Opinions = true, "", nil
	c.Reviews++
	asked := workflow.Now(ctx)
	over := c.reviewNews(ctx)
	defer over()
	defer func() { c.reviewing, c.Opinions = false, nil }()
	for c.Decided == "" {
		given := len(c.Opinions)
		if given > 0 {
			w = Wait{For: "a second reviewer: this program asks for two", Next: "What two reviewers agree upon is what happens."}
		}
		heard := func() bool { return c.Decided != "" || len(c.Opinions) > given || c.corrected || stop() }
		if _, err := c.until(ctx, onboarding.AttentionReviewer, w, 0, heard); err != nil || c.interrupted() {
			return "", err
		}
		if stop() && c.Decided != onboarding.RulingProceed {
			c.Decided = ""
			return "", nil
		}
	}
	c.took(ctx, TookReview, string(c.Stage), c.in.Program.ID, asked)
	ruling := c.Decided
	c.Decided = ""
	return ruling, nil
}

func (c *file) mayDecide(in Decide) error {
	if c.restricted() {
		return notRestricted()
	}
	if c.recruits(in.Actor) {
		return notNow("You have this case as its recruiter, so somebody else must decide.", "Hand it back first if nobody else can, or ask another reviewer.")
	}
	if c.heldAgain() {
		if in.Ruling != onboarding.RulingProceed {
			return notNow("The certificate stands, so there is no application to decline.", "Revoke the certificate if what was found is a reason for that; else let the holder go on.")
		}
		return nil
	}
	if !c.reviewing || c.Decided != "" || c.Ending != "" {
		return notNow("Nothing waits for a decision here.", "Look at the application's status.")
	}
	if in.Ruling != onboarding.RulingProceed && in.Ruling != onboarding.RulingAdverse {
		return onboarding.Invalid("decision", "A decision is proceed or adverse.", "Choose one of the two.")
	}
	if err := MaySecond(c.Opinions, in.Actor); err != nil {
		return err
	}
	if in.Ruling == onboarding.RulingAdverse && c.form().Asked() && len(in.Assessment) == 0 {
		return onboarding.Invalid("assessment", "A decision against the applicant needs a written assessment here: "+c.form().Citation+".", "Fill in every factor of the form.")
	}
	return nil
}

// MaySecond says why an actor may not decide after these opinions; nil: they may.
// Where a program asks for two reviewers it takes two people, whichever roles they
// act in, and of a key nobody knows who is behind it. The error is CodeNotNow.
func MaySecond(opinions []Opinion, a Actor) error {
	if slices.ContainsFunc(opinions, func(o Opinion) bool { return person(o.Actor) == person(a) }) {
		return notNow("You have given your decision; this program asks for a second reviewer's.", "Somebody else must give it.")
	}
	if len(opinions) > 0 && strings.HasPrefix(string(a), "api:") {
		return notNow("A program cannot give the second reviewer's decision: nobody knows who is behind it.", "A second reviewer gives it in the console.")
	}
	return nil
}

// person is who an actor is, whichever role they act in: the part behind the
// last colon.
func person(a Actor) string { return string(a[strings.LastIndexByte(string(a), ':')+1:]) }

func (c *file) decide(ctx workflow.Context, in Decide) (Ack, error) {
	c.record(ctx, ledger.Record{Kind: ledger.KindDecided, Actor: string(in.Actor), Outcome: string(in.Ruling), Sealed: in.Reason})
	if len(in.Assessment) > 0 {
		c.record(ctx, ledger.Record{Kind: ledger.KindDecided, Actor: string(in.Actor), Outcome: "assessed", Detail: c.form().Citation, Sealed: in.Assessment})
		c.Adverse.Assessment = in.Assessment
	}
	if c.heldAgain() {
		c.Again = nil
		c.show(ctx)
		return c.answer(ctx)
	}
	c.Opinions = append(c.Opinions, Opinion{Ruling: in.Ruling, Actor: in.Actor, At: workflow.Now(ctx)})
	if c.agreed(in.Ruling) {
		c.Decided = in.Ruling
		if !since(ctx, changeApart) {
			return c.ack(), nil
		}
	}
	return c.answer(ctx) // whoever decides sees it in the ledger
}

// agreed reports whether a ruling that was just given stands: at once, or when a
// second reviewer says the same where the program asks for one.
func (c *file) agreed(ruling onboarding.Ruling) bool {
	n := 0
	for _, o := range c.Opinions {
		if o.Ruling == ruling {
			n++
		}
	}
	return n > 1 || !policy.NeedsSecond(c.in.Program, ruling)
}

// form is the individualized assessment that a decision against the applicant
// needs where the work is done. It is asked for when the report of the background
// investigation is weighed, since that is what those laws speak of.
func (c *file) form() policy.Form {
	if c.working() != onboarding.StageVetting || !c.reviewing {
		return policy.Form{}
	}
	f := policy.AssessmentForm(c.jurisdiction())
	notice := c.Adverse.PreNoticeAt.IsZero() || c.Adverse.Reinvestigation.Ended.After(c.Adverse.PreNoticeAt) // the next step is a notice
	if (notice && f.AtNotice) || (!notice && f.AtDecision) {
		return f
	}
	return policy.Form{}
}
