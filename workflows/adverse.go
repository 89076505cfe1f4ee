package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// adverse takes an adverse action through its statutory course: the notice
// before it, the time to answer, the agency's second look at what is disputed, a
// person's last word, and the final notice (15 USC 1681b(b)(3), 1681i and 1681m).
// It may end in going on after all. What the agency says anew has a notice and a
// time of its own, once: so it comes to an end.
func (c *file) adverse(ctx workflow.Context, next onboarding.Stage) (onboarding.Stage, error) {
	for {
		told, err := c.preAdverse(ctx)
		if err != nil || c.interrupted() {
			return "", err
		}
		if told {
			if err := c.awaitAnswer(ctx); err != nil || c.interrupted() {
				return "", err
			}
		}
		to, err := c.weigh(ctx, told, next)
		if to != "" && err == nil {
			err = c.releaseDispute(ctx)
		}
		if to != "" || err != nil || c.interrupted() {
			return to, err
		}
		// a new notice starts the whole time again
	}
}

// weigh has the agency look again at what is disputed, and asks for the last word.
// It gives no stage when a new notice must go out first. Who answers when the time
// is over and nothing is decided yet is heard like one who answered in time.
func (c *file) weigh(ctx workflow.Context, told bool, next onboarding.Stage) (onboarding.Stage, error) {
	again, restart := false, !told
	for {
		if c.Adverse.Disputed && !since(ctx, changeReinvestigation) {
			restart = true
		} else if c.Adverse.Answer == AnswerDispute && c.mayLookAgain() {
			again = true
			settled, err := c.reinvestigate(ctx)
			if err != nil || c.interrupted() {
				return "", err
			}
			if settled {
				return c.goOn(ctx, next)
			}
		}
		listens := told && !c.Adverse.Disputed && since(ctx, changeLateAnswer)
		late := func() bool { return listens && c.Adverse.Disputed }
		ruling, err := c.askReviewerUnless(ctx, c.lastLook(told, again), late)
		if err != nil || c.interrupted() {
			return "", err
		}
		switch {
		case ruling == onboarding.RulingProceed:
			return c.goOn(ctx, next)
		case late():
			continue
		case again, restart:
			return "", nil
		}
		if err := c.serveRest(ctx); err != nil || c.interrupted() {
			return "", err
		}
		return c.decline(ctx)
	}
}

// lastLook is what the reviewer is asked after the notice.
func (c *file) lastLook(told, again bool) Wait {
	switch {
	case !told:
		return Wait{For: "a reviewer: the notice could not be delivered", Next: "Adverse sends it again; nothing is decided before it has arrived."}
	case again:
		return Wait{For: "a reviewer: the agency has looked again at what was disputed", Next: "The reviewer lets the application go on, or a new notice goes out with the report as it is now."}
	case c.Adverse.Disputed:
		return Wait{For: "a reviewer to look at the applicant's answer", Next: "The clock stands still until the reviewer has decided."}
	}
	return Wait{For: "a reviewer to decide: the time to answer is over", Next: "The reviewer lets the application go on, or declines it."}
}

// preAdverse sends the notice and, when it is on its way, starts the clock of
// the place. It gives false when the notice could not be sent: then no time runs.
func (c *file) preAdverse(ctx workflow.Context) (bool, error) {
	place := c.jurisdiction()
	was := c.Adverse
	c.Adverse = Adverse{Rule: place.Citation, Reinvestigation: was.Reinvestigation, Assessment: was.Assessment, Vendor: was.Vendor}
	var now, ends time.Time
	for {
		now = workflow.Now(ctx)
		due := policy.WaitEnds(place, now, "email")
		ends = now.Add(c.in.Pace.Scale(due.Sub(now)))
		told, err := c.letter(ctx, MessagePreAdverse, c.noticePurpose(), func(m *SendMessageIn) {
			m.Agency, m.Deadline, m.Sentences = c.reporter(), ends, place.Notice
			m.Open = c.Stage == onboarding.StageCertified
			m.Assessed, m.Factors = c.assessed(place)
		})
		if err != nil || !told {
			return false, err
		}
		// A relay that was down may have held the notice up until the day that it
		// names is too early: then another one names the right day.
		if !policy.WaitEnds(place, workflow.Now(ctx), "email").After(due) || !since(ctx, changeHeldUp) {
			break
		}
	}
	c.Adverse.PreNoticeAt, c.Adverse.WaitEnds, c.Adverse.Contemplated = now, ends, true
	c.record(ctx, ledger.Record{Kind: ledger.KindClock, Outcome: "started", Detail: place.Citation + "; ends " + ends.UTC().Format(time.RFC3339)})
	if err := c.tellAgency(ctx, time.Time{}); err != nil { // of a notice before this one
		return false, err
	}
	return true, c.tellAgency(ctx, ends.Add(c.in.Pace.Scale(policy.AgencyWaits)))
}

// awaitAnswer lets the time to answer pass; the applicant's answer ends it.
func (c *file) awaitAnswer(ctx workflow.Context) error {
	w := Wait{For: "the applicant's answer to the notice", Next: "A reviewer decides when the time is over or the applicant has answered.", Until: c.Adverse.WaitEnds}
	left := max(c.Adverse.WaitEnds.Sub(workflow.Now(ctx)), time.Millisecond)
	if _, err := c.until(ctx, onboarding.AttentionApplicant, w, left, func() bool { return c.Adverse.Disputed || c.corrected }); err != nil || c.interrupted() {
		return err
	}
	says := "ran out"
	if c.Adverse.Disputed {
		says = "stopped by a " + string(c.Adverse.Answer)
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindClock, Outcome: says, Detail: c.Adverse.Rule})
	if c.Adverse.Disputed { // the agency's own clock does not stop: so its action is called off
		return c.tellAgency(ctx, time.Time{})
	}
	return nil
}

// serveRest lets what was left of the time to answer pass, when an answer has
// stopped it, and what the place adds for an answer (2 CCR 11017.1(c)(3) and the
// like): a decision right upon an answer must not cut anybody's time short.
func (c *file) serveRest(ctx workflow.Context) error {
	a := c.Adverse
	if !a.Disputed {
		return nil
	}
	place, pace, now := c.jurisdiction(), c.in.Pace, workflow.Now(ctx)
	answered := a.PreNoticeAt.Add(pace.unscale(a.AnsweredAt.Sub(a.PreNoticeAt))) // as if the clock ran at its real speed
	extended := policy.DisputeEnds(place, policy.WaitEnds(place, a.PreNoticeAt, "email"), answered)
	ends := a.PreNoticeAt.Add(pace.Scale(extended.Sub(a.PreNoticeAt)))
	if rest := now.Add(a.WaitEnds.Sub(a.AnsweredAt)); rest.After(ends) {
		ends = rest
	}
	left := ends.Sub(now)
	if left <= 0 {
		return nil
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindClock, Outcome: "goes on", Detail: a.Rule + "; ends " + ends.UTC().Format(time.RFC3339)})
	w := Wait{For: "the rest of the applicant's time to answer", Next: "The final notice goes out.", Until: ends}
	_, err := c.until(ctx, onboarding.AttentionNone, w, left, func() bool { return c.corrected })
	return err
}

// decline ends the application with the final notice.
func (c *file) decline(ctx workflow.Context) (onboarding.Stage, error) {
	place := c.jurisdiction()
	c.Adverse.FinalAt, c.Adverse.Contemplated = workflow.Now(ctx), false
	_, err := c.letter(ctx, MessageFinal, c.noticePurpose(), func(m *SendMessageIn) {
		m.Agency, m.Sentences = c.reporter(), place.Final
		m.Open = c.Stage == onboarding.StageCertified
		m.Assessed, m.Factors = c.assessed(place)
	})
	return onboarding.StageDeclined, err
}

// goOn ends the adverse action in the applicant's favor.
func (c *file) goOn(ctx workflow.Context, next onboarding.Stage) (onboarding.Stage, error) {
	c.Adverse.Contemplated = false
	c.Cleared = !c.Adverse.PreNoticeAt.IsZero()
	return next, c.tellAgency(ctx, time.Time{})
}

// tellAgency tells an agency that keeps adverse actions itself that one was begun,
// or with a zero time that it is off. The notices are ours in any case, so an
// agency that cannot be told holds nothing up; the ledger says so.
func (c *file) tellAgency(ctx workflow.Context, final time.Time) error {
	k := c.check(onboarding.CheckBackground)
	off := final.IsZero()
	if k == nil || k.Vendor != consent.RecipientCheckr || k.Reported == "" || c.working() != onboarding.StageVetting || off != (c.Adverse.Vendor != "") {
		return nil
	}
	what, note := "begin the adverse action", "The agency was told that an adverse action is contemplated."
	if off {
		what, note = "call the adverse action off", "The agency was told that the adverse action is off."
	}
	intent, ok := c.intendNothing(ctx, k, what, DespiteLaw)
	if !ok {
		return nil
	}
	order, action, key := k.Reported, c.Adverse.Vendor, c.adverseKey(k)
	out, err := stepAt[TellAdverseOut](ctx, c, k.Vendor, ActivityTellAdverse, "Tell "+VendorTitle(k.Vendor)+" to "+what, func() carrier {
		return TellAdverseIn{Applicant: c.in.Applicant, Check: c.checkUse(k.Name, intent), Order: order, Action: action, Final: final, Key: key}
	})
	switch {
	case temporal.IsCanceledError(err):
		return err
	case err != nil:
		c.outcome(ctx, intent, ledger.KindUseFailed, string(vendorCode(err)), CheckAnswer{})
		return nil
	}
	c.Adverse.Vendor = out.Action
	c.outcome(ctx, intent, ledger.KindUseDone, "told", CheckAnswer{})
	c.record(ctx, ledger.Record{Kind: ledger.KindNotified, Check: k.Name, Round: k.Round, Recipient: k.Vendor, Outcome: "told", Detail: note})
	return nil
}

// adverseKey is the idempotency key of an agency's adverse action: there may be
// another one after the next review.
func (c *file) adverseKey(k *onboarding.Check) string {
	return onboarding.OrderKey(c.in.Applicant, k.Name, k.Round) + "/adverse/" + number(c.Reviews)
}

// callOff takes back an adverse action that an agency keeps, when the application
// ends otherwise than by it: the agency would send its final notice by itself. It
// needs no consent, as little as taking an order back: nothing of the person is
// sent, and it must work when consent is gone (obligation 3).
func (c *file) callOff(ctx workflow.Context) error {
	k := c.check(onboarding.CheckBackground)
	if k == nil || c.Adverse.Vendor == "" || c.Stage == onboarding.StageDeclined || !since(ctx, changeNothingLeftOpen) {
		return nil
	}
	action, key := c.Adverse.Vendor, c.adverseKey(k)
	_, err := stepAt[TellAdverseOut](ctx, c, k.Vendor, ActivityTellAdverse, "Tell "+VendorTitle(k.Vendor)+" that the adverse action is off", func() carrier {
		return TellAdverseIn{Applicant: c.in.Applicant, Check: CheckUse{Check: k.Name, Round: k.Round, Vendor: k.Vendor}, Order: k.Reported, Action: action, Key: key}
	})
	if temporal.IsCanceledError(err) {
		return err
	}
	outcome := "told"
	if err != nil {
		outcome = string(vendorCode(err))
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindNotified, Check: k.Name, Round: k.Round, Recipient: k.Vendor, Outcome: outcome,
		Detail: "The agency was told that the adverse action is off: the application has ended."})
	return nil
}

// assessed tells whether a written assessment is there for the applicant to read,
// and what was weighed in it.
func (c *file) assessed(place policy.Jurisdiction) (bool, []string) {
	form := policy.AssessmentForm(place)
	if len(c.Adverse.Assessment) == 0 || !form.CopyToApplicant {
		return false, nil
	}
	var factors []string
	for _, f := range form.Factors {
		factors = append(factors, f.Text)
	}
	return true, factors
}

// noticePurpose is under which consent the statutory notices are sent: the
// report's own, or the account's where no report was made.
func (c *file) noticePurpose() consent.PurposeID {
	if c.working() == onboarding.StageVetting {
		return consent.PurposeVetting
	}
	return consent.PurposeAccount
}

// reporter is who made the report; empty where none was made.
func (c *file) reporter() program.Agency {
	if k := c.check(onboarding.CheckBackground); k != nil && k.Result != "" && c.Stage != onboarding.StageValidation {
		return c.agency()
	}
	return program.Agency{}
}

// agency is who makes the applicant's background report: the program's, unless the
// check was moved to another one.
func (c *file) agency() program.Agency {
	spec, _ := c.in.Program.Spec(onboarding.CheckBackground)
	vendor := spec.Vendor
	if k := c.check(onboarding.CheckBackground); k != nil {
		vendor = k.Vendor
	}
	if e, moved := c.Elsewhere[vendor]; moved {
		return e.Agreement.Agency
	}
	return c.in.Program.Vendors[vendor].Agency
}
