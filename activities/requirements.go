package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// ReserveSlot takes a seat of an appointment: the first that nobody has. A retry
// finds the one that it took.
func (a *Activities) ReserveSlot(ctx context.Context, in workflows.ReserveSlotIn) (workflows.ReserveSlotOut, error) {
	out, err := a.reserveSlot(ctx, in)
	return out, edge(err)
}

func (a *Activities) reserveSlot(ctx context.Context, in workflows.ReserveSlotIn) (workflows.ReserveSlotOut, error) {
	if _, err := a.begin(ctx, in.Applicant, in.Pages); err != nil {
		return workflows.ReserveSlotOut{}, err
	}
	offered, err := assess.Offered(in.Live, in.At, in.Now)
	if err != nil || !offered {
		return workflows.ReserveSlotOut{}, err
	}
	out := workflows.ReserveSlotOut{Offered: true}
	for seat := 1; seat <= in.Live.Seats; seat++ {
		mine, err := a.takeSeat(ctx, onboarding.SlotKey(in.Program, in.Requirement, in.At.Unix(), seat), in.Applicant)
		if err != nil {
			return out, err
		}
		if mine {
			out.Seat = seat
			return out, nil
		}
	}
	return out, nil
}

// takeSeat puts the applicant's ID into the seat's slot, where nobody's is. Whoever
// is first has it: the store refuses the second.
func (a *Activities) takeSeat(ctx context.Context, key string, id onboarding.ApplicantID) (bool, error) {
	_, err := a.cfg.Objects.PutIf(ctx, key, []byte(id), "")
	if err == nil {
		return true, nil
	}
	if !a.cfg.Objects.IsConflict(err) {
		return false, err
	}
	return a.hasSeat(ctx, key, id)
}

func (a *Activities) hasSeat(ctx context.Context, key string, id onboarding.ApplicantID) (bool, error) {
	body, err := a.cfg.Objects.Get(ctx, key)
	if a.cfg.Objects.IsMissing(err) { // given back just now
		return false, nil
	}
	return err == nil && string(body) == string(id), err
}

// ReleaseSlot gives a seat back; one that is another's by now stays.
func (a *Activities) ReleaseSlot(ctx context.Context, in workflows.ReleaseSlotIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.releaseSlot(ctx, in))
}

func (a *Activities) releaseSlot(ctx context.Context, in workflows.ReleaseSlotIn) error {
	if _, err := a.begin(ctx, in.Applicant, in.Pages); err != nil {
		return err
	}
	key := onboarding.SlotKey(in.Program, in.Requirement, in.At.Unix(), in.Seat)
	mine, err := a.hasSeat(ctx, key, in.Applicant)
	if err != nil || !mine {
		return err
	}
	return a.cfg.Objects.Delete(ctx, key)
}

// KeepAgreement keeps the text that was signed, exactly as it was shown, once for
// all who sign it.
func (a *Activities) KeepAgreement(ctx context.Context, in workflows.KeepAgreementIn) (workflows.KeptOut, error) {
	out, err := a.keepAgreement(ctx, in)
	return out, edge(err)
}

func (a *Activities) keepAgreement(ctx context.Context, in workflows.KeepAgreementIn) (workflows.KeptOut, error) {
	if _, err := a.begin(ctx, in.Applicant, in.Pages); err != nil {
		return workflows.KeptOut{}, err
	}
	out := workflows.KeptOut{Digest: program.TextSHA256(in.Text)}
	out.Object = onboarding.AgreementKey(out.Digest)
	return out, a.cfg.Evidence.PutOnce(ctx, out.Object, []byte(in.Text))
}

// KeepTax opens the sealed details of a tax form, under the purpose tax, and holds
// that what a payer needs is in them; they stay sealed where they are. What cannot
// be opened or is not whole is CodeInvalid: better told now than when somebody is
// to be paid.
func (a *Activities) KeepTax(ctx context.Context, in workflows.KeepTaxIn) (workflows.KeptOut, error) {
	out, err := a.keepTax(ctx, in)
	return out, edge(err)
}

func (a *Activities) keepTax(ctx context.Context, in workflows.KeepTaxIn) (workflows.KeptOut, error) {
	stored, err := a.begin(ctx, in.Applicant, in.Pages)
	if err != nil {
		return workflows.KeptOut{}, err
	}
	grant, err := redeem[consent.Tax](ctx, stored, in.Use)
	if err != nil {
		return workflows.KeptOut{}, err
	}
	details, err := grant.Open(ctx, consent.RecipientOwn)
	if err != nil {
		return workflows.KeptOut{}, err
	}
	for _, f := range []onboarding.Field{onboarding.FieldTaxName, onboarding.FieldTaxClassification, onboarding.FieldTaxAddress,
		onboarding.FieldTaxNumber, onboarding.FieldTaxNumberKind, onboarding.FieldTaxCertification} {
		if details[f] == "" {
			return workflows.KeptOut{}, onboarding.Invalid("details", "The tax details are not whole.", "Fill the form in again.")
		}
	}
	sealed, err := a.cfg.Objects.Get(ctx, in.Use.Profile)
	if err != nil {
		return workflows.KeptOut{}, err
	}
	sum := sha256.Sum256(sealed)
	return workflows.KeptOut{Object: in.Use.Profile, Digest: hex.EncodeToString(sum[:])}, nil
}
