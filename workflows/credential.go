package workflows

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// What the ledger says of a credential, beside that it was issued.
const (
	CredentialIssued     = "issued"
	CredentialExpired    = "expired"
	CredentialRevoked    = "revoked"
	CredentialSuperseded = "superseded"
	RenewalOpened        = "renewal opened"
	RenewalConfirmed     = "renewal confirmed"
	RenewalRefused       = "renewal refused"
	NameShown            = "name shown"
	NameHidden           = "name hidden"
)

// issue issues the credential under an ID that is drawn once. One that renews
// another runs on from the day on which that one ends: nobody loses days by being
// early.
func (c *file) issue(ctx workflow.Context) error {
	if _, err := c.standstill(ctx); err != nil || c.Ending != "" {
		return err
	}
	if c.Credential.ID == "" {
		var id string
		if err := workflow.SideEffect(ctx, func(workflow.Context) any { return uuid.NewString() }).Get(&id); err != nil {
			return err
		}
		now := workflow.Now(ctx)
		runs := now
		if old := c.renewed(); old != nil && old.Expires.After(now) {
			runs = old.Expires
		}
		validity := time.Duration(c.in.Program.Certification.Credential.ValidityDays) * 24 * time.Hour
		c.Credential = CredentialLine{ID: id, Issued: now, Expires: runs.Add(c.in.Pace.Scale(validity))}
	}
	receipt, err := c.permit(consent.PurposeCertification, "", "")
	if err != nil {
		c.end(onboarding.StageWithdrawn)
		return nil //nolint:nilerr // without consent the case ends
	}
	intent := c.record(ctx, ledger.Record{Kind: ledger.KindUse, Purpose: string(consent.PurposeCertification), Recipient: consent.RecipientHolder,
		Receipt: receipt.ID, Fields: []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName}})
	out, err := step[IssueCredentialOut](ctx, c, ActivityIssueCredential, "Issue the certificate", func() carrier {
		return IssueCredentialIn{Applicant: c.in.Applicant, Use: c.use(intent), Credential: c.Credential.ID, Program: c.in.Program.Title, ProgramID: c.in.Program.ID,
			Offers: c.in.Program.Certification.Credential, From: c.Credential.Issued, Until: c.Credential.Expires}
	})
	if err != nil {
		return err
	}
	issued := ledger.Record{Kind: ledger.KindCredential, Outcome: CredentialIssued, Of: intent.Seq, Object: out.Object, Digest: out.Digest}
	if old := c.renewed(); old != nil {
		issued.Detail = "it renews " + old.ID
		c.record(ctx, issued)
		c.record(ctx, ledger.Record{Kind: ledger.KindCredential, Outcome: CredentialSuperseded, Object: onboarding.CredentialKey(old.ID), Detail: "by " + c.Credential.ID})
		return nil
	}
	c.record(ctx, issued)
	return nil
}

// renewed gives the credential that the present one renews; nil for a first one.
func (c *file) renewed() *CredentialLine {
	if len(c.Past) == 0 {
		return nil
	}
	return &c.Past[len(c.Past)-1]
}

// certified tells the applicant, and lives on until the credential expires or is
// revoked: it reminds of the end, and renews what the program lets be renewed.
func (c *file) certified(ctx workflow.Context) (onboarding.Stage, error) {
	if !since(ctx, changeRenewal) {
		return c.certifiedOnce(ctx)
	}
	if !c.Credential.Told {
		message := MessageCertified
		if len(c.Past) > 0 {
			message = MessageRenewed
		}
		if _, err := c.letter(ctx, message, consent.PurposeAccount, nil); err != nil {
			return "", err
		}
		c.Credential.Told = true
	}
	ctx, stop := workflow.WithCancel(ctx)
	defer stop()
	c.remind(ctx)
	for {
		switch now := workflow.Now(ctx); {
		case c.Ending != "":
			return "", nil
		case c.Renewal.underWay():
			if next, err := c.renewCredential(ctx); err != nil || next != "" || c.Ending != "" {
				return next, err
			}
		case !now.Before(c.Credential.Expires):
			return c.lapse(ctx), nil
		case c.renewalDue(now):
			if err := c.openRenewal(ctx); err != nil {
				return "", err
			}
		default:
			if err := c.rest(ctx, now); err != nil {
				return "", err
			}
		}
	}
}

// rest waits until something is to be done: the renewal opens, the applicant asks
// for it, or the credential ends.
func (c *file) rest(ctx workflow.Context, now time.Time) error {
	who, w, wake := onboarding.AttentionNone, Wait{For: "nobody: the certificate is valid", Next: "It expires.", Until: c.Credential.Expires}, c.Credential.Expires
	switch opens := c.renewalOpens(); {
	case c.Renewal.open():
		who = onboarding.AttentionApplicant
		w.For, w.Next = "the applicant to confirm their details: the certificate can be renewed", "What the program checks again is checked, and a new certificate is issued. If nothing is done it expires."
	case !c.Renewal.Refused.IsZero():
		w.Next = "It expires; its renewal was refused."
	case !opens.IsZero():
		wake, w.Until, w.Next = opens, opens, "It can be renewed from then on."
	}
	opened := c.Renewal.open()
	_, err := c.until(ctx, who, w, max(wake.Sub(now), time.Millisecond), func() bool { return opened && c.Renewal.underWay() })
	return err
}

// lapse records that the credential has ended by its own date.
func (c *file) lapse(ctx workflow.Context) onboarding.Stage {
	c.expired(ctx)
	return onboarding.StageExpired
}

func (c *file) expired(ctx workflow.Context) {
	if !c.Credential.Lapsed {
		c.Credential.Lapsed = true
		c.record(ctx, ledger.Record{Kind: ledger.KindCredential, Outcome: CredentialExpired})
	}
}

// remind writes to the applicant on the days before the end that the program names.
// At the end itself it writes only while a renewal is under way: else the case ends,
// with a letter of its own.
func (c *file) remind(ctx workflow.Context) {
	days := slices.Clone(c.in.Program.Certification.Credential.RemindDaysBefore)
	slices.Sort(days)
	slices.Reverse(days)
	c.busy++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		for _, n := range days {
			at := c.Credential.Expires.Add(-c.in.Pace.Scale(time.Duration(n) * 24 * time.Hour))
			if slices.Contains(c.Credential.Reminded, n) || !at.After(c.Credential.Issued) {
				continue
			}
			if c.sleepUntil(ctx, at, "Remind of the certificate's end") != nil {
				return
			}
			c.Credential.Reminded = append(c.Credential.Reminded, n)
			if c.Renewal.underWay() || c.Ending != "" || !workflow.Now(ctx).Before(c.Credential.Expires) {
				continue
			}
			if _, err := c.letter(ctx, MessageExpiring, consent.PurposeAccount, func(m *SendMessageIn) {
				m.Deadline, m.Open = c.Credential.Expires, c.Renewal.open()
			}); err != nil {
				return
			}
			if c.settle(ctx) != nil {
				return
			}
		}
		if c.sleepUntil(ctx, c.Credential.Expires, "The certificate ends") != nil || !c.Renewal.underWay() || c.Ending != "" || c.Credential.Lapsed {
			return
		}
		c.expired(ctx)
		if _, err := c.letter(ctx, MessageCredentialEnded, consent.PurposeAccount, func(m *SendMessageIn) { m.Open = true }); err == nil {
			_ = c.settle(ctx) // only a cancellation ends it, and then what is open rides with the next step
		}
	})
}

// sleepUntil gives an error only when it is canceled.
func (c *file) sleepUntil(ctx workflow.Context, at time.Time, why string) error {
	left := at.Sub(workflow.Now(ctx))
	if left <= 0 {
		return nil
	}
	return workflow.NewTimerWithOptions(ctx, left, workflow.TimerOptions{Summary: why}).Get(ctx, nil)
}

// certifiedOnce is certified as it was before certificates were renewed.
func (c *file) certifiedOnce(ctx workflow.Context) (onboarding.Stage, error) {
	if _, err := c.letter(ctx, MessageCertified, consent.PurposeAccount, nil); err != nil {
		return "", err
	}
	left := max(c.Credential.Expires.Sub(workflow.Now(ctx)), time.Millisecond)
	w := Wait{For: "nobody: the certificate is valid", Next: "It expires.", Until: c.Credential.Expires}
	revoked, err := c.until(ctx, onboarding.AttentionNone, w, left, func() bool { return c.revoke })
	if err != nil || c.Ending != "" {
		return "", err
	}
	if !revoked {
		c.record(ctx, ledger.Record{Kind: ledger.KindCredential, Outcome: CredentialExpired})
		return onboarding.StageExpired, nil // its own date says so
	}
	return onboarding.StageExpired, c.takeBack(ctx, CredentialRevoked)
}

// takeBack revokes every credential of the case that stands: one that was renewed
// early is good until its own date.
func (c *file) takeBack(ctx workflow.Context, outcome string) error {
	now := workflow.Now(ctx)
	lines := []*CredentialLine{&c.Credential}
	for i := range c.Past {
		lines = append(lines, &c.Past[i])
	}
	for n, l := range lines {
		if l.ID == "" || !l.Revoked.IsZero() || (n > 0 && !now.Before(l.Expires)) {
			continue
		}
		l.Revoked = now
		record := ledger.Record{Kind: ledger.KindCredential, Outcome: outcome}
		if n > 0 {
			record.Object = onboarding.CredentialKey(l.ID)
		}
		c.record(ctx, record)
		id := l.ID
		if _, err := step[Nothing](ctx, c, ActivityRevokeCredential, "Revoke the certificate", func() carrier {
			return RevokeCredentialIn{Applicant: c.in.Applicant, Credential: id, At: now}
		}); err != nil {
			return err
		}
	}
	return nil
}

// RevocationReason is why a credential is revoked, as the holder is told.
type RevocationReason string

// The reasons for which staff revoke.
const (
	RevokedRequirement RevocationReason = "requirement" // what the program asks is met no more
	RevokedConduct     RevocationReason = "conduct"     // the program's rules were broken
	RevokedMistake     RevocationReason = "mistake"     // it was issued by mistake
	RevokedRequest     RevocationReason = "request"     // its holder asked for it
	RevokedProgram     RevocationReason = "program"     // the program is given up
)

// RevocationReasons lists them in the order in which staff choose.
func RevocationReasons() []RevocationReason {
	return []RevocationReason{RevokedRequirement, RevokedConduct, RevokedMistake, RevokedRequest, RevokedProgram}
}

func (c *file) mayRevoke(in Revoke) error {
	if err := c.mustBe(onboarding.StageCertified); err != nil {
		return err
	}
	if in.Category != "" && !slices.Contains(RevocationReasons(), in.Category) {
		return onboarding.Invalid("category", "There is no such reason for a revocation.", "Choose one of those that are listed.")
	}
	return nil
}

// revokeCredential takes the credential back before it answers, whatever else is
// under way: a renewal ends with it. The holder is told why, and how to contest it.
func (c *file) revokeCredential(ctx workflow.Context, in Revoke) (Ack, error) {
	c.record(ctx, ledger.Record{Kind: ledger.KindDecided, Actor: string(in.Actor), Outcome: "revoke", Detail: string(in.Category), Sealed: in.Reason})
	if !since(ctx, changeRenewal) {
		c.revoke = true
		return c.ack(), nil
	}
	c.Credential.Why = in.Category
	if err := c.takeBack(ctx, CredentialRevoked); err != nil {
		return Ack{}, err
	}
	c.end(onboarding.StageExpired)
	return c.answer(ctx)
}

// partingLetter is what tells that a certificate has ended.
func (c *file) partingLetter(ctx workflow.Context) error {
	if !c.Credential.Revoked.IsZero() {
		_, err := c.letter(ctx, MessageRevoked, consent.PurposeAccount, func(m *SendMessageIn) { m.Reason = string(c.Credential.Why) })
		return err
	}
	_, err := c.letter(ctx, MessageCredentialEnded, consent.PurposeAccount, nil)
	return err
}
