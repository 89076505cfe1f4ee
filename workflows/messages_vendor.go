package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// UpdateUseVendor moves a check that failed, or that waits for a paused vendor, to
// another vendor.
const UpdateUseVendor = "UseVendor"

// SignalVendorResumed says that a vendor which ops had paused is asked again.
const SignalVendorResumed = "VendorResumed"

// VendorResumed is the signal's content.
type VendorResumed struct {
	Vendor string `json:"vendor"`
}

// UseVendor moves a check to another vendor: a new round, in which nothing of the
// rounds before is taken up. Who asks has seen that the program's file of today lets
// that vendor do the check; the case holds it to the consent.
type UseVendor struct {
	Check  onboarding.CheckName `json:"check"`
	Round  int                  `json:"round"` // the round that is meant: a second press of the button is refused; 0 = whichever it is
	Vendor string               `json:"vendor"`
	// Allowed is what the program's file says of that vendor.
	Allowed Elsewhere `json:"allowed"`
	Reason  []byte    `json:"reason"` // sealed
	Actor   Actor     `json:"actor"`
	Bulk    string    `json:"bulk"` // the run for many that asks, if any: one run asks for a check once
}

// Elsewhere is by which leave a vendor does a check that was another's.
type Elsewhere struct {
	Version   string         `json:"version"`   // of the program's file
	Agreement program.Vendor `json:"agreement"` // zero for our own lists
	Package   string         `json:"package"`   // what it calls the background report
}

// AgreementsToday are the agreements of a program's file as it is when somebody asks.
type AgreementsToday struct {
	Version string                    `json:"version"` // of the file
	Vendors map[string]program.Vendor `json:"vendors"`
}

// LeftOrder is an order that may stand at a vendor which the check was taken from.
type LeftOrder struct {
	Check  onboarding.CheckName `json:"check"`
	Round  int                  `json:"round"`
	Vendor string               `json:"vendor"`
	Order  string               `json:"order"` // the vendor's reference; empty: it is looked for by our key
}

// MovedState is what a case remembers of checks that were moved.
type MovedState struct {
	Elsewhere map[string]Elsewhere `json:"elsewhere,omitempty"` // by vendor
	Left      []LeftOrder          `json:"left,omitempty"`
	// Agreements are those of the program's file at a retry, where they are others than
	// those that the case began with; by vendor.
	Agreements map[string]program.Vendor `json:"agreements,omitempty"`
}

// openCheck gives a check that waits for staff: it failed, or its vendor is paused.
func (c *file) openCheck(name onboarding.CheckName) (*onboarding.Check, error) {
	if k := c.check(name); k != nil && k.Held() && c.Ending == "" {
		return k, nil
	}
	return c.failedCheck(name)
}

func (c *file) mayUseVendor(in UseVendor) error {
	k, err := c.openCheck(in.Check)
	if err != nil {
		return err
	}
	switch {
	case in.Round != 0 && in.Round != k.Round:
		return notNow("That round of the check was retried or moved already.", "Look at its status.")
	case in.Bulk != "" && in.Bulk == k.Bulk:
		return notNow("This run has asked for the check already.", "It failed once more since; start another run, or move it by itself.")
	case in.Vendor == k.Vendor:
		return notNow("The check is with "+VendorTitle(k.Vendor)+" already.", "Retry it there, or choose another vendor.")
	case !program.Does(in.Check, in.Vendor):
		return onboarding.Invalid("vendor", VendorTitle(in.Vendor)+" cannot do the check "+string(in.Check)+".", "Choose one of those that the program names.")
	case c.in.Program.Vetting.Flow == program.FlowInvitation && in.Check == onboarding.CheckBackground && in.Vendor != consent.RecipientCheckr:
		return onboarding.Invalid("vendor", VendorTitle(in.Vendor)+" does not invite applicants itself, as this program has it.", "Choose another vendor.")
	}
	there := *k
	there.Vendor = in.Vendor
	purpose, recipient, _ := c.data(&there)
	if _, err = c.Consents.LiveFor(purpose, recipient); err == nil {
		_, err = c.Consents.LiveFor(purpose, in.Vendor)
	}
	if err != nil { // obligations 29 and 36
		return &onboarding.Error{Code: onboarding.CodeConsentNotLive, Message: "Nothing of this applicant may go to " + VendorTitle(in.Vendor) + ": no consent that holds is upon a notice that names it.",
			Hint: "Retry the check where it was, or waive it.", Cause: err}
	}
	return nil
}

// useVendor begins a new round at another vendor; the stage's loop takes it up. What
// may have been ordered before is taken back, beside it.
func (c *file) useVendor(ctx workflow.Context, in UseVendor) (Ack, error) {
	if err := c.mayUseVendor(in); err != nil {
		return Ack{}, err
	}
	k := c.check(in.Check)
	if !c.agreementToday(ctx, in.Vendor, in.Allowed.Agreement) {
		there := *k
		there.Vendor = in.Vendor
		purpose, recipient, fields := c.data(&there)
		c.record(ctx, ledger.Record{Kind: ledger.KindUseRefused, Actor: string(in.Actor), Check: k.Name, Round: k.Round, Purpose: string(purpose),
			Recipient: recipient, Fields: fields, Outcome: string(onboarding.CodeNoAgreement)})
		return Ack{}, NotAgreed(in.Vendor)
	}
	delete(c.Agreements, in.Vendor) // what is allowed now counts
	was := k.Vendor
	detail := "from " + VendorTitle(was) + ", by the program's file " + in.Allowed.Version
	if in.Bulk != "" {
		detail += ", " + bulkDetail(in.Bulk)
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindVendorChanged, Actor: string(in.Actor), Check: k.Name, Round: k.Round + 1, Recipient: in.Vendor, Sealed: in.Reason, Detail: detail})
	if orders(k.Name) {
		c.Left = append(c.Left, LeftOrder{Check: k.Name, Round: k.Round, Vendor: was, Order: k.Order})
		c.takeBackLeft()
	}
	if c.Elsewhere == nil {
		c.Elsewhere = map[string]Elsewhere{}
	}
	c.Elsewhere[in.Vendor] = in.Allowed
	k.Vendor, k.Bulk, k.Reported = in.Vendor, in.Bulk, ""
	c.anew(k)
	c.takeUp(k.Name)
	return c.ack(), nil
}

// takeUp has a check that was made pending by staff run: the stage's own loop does it
// unless the check is of another stage.
func (c *file) takeUp(name onboarding.CheckName) {
	if slices.Contains(c.Again, name) && c.checking != name.Stage() {
		c.runAside([]onboarding.CheckName{name})
	}
}

// takeBackLeft tells the vendors that checks were taken from to stop, beside the
// case's course: one that does not answer holds nothing up. What the end of a stage
// cuts off is told again in the next one, and at the end of the case.
func (c *file) takeBackLeft() {
	for _, left := range c.Left {
		if c.taking[left] {
			continue
		}
		c.taking[left] = true
		c.busy++
		workflow.Go(c.stage, func(ctx workflow.Context) {
			defer func() { c.busy-- }()
			defer delete(c.taking, left)
			_ = c.stopLeft(ctx, left) // only a cancellation is an error
		})
	}
}

func (c *file) stopLeft(ctx workflow.Context, left LeftOrder) error {
	if err := c.tellStop(ctx, left); err != nil {
		return err
	}
	c.Left = slices.DeleteFunc(c.Left, func(l LeftOrder) bool { return l == left })
	return nil
}

// tellStop tells a vendor to stop. It fails only when it is canceled: that the vendor
// could not be told is in the ledger.
func (c *file) tellStop(ctx workflow.Context, left LeftOrder) error {
	_, err := stepAt[Nothing](ctx, c, left.Vendor, ActivityCancelOrder, "Tell "+VendorTitle(left.Vendor)+" to stop", func() carrier {
		return CancelOrderIn{Applicant: c.in.Applicant, Vendor: left.Vendor, Order: left.Order, Key: onboarding.OrderKey(c.in.Applicant, left.Check, left.Round)}
	})
	if temporal.IsCanceledError(err) {
		return err
	}
	outcome := "canceled"
	if err != nil {
		outcome = string(vendorCode(err))
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindNotified, Check: left.Check, Round: left.Round, Recipient: left.Vendor, Outcome: outcome, Detail: "The vendor was told to stop."})
	return nil
}

// hold has a check wait for as long as its vendor is paused, and then carries it on.
// Nothing was sent in this try, and what is tried later is a try like the first: a
// pause costs no attempt, however long.
func (c *file) hold(ctx workflow.Context, name onboarding.CheckName, in intent) error {
	c.outcome(ctx, in, ledger.KindUseFailed, string(onboarding.CodeVendorPaused), CheckAnswer{})
	k := c.check(name)
	round := k.Round
	k.Paused, k.UpdatedAt, k.Began = workflow.Now(ctx), workflow.Now(ctx), time.Time{}
	if name.Stage() != c.checking { // else the stage's loop shows it
		c.show(ctx)
	}
	stays := func() bool { k := c.check(name); return k.Round == round && k.Held() }
	if err := c.awaitResume(ctx, k.Vendor, stays); err != nil {
		return err
	}
	if !stays() { // moved or waived meanwhile
		return nil
	}
	if _, err := c.standstill(ctx); err != nil || !stays() {
		return err
	}
	intents := c.intend(ctx, []onboarding.CheckName{name})
	if !intents[name].recorded() {
		return nil
	}
	return c.tryDurably(ctx, name, intents[name], func() carrier {
		return RunChecksIn{Applicant: c.in.Applicant, Checks: []CheckUse{c.checkUse(name, intents[name])}}
	})
}

// awaitResume waits until the vendor is asked again, or until stays does not hold any
// more. Who resumes the vendor says so to each case. Should that word be lost, the
// case asks by itself, ever less often.
func (c *file) awaitResume(ctx workflow.Context, vendor string, stays func() bool) error {
	seen := c.resumed[vendor]
	for look := firstLook; ; look = min(2*look, lastLook) {
		done, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: look,
			TimerOptions: workflow.TimerOptions{Summary: "See by ourselves whether " + VendorTitle(vendor) + " is asked again"}},
			func() bool { return c.resumed[vendor] != seen || !stays() })
		if err != nil || done {
			return err
		}
		var paused bool
		ask := workflow.WithLocalActivityOptions(ctx, quickTry(ActivityVendorPaused, "Is "+VendorTitle(vendor)+" paused?"))
		if err := workflow.ExecuteLocalActivity(ask, ActivityVendorPaused, vendor).Get(ctx, &paused); err == nil && !paused {
			return nil
		} else if temporal.IsCanceledError(err) {
			return err
		}
	}
}

// How often a case looks by itself whether a paused vendor is asked again. Pauses are
// people's, so their clock is the wall's.
const (
	firstLook = time.Hour
	lastLook  = 24 * time.Hour
)

// held lists the checks of a stage whose vendor is paused.
func (c *file) held(stage onboarding.Stage) []onboarding.CheckName {
	var out []onboarding.CheckName
	for _, k := range c.Checks {
		if k.Name.Stage() == stage && k.Held() {
			out = append(out, k.Name)
		}
	}
	return out
}

// heldAt lists the paused vendors that checks wait for.
func (c *file) heldAt() []string {
	var out []string
	for _, k := range c.Checks {
		if k.Held() && !slices.Contains(out, k.Vendor) {
			out = append(out, k.Vendor)
		}
	}
	return out
}

// heldWait says what the case waits for while vendors are paused.
func (c *file) heldWait(names []onboarding.CheckName) Wait {
	words := ""
	for i, n := range names {
		if i > 0 {
			words += ", "
		}
		words += CheckWords(n) + " at " + VendorTitle(c.check(n).Vendor)
	}
	return Wait{For: "a vendor that ops have paused: " + words, Next: "The check goes on by itself when ops resume the vendor."}
}
