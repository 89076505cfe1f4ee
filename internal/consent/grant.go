package consent

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Profiles opens an applicant's sealed profile. internal/vault's user, the
// activities, give the implementation.
type Profiles interface {
	Profile(ctx context.Context, id onboarding.ApplicantID, ref string) (onboarding.Profile, error)
}

// Withdrawals answers, from the store and not from anybody's memory, whether a
// receipt was withdrawn.
type Withdrawals interface {
	Withdrawn(ctx context.Context, id onboarding.ApplicantID, receipt string) (bool, error)
}

// Desk redeems recorded intents for grants.
type Desk struct {
	profiles    Profiles
	withdrawals Withdrawals
}

// NewDesk makes a Desk.
func NewDesk(p Profiles, w Withdrawals) *Desk { return &Desk{profiles: p, withdrawals: w} }

// Grant is the permission to use some fields of one applicant for purpose P
// with one recipient, once. The zero Grant is refused. A Grant for one purpose
// cannot be converted to one for another, since what is inside differs too.
type Grant[P Purpose] struct{ slip *slip[P] }

type slip[P Purpose] struct {
	desk    *Desk
	use     ledger.Record
	profile string
	spent   atomic.Bool
}

// Redeem turns a stored intent into a Grant. profile is the object key of the
// sealed profile. It is refused with CodeGrantRefused when the intent is not a
// stored use, is for another purpose than P, or names a recipient or a field
// outside the register; and with CodeConsentNotLive when the receipt is not
// the one that the intent names, is another's or of another kind than a use for
// P goes by, is younger than the use, is for a notice that does not name the
// recipient yet, or was withdrawn.
func Redeem[P Purpose](ctx context.Context, d *Desk, intent ledger.Stored, receipt Receipt, profile string) (Grant[P], error) {
	var p P
	use, ok := intent.Record()
	if !ok || use.Kind != ledger.KindUse {
		return Grant[P]{}, refused("The use is not in the ledger.")
	}
	if use.Purpose != string(p.ID()) {
		return Grant[P]{}, refused(fmt.Sprintf("The recorded use is for %q, not for %q.", use.Purpose, p.ID()))
	}
	spec, err := specOf(p.ID())
	if err != nil {
		return Grant[P]{}, err
	}
	if !spec.Allows(use.Recipient, use.Fields) {
		return Grant[P]{}, refused(fmt.Sprintf("The register does not let %q have these fields for %q.", use.Recipient, use.Purpose))
	}
	if tax := onboarding.TaxPrefix(use.Applicant); strings.HasPrefix(profile, tax) != (use.Purpose == string(PurposeTax)) {
		return Grant[P]{}, refused("Tax details are opened for the purpose tax alone, and nothing else is for it.")
	}
	if receipt.ID == "" || receipt.ID != use.Receipt || receipt.Purpose != p.ID() || receipt.Kind != spec.under(use.Recipient) || receipt.Applicant != use.Applicant {
		return Grant[P]{}, notLive("The consent named in the ledger is not the one that was shown.")
	}
	if receipt.GivenAt.After(use.At) {
		return Grant[P]{}, notLive("The consent is younger than the use.") // obligation 36
	}
	if !spec.NamedIn(receipt.Notice.Version, use.Recipient) {
		return Grant[P]{}, notNamed(use.Recipient)
	}
	gone, err := d.withdrawals.Withdrawn(ctx, use.Applicant, receipt.ID)
	if err != nil {
		return Grant[P]{}, fmt.Errorf("consent: look for a withdrawal: %w", err)
	}
	if gone {
		return Grant[P]{}, notLive("The consent was withdrawn.")
	}
	return Grant[P]{slip: &slip[P]{desk: d, use: use, profile: profile}}, nil
}

// Applicant says whose data the grant opens; empty for a Grant that nobody gave.
func (g Grant[P]) Applicant() onboarding.ApplicantID {
	if g.slip == nil {
		return ""
	}
	return g.slip.use.Applicant
}

// OrderKey is the idempotency key of the use's check and round.
func (g Grant[P]) OrderKey() string {
	if g.slip == nil {
		return ""
	}
	return onboarding.OrderKey(g.slip.use.Applicant, g.slip.use.Check, g.slip.use.Round)
}

// Open spends the grant and gives the fields that the intent names, for the
// recipient that it names. A second call, a forged grant or another recipient
// is refused with CodeGrantRefused.
func (g Grant[P]) Open(ctx context.Context, recipient string) (onboarding.Profile, error) {
	if err := g.Spend(recipient); err != nil {
		return nil, err
	}
	if len(g.slip.use.Fields) == 0 {
		return onboarding.Profile{}, nil
	}
	all, err := g.slip.desk.profiles.Profile(ctx, g.slip.use.Applicant, g.slip.profile)
	if err != nil {
		return nil, fmt.Errorf("consent: open the profile: %w", err)
	}
	return all.Only(g.slip.use.Fields...), nil
}

// Spend uses the grant up without opening anything, for calls that send no
// field of the person: fetching a report, canceling an order.
func (g Grant[P]) Spend(recipient string) error {
	if g.slip == nil {
		return refused("This permission was not given by the consent desk.")
	}
	if g.slip.use.Recipient != recipient {
		return refused(fmt.Sprintf("This permission is for %q, not for %q.", g.slip.use.Recipient, recipient))
	}
	if !g.slip.spent.CompareAndSwap(false, true) {
		return refused("This permission was used already.")
	}
	return nil
}

func refused(message string) error {
	return &onboarding.Error{Code: onboarding.CodeGrantRefused, Message: message, Hint: "Nothing is sent. This is a fault of ours: tell the operator."}
}
