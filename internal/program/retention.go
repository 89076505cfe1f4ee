package program

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// RetentionRule says how long a category is kept, from which event on, and by which
// rule. Where several fit an applicant, the longest counts.
type RetentionRule struct {
	Category onboarding.Category `json:"category" yaml:"category"`
	// Place is the ID of a jurisdiction where it holds, with all that lies in it, such as
	// US-CA; empty: everywhere.
	Place string `json:"place,omitempty" yaml:"place"`
	After Event  `json:"after" yaml:"after"`
	// Either of these is given.
	Years  int    `json:"years,omitempty" yaml:"years"`
	Days   int    `json:"days,omitempty" yaml:"days"`
	Source string `json:"source" yaml:"source"` // the rule, as lawyers cite it
}

// Event is what a time begins with.
type Event string

// The events.
const (
	AfterClosed           Event = "closed"            // the case has ended
	AfterCertificateEnded Event = "certificate_ended" // the last certificate has; without one, the case
)

// Words is the event as people read it.
func (e Event) Words() string {
	if e == AfterCertificateEnded {
		return "the certificate's end"
	}
	return "the case's end"
}

// Period is how long, in words.
func (r RetentionRule) Period() string {
	switch {
	case r.Years == 1:
		return "1 year"
	case r.Years > 1:
		return strconv.Itoa(r.Years) + " years"
	case r.Days == 1:
		return "1 day"
	}
	return strconv.Itoa(r.Days) + " days"
}

// Due is when the time is over that began then.
func (r RetentionRule) Due(began time.Time) time.Time { return began.AddDate(r.Years, 0, r.Days) }

// span compares rules: a year is 365.25 days.
func (r RetentionRule) span() float64 { return float64(r.Years)*365.25 + float64(r.Days) }

// Holds reports whether the rule holds in a place, which is the ID of a jurisdiction:
// US-CA holds in US-CA-LA too.
func (r RetentionRule) Holds(place string) bool {
	return r.Place == "" || r.Place == place || len(place) > len(r.Place) && place[:len(r.Place)+1] == r.Place+"-"
}

// least is what the law asks for, as far as it was looked up in 2026-11, mostly in
// secondary sources; counsel must confirm each. 15 USC 1681p is no duty to keep but the
// longest time in which one may be sued over a report, and what proves that the law was
// kept must outlast it. Independent contractors are kept like employees: who they are is
// contested.
var least = []RetentionRule{
	{Category: onboarding.KeptApplication, After: AfterClosed, Years: 1, Source: "29 CFR 1602.14"},
	{Category: onboarding.KeptApplication, Place: "US-CA", After: AfterClosed, Years: 4, Source: "Cal. Gov. Code 12946(a)"},
	{Category: onboarding.KeptApplication, Place: "US-CA-LAC", After: AfterClosed, Years: 4, Source: "LACC 8.300"},
	{Category: onboarding.KeptFindings, After: AfterClosed, Years: 5, Source: "15 USC 1681p"},
	{Category: onboarding.KeptLetters, After: AfterClosed, Years: 5, Source: "15 USC 1681p"},
	{Category: onboarding.KeptFiles, After: AfterClosed, Years: 1, Source: "29 CFR 1602.14"},
	{Category: onboarding.KeptFiles, Place: "US-CA", After: AfterClosed, Years: 4, Source: "Cal. Gov. Code 12946(a)"},
	{Category: onboarding.KeptTax, After: AfterClosed, Years: 4, Source: "26 CFR 31.6001-1(e)(2)"},
	{Category: onboarding.KeptConsents, After: AfterClosed, Years: 5, Source: "15 USC 1681p"},
	{Category: onboarding.KeptCertificates, After: AfterCertificateEnded, Years: 1, Source: "29 CFR 1602.14"},
}

// LeastRetention is the shortest that the law lets each category be kept, with places
// that ask for more.
func LeastRetention() []RetentionRule { return append([]RetentionRule(nil), least...) }

// Keeps gives the rule by which a category is kept in a place ("": one that is not known
// or has no rules of its own): the longest of the file's and the law's. A file without a
// line for it is kept by the law's.
func (p Program) Keeps(c onboarding.Category, place string) RetentionRule {
	own, law := longest(p.Retention, c, place), longest(least, c, place)
	if own.span() >= law.span() {
		return own
	}
	return law
}

func longest(rules []RetentionRule, c onboarding.Category, place string) RetentionRule {
	out := RetentionRule{Category: c, After: AfterClosed}
	for _, r := range rules {
		if r.Category == c && r.Holds(place) && (r.span() > out.span() || out.Source == "") {
			out = r
		}
	}
	return out
}

// senseOfRetention finds what a schema cannot say of the table: a line twice, and one
// that keeps something shorter than the law asks.
func senseOfRetention(p Program) []fault {
	var out []fault
	seen := map[string]bool{}
	for i, r := range p.Retention {
		at := []string{"retention", strconv.Itoa(i)}
		bad := func(reason string) { out = append(out, fault{reason, at}) }
		if key := string(r.Category) + " " + r.Place; seen[key] {
			bad(fmt.Sprintf("%q stands here twice for the same place", r.Category))
		} else {
			seen[key] = true
		}
		if (r.Years == 0) == (r.Days == 0) {
			bad("say how long, in years or in days")
			continue
		}
		if law := longest(least, r.Category, r.Place); r.span() < law.span() {
			bad(fmt.Sprintf("%s is kept for %s here, and the law asks for %s after %s (%s%s)", r.Category, r.Period(), law.Period(), law.After.Words(), law.Source, in(law.Place)))
		}
		if r.After == AfterCertificateEnded && r.Category != onboarding.KeptCertificates {
			bad("only certificates are kept from a certificate's end on: say closed")
		}
		if r.After != AfterCertificateEnded && r.Category == onboarding.KeptCertificates { // it may hold for years after the case's end
			bad("certificates are kept from the certificate's end on: say certificate_ended")
		}
	}
	return out
}

func in(place string) string {
	if place == "" {
		return ""
	}
	return ", " + place
}

// LongerIn lists the places in which a category is kept longer than elsewhere, by the
// file or by the law, in the order of their names.
func (p Program) LongerIn(c onboarding.Category) []string {
	var out []string
	usual := p.Keeps(c, "").span()
	for _, rules := range [][]RetentionRule{p.Retention, least} {
		for _, r := range rules {
			if r.Category == c && r.Place != "" && r.span() > usual && !slices.Contains(out, r.Place) {
				out = append(out, r.Place)
			}
		}
	}
	slices.Sort(out)
	return out
}
