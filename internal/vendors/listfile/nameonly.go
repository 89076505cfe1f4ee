package listfile

import (
	"cmp"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/match"
)

const (
	// withoutMiddle is how far a name without its middle names is trusted, as in
	// package match.
	withoutMiddle = 0.97
	// How much less a name counts that is only alike when the entry is of another
	// state or country, and when nothing is known of where it is.
	elsewhere = 0.08
	nowhere   = 0.04
	// wide is how far below the bound a name with middle names may lie that the
	// person did not give.
	wide = 0.2
)

// nameOnly searches a list that has no dates of birth. A name alone does not
// tell people apart (thousands share the commonest), so one that is only alike
// counts less where the state does not bear it out. An equal name counts as it
// is: people move, and nothing may fail open, so a person looks. Whoever gave no
// middle name contradicts none: then entries are compared without theirs.
func (s Screener) nameOnly(p match.Person, least float64) []match.Candidate {
	plain := p.Given + " " + p.Family
	var out []match.Candidate
	for _, c := range s.Index.Search(p, least-wide) {
		equal := match.Names(p.Given+" "+p.Middle+" "+p.Family, c.Name) == 1
		if p.Middle != "" {
			equal = equal || match.Names(plain, c.Name) == 1
		} else if short := s.Short(c.Entry); short != "" {
			like := match.Names(plain, short)
			equal = equal || like == 1
			if like *= withoutMiddle; like > c.Parts.Name {
				c.Parts.Name, c.Parts.Total = like, like
				if c.Parts.Place == 1 { // breaks ties, as in package match
					c.Parts.Total += (1 - like) * 0.1
				}
			}
		}
		switch {
		case equal || c.Parts.Place == 1:
		case c.Parts.Place == 0:
			c.Parts.Total -= elsewhere
		default:
			c.Parts.Total -= nowhere
		}
		if c.Parts.Total >= least {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b match.Candidate) int { return cmp.Compare(b.Parts.Total, a.Parts.Total) })
	return out
}
