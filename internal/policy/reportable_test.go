package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

func record(severity, disposed string, age int) onboarding.Finding {
	f := consider(severity, age)
	f.Disposed, f.Source = disposed, onboarding.SourcePublicRecord
	return f
}

// TestReportableFindings is one record in one place: whether it may be used, and
// which rule forbids it. The years are those of reference/jurisdictions.md.
func TestReportableFindings(t *testing.T) {
	for _, c := range []struct {
		name        string
		state, city string
		finding     onboarding.Finding
		rule        string // part of the rule that forbids it; empty: it may be used
	}{
		// 15 USC 1681c(a)(2), (5): arrests and the like seven years, convictions for ever.
		{"federal, conviction of old", "OR", "Salem", record("felony", "convicted", 40), ""},
		{"federal, dismissed six years ago", "OR", "Salem", record("felony", "dismissed", 6), ""},
		{"federal, dismissed seven years ago", "OR", "Salem", record("felony", "dismissed", 7), "arrests and cases without a conviction may not be used after 7 years: 15 USC 1681c(a)(2), (5)"},
		{"federal, dismissed, nobody knows when", "OR", "Salem", record("felony", "dismissed", 0), ""},
		{"federal, an arrest without a severity", "OR", "Salem", record("", "arrested", 9), "1681c"},
		{"federal, a case still pending", "OR", "Salem", record("felony", "pending", 9), ""},
		{"federal, ended in a word that nobody knows", "OR", "Salem", record("felony", "nolo_contendere", 9), ""},
		// 1681e(b): what a court took back is not accurate, in any place at any age.
		{"sealed", "OR", "Salem", record("felony", "sealed", 1), "15 USC 1681e(b)"},
		{"expunged", "TX", "", record("misdemeanor", "expunged", 0), "15 USC 1681e(b)"},
		{"pardoned, without a severity", "CA", "Fresno", record("", "pardoned", 0), "15 USC 1681e(b)"},
		{"set aside", "ZZ", "", record("felony", "set_aside", 50), "15 USC 1681e(b)"},

		// Civ. Code 1786.18, Gov. Code 12952.
		{"California, felony of six years", "CA", "Fresno", record("felony", "convicted", 6), ""},
		{"California, felony of seven", "CA", "Fresno", record("felony", "convicted", 7), "felonies may not be used after 7 years: Civ. Code 1786.18"},
		{"California, arrest of this year", "CA", "Fresno", record("felony", "arrested", 0), "arrests and cases without a conviction may not be used: Civ. Code 1786.18"},
		{"California, pending", "CA", "Fresno", record("felony", "pending", 0), ""},
		{"San Francisco, infraction", "CA", "San Francisco", record("infraction", "convicted", 1), "infractions may not be used: S.F. Police Code art. 49"},
		{"Fresno, infraction", "CA", "Fresno", record("infraction", "convicted", 1), ""},
		// Phila. Code 9-3500.
		{"Philadelphia, misdemeanor of three years", "PA", "Philadelphia", record("misdemeanor", "convicted", 3), ""},
		{"Philadelphia, misdemeanor of four", "PA", "Philadelphia", record("misdemeanor", "convicted", 4), "misdemeanors may not be used after 4 years: Phila. Code 9-3500"},
		{"Philadelphia, felony of six", "PA", "Philadelphia", record("felony", "convicted", 6), ""},
		{"Philadelphia, felony of seven", "PA", "Philadelphia", record("felony", "convicted", 7), "felonies may not be used after 7 years"},
		{"Philadelphia, summary offence", "PA", "Philadelphia", record("infraction", "convicted", 0), "infractions may not be used"},
		{"Pittsburgh, misdemeanor of old", "PA", "Pittsburgh", record("misdemeanor", "convicted", 30), ""},
		// HRS 378-2.5; DC Code 32-1341; MGL c.6 s.172; GBL 380-j.
		{"Hawaii, misdemeanor of five", "HI", "Honolulu", record("misdemeanor", "convicted", 5), "misdemeanors may not be used after 5 years: HRS 378-2.5"},
		{"Hawaii, arrest", "HI", "Honolulu", record("misdemeanor", "arrested", 1), "HRS 378-2.5"},
		{"the District, nine years", "DC", "Washington", record("felony", "convicted", 9), ""},
		{"the District, ten", "DC", "Washington", record("felony", "convicted", 10), "felonies may not be used after 10 years: DC Code 32-1341"},
		{"Massachusetts, misdemeanor of five", "MA", "Boston", record("misdemeanor", "convicted", 5), "misdemeanors may not be used after 5 years: MGL c.6 s.172"},
		{"Brooklyn, felony of seven, by the state's rule", "NY", "Brooklyn", record("felony", "convicted", 7), "felonies may not be used after 7 years: GBL 380-j"},
		{"Brooklyn, acquitted, by whoever says it first", "NY", "Brooklyn", record("felony", "acquitted", 0), "arrests and cases without a conviction may not be used: GBL 380-j"},
		{"Illinois, arrest", "IL", "Peoria", record("felony", "released", 1), "775 ILCS 5/2-103"},
		{"Illinois, felony of old", "IL", "Peoria", record("felony", "convicted", 40), ""},
		{"Portland, arrest", "OR", "Portland", record("felony", "no_bill", 1), "PCC 23.10"},
		{"a kind that the source does not class, under the felonies' limit", "TX", "Dallas", record("unclassified", "convicted", 7), "convictions may not be used after 7 years: Tex. Bus. & Com. Code 20.05"},
		{"the same, a year younger", "TX", "Dallas", record("unclassified", "convicted", 6), ""},

		// What is no record, or not known, stays.
		{"not of a court", "CA", "Los Angeles", onboarding.Finding{Code: "address_unknown", Verdict: onboarding.VerdictConsider, AgeYears: 20}, ""},
		{"a search that failed", "CA", "Los Angeles", onboarding.Finding{Code: "x", Verdict: onboarding.VerdictCouldNotComplete, Severity: "felony", Disposed: "dismissed", AgeYears: 20}, ""},
		{"clear", "CA", "Los Angeles", onboarding.Finding{Code: "x", Verdict: onboarding.VerdictClear, Severity: "felony", Disposed: "sealed", AgeYears: 20}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			place := policy.ForPlace(c.state, c.city, date(t, "2026-11-02"))
			kept, dropped := policy.ReportableFindings([]onboarding.Finding{c.finding}, place)
			if c.rule == "" {
				if len(dropped) != 0 || !cmp.Equal(kept, []onboarding.Finding{c.finding}) {
					t.Errorf("kept %v, dropped %v", kept, dropped)
				}
				return
			}
			if len(dropped) != 1 || !cmp.Equal(dropped[0].Finding, c.finding) || !strings.Contains(dropped[0].Rule, c.rule) {
				t.Fatalf("dropped %+v; want it by %q", dropped, c.rule)
			}
			// What is left says that a rule was applied, and nothing of the record.
			want := []onboarding.Finding{{Code: "record_not_reportable", Verdict: onboarding.VerdictClear, Source: onboarding.SourceOwn}}
			if d := cmp.Diff(want, kept); d != "" {
				t.Errorf("left (-want +got):\n%s", d)
			}
		})
	}
}

// TestReportableKeepsTheRest: in their order, with one mark for all that went.
func TestReportableKeepsTheRest(t *testing.T) {
	place := policy.ForPlace("CA", "Fresno", date(t, "2026-11-02"))
	in := []onboarding.Finding{record("felony", "convicted", 9), clear, record("felony", "convicted", 2), unknown, record("", "arrested", 1)}
	before := slices.Clone(in)
	kept, dropped := policy.ReportableFindings(in, place)
	var codes []string
	for _, f := range kept {
		codes = append(codes, f.Code)
	}
	if got := strings.Join(codes, " "); got != "nothing_found criminal_record court_closed record_not_reportable" || len(dropped) != 2 {
		t.Errorf("kept %s, dropped %d", got, len(dropped))
	}
	if !cmp.Equal(in, before) {
		t.Error("the findings that were given are changed")
	}
	if kept, dropped := policy.ReportableFindings(nil, place); kept != nil || dropped != nil {
		t.Errorf("of nothing: %v, %v", kept, dropped)
	}
}
