package activities

import (
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestTaxIsKeptFromWhenItWasGiven: the law's time for a tax form begins when it was given,
// not when its owner is erased.
func TestTaxIsKeptFromWhenItWasGiven(t *testing.T) {
	id := onboarding.ApplicantID("0198c0de-0000-7000-8000-000000000001")
	now := time.Date(2031, 6, 1, 0, 0, 0, 0, time.UTC)
	record := func(year int, object string) ledger.Record {
		return ledger.Record{At: time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC), Object: object}
	}
	pages := []ledger.Page{{Records: []ledger.Record{record(2026, onboarding.TaxKey(id, 1)), record(2027, onboarding.TaxKey(id, 2)), record(2029, ""), record(2030, "letters/x")}}}
	if at := taxGiven(pages, id, now); at.Year() != 2027 {
		t.Errorf("kept from %s", at)
	}
	if at := taxGiven(nil, id, now); !at.Equal(now) {
		t.Errorf("without a record kept from %s", at)
	}
}
