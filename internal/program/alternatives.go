package program

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// senseOfAlternatives finds what is wrong with the vendors to which checks may be
// moved; each fault's place is below checks.
func senseOfAlternatives(p Program) (out []fault) {
	for i, c := range p.Checks {
		for j, vendor := range c.Alternatives {
			wrong := func(reason string) {
				out = append(out, fault{reason: reason, at: []string{strconv.Itoa(i), "alternatives", strconv.Itoa(j)}})
			}
			_, agreed := p.Vendors[vendor]
			switch {
			case vendor == c.Vendor:
				wrong(fmt.Sprintf("%q does this check already; name another vendor", vendor))
			case !Does(c.Name, vendor):
				wrong(fmt.Sprintf("%q cannot do the check %q; use one of: %s", vendor, c.Name, strings.Join(adapters[c.Name], ", ")))
			case !agreed && !slices.Contains(ours, vendor):
				wrong(fmt.Sprintf("the vendor %q is inactive: state its agreement's version and date under vendors", vendor)) // obligation 39
			case c.Name == onboarding.CheckBackground && p.Vetting.Flow == FlowInvitation && vendor != "checkr":
				wrong(fmt.Sprintf("%q does not invite applicants itself, and this program gets nothing else from them; checkr does", vendor))
			}
		}
	}
	return out
}
