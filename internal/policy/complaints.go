package policy

import (
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// ComplaintAnswer is within which time a complaint is answered: as a request about
// one's own data is.
const ComplaintAnswer = 30 * 24 * time.Hour

// everywhere is whom everybody can turn to, where a program names nobody.
var everywhere = []program.OutsideBody{
	{Name: "Consumer Financial Protection Bureau", About: "A background report, or how one was used",
		Contact: "www.consumerfinance.gov/complaint, 1700 G Street NW, Washington, DC 20552", Source: "12 CFR part 1022, appendix K; 15 USC 1681s(b)"},
	{Name: "The attorney general of your state", About: "Anything else, also your privacy",
		Contact: "www.usa.gov/state-attorney-general", Source: "15 USC 1681s(c); the states' laws on unfair practices"},
}

// OutsideBodies lists whom an applicant of the program who lives in the state can turn
// to outside of this house: those that the program's file names for everybody or for
// that state, else those for everybody everywhere (obligation 66).
func OutsideBodies(p program.Program, state string) []program.OutsideBody {
	var out []program.OutsideBody
	for _, b := range p.Complaints.Outside {
		if len(b.States) == 0 || slices.Contains(b.States, state) {
			out = append(out, b)
		}
	}
	if len(out) == 0 {
		return slices.Clone(everywhere)
	}
	return out
}
