package house

import (
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	clients "github.com/vouchsafe/vouchsafe/internal/program"
	spoken "github.com/vouchsafe/vouchsafe/internal/words"
)

// TestRetentionSaysWhatIsKept: what a receipt and the README say of how long data are kept
// agrees with what an erasure keeps by law, and no program file keeps it shorter.
//
// Promise 19, 23.
func TestRetentionSaysWhatIsKept(t *testing.T) {
	made := time.Date(2026, time.November, 28, 0, 0, 0, 0, time.UTC)
	words := map[int]string{3: "three years", 4: "four years", 5: "five years", 6: "six years", 7: "seven years"}
	years := func(category string) (int, policy.KeptCategory) {
		k, ok := policy.KeptCategoryOf(category)
		if !ok {
			t.Fatalf("nothing is kept as %s", category)
		}
		return k.Until(made).Year() - made.Year(), k
	}
	receipts, _ := years(policy.KeptConsent)
	screening, law := years(policy.KeptScreening)
	tax, taxLaw := years(policy.KeptTax)
	if tax != 5 || taxLaw.Until(made).Month() != time.April || taxLaw.Until(made).Day() != 15 {
		t.Errorf("tax details go on %s, and people read: the 15th of April of the fifth year after", taxLaw.Until(made))
	}
	for _, s := range consent.Specs() {
		must := []string{"kept for " + words[receipts], "(15 USC 1681p)"}
		switch s.ID {
		case consent.PurposeVetting:
			must = []string{"kept for " + words[screening], "(" + law.Rule + ")", "signed authorization"}
		case consent.PurposeTax:
			must = append(must, "15th of April of the fifth year after", "("+taxLaw.Rule+")")
		default:
		}
		for _, l := range spoken.Languages()[1:] {
			if !spoken.In(l.Tag).Has(s.Retention) {
				t.Errorf("%s: how long it is kept has no words in %s: %s", s.ID, l.Tag, s.Retention)
			}
		}
		for _, m := range must {
			if !strings.Contains(s.Retention, m) {
				t.Errorf("%s: people do not read %q: %s", s.ID, m, s.Retention)
			}
		}
	}
	programs, err := clients.Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs.All() {
		for _, c := range []onboarding.Category{onboarding.KeptConsents, onboarding.KeptLetters} {
			if rule := p.Keeps(c, ""); rule.Due(made).Before(made.AddDate(receipts, 0, 0)) {
				t.Errorf("%s keeps %s for %s, and people read that they are kept for %s", p.ID, c.Words(), rule.Period(), words[receipts])
			}
		}
		if rule := p.Keeps(onboarding.KeptTax, ""); rule.Source != taxLaw.Rule {
			t.Errorf("%s keeps tax details by %s, and people read %s", p.ID, rule.Source, taxLaw.Rule)
		}
	}
}
