package consent_test

import (
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestTaxDetailsAreApart: the purpose tax opens tax details and nothing else, and no
// other purpose opens them (26 USC 6109; promises 5 and 11).
//
// Promise 5, 11.
func TestTaxDetailsAreApart(t *testing.T) {
	tax := func() *desk {
		d := newDesk(consent.PurposeTax, consent.KindTaxNotice, consent.RecipientOwn, onboarding.FieldTaxNumber)
		d.profile = onboarding.TaxKey(d.id, 1)
		d.store.profiles[string(d.id)+" "+d.profile] = onboarding.Profile{onboarding.FieldTaxNumber: "987654320", onboarding.FieldTaxName: "Ada Example"}
		return d
	}
	g := grant[consent.Tax](t, tax())
	p, err := g.Open(t.Context(), consent.RecipientOwn)
	if err != nil || len(p) != 1 || p[onboarding.FieldTaxNumber] == "" {
		t.Errorf("%v, %v", p, err)
	}
	other := tax()
	other.profile = onboarding.ProfileKey(other.id, 1)
	_, err = redeem[consent.Tax](t, other)
	wantCode(t, err, onboarding.CodeGrantRefused)
	curious := validation()
	curious.profile = onboarding.TaxKey(curious.id, 1)
	_, err = redeem[consent.Validation](t, curious)
	wantCode(t, err, onboarding.CodeGrantRefused)
}
