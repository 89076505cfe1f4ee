package policy_test

import (
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestOutsideBodies: whoever complains is named somebody outside, wherever they live and
// whatever the program's file says, each with the source of it.
//
// Promise 66.
func TestOutsideBodies(t *testing.T) {
	set, err := program.LoadTrial()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(set.All(), program.Program{}) {
		for _, state := range []string{"", "CA", "NY", "TX", "WY"} {
			bodies := policy.OutsideBodies(p, state)
			if len(bodies) < 2 {
				t.Errorf("%s in %q: %+v", p.ID, state, bodies)
			}
			for _, b := range bodies {
				if b.Name == "" || b.Contact == "" || b.About == "" || b.Source == "" {
					t.Errorf("%s in %q: %+v", p.ID, state, b)
				}
			}
		}
	}
	p := program.Program{}
	p.Complaints.Outside = []program.OutsideBody{{Name: "Everywhere"}, {Name: "Oregon alone", States: []string{"OR"}}}
	if got := policy.OutsideBodies(p, "OR"); len(got) != 2 {
		t.Errorf("in Oregon: %+v", got)
	}
	if got := policy.OutsideBodies(p, "TX"); len(got) != 1 || got[0].Name != "Everywhere" {
		t.Errorf("in Texas: %+v", got)
	}
}
