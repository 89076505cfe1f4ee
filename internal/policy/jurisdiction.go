package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// Unit is what a waiting period counts.
type Unit string

// The units.
const (
	BusinessDays Unit = "business days" // Monday to Friday, without federal holidays
	CalendarDays Unit = "calendar days"
)

// Days is a number of days of one kind.
type Days struct {
	N    int
	Unit Unit
}

// Wait is the time between the pre-adverse notice and the decision.
type Wait struct {
	Days
	// Receipt is when a notice counts as received, by channel, in days after it
	// was sent; the wait runs from then. A place without one counts from sending.
	Receipt []Presumption
	// OnDispute is what a timely answer adds; see DisputeEnds.
	OnDispute Days
	Custom    bool // custom, not in the text of any statute
	Citation  string
}

// Presumption says when a notice sent by a channel counts as received.
type Presumption struct {
	Channel string // "email", "post"
	Days
}

// Never stands for a look-back in which no record of that kind may be used.
const Never = -1

// Limit is how many years back a kind of record may be used: 0 for any age,
// Never for not at all.
type Limit struct {
	Years    int
	Citation string
}

// LookBack is the limits by kind of record. They are counted from the
// disposition, in whole years.
type LookBack struct {
	Felony, Misdemeanor Limit
	Summary             Limit // infractions and summary offences
	NonConviction       Limit // arrests without charge, dismissals, acquittals
}

// Coverage says whether a place's law speaks of contractors.
type Coverage string

// The coverages. All are treated alike: the whole FCRA course is kept for
// everybody, contractor or not.
const (
	CoversContractors Coverage = "yes"
	CoverageUnclear   Coverage = "unclear"
	CoversEmployees   Coverage = "employees"
)

// Jurisdiction is what a place asks: one row of the table, or what rows of
// overlapping places come to together.
type Jurisdiction struct {
	ID   string // as the search attribute Jurisdiction shows it, e.g. "US-CA-LA"
	Name string

	state  string   // two letters; empty: everywhere
	cities []string // lower case; none: the whole state

	Waits         []Wait // where places overlap, all are kept and the one that ends last counts
	HoldsPosition bool   // the place may not be given to another while the wait runs
	LookBack      LookBack
	// SalaryLift is the yearly pay in dollars from which the state's look-back
	// ends; 0: none. It is shown and never used: what a contractor will earn is
	// not known, so the stricter rule holds.
	SalaryLift       int
	ConditionalOffer bool // a criminal search may only follow the offer
	Assessments      int  // written individualized assessments that are asked for, 0 to 2
	// Asked is what is to be weighed in them, one for each place that says so; all
	// are kept where places overlap. See AssessmentForm.
	Asked []Assessment
	// Notice and Final are what the place's law wants the pre-adverse and the final
	// notice to say besides what federal law does: sentences with their source,
	// without anything of the person. Where places overlap, those of all.
	Notice, Final []string
	Forms         []string // steps and papers of its own
	Channels      []string // by which the notice must go; none: any
	Contractors   Coverage
	ResolveBy     string // "work": where the work is done, which for work at home is the home
	From, To      string // in force, YYYY-MM-DD; To is empty while it lasts
	Citation      string
}

// Jurisdictions gives every row of the table, the federal one first.
func Jurisdictions() []Jurisdiction { return append([]Jurisdiction{federal}, table...) }

// ConditionalOfferFirst reports whether the conditional offer must come before
// the criminal search. It is always so here: several places ask for it by law
// (Jurisdiction.ConditionalOffer), and none forbids it.
func ConditionalOfferFirst(Jurisdiction) bool { return true }

// ForPlace gives the rules that hold on that day where the work is done. Where
// places overlap, each column takes the strictest of them, and the narrowest
// place gives the name. A place that the table does not have is under federal
// law. The zero day takes every row.
func ForPlace(state, city string, on time.Time) Jurisdiction {
	state, city = strings.ToUpper(strings.TrimSpace(state)), strings.ToLower(strings.Join(strings.Fields(city), " "))
	out := federal
	day := on.UTC().Format(time.DateOnly)
	for _, j := range table {
		if j.state != state || (len(j.cities) > 0 && !slices.Contains(j.cities, city)) {
			continue
		}
		if !on.IsZero() && (day < j.From || (j.To != "" && day > j.To)) {
			continue
		}
		out = stricter(out, j)
	}
	return out
}

// ForProgram is ForPlace for somebody who lives in one place and works, by the
// program's file, for another: the strictest of both.
func ForProgram(p program.Program, state, city string, on time.Time) Jurisdiction {
	home := ForPlace(state, city, on)
	if p.WorkLocation.State == "" {
		return home
	}
	work := ForPlace(p.WorkLocation.State, p.WorkLocation.City, on)
	switch home.ID {
	case work.ID:
		return home
	case federal.ID:
		return work
	}
	if work.ID == federal.ID {
		return home
	}
	return stricter(work, home)
}

// stricter joins two rows; b, the narrower place, gives its name.
func stricter(a, b Jurisdiction) Jurisdiction {
	out := b
	out.Waits = slices.Concat(a.Waits, b.Waits)
	out.HoldsPosition = a.HoldsPosition || b.HoldsPosition
	out.LookBack = LookBack{
		Felony:        shorter(a.LookBack.Felony, b.LookBack.Felony),
		Misdemeanor:   shorter(a.LookBack.Misdemeanor, b.LookBack.Misdemeanor),
		Summary:       shorter(a.LookBack.Summary, b.LookBack.Summary),
		NonConviction: shorter(a.LookBack.NonConviction, b.LookBack.NonConviction),
	}
	out.SalaryLift = lift(a, b)
	out.ConditionalOffer = a.ConditionalOffer || b.ConditionalOffer
	out.Assessments = max(a.Assessments, b.Assessments)
	out.Asked = both(a.Asked, b.Asked)
	out.Notice, out.Final = union(a.Notice, b.Notice), union(a.Final, b.Final)
	out.Forms = union(a.Forms, b.Forms)
	out.Channels = union(a.Channels, b.Channels)
	if a.Contractors == CoversContractors || b.Contractors == "" {
		out.Contractors = a.Contractors
	}
	out.From = max(a.From, b.From)
	out.Citation = strings.Join(union([]string{b.Citation}, []string{a.Citation}), "; ")
	return out
}

// lift is the stricter of two salary lifts: that of the higher pay, and none where
// either place looks back without one.
func lift(a, b Jurisdiction) int {
	switch {
	case a.LookBack == LookBack{}:
		return b.SalaryLift
	case b.LookBack == LookBack{}:
		return a.SalaryLift
	case a.SalaryLift == 0 || b.SalaryLift == 0:
		return 0
	}
	return max(a.SalaryLift, b.SalaryLift)
}

// shorter is the stricter of two limits.
func shorter(a, b Limit) Limit {
	switch {
	case a.Years == Never || b.Years == 0:
		return a
	case b.Years == Never || a.Years == 0:
		return b
	case b.Years < a.Years:
		return b
	}
	return a
}

// both has each place's assessment once.
func both(a, b []Assessment) []Assessment {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.ContainsFunc(out, func(y Assessment) bool { return y.Citation == x.Citation }) {
			out = append(out, x)
		}
	}
	return out
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
