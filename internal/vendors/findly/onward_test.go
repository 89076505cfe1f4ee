package findly_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
)

// TestOnwardHasNothingOfAnybody: what a vendor writes where a sub-processor's name belongs
// reaches the ledger in the contract's form alone, and the same transfer once.
//
// Promise 40.
func TestOnwardHasNothingOfAnybody(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	r := findly.Report{Transfers: []findly.Transfer{
		{To: "salem-court-research", For: findly.CountyCriminal, At: at}, {To: "salem-court-research", For: findly.CountyCriminal, At: at.Add(time.Hour)},
		{To: "John Runner, for Ada Example", For: findly.CountyCriminal, At: at}, {To: "harbor-docket-runners", For: "whatever Ada did", At: at}}}
	want := []onboarding.Onward{{To: "salem-court-research", For: findly.CountyCriminal, At: at}, {To: "unnamed", For: findly.CountyCriminal, At: at}, {To: "harbor-docket-runners", At: at}}
	if got := r.Onward(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := (findly.Report{}).Onward(); len(got) != 0 {
		t.Errorf("of none: %+v", got)
	}
}
