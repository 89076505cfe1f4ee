package match

import (
	"strings"
	"time"
)

// Person is who is looked for.
type Person struct {
	Given, Middle, Family string
	Born                  string // YYYY-MM-DD, or empty
	State                 string // two letters, or empty
	Country               string // ISO 3166-1 alpha-2, or empty
}

// Listed is one entry of a list.
type Listed struct {
	Names  []string // the name and its aliases, as "Given Family" or "FAMILY, Given"
	Births []Birth
	Places []Place
}

// Birth is a date of birth as a list has it: one day, or all days from First to
// Last, both YYYY-MM-DD. About is for "circa".
type Birth struct {
	First, Last string
	About       bool
}

// Place is where an entry is or was. State is empty where the list has none.
type Place struct{ State, Country string }

// Agreement says how two dates of birth go together.
type Agreement string

// The agreements.
const (
	AgreementFull     Agreement = "full"     // the same day
	AgreementYear     Agreement = "year"     // the same year, or a slip: one of day, month and year differs, or day and month are swapped
	AgreementNone     Agreement = "none"     // nothing to compare
	AgreementDisagree Agreement = "disagree" // another day
)

// Parts are a score and what it was made of, each 0 to 1.
type Parts struct {
	Name  float64   `json:"name"`
	DOB   float64   `json:"dob"` // full 1, year 0.7, none 0.5, disagree 0
	Birth Agreement `json:"birth"`
	Place float64   `json:"place"` // the same 1, nothing to compare 0.5, another 0: people move, so it decides nothing alone
	Total float64   `json:"total"`
	Which int       `json:"which"` // index of the listed name that fitted best
}

// forms are the ways in which a person may stand on a list, and how far each is trusted.
type form struct {
	name  name
	trust float64
}

func (p Person) forms() []form {
	plain := func(s string) string { return strings.ReplaceAll(s, ",", " ") }
	given, middle, family := plain(p.Given), plain(p.Middle), plain(p.Family)
	out := []form{{newName(given + " " + middle + " " + family), 1}}
	switch {
	case strings.TrimSpace(middle) != "": // lists often leave it out
		out = append(out, form{newName(given + " " + family), 0.97})
	case Fold(given) == Fold(family): // people of one name write it in both fields
		out = append(out, form{newName(given), 1})
	}
	return out
}

// Score compares a person with one entry. The best of the entry's names counts.
func Score(a Person, b Listed) Parts {
	names := make([]name, len(b.Names))
	for i, n := range b.Names {
		names[i] = newName(n)
	}
	return score(a, a.forms(), b, names, nil)
}

// score compares with those names whose index is in only; nil means all.
func score(a Person, forms []form, b Listed, names []name, only []int) Parts {
	p := Parts{Birth: Births(a.Born, b.Births), Place: places(a, b.Places)}
	try := func(i int) {
		for _, f := range forms {
			if s := compare(f.name, names[i]) * f.trust; s > p.Name {
				p.Name, p.Which = s, i
			}
		}
	}
	if only == nil {
		for i := range names {
			try(i)
		}
	} else {
		for _, i := range only {
			try(i)
		}
	}
	switch p.Birth {
	case AgreementFull:
		p.DOB = 1
	case AgreementYear:
		p.DOB = 0.7
	case AgreementNone:
		p.DOB = 0.5
	case AgreementDisagree:
	}
	p.Total = total(p)
	return p
}

// A name under this is another name, whatever the date of birth.
const nearEnough = 0.75

// total joins the parts. An agreeing date of birth takes away part of what the
// name lacks; a disagreeing one costs so much that even an equal name stays
// below the thresholds that programs use. A place that agrees breaks ties.
func total(p Parts) float64 {
	t := p.Name
	switch {
	case p.Birth == AgreementDisagree:
		t -= 0.2
	case t < nearEnough:
	case p.Birth == AgreementFull:
		t += (1 - t) * 0.6
	case p.Birth == AgreementYear:
		t += (1 - t) * 0.2
	}
	if p.Place == 1 && t >= nearEnough {
		t += (1 - t) * 0.1
	}
	return max(0, min(1, t))
}

// Births gives the best agreement of a day of birth with those that a list has.
func Births(born string, listed []Birth) Agreement {
	day, err := time.Parse(time.DateOnly, born)
	if err != nil || len(listed) == 0 {
		return AgreementNone
	}
	best := AgreementDisagree
	for _, l := range listed {
		switch a := birth(day, l); {
		case a == AgreementFull:
			return a
		case a == AgreementYear, a == AgreementNone && best == AgreementDisagree:
			best = a
		}
	}
	return best
}

func birth(day time.Time, l Birth) Agreement {
	first, err1 := time.Parse(time.DateOnly, l.First)
	last, err2 := time.Parse(time.DateOnly, l.Last)
	if err1 != nil || err2 != nil {
		return AgreementNone
	}
	if !first.Equal(last) || l.About {
		slack := 0
		if l.About {
			slack = 2 // years
		}
		if day.Year() >= first.Year()-slack && day.Year() <= last.Year()+slack {
			return AgreementYear
		}
		return AgreementDisagree
	}
	y, m, d := day.Date()
	ly, lm, ld := first.Date()
	differ := 0
	for _, x := range []bool{y != ly, m != lm, d != ld} {
		if x {
			differ++
		}
	}
	near := y-ly >= -1 && y-ly <= 1
	switch {
	case differ == 0:
		return AgreementFull
	case y == ly:
		return AgreementYear
	case differ == 1 && (near || transposed(y, ly)): // a slip in the year
		return AgreementYear
	case lm == 1 && ld == 1 && near: // 1 January stands for "some day of the year" on many lists
		return AgreementYear
	}
	return AgreementDisagree
}

// transposed reports whether the years differ by their last two digits' order.
func transposed(a, b int) bool {
	return a/100 == b/100 && a%10 == b/10%10 && a/10%10 == b%10
}

func places(a Person, listed []Place) float64 {
	best := 0.5
	known := false
	for _, l := range listed {
		switch {
		case l.Country == "" || a.Country == "":
			continue
		case !strings.EqualFold(l.Country, a.Country):
			known = true
		case l.State == "" || a.State == "":
			continue
		case strings.EqualFold(l.State, a.State):
			return 1
		default:
			known = true
		}
	}
	if known {
		best = 0
	}
	return best
}
