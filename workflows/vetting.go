package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// vetting makes the conditional offer, which in several places must come before
// any criminal search, and has the vendor investigate.
func (c *file) vetting(ctx workflow.Context) (onboarding.Stage, error) {
	if err := c.offer(ctx); err != nil || c.Ending != "" {
		return "", err
	}
	return c.checkAndRule(ctx, onboarding.StageVetting, onboarding.StageCertification)
}

// offer records the conditional offer and writes it to the applicant. It is
// made everywhere, not only where the law asks for it.
func (c *file) offer(ctx workflow.Context) error {
	c.Offered = workflow.Now(ctx)
	c.record(ctx, ledger.Record{Kind: ledger.KindOffered, Detail: c.jurisdiction().Citation})
	_, err := c.letter(ctx, MessageOffer, consent.PurposeAccount, nil)
	return err
}

// awaitReport waits for the vendor's word that a report is done, asks by itself
// when the word stays away, and calls ops when the vendor's own time is over.
func (c *file) awaitReport(ctx workflow.Context, name onboarding.CheckName) error {
	k := c.check(name)
	order, since := k.Order, k.Since
	limits := c.limits()
	giveUp := since.Add(c.in.Pace.Scale(limits.ReportDue))
	seen := 0
	for poll := 0; ; poll++ {
		wait := c.in.Pace.Scale(limits.Poll(poll))
		if left := giveUp.Sub(workflow.Now(ctx)); wait > left {
			wait = left
		}
		told := func() bool { return c.told(order) > seen }
		if wait > 0 {
			_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: wait,
				TimerOptions: workflow.TimerOptions{Summary: "Ask " + vendorTitle(k.Vendor) + " ourselves if no word comes"}}, told)
			if err != nil {
				return err
			}
		}
		word := told()
		seen = c.told(order)
		done, err := c.fetch(ctx, name, order)
		if err != nil || done {
			return err
		}
		if !word && !workflow.Now(ctx).Before(giveUp) {
			c.record(ctx, ledger.Record{Kind: ledger.KindClock, Check: name, Round: k.Round, Recipient: k.Vendor, Outcome: string(problemSilent),
				Detail: "The vendor's stated time is over and there is no report."})
			c.setProblem(ctx, name, problemSilent)
			return nil
		}
	}
}

// problemSilent: the vendor's stated time is over and there is no report.
const problemSilent onboarding.Code = "REPORT_OVERDUE"

// told counts how often the vendor said that the order is done.
func (c *file) told(order string) int {
	n := 0
	for _, r := range c.Reports {
		if r.Order == order {
			n++
		}
	}
	return n
}

// fetch asks for the report and takes it in; it gives false when it is not done yet.
func (c *file) fetch(ctx workflow.Context, name onboarding.CheckName, order string) (bool, error) {
	k := c.check(name)
	purpose, recipient, _ := checkData(name, k.Vendor)
	receipt, err := c.Consents.Live(purpose)
	if err != nil {
		c.setProblem(ctx, name, onboarding.CodeConsentNotLive)
		return true, nil
	}
	intent := intent{vendor: c.record(ctx, ledger.Record{Kind: ledger.KindUse, Check: name, Round: k.Round, Purpose: string(purpose), Recipient: recipient,
		Receipt: receipt.ID, Detail: "fetch the report"})}
	answer, err := step[CheckAnswer](ctx, c, ActivityFetchReport, "Fetch the report of "+vendorTitle(k.Vendor), func() carrier {
		return FetchReportIn{Applicant: c.in.Applicant, Check: c.checkUse(name, intent), Order: order}
	})
	switch {
	case temporal.IsCanceledError(err):
		return true, err
	case err != nil:
		c.fail(ctx, name, vendorCode(err), intent)
		return true, nil
	case answer.Waiting:
		c.outcome(ctx, intent, ledger.KindUseDone, "pending", answer)
		return false, nil
	}
	k.Order = "" // done: there is nothing to cancel any more
	c.record(ctx, ledger.Record{Kind: ledger.KindReceived, Check: name, Round: k.Round, Purpose: string(purpose), Recipient: recipient,
		Receipt: receipt.ID, Object: answer.Object, Digest: answer.Digest}) // obligation 4
	c.take(ctx, answer, intent)
	return true, nil
}

// adverse takes an adverse action through its statutory course: the notice
// before it, the time to answer, a person's last word, and the final notice
// (15 USC 1681b(b)(3) and 1681m). It may end in going on after all.
func (c *file) adverse(ctx workflow.Context, next onboarding.Stage) (onboarding.Stage, error) {
	for {
		told, err := c.preAdverse(ctx)
		if err != nil || c.Ending != "" {
			return "", err
		}
		disputed := false
		if told {
			if disputed, err = c.awaitDispute(ctx); err != nil || c.Ending != "" {
				return "", err
			}
		}
		w := Wait{For: "a reviewer to decide: the time to answer is over", Next: "The reviewer lets the application go on, or declines it."}
		switch {
		case !told:
			w = Wait{For: "a reviewer: the notice could not be delivered", Next: "Adverse sends it again; nothing is decided before it has arrived."}
		case disputed:
			w = Wait{For: "a reviewer to look at what the applicant disputes", Next: "The clock stands still until the reviewer has decided."}
		}
		ruling, err := c.askReviewer(ctx, w)
		if err != nil || c.Ending != "" {
			return "", err
		}
		switch {
		case ruling == onboarding.RulingProceed:
			c.Adverse.Contemplated = false
			return next, nil
		case disputed, !told:
			continue // a new notice starts the whole time again
		}
		c.Adverse.FinalAt, c.Adverse.Contemplated = workflow.Now(ctx), false
		if _, err := c.letter(ctx, MessageFinal, c.noticePurpose(), func(m *SendMessageIn) { m.Vendor = c.reporter() }); err != nil {
			return "", err
		}
		return onboarding.StageDeclined, nil
	}
}

// preAdverse sends the notice and, when it is on its way, starts the clock of
// the place. It gives false when the notice could not be sent: then no time runs.
func (c *file) preAdverse(ctx workflow.Context) (bool, error) {
	place := c.jurisdiction()
	now := workflow.Now(ctx)
	due := policy.WaitEnds(place, now, "email")
	ends := now.Add(c.in.Pace.Scale(due.Sub(now)))
	c.Adverse = Adverse{Rule: place.Citation}
	told, err := c.letter(ctx, MessagePreAdverse, c.noticePurpose(), func(m *SendMessageIn) { m.Vendor, m.Deadline = c.reporter(), ends })
	if err != nil || !told {
		return false, err
	}
	c.Adverse.PreNoticeAt, c.Adverse.WaitEnds, c.Adverse.Contemplated = now, ends, true
	c.record(ctx, ledger.Record{Kind: ledger.KindClock, Outcome: "started", Detail: place.Citation + "; ends " + ends.UTC().Format(time.RFC3339)})
	return true, nil
}

// awaitDispute lets the time to answer pass; true when the applicant answered.
func (c *file) awaitDispute(ctx workflow.Context) (bool, error) {
	w := Wait{For: "the applicant's answer to the notice", Next: "A reviewer decides when the time is over or the applicant has answered.", Until: c.Adverse.WaitEnds}
	left := max(c.Adverse.WaitEnds.Sub(workflow.Now(ctx)), time.Millisecond)
	disputed, err := c.until(ctx, onboarding.AttentionApplicant, w, left, func() bool { return c.Adverse.Disputed })
	if err != nil || c.Ending != "" {
		return false, err
	}
	says := "ran out"
	if disputed {
		says = "stopped by a dispute"
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindClock, Outcome: says, Detail: c.Adverse.Rule})
	return disputed, nil
}

func (c *file) mayDispute(Dispute) error {
	if !c.Adverse.Contemplated || c.Adverse.Disputed || c.Ending != "" {
		return notNow("There is nothing to dispute now.", "Look at the application's status.")
	}
	return nil
}

func (c *file) dispute(ctx workflow.Context, in Dispute) (Ack, error) {
	c.record(ctx, ledger.Record{Kind: ledger.KindDisputed, Actor: string(ActorApplicant), Sealed: in.Statement})
	c.Adverse.Disputed = true
	return c.answer(ctx)
}

// noticePurpose is under which consent the statutory notices are sent: the
// report's own, or the account's where no report was made.
func (c *file) noticePurpose() consent.PurposeID {
	if c.Stage == onboarding.StageVetting {
		return consent.PurposeVetting
	}
	return consent.PurposeAccount
}

// reporter names who made the report; empty where none was made.
func (c *file) reporter() string {
	if k := c.check(onboarding.CheckBackground); k != nil && k.Result != "" {
		return k.Vendor
	}
	return ""
}
