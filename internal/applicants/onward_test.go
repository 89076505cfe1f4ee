package applicants

import (
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestUnlistedSubProcessorsComeFirst: of whom a vendor told, those that the agreement of a
// program's file of today does not name stand before the privacy officer.
//
// Promise 40.
func TestUnlistedSubProcessorsComeFirst(t *testing.T) {
	w := newWorld(t)
	kept := shelf.Shelf[workflows.OnwardSeen]{Objects: w.bucket, Sealer: w.Vault, In: "applicants", What: "an onward transfer"}
	for to, programs := range map[string][]string{"salem-court-research": {"support-basics"}, "harbor-docket-runners": {"support-basics", "health-line"}} {
		if _, err := kept.Put(t.Context(), onboarding.OnwardKey("findly", to), workflows.OnwardSeen{Vendor: "findly", To: to, First: t0, Programs: programs}, ""); err != nil {
			t.Fatal(err)
		}
	}
	all, err := w.OnwardTransfers(t.Context())
	if err != nil || len(all) != 2 || all[0].To != "harbor-docket-runners" || len(all[0].Unlisted) != 2 || len(all[1].Unlisted) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err = w.OnwardTransfers(Within(t.Context(), []string{"health-line"})); err != nil || len(all) != 1 || strings.Join(all[0].Programs, " ") != "health-line" {
		t.Errorf("of one program: %+v, %v", all, err)
	}
	said := sentence(ledger.Record{Kind: ledger.KindOnward, Actor: "system", Recipient: "findly", Outcome: "harbor-docket-runners", Detail: "county_criminal, " + workflows.OnwardUnlisted})
	if said != "Findly handed data on to its sub-processor harbor-docket-runners (county_criminal, not named in the agreement)." {
		t.Error(said)
	}
}
