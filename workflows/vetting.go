package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
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
				TimerOptions: workflow.TimerOptions{Summary: "Ask " + VendorTitle(k.Vendor) + " ourselves if no word comes"}}, told)
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
		return true, nil //nolint:nilerr // without consent the check has a problem, and the case goes on
	}
	intent := intent{vendor: c.record(ctx, ledger.Record{Kind: ledger.KindUse, Check: name, Round: k.Round, Purpose: string(purpose), Recipient: recipient,
		Receipt: receipt.ID, Detail: "fetch the report"})}
	answer, err := step[CheckAnswer](ctx, c, ActivityFetchReport, "Fetch the report of "+VendorTitle(k.Vendor), func() carrier {
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
