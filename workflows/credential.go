package workflows

import (
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// issue issues the credential under an ID that is drawn once.
func (c *file) issue(ctx workflow.Context) error {
	if c.Credential.ID == "" {
		var id string
		if err := workflow.SideEffect(ctx, func(workflow.Context) any { return uuid.NewString() }).Get(&id); err != nil {
			return err
		}
		now := workflow.Now(ctx)
		validity := time.Duration(c.in.Program.Certification.Credential.ValidityDays) * 24 * time.Hour
		c.Credential = CredentialLine{ID: id, Issued: now, Expires: now.Add(c.in.Pace.Scale(validity))}
	}
	receipt, err := c.Consents.Live(consent.PurposeCertification)
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
	c.record(ctx, ledger.Record{Kind: ledger.KindCredential, Outcome: "issued", Of: intent.Seq, Object: out.Object, Digest: out.Digest})
	return nil
}

// certified tells the applicant, and lives on until the credential expires or
// is revoked.
func (c *file) certified(ctx workflow.Context) (onboarding.Stage, error) {
	if _, err := c.letter(ctx, MessageCertified, consent.PurposeAccount, nil); err != nil {
		return "", err
	}
	left := max(c.Credential.Expires.Sub(workflow.Now(ctx)), time.Millisecond)
	w := Wait{For: "nobody: the certificate is valid", Next: "It expires.", Until: c.Credential.Expires}
	revoked, err := c.until(ctx, onboarding.AttentionNone, w, left, func() bool { return c.revoke })
	if err != nil || c.Ending != "" {
		return "", err
	}
	if err := c.withdrawCredential(ctx, revoked); err != nil {
		return "", err
	}
	return onboarding.StageExpired, nil
}

// withdrawCredential marks the credential as expired or revoked.
func (c *file) withdrawCredential(ctx workflow.Context, revoked bool) error {
	outcome := "expired"
	if revoked {
		outcome, c.Credential.Revoked = "revoked", workflow.Now(ctx)
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindCredential, Outcome: outcome})
	if !revoked {
		return nil // its own date says so
	}
	_, err := step[Nothing](ctx, c, ActivityRevokeCredential, "Revoke the certificate", func() carrier {
		return RevokeCredentialIn{Applicant: c.in.Applicant, Credential: c.Credential.ID, At: c.Credential.Revoked}
	})
	return err
}

func (c *file) mayRevoke(Revoke) error { return c.mustBe(onboarding.StageCertified) }

func (c *file) revokeCredential(ctx workflow.Context, in Revoke) (Ack, error) {
	c.record(ctx, ledger.Record{Kind: ledger.KindDecided, Actor: string(in.Actor), Outcome: "revoke", Sealed: in.Reason})
	c.revoke = true
	return c.ack(), nil
}
