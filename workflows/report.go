package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// awaitReport waits for the vendor's word that its answer is there, asks by itself
// when the word stays away, and calls ops when the time is over: the vendor's own
// or, while the applicant has to act on the vendor's page first, theirs.
func (c *file) awaitReport(ctx workflow.Context, name onboarding.CheckName) error {
	k := c.check(name)
	order := k.Order
	seen, who, since, reminded := 0, onboarding.Attention(""), k.Since, false
	for poll := 0; ; poll++ {
		if k.WaitsFor != who || poll == 0 {
			who, since, reminded = k.WaitsFor, workflow.Now(ctx), false
			if err := c.askOnPage(ctx, k); err != nil {
				return err
			}
		}
		ends := since.Add(c.in.Pace.Scale(c.timeFor(who)))
		remind := since.Add(c.in.Pace.Scale(c.timeFor(who) / 2))
		until := workflow.Now(ctx).Add(c.in.Pace.Scale(c.limits().Poll(poll)))
		if who == onboarding.AttentionApplicant && !reminded && until.After(remind) {
			until = remind
		}
		if until.After(ends) {
			until = ends
		}
		word, err := c.awaitWord(ctx, k.Vendor, order, seen, until)
		if err != nil {
			return err
		}
		seen = c.told(k.Vendor, order)
		if _, err := c.standstill(ctx); err != nil {
			return err
		}
		done, err := c.fetch(ctx, name, order)
		if err != nil || done {
			return err
		}
		now := workflow.Now(ctx)
		switch {
		case !word && k.WaitsFor == who && !now.Before(ends):
			c.overdue(ctx, k)
			return nil
		case who == onboarding.AttentionApplicant && k.WaitsFor == who && !reminded && !now.Before(remind):
			reminded = true
			if err := c.askOnPage(ctx, k); err != nil {
				return err
			}
		}
	}
}

// timeFor is how long who may take: the vendor its own stated time.
func (c *file) timeFor(who onboarding.Attention) time.Duration {
	if who == onboarding.AttentionApplicant {
		return c.limits().ApplicantDue
	}
	return c.limits().ReportDue
}

// askOnPage writes to the applicant that the vendor waits for them.
func (c *file) askOnPage(ctx workflow.Context, k *onboarding.Check) error {
	if k.WaitsFor != onboarding.AttentionApplicant {
		return nil
	}
	message := MessageInvitation
	if k.Name == onboarding.CheckIdentity {
		message = MessageIdentity
	}
	_, err := c.letter(ctx, message, consent.PurposeAccount, nil)
	return err
}

// awaitWord waits until the vendor says something new about an order, or until
// the time; it gives true when the vendor did.
func (c *file) awaitWord(ctx workflow.Context, vendor, order string, seen int, until time.Time) (bool, error) {
	told := func() bool { return c.told(vendor, order) > seen }
	wait := until.Sub(workflow.Now(ctx))
	if wait <= 0 {
		return told(), nil
	}
	_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: wait,
		TimerOptions: workflow.TimerOptions{Summary: "Ask " + VendorTitle(vendor) + " ourselves if no word comes"}}, told)
	return told(), err
}

// What stops a check whose answer does not come.
const (
	problemSilent  onboarding.Code = "REPORT_OVERDUE"     // the vendor's stated time is over
	problemNotDone onboarding.Code = "APPLICANT_NOT_DONE" // the applicant did not act on the vendor's page in time
)

func (c *file) overdue(ctx workflow.Context, k *onboarding.Check) {
	code, detail := problemSilent, "The vendor's stated time is over and there is no report."
	if k.WaitsFor == onboarding.AttentionApplicant {
		code, detail = problemNotDone, "The applicant did not do in time what the vendor asks of them."
	}
	if code == problemSilent {
		c.checkTook(ctx, k, true)
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindClock, Check: k.Name, Round: k.Round, Recipient: k.Vendor, Outcome: string(code), Detail: detail})
	c.setProblem(ctx, k.Name, code)
}

// told counts how often the vendor said something about the order. A vendor may
// name the person's file, which stands at the front of the order's reference.
func (c *file) told(vendor, order string) int {
	n := 0
	for _, r := range c.Reports {
		if r.Vendor == vendor && r.Order != "" && (r.Order == order || underneath(order, r.Order)) {
			n++
		}
	}
	return n
}

func underneath(order, front string) bool {
	return len(order) > len(front) && order[:len(front)] == front && order[len(front)] == '/'
}

// fetch asks for the report and takes it in; it gives false when it is not done yet.
func (c *file) fetch(ctx workflow.Context, name onboarding.CheckName, order string) (bool, error) {
	k := c.check(name)
	intent, ok := c.intendNothing(ctx, k, "fetch the report", "")
	if !ok {
		return true, nil
	}
	answer, err := c.askReport(ctx, k, intent, order, time.Time{})
	switch {
	case temporal.IsCanceledError(err):
		return true, err
	case err != nil:
		c.fail(ctx, name, vendorCode(err), intent)
		return true, nil
	case answer.Waiting:
		c.outcome(ctx, intent, ledger.KindUseDone, "pending", answer)
		c.handedOver(ctx, k, answer.WaitsFor)
		k.WaitsFor, k.Note = answer.WaitsFor, answer.Note
		return false, nil
	}
	c.receive(ctx, k, intent, order, answer)
	return true, nil
}

// askReport asks for an order's report. With after, one that was complete before
// then counts as still to come.
func (c *file) askReport(ctx workflow.Context, k *onboarding.Check, in intent, order string, after time.Time) (CheckAnswer, error) {
	return stepAt[CheckAnswer](ctx, c, k.Vendor, ActivityFetchReport, "Fetch the report of "+VendorTitle(k.Vendor), func() carrier {
		return FetchReportIn{Applicant: c.in.Applicant, Check: c.checkUse(k.Name, in), Order: order, After: after, Program: c.in.Program.ID}
	})
}

// receive takes a report in that is done.
func (c *file) receive(ctx workflow.Context, k *onboarding.Check, in intent, order string, answer CheckAnswer) {
	k.Order, k.Reported = "", order // done: there is nothing to cancel any more
	use := in.vendor.Record
	c.record(ctx, ledger.Record{Kind: ledger.KindReceived, Check: k.Name, Round: k.Round, Purpose: use.Purpose, Recipient: use.Recipient,
		Receipt: use.Receipt, Object: answer.Object, Digest: answer.Digest}) // obligation 4
	c.handedOn(ctx, k, use, answer.Onward)
	c.take(ctx, answer, in)
}

// intendNothing records a call to the check's vendor that sends no field of the
// person. Without live consent, without an agreement that is in force, or while the
// person's data are restricted and despite is no ground, it gives false, and the check
// has a problem.
func (c *file) intendNothing(ctx workflow.Context, k *onboarding.Check, what, despite string) (intent, bool) {
	purpose, recipient, _ := c.data(k)
	receipt, err := c.permit(purpose, recipient, despite)
	if err != nil {
		c.setProblem(ctx, k.Name, codeOf(err))
		return intent{}, false
	}
	if !c.inForce(ctx, k.Vendor) {
		c.record(ctx, ledger.Record{Kind: ledger.KindUseRefused, Check: k.Name, Round: k.Round, Purpose: string(purpose), Recipient: recipient,
			Receipt: receipt.ID, Outcome: string(onboarding.CodeNoAgreement), Detail: what})
		c.setProblem(ctx, k.Name, onboarding.CodeNoAgreement)
		return intent{}, false
	}
	return intent{vendor: c.record(ctx, ledger.Record{Kind: ledger.KindUse, Check: k.Name, Round: k.Round, Purpose: string(purpose),
		Recipient: recipient, Receipt: receipt.ID, Detail: what, Despite: c.despite(despite)})}, true
}

func (c *file) mayOpenVendorPage(in OpenVendorPage) error {
	k := c.check(in.Check)
	if k == nil || k.Status != onboarding.StatusWaiting || k.WaitsFor != onboarding.AttentionApplicant || c.Ending != "" {
		return notNow("There is nothing to do on another company's page now.", "Look at the application's status.")
	}
	return nil
}

// openVendorPage asks the vendor for its page anew each time: such an address
// serves once, and is not to be kept.
func (c *file) openVendorPage(ctx workflow.Context, in OpenVendorPage) (VendorPage, error) {
	if err := c.mayOpenVendorPage(in); err != nil {
		return VendorPage{}, err
	}
	k := c.check(in.Check)
	order := k.Order
	intent, ok := c.intendNothing(ctx, k, "open the vendor's page for the applicant", DespiteConsent)
	if !ok {
		return VendorPage{}, notNow("The consent for this was taken back.", "")
	}
	page, err := stepAt[VendorPage](ctx, c, k.Vendor, ActivityVendorPage, "Open the page of "+VendorTitle(k.Vendor), func() carrier {
		return VendorPageIn{Applicant: c.in.Applicant, Check: c.checkUse(in.Check, intent), Order: order}
	})
	if err != nil {
		c.outcome(ctx, intent, ledger.KindUseFailed, string(vendorCode(err)), CheckAnswer{})
		if vendorCode(err) == onboarding.CodeVendorDown {
			err = &onboarding.Error{Code: onboarding.CodeVendorDown, Message: VendorTitle(k.Vendor) + " does not answer at the moment.", Hint: "Try again in some minutes; nothing is lost."}
		}
		return VendorPage{}, err
	}
	c.outcome(ctx, intent, ledger.KindUseDone, "opened", CheckAnswer{})
	return page, nil
}
