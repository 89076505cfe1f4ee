package workflows

import (
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// A detail can be corrected while the case is at any point. What it touches runs
// anew and nothing else does. The checks of the stage that the case is in are its
// own loop's affair; the others run beside it, and the case does not go on before
// policy has spoken of them.

// outcomeSuperseded is the outcome of a use that was stopped because a detail was
// corrected.
const outcomeSuperseded = "superseded"

// besides is what a run knows of the checks that run beside the course of a case.
type besides struct {
	stage    workflow.Context                   // of the stage's calls; see alongside
	checking onboarding.Stage                   // the stage whose checks the case's own course runs now; empty: none
	calls    map[onboarding.CheckName]int       // tries in place that are under way
	aside    map[onboarding.CheckName]*carrying // checks that are carried on in coroutines of their own
	stops    []workflow.CancelFunc              // of what stands apart, in order
	resumed  map[string]int                     // how often word came that a vendor is asked again
	taking   map[LeftOrder]bool                 // orders that are being taken back
	renewing map[onboarding.CheckName]bool      // checks that are being stopped, to begin anew with a corrected detail
	telling  map[string]bool                    // roll-outs of which the applicant is being told
}

func newBesides(ctx workflow.Context) besides {
	return besides{stage: ctx, calls: map[onboarding.CheckName]int{}, aside: map[onboarding.CheckName]*carrying{}, renewing: map[onboarding.CheckName]bool{},
		resumed: map[string]int{}, taking: map[LeftOrder]bool{}, telling: map[string]bool{}}
}

// carrying is a check that is carried on in a coroutine of its own.
type carrying struct{ stop workflow.CancelFunc }

// isApart marks a context that apart has made.
type isApart struct{}

// apart gives a context that can be stopped by itself, and that stopApart stops with
// all others in the order in which they were made. They are no children of the
// stage's context: the SDK cancels children in no order, and the timers that fall
// with them would stand otherwise in a replay.
func (c *file) apart(ctx workflow.Context) (workflow.Context, workflow.CancelFunc) {
	if ctx.Value(isApart{}) != nil {
		return workflow.WithCancel(ctx)
	}
	own, stop := workflow.NewDisconnectedContext(ctx)
	if ctx.Err() != nil {
		stop()
	}
	c.stops = append(c.stops, stop)
	return workflow.WithValue(own, isApart{}, true), stop
}

// stopApart stops what is carried on apart from the stage's course.
func (c *file) stopApart() {
	for _, stop := range c.stops {
		stop()
	}
	c.stops = nil
}

// renew makes the checks run anew with the details as they are now. One that is
// under way with the old ones is stopped first.
func (c *file) renew(names []onboarding.CheckName) {
	var anew []onboarding.CheckName
	for _, n := range names {
		k := c.check(n)
		switch {
		case k.Status == onboarding.StatusRunning, k.Status == onboarding.StatusWaiting:
			c.again(n)
			c.renewing[n] = true
			c.restart(n)
			continue
		case n.Stage() == c.Stage && c.checking == "" && (k.Status == onboarding.StatusFlagged || k.Status == onboarding.StatusFailed):
			c.corrected = true // what is being decided upon is no longer the case
		default:
			c.again(n)
		}
		c.anew(k)
		anew = append(anew, n)
	}
	c.runAside(anew)
}

// again puts a check on the list of those that policy has to speak of.
func (c *file) again(n onboarding.CheckName) {
	if !slices.Contains(c.Again, n) {
		c.Again = append(c.Again, n)
	}
}

// anew gives a check a new round, of which the rounds before are no part: what they
// ordered is about other details. One that has not begun needs none.
func (c *file) anew(k *onboarding.Check) {
	if k.Status != onboarding.StatusPending {
		k.Round++
	}
	k.From, k.Order = k.Round, ""
	c.setStatus(c.stage, k, onboarding.StatusPending)
}

// restart stops a check that is under way, the vendor's order with it, and has it
// begin anew.
func (c *file) restart(n onboarding.CheckName) {
	c.busy++
	workflow.Go(c.stage, func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		defer delete(c.renewing, n)
		if err := c.stopCheck(ctx, n); err != nil {
			return // the case is being ended, which stops the check as well
		}
		delete(c.renewing, n)
		c.anew(c.check(n))
		c.runAside([]onboarding.CheckName{n})
	})
}

func (c *file) stopCheck(ctx workflow.Context, n onboarding.CheckName) error {
	k := c.check(n)
	unsure := k.Status == onboarding.StatusRunning && orders(n) // the order may have been taken
	for {
		if err := workflow.Await(ctx, func() bool { return c.calls[n] == 0 }); err != nil {
			return err
		}
		way := c.aside[n]
		if way == nil {
			break
		}
		way.stop()
		if err := workflow.Await(ctx, func() bool { return c.aside[n] != way }); err != nil {
			return err
		}
	}
	if k.Order == "" && (!unsure || k.Status != onboarding.StatusRunning) {
		return nil
	}
	return c.stopOrder(ctx, k)
}

// renews reports whether a check of the stage is being stopped to begin anew.
func (c *file) renews(stage onboarding.Stage) bool {
	for _, k := range c.Checks {
		if k.Name.Stage() == stage && c.renewing[k.Name] {
			return true
		}
	}
	return false
}

// runAside runs those of the checks that the case's own loop does not run, beside
// what the case does.
func (c *file) runAside(names []onboarding.CheckName) {
	if c.stage.Err() != nil { // between two stages: the next one takes them up
		return
	}
	own := func(n onboarding.CheckName) bool {
		return n.Stage() == c.checking || n.Stage() == c.Stage && c.corrected
	}
	names = slices.DeleteFunc(slices.Clone(names), own)
	if len(names) == 0 {
		return
	}
	c.busy++
	workflow.Go(c.stage, func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		names := slices.DeleteFunc(names, func(n onboarding.CheckName) bool { return c.check(n).Status != onboarding.StatusPending || own(n) })
		if len(names) == 0 {
			return
		}
		if err := c.tryAtOnce(ctx, names); err != nil {
			if temporal.IsCanceledError(err) {
				return
			}
			for _, n := range names {
				if c.check(n).Status == onboarding.StatusRunning && c.aside[n] == nil {
					c.setProblem(ctx, n, codeOf(err))
				}
			}
		}
		c.show(ctx)
	})
}

// pendingAgain lists the checks that are to run anew and that nobody has begun.
func (c *file) pendingAgain() []onboarding.CheckName {
	return slices.DeleteFunc(slices.Clone(c.Again), func(n onboarding.CheckName) bool { return c.check(n).Status != onboarding.StatusPending })
}

// ruleAgain waits for the checks that run beside the stage and has policy speak of
// them. It gives the stage that the case goes on with: next, or the one whose
// checks do not hold any more, where the applicant and a person see to it.
func (c *file) ruleAgain(ctx workflow.Context, next onboarding.Stage) (onboarding.Stage, error) {
	for len(c.Again) > 0 {
		if open := c.openAgain(); open > 0 {
			who, w := c.waitForAgain()
			if _, err := c.until(ctx, who, w, 0, func() bool {
				now, _ := c.waitForAgain()
				return c.openAgain() != open || now != who
			}); err != nil || c.Ending != "" {
				return "", err
			}
			continue
		}
		stage := c.Again[0].Stage()
		if c.rule(ctx, stage) != onboarding.RulingProceed {
			return stage, nil
		}
	}
	return next, nil
}

// openAgain counts those that are not settled yet.
func (c *file) openAgain() int {
	open := 0
	for _, n := range c.Again {
		if !c.check(n).Status.Settled() || c.renewing[n] {
			open++
		}
	}
	return open
}

func (c *file) waitForAgain() (onboarding.Attention, Wait) {
	for _, stage := range []onboarding.Stage{onboarding.StageValidation, onboarding.StageVetting} {
		if slices.ContainsFunc(c.Again, func(n onboarding.CheckName) bool { return n.Stage() == stage && !c.check(n).Status.Settled() }) {
			return c.waitForChecks(stage)
		}
	}
	return onboarding.AttentionNone, Wait{For: "checks that a corrected detail has touched", Next: "The application goes on when they have answered."}
}

// heldAgain reports whether the holder of a certificate has corrected a detail that
// does not hold: a person looks at it.
func (c *file) heldAgain() bool {
	return c.Stage == onboarding.StageCertified && c.Ending == "" && c.openAgain() == 0 && c.anyAgain(onboarding.StatusFlagged)
}

func (c *file) anyAgain(s onboarding.CheckStatus) bool {
	return slices.ContainsFunc(c.Again, func(n onboarding.CheckName) bool { return c.check(n).Status == s })
}

// attentionNow is whom the case waits for: whom its course waits for or, when that
// is nobody, who has to look at something beside it.
func (c *file) attentionNow() onboarding.Attention {
	switch {
	case c.attention != onboarding.AttentionNone || c.Stage.Closed():
		return c.attention
	case c.Stage == onboarding.StageCertified && c.anyAgain(onboarding.StatusFailed):
		return onboarding.AttentionOps
	case c.heldAgain():
		return onboarding.AttentionReviewer
	case slices.ContainsFunc(c.Requests, DataRequest.Open):
		return onboarding.AttentionPrivacy
	}
	return onboarding.AttentionNone
}

// letThrough notes with which flagged checks the case goes on: what a person or a
// rule has weighed is not weighed again when the case comes by once more.
func (c *file) letThrough(to onboarding.Stage) {
	way := []onboarding.Stage{onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified}
	from, at := slices.Index(way, c.Stage), slices.Index(way, to)
	if from < 0 || at <= from {
		return
	}
	for _, k := range c.Checks {
		w := WeighedRound{Check: k.Name, Round: k.Round}
		if k.Status == onboarding.StatusFlagged && !slices.Contains(c.Weighed, w) {
			c.Weighed = append(c.Weighed, w)
		}
	}
}

// unweighed is the checks as policy has to look at them: with what was weighed
// before and let through as settled.
func (c *file) unweighed() []onboarding.Check {
	out := slices.Clone(c.Checks)
	for i, k := range out {
		if k.Status == onboarding.StatusFlagged && slices.Contains(c.Weighed, WeighedRound{Check: k.Name, Round: k.Round}) {
			out[i].Status = onboarding.StatusWaived
		}
	}
	return out
}
