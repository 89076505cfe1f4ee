package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// Renewal is how far the renewal of the present credential is.
type Renewal struct {
	Opened    time.Time        `json:"opened"`    // the applicant was asked; zero: it is not open yet
	Confirmed time.Time        `json:"confirmed"` // they want it, and their details are right
	Met       time.Time        `json:"met"`       // what is asked of them again is done
	Asked     bool             `json:"asked"`     // it was asked for
	Ordered   bool             `json:"ordered"`   // the checks that are made again have got their new rounds
	Checked   time.Time        `json:"checked"`   // they are through
	Refused   time.Time        `json:"refused"`   // a person decided against it, after notice
	At        onboarding.Stage `json:"at"`        // whose checks are being made again; empty while none are
}

func (r Renewal) open() bool     { return !r.Opened.IsZero() && r.Confirmed.IsZero() && r.Refused.IsZero() }
func (r Renewal) underWay() bool { return !r.Confirmed.IsZero() && r.Refused.IsZero() }

// RenewalView is a renewal as a view shows it.
type RenewalView struct {
	Renewal
	Opens        time.Time              `json:"opens"`        // zero: this certificate cannot be renewed
	Checks       []onboarding.CheckName `json:"checks"`       // that are made again
	Requirements []string               `json:"requirements"` // that are asked for again, by ID
	// Reconsent is what is to be agreed to again, since its notice has changed.
	Reconsent []ConsentNeed `json:"reconsent"`
}

// ConsentNeed is a consent that is asked for.
type ConsentNeed struct {
	Purpose consent.PurposeID `json:"purpose"`
	Kind    consent.Kind      `json:"kind"`
}

// ConfirmRenewal asks for the renewal: the details that we have are right.
type ConfirmRenewal struct {
	Actor Actor `json:"actor"`
}

// working is the stage whose checks are being worked on: that of the case or, in a
// renewal, the one that they belong to.
func (c *file) working() onboarding.Stage {
	if c.Stage == onboarding.StageCertified && c.Renewal.At != "" {
		return c.Renewal.At
	}
	return c.Stage
}

// renewalOpens is when the present credential can be renewed from on; zero when
// the program does not renew.
func (c *file) renewalOpens() time.Time {
	r := c.in.Program.Certification.Renewal
	if r.OpensDaysBefore == 0 || c.Credential.ID == "" {
		return time.Time{}
	}
	at := c.Credential.Expires.Add(-c.in.Pace.Scale(time.Duration(r.OpensDaysBefore) * 24 * time.Hour))
	if at.Before(c.Credential.Issued) {
		return c.Credential.Issued
	}
	return at
}

func (c *file) renewalDue(now time.Time) bool {
	opens := c.renewalOpens()
	return !opens.IsZero() && !now.Before(opens) && c.Renewal.Opened.IsZero()
}

// openRenewal asks the applicant whether they want it.
func (c *file) openRenewal(ctx workflow.Context) error {
	c.Renewal.Opened = workflow.Now(ctx)
	c.record(ctx, ledger.Record{Kind: ledger.KindCredential, Outcome: RenewalOpened})
	_, err := c.letter(ctx, MessageRenewal, consent.PurposeAccount, func(m *SendMessageIn) { m.Deadline = c.Credential.Expires })
	return err
}

// usedAgain lists the purposes for which data are used in the renewal: those of the
// checks and requirements that the program repeats, and what every renewal needs.
func (c *file) usedAgain() []consent.PurposeID {
	out := []consent.PurposeID{consent.PurposeAccount}
	add := func(p consent.PurposeID) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	r := c.in.Program.Certification.Renewal
	for _, name := range r.Checks {
		if k := c.check(name); k != nil {
			p, _, _ := c.data(k)
			add(p)
		}
	}
	if len(r.Requirements) > 0 {
		add(consent.PurposeQualification)
	}
	add(consent.PurposeCertification)
	return out
}

// reconsent lists what is to be agreed to again: the notice has another version
// than the one that was agreed to. It reads the notices of this binary, so only
// validators and views may ask.
func (c *file) reconsent() []ConsentNeed {
	out := []ConsentNeed{}
	for _, p := range c.usedAgain() {
		for _, k := range c.Consents.Changed(p) {
			out = append(out, ConsentNeed{Purpose: p, Kind: k})
		}
	}
	return out
}

func (c *file) renewalView() RenewalView {
	r := c.in.Program.Certification.Renewal
	v := RenewalView{Renewal: c.Renewal, Opens: c.renewalOpens(), Checks: slices.Clone(r.Checks), Requirements: slices.Clone(r.Requirements), Reconsent: []ConsentNeed{}}
	if c.Renewal.open() {
		v.Reconsent = c.reconsent()
	}
	return v
}

func (c *file) mayConfirmRenewal(ConfirmRenewal) error {
	if err := c.mustBe(onboarding.StageCertified); err != nil {
		return err
	}
	switch {
	case c.Renewal.underWay():
		return notNow("You have asked for the renewal already.", "Your status page says how far it is.")
	case !c.Renewal.open():
		return notNow("Your certificate cannot be renewed now.", "We write to you when it can be.")
	case len(c.reconsent()) > 0:
		return onboarding.Invalid("consent", "The text of something that you agreed to has changed.", "Read it as it is now and agree to it first.")
	}
	return nil
}

// confirmRenewal takes the applicant's word; the stage goes on with it.
func (c *file) confirmRenewal(ctx workflow.Context, in ConfirmRenewal) (Ack, error) {
	if !c.Renewal.open() { // it has ended meanwhile, or two pressed at once
		return Ack{}, notNow("Your certificate cannot be renewed now.", "Your status page says how it stands.")
	}
	c.Renewal.Confirmed = workflow.Now(ctx)
	c.record(ctx, ledger.Record{Kind: ledger.KindCredential, Actor: string(in.Actor), Outcome: RenewalConfirmed})
	return c.answer(ctx)
}

// renewCredential does again what the program asks for and nothing else, then issues a new
// credential. The old one stands until its own date whatever comes of it. It gives
// the stage again when the case goes on in a fresh run, and no stage when the
// renewal was refused.
func (c *file) renewCredential(ctx workflow.Context) (onboarding.Stage, error) {
	if c.Renewal.Met.IsZero() {
		next, err := c.meetAgain(ctx)
		if err != nil || c.Ending != "" || next != "" {
			return c.orRefuse(ctx, next), err
		}
		c.Renewal.Met = workflow.Now(ctx)
	}
	if c.Renewal.Checked.IsZero() {
		next, err := c.checkAgain(ctx)
		if err != nil || c.Ending != "" || next != "" {
			return c.orRefuse(ctx, next), err
		}
		c.Renewal.Checked = workflow.Now(ctx)
	}
	old := c.Credential
	old.Replaced = workflow.Now(ctx)
	c.Past, c.Credential = append(c.Past, old), CredentialLine{}
	if err := c.issue(ctx); err != nil || c.Ending != "" {
		return "", err
	}
	c.Renewal = Renewal{}
	if old.Shown {
		if err := c.putName(ctx, true); err != nil {
			return "", err
		}
	}
	return c.Stage, nil
}

// orRefuse records that a person has decided against the renewal: what would end an
// application ends that alone.
func (c *file) orRefuse(ctx workflow.Context, next onboarding.Stage) onboarding.Stage {
	c.Renewal.At = ""
	if next != onboarding.StageDeclined {
		return next
	}
	c.Renewal.Refused = workflow.Now(ctx)
	c.record(ctx, ledger.Record{Kind: ledger.KindCredential, Outcome: RenewalRefused})
	return ""
}

// meetAgain has the applicant meet again what the program asks for at a renewal.
func (c *file) meetAgain(ctx workflow.Context) (onboarding.Stage, error) {
	again := c.in.Program.Certification.Renewal.Requirements
	if len(again) == 0 {
		return "", nil
	}
	if !c.Renewal.Asked {
		c.askAnew(ctx, again)
		c.Renewal.Asked = true
		if _, err := c.letter(ctx, MessageTraining, consent.PurposeAccount, func(m *SendMessageIn) { m.Open = true }); err != nil {
			return "", err
		}
	}
	return c.meet(ctx)
}

// checkAgain makes the program's checks again, in new rounds with orders of their
// own. What they bring up goes to a person, as it did at first.
func (c *file) checkAgain(ctx workflow.Context) (onboarding.Stage, error) {
	again := c.in.Program.Certification.Renewal.Checks
	if !c.Renewal.Ordered {
		if err := c.correctedFirst(ctx); err != nil || c.Ending != "" {
			return "", err
		}
		for _, name := range again {
			if k := c.check(name); k != nil {
				k.Round++
				k.From, k.Order, k.Reported = k.Round, "", ""
				c.setStatus(ctx, k, onboarding.StatusPending)
			}
		}
		c.Renewal.Ordered, c.Adverse = true, Adverse{}
	}
	for _, stage := range []onboarding.Stage{onboarding.StageValidation, onboarding.StageVetting} {
		if !slices.ContainsFunc(again, func(n onboarding.CheckName) bool { return n.Stage() == stage }) {
			continue
		}
		c.Renewal.At = stage
		for {
			c.corrected = false
			if err := c.runChecks(ctx, stage); err != nil || c.Ending != "" {
				return "", err
			}
			if c.ruleRenewal(ctx, stage) == onboarding.RulingProceed {
				break
			}
			to, err := c.review(ctx, c.Stage)
			if err != nil || c.Ending != "" || to == onboarding.StageDeclined {
				return to, err
			}
			if !c.corrected {
				break // a person lets it pass
			}
			c.Adverse = Adverse{} // what was contemplated rested on what is corrected
		}
		c.Ruling = onboarding.Decision{}
	}
	c.Renewal.At = ""
	return "", nil
}

// correctedFirst waits for the checks that a detail has touched which the holder has
// corrected, and for the person who looks at one that does not hold: the renewed
// certificate rests on it.
func (c *file) correctedFirst(ctx workflow.Context) error {
	for (c.openAgain() > 0 || c.heldAgain()) && since(ctx, changeCorrectedFirst) {
		open, held := c.openAgain(), c.heldAgain()
		who, w := c.waitForAgain()
		if held {
			who, w = onboarding.AttentionReviewer, Wait{For: "a reviewer to look at a detail that was corrected and does not hold", Next: "The renewal goes on when they let it pass."}
		}
		if _, err := c.until(ctx, who, w, 0, func() bool {
			now, _ := c.waitForAgain()
			return c.openAgain() != open || c.heldAgain() != held || !held && now != who
		}); err != nil || c.Ending != "" {
			return err
		}
	}
	return nil
}

// ruleRenewal has policy speak of the checks that were made again, and of no others:
// those were ruled upon.
func (c *file) ruleRenewal(ctx workflow.Context, stage onboarding.Stage) onboarding.Ruling {
	p := c.in.Program
	again := func(n onboarding.CheckName) bool { return slices.Contains(p.Certification.Renewal.Checks, n) }
	p.Checks = slices.Clone(p.Checks)
	n := 0
	for _, s := range p.Checks {
		if again(s.Name) {
			p.Checks[n] = s
			n++
		}
	}
	p.Checks = p.Checks[:n]
	var checks []onboarding.Check
	for _, k := range c.Checks {
		if again(k.Name) {
			checks = append(checks, k)
		}
	}
	c.Ruling = policy.Ruling(stage, checks, p, c.jurisdiction())
	c.record(ctx, ledger.Record{Kind: ledger.KindRuled, Outcome: string(c.Ruling.Ruling), Detail: rulesOf(c.Ruling)})
	return c.Ruling.Ruling
}
