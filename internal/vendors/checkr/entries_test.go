package checkr_test

import (
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/vendors/checkr"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
)

// TestFindingsNameTheirEntries: whoever is told which entries a decision would rest
// on finds each of them in the report.
func TestFindingsNameTheirEntries(t *testing.T) {
	s := start(t, sandbox.Config{})
	for _, family := range []string{"Consider", "Felony", "Registered"} {
		id := granttest.NewApplicant()
		report, raw := s.fetch(id, s.order(id, family).ID)
		people, err := checkr.ReadReport(raw)
		if err != nil {
			t.Fatal(err)
		}
		listed := map[string]bool{}
		for _, search := range people.Searches {
			for _, e := range search.Entries {
				listed[e.ID] = true
			}
		}
		findings, _ := report.Findings(time.Now())
		named := 0
		for _, f := range findings {
			if f.Verdict == consider {
				named++
				if !listed[f.Entry] || f.Entry == "" {
					t.Errorf("%s: %+v rests on no entry of %v", family, f, listed)
				}
			}
		}
		if named == 0 {
			t.Errorf("%s: nothing was found", family)
		}
	}
}
