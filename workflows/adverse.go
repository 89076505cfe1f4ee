package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

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
		if _, err := c.letter(ctx, MessageFinal, c.noticePurpose(), func(m *SendMessageIn) { m.Agency = c.reporter() }); err != nil {
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
	told, err := c.letter(ctx, MessagePreAdverse, c.noticePurpose(), func(m *SendMessageIn) { m.Agency, m.Deadline = c.reporter(), ends })
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

// reporter is who made the report; empty where none was made.
func (c *file) reporter() program.Agency {
	if k := c.check(onboarding.CheckBackground); k != nil && k.Result != "" {
		return c.in.Program.Vendors[k.Vendor].Agency
	}
	return program.Agency{}
}
