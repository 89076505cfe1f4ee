package workflows

import (
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// plan puts the program's checks of a stage on the list.
func (c *file) plan(ctx workflow.Context, stage onboarding.Stage) {
	for _, s := range c.in.Program.Checks {
		if s.Name.Stage() != stage || c.check(s.Name) != nil {
			continue
		}
		now := workflow.Now(ctx)
		c.Checks = append(c.Checks, onboarding.Check{Name: s.Name, Vendor: s.Vendor, Status: onboarding.StatusPending, Round: 1,
			Findings: []onboarding.Finding{}, Since: now, UpdatedAt: now})
	}
}

func (c *file) check(name onboarding.CheckName) *onboarding.Check {
	for i := range c.Checks {
		if c.Checks[i].Name == name {
			return &c.Checks[i]
		}
	}
	return nil
}

func (c *file) setStatus(ctx workflow.Context, k *onboarding.Check, s onboarding.CheckStatus) {
	now := workflow.Now(ctx)
	if k.Status != s {
		k.Since = now
	}
	k.Status, k.UpdatedAt, c.UpdatedAt = s, now, now
	k.Paused = time.Time{}
	if s != onboarding.StatusWaiting {
		k.WaitsFor, k.Note = "", ""
	}
	if s == onboarding.StatusPending {
		k.Attempts, k.Verdict, k.Problem, k.Findings = 0, "", "", []onboarding.Finding{}
	}
}

// of lists the checks of a stage that are in one of the states.
func (c *file) of(stage onboarding.Stage, states ...onboarding.CheckStatus) []onboarding.CheckName {
	var out []onboarding.CheckName
	for _, k := range c.Checks {
		if k.Name.Stage() == stage && slices.Contains(states, k.Status) {
			out = append(out, k.Name)
		}
	}
	return out
}

// runChecks runs a stage's checks until each is settled: passed, flagged or
// waived. A check that could not complete waits for ops, and the others go on.
func (c *file) runChecks(ctx workflow.Context, stage onboarding.Stage) error {
	c.plan(ctx, stage)
	c.checking = stage
	defer func() { c.checking = "" }()
	for {
		if todo := c.of(stage, onboarding.StatusPending); len(todo) > 0 {
			if err := c.tryAtOnce(ctx, todo); err != nil {
				return err
			}
			continue
		}
		open := c.of(stage, onboarding.StatusRunning, onboarding.StatusWaiting, onboarding.StatusFailed)
		renews := c.renews(stage)
		if len(open) == 0 && !renews || c.Ending != "" {
			if waited, err := c.standstill(ctx); err != nil || !waited { // policy's ruling is a use as well
				return err
			}
			if c.Ending != "" {
				return nil
			}
			continue
		}
		who, w := c.waitForChecks(stage)
		held := len(c.held(stage))
		changed := func() bool {
			now, _ := c.waitForChecks(stage)
			return now != who || len(c.held(stage)) != held || c.renews(stage) != renews || len(c.of(stage, onboarding.StatusPending)) > 0 ||
				len(c.of(stage, onboarding.StatusRunning, onboarding.StatusWaiting, onboarding.StatusFailed)) != len(open)
		}
		over := c.checksNews(ctx, stage, who)
		_, err := c.until(ctx, who, w, 0, changed)
		over()
		if err != nil {
			return err
		}
		if c.Ending != "" {
			return nil
		}
	}
}

// waitForChecks says whom the stage's checks wait for.
func (c *file) waitForChecks(stage onboarding.Stage) (onboarding.Attention, Wait) {
	if failed := c.of(stage, onboarding.StatusFailed); len(failed) > 0 {
		return onboarding.AttentionOps, Wait{For: "ops to retry or waive: " + checkList(failed), Next: "The application goes on when this check is retried or waived."}
	}
	held := c.held(stage)
	waiting := c.of(stage, onboarding.StatusWaiting)
	for _, n := range waiting {
		if k := c.check(n); k.WaitsFor == onboarding.AttentionApplicant {
			return onboarding.AttentionApplicant, Wait{For: "the applicant to " + taskWords(k), Next: VendorTitle(k.Vendor) + " looks at it as soon as it is done.",
				Until: k.Since.Add(c.in.Pace.Scale(c.limits().ApplicantDue))}
		}
	}
	if len(held) > 0 {
		return onboarding.AttentionNone, c.heldWait(held)
	}
	if len(waiting) > 0 {
		w := Wait{For: "the report of " + VendorTitle(c.check(waiting[0]).Vendor), Next: "We look at the report as soon as it is there."}
		return onboarding.AttentionNone, w
	}
	return onboarding.AttentionNone, Wait{For: "an answer to: " + checkList(c.of(stage, onboarding.StatusRunning)), Next: "We try again by ourselves until it answers."}
}

// tryAtOnce tries the checks side by side, in one go. What does not come off
// for a passing reason is carried on durably, each check by itself.
func (c *file) tryAtOnce(ctx workflow.Context, names []onboarding.CheckName) error {
	if waited, err := c.standstill(ctx); err != nil {
		return err
	} else if waited { // much may have changed meanwhile
		names = slices.DeleteFunc(slices.Clone(names), func(n onboarding.CheckName) bool { return c.check(n).Status != onboarding.StatusPending })
		if len(names) == 0 || c.Ending != "" {
			return nil
		}
	}
	intents := c.intend(ctx, names)
	build := func(collect bool, names ...onboarding.CheckName) func() carrier {
		return func() carrier {
			in := RunChecksIn{Applicant: c.in.Applicant, Collect: collect}
			for _, n := range names {
				in.Checks = append(in.Checks, c.checkUse(n, intents[n]))
			}
			return in
		}
	}
	ready := slices.DeleteFunc(slices.Clone(names), func(n onboarding.CheckName) bool { return !intents[n].recorded() })
	if len(ready) == 0 {
		return nil
	}
	for _, n := range ready {
		c.calls[n]++
	}
	defer func() {
		for _, n := range ready {
			c.calls[n]--
		}
	}()
	out, err := carried[RunChecksOut](ctx, c, func(in any) workflow.Future {
		summary := "Try: " + checkList(ready)
		return workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, quickTry(ActivityRunChecks, summary)), ActivityRunChecks, in)
	}, build(true, ready...))
	if err != nil && (temporal.IsCanceledError(err) || final(err)) {
		return err
	}
	answered := map[onboarding.CheckName]CheckAnswer{}
	for _, a := range out.Answers {
		answered[a.Check] = a
	}
	for _, n := range ready {
		a, ok := answered[n]
		switch {
		case ok && a.Problem == nil:
			c.take(ctx, a, intents[n])
		case ok && a.Problem.Code == onboarding.CodeVendorPaused:
			c.alongside(ctx, n, func(ctx workflow.Context, n onboarding.CheckName) error { return c.hold(ctx, n, intents[n]) })
		case ok && !a.Problem.Retryable:
			c.fail(ctx, n, a.Problem.Code, intents[n])
		default:
			c.alongside(ctx, n, func(ctx workflow.Context, n onboarding.CheckName) error {
				return c.tryDurably(ctx, n, intents[n], build(false, n))
			})
		}
	}
	return nil
}

// alongside carries one check on in a coroutine of its own.
func (c *file) alongside(ctx workflow.Context, name onboarding.CheckName, do func(workflow.Context, onboarding.CheckName) error) {
	c.busy++
	ctx, stop := c.apart(ctx)
	way := &carrying{stop: stop} // never stopped by itself: what carries the check on from here stands in the same context
	c.aside[name] = way
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() {
			c.busy--
			if c.aside[name] == way {
				delete(c.aside, name)
			}
		}()
		if err := do(ctx, name); err != nil && !temporal.IsCanceledError(err) {
			c.setProblem(ctx, name, codeOf(err))
		}
		// The case's own course does not look at what runs again, nor at one more that
		// failed while it waits for ops already.
		more := c.attention == onboarding.AttentionOps && c.checking != "" && c.check(name).Status == onboarding.StatusFailed && since(ctx, changeShown)
		if more {
			_, w := c.waitForChecks(c.checking)
			c.wait.For = w.For
		}
		if more || slices.Contains(c.Again, name) {
			c.show(ctx)
		}
	})
}

func (c *file) tryDurably(ctx workflow.Context, name onboarding.CheckName, intent intent, build func() carrier) error {
	k := c.check(name)
	out, err := durable[RunChecksOut](ctx, c, k.Vendor, ActivityRunChecks, CheckWords(name)+" at "+VendorTitle(k.Vendor), build)
	switch {
	case temporal.IsCanceledError(err):
		if c.renewing[name] {
			c.outcome(ctx, intent, ledger.KindUseFailed, outcomeSuperseded, CheckAnswer{})
		}
		return err
	case codeOf(err) == onboarding.CodeVendorPaused:
		return c.hold(ctx, name, intent)
	case err != nil:
		c.fail(ctx, name, vendorCode(err), intent)
	case len(out.Answers) != 1 || out.Answers[0].Problem != nil:
		c.fail(ctx, name, onboarding.CodeInternal, intent)
	default:
		c.take(ctx, out.Answers[0], intent)
	}
	return nil
}

// intend records, for each check, that its fields go to its vendor. A check
// without live consent is not run: the refusal is recorded instead.
func (c *file) intend(ctx workflow.Context, names []onboarding.CheckName) map[onboarding.CheckName]intent {
	out := map[onboarding.CheckName]intent{}
	for _, n := range names {
		k := c.check(n)
		purpose, recipient, fields := c.data(k)
		receipt, err := c.permit(purpose, recipient, "")
		if err == nil { // a list that we search ourselves has to be named as well (consent.ListSAM)
			_, err = c.permit(purpose, k.Vendor, "")
		}
		if err != nil {
			c.record(ctx, ledger.Record{Kind: ledger.KindUseRefused, Check: n, Round: k.Round, Purpose: string(purpose), Recipient: recipient,
				Fields: fields, Outcome: string(codeOf(err))})
			c.setProblem(ctx, n, codeOf(err))
			continue
		}
		if !c.inForce(ctx, k.Vendor) {
			c.record(ctx, ledger.Record{Kind: ledger.KindUseRefused, Check: n, Round: k.Round, Purpose: string(purpose), Recipient: recipient,
				Fields: fields, Receipt: receipt.ID, Outcome: string(onboarding.CodeNoAgreement)})
			c.setProblem(ctx, n, onboarding.CodeNoAgreement)
			continue
		}
		c.setStatus(ctx, k, onboarding.StatusRunning)
		k.Began = workflow.Now(ctx)
		use := ledger.Record{Kind: ledger.KindUse, Check: n, Round: k.Round, Purpose: string(purpose), Recipient: recipient, Fields: fields, Receipt: receipt.ID}
		var in intent
		if looksFirst(n) {
			own := use
			own.Recipient = consent.RecipientOwn
			in.own = c.record(ctx, own)
		}
		in.vendor = c.record(ctx, use)
		out[n] = in
	}
	return out
}

// intent is what was recorded before a check runs.
type intent struct {
	vendor *entry // the fields go to the vendor
	own    *entry // we look at them ourselves first, and spare the vendor what we can see is wrong
}

func (i intent) recorded() bool { return i.vendor != nil }

// looksFirst: form, domain and the like are seen without a vendor.
func looksFirst(n onboarding.CheckName) bool {
	return n == onboarding.CheckEmail || n == onboarding.CheckPhone
}

func (c *file) checkUse(name onboarding.CheckName, in intent) CheckUse {
	k := c.check(name)
	u := CheckUse{Use: c.use(in.vendor), Check: name, Round: k.Round, Vendor: k.Vendor}
	if name == onboarding.CheckBackground {
		v := c.in.Program.Vetting
		u.Package, u.Flow, u.Node, u.Place = v.Package, v.Flow, v.Node, c.Place
		if e, moved := c.Elsewhere[k.Vendor]; moved {
			u.Package = e.Package
		}
	}
	if in.own != nil {
		own := c.use(in.own)
		u.Own = &own
	}
	for _, s := range c.in.Program.Checks {
		if s.Name == name {
			u.Threshold = s.Threshold
		}
	}
	for round := max(k.From, 1); round < k.Round; round++ {
		u.Earlier = append(u.Earlier, onboarding.OrderKey(c.in.Applicant, name, round))
	}
	return u
}

// use gives what an activity needs to redeem a recorded intent. The receipt's
// sealed evidence stays behind.
func (c *file) use(intent *entry) Use {
	u := Use{Intent: intent.Seq, Page: intent.page, Profile: c.Profile, Program: c.in.Program.ID}
	for _, h := range c.Consents.Held {
		if h.Receipt.ID == intent.Receipt {
			u.Receipt = h.Receipt
			u.Receipt.Evidence = nil
		}
	}
	return u
}

// take takes a check's answer in: findings that may not be used are dropped
// before anybody sees them, each with its rule.
func (c *file) take(ctx workflow.Context, a CheckAnswer, intent intent) {
	k := c.check(a.Check)
	if a.Waiting {
		k.Order, k.Reported, k.WaitsFor, k.Note = a.Order, "", a.WaitsFor, a.Note
		c.outcome(ctx, intent, ledger.KindUseDone, "ordered", a)
		c.setStatus(ctx, k, onboarding.StatusWaiting)
		c.alongside(ctx, a.Check, c.awaitReport)
		return
	}
	if a.Spared {
		k.Began = time.Time{} // the vendor was not asked
	}
	failed := onboarding.Worst(a.Findings) == onboarding.VerdictCouldNotComplete
	c.checkTook(ctx, k, failed)
	k.Findings = c.usable(ctx, k.Name, a.Findings)
	k.Result, k.Verdict, k.Problem = a.Object, onboarding.Worst(k.Findings), ""
	c.outcome(ctx, intent, ledger.KindUseDone, string(k.Verdict), a)
	switch k.Verdict {
	case onboarding.VerdictClear:
		c.setStatus(ctx, k, onboarding.StatusPassed)
	case onboarding.VerdictConsider:
		c.setStatus(ctx, k, onboarding.StatusFlagged)
	case onboarding.VerdictCouldNotComplete:
		c.setProblem(ctx, a.Check, problemIncomplete)
	}
}

// problemIncomplete: the vendor answered, but some of its searches could not complete.
const problemIncomplete onboarding.Code = "SEARCH_INCOMPLETE"

// CheckProblems are the codes of what can stop a check, the most usual first.
func CheckProblems() []onboarding.Code {
	return []onboarding.Code{onboarding.CodeVendorDown, onboarding.CodeVendorBusy, onboarding.CodeVendorUnclear, onboarding.CodeVendorRefused,
		problemIncomplete, problemSilent, problemNotDone, onboarding.CodeConsentNotLive, onboarding.CodeNoAgreement, onboarding.CodeRestricted, onboarding.CodeInternal, onboarding.CodeInvalid,
		onboarding.CodeGrantRefused, onboarding.CodeNotAllowed, onboarding.CodeKeyDestroyed, onboarding.CodeConflict, onboarding.CodeUnknownApplicant, onboarding.CodeLedgerConflict}
}

// outcome records what became of an intent.
func (c *file) outcome(ctx workflow.Context, in intent, kind ledger.Kind, says string, a CheckAnswer) {
	for _, e := range []*entry{in.own, in.vendor} {
		if e == nil {
			continue
		}
		said := says
		if e == in.vendor && a.Spared {
			said = "not sent: our own look was enough"
		}
		c.record(ctx, ledger.Record{Kind: kind, Check: e.Check, Round: e.Round, Purpose: e.Purpose, Recipient: e.Recipient,
			Outcome: said, Of: e.Seq, Object: a.Object, Digest: a.Digest})
	}
}

// fail marks a check as one that could not complete.
func (c *file) fail(ctx workflow.Context, name onboarding.CheckName, code onboarding.Code, intent intent) {
	c.checkTook(ctx, c.check(name), true)
	c.outcome(ctx, intent, ledger.KindUseFailed, string(code), CheckAnswer{})
	c.setProblem(ctx, name, code)
}

func (c *file) setProblem(ctx workflow.Context, name onboarding.CheckName, code onboarding.Code) {
	k := c.check(name)
	k.Problem, k.Verdict = string(code), onboarding.VerdictCouldNotComplete
	c.setStatus(ctx, k, onboarding.StatusFailed)
	c.announce(ctx, onboarding.Event{Type: onboarding.EventCheckFailed, Check: name, Problem: string(code), Round: k.Round})
}

// vendorCode reads why a durable try was given up. A time-out is the vendor's silence.
func vendorCode(err error) onboarding.Code {
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		return onboarding.CodeVendorDown
	}
	return codeOf(err)
}

// cancelChecks stops what is under way when the case ends. The order of a check
// that was waived is still open at the vendor, and nobody wants its answer.
func (c *file) cancelChecks(ctx workflow.Context) error {
	for len(c.Left) > 0 {
		if err := c.stopLeft(ctx, c.Left[0]); err != nil {
			return err
		}
	}
	for i := range c.Checks {
		k := &c.Checks[i]
		waived := k.Status == onboarding.StatusWaived && k.Order != "" && since(ctx, changeNothingLeftOpen)
		if k.Status.Settled() && !waived {
			continue
		}
		// An order that was on its way when the case ended may have been taken.
		lost := k.Order == "" && k.Status == onboarding.StatusRunning && orders(k.Name) && since(ctx, changeNothingLeftOpen)
		if k.Order != "" || lost {
			if err := c.stopOrder(ctx, k); err != nil {
				return err
			}
		}
		if waived {
			k.Order = ""
			continue
		}
		c.setStatus(ctx, k, onboarding.StatusCanceled)
	}
	return c.callOff(ctx)
}

// stopOrder tells the vendor to stop. It fails only when the case is being ended:
// that the vendor could not be told is in the ledger.
func (c *file) stopOrder(ctx workflow.Context, k *onboarding.Check) error {
	return c.tellStop(ctx, LeftOrder{Check: k.Name, Round: k.Round, Vendor: k.Vendor, Order: k.Order})
}

// orders reports whether the check is ordered now and answered later.
func orders(n onboarding.CheckName) bool {
	return n == onboarding.CheckBackground || n == onboarding.CheckIdentity
}

// data is what a check uses: its purpose, who gets it and which fields.
func (c *file) data(k *onboarding.Check) (consent.PurposeID, string, []onboarding.Field) {
	name := []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName}
	switch k.Name {
	case onboarding.CheckEmail:
		return consent.PurposeValidation, k.Vendor, []onboarding.Field{onboarding.FieldEmail}
	case onboarding.CheckPhone:
		return consent.PurposeValidation, k.Vendor, []onboarding.Field{onboarding.FieldPhone}
	case onboarding.CheckAddress:
		return consent.PurposeValidation, k.Vendor, []onboarding.Field{onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity,
			onboarding.FieldState, onboarding.FieldPostalCode}
	case onboarding.CheckIPRisk:
		return consent.PurposeValidation, k.Vendor, []onboarding.Field{onboarding.FieldIPAddress}
	case onboarding.CheckNationalID:
		return consent.PurposeValidation, consent.RecipientOwn, []onboarding.Field{onboarding.FieldNationalID}
	case onboarding.CheckIdentity:
		return consent.PurposeValidation, k.Vendor, nil // the vendor asks the person itself (obligation 6)
	case onboarding.CheckDuplicate:
		return consent.PurposeValidation, consent.RecipientOwn, []onboarding.Field{onboarding.FieldEmail, onboarding.FieldPhone, onboarding.FieldNationalID}
	case onboarding.CheckSanctions, onboarding.CheckExclusions, onboarding.CheckDebarment:
		if k.Vendor == consent.RecipientWatchman || k.Vendor == consent.RecipientYente {
			return consent.PurposeScreening, k.Vendor, append(name, onboarding.FieldDateOfBirth)
		}
		return consent.PurposeScreening, consent.RecipientOwn, append(name, onboarding.FieldDateOfBirth, onboarding.FieldState, onboarding.FieldCountry)
	case onboarding.CheckBackground:
		return consent.PurposeVetting, k.Vendor, c.investigated(k.Vendor)
	}
	panic("workflows: no data are defined for check " + string(k.Name))
}

// investigated is what a background report needs of the person. Who is invited by
// the agency gives it the rest themselves.
func (c *file) investigated(vendor string) []onboarding.Field {
	switch {
	case vendor == consent.RecipientCheckr && c.in.Program.Vetting.Flow == program.FlowInvitation:
		return []onboarding.Field{onboarding.FieldEmail, onboarding.FieldCity, onboarding.FieldState}
	case vendor == consent.RecipientCheckr:
		return []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth,
			onboarding.FieldNationalID, onboarding.FieldEmail, onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode}
	}
	return []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName,
		onboarding.FieldDateOfBirth, onboarding.FieldNationalID, onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity,
		onboarding.FieldState, onboarding.FieldPostalCode, onboarding.FieldCountry, onboarding.FieldPastAddresses}
}
