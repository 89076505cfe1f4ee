package program_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

func withRetention(t *testing.T, lines ...string) (program.Program, []program.Problem) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "small.yaml")
	if err := os.WriteFile(file, []byte(rightFile(t)+"\nretention:\n  - "+strings.Join(lines, "\n  - ")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if problems := program.Check(file); len(problems) > 0 {
		return program.Program{}, problems
	}
	set, err := program.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("small")
	if err != nil {
		t.Fatal(err)
	}
	return p, nil
}

// TestShorterThanTheLaw: a program's file that keeps something shorter than the law asks
// is refused, by the name of what it keeps and of the rule.
//
// Promise 23.
func TestShorterThanTheLaw(t *testing.T) {
	for line, want := range map[string]string{
		`{category: findings, after: closed, years: 4, source: ours}`:                                                                "findings is kept for 4 years here, and the law asks for 5 years after the case's end (15 USC 1681p)",
		`{category: findings, after: closed, days: 1825, source: ours}`:                                                              "findings is kept for 1825 days here, and the law asks for 5 years",
		`{category: tax, after: closed, years: 3, source: ours}`:                                                                     "tax is kept for 3 years here, and the law asks for 4 years after the case's end (26 CFR 31.6001-1(e)(2))",
		`{category: application, after: closed, days: 1, source: ours}`:                                                              "application is kept for 1 day here, and the law asks for 1 year",
		`{category: files, place: US-CA, after: closed, years: 3, source: ours}`:                                                     "the law asks for 4 years after the case's end (Cal. Gov. Code 12946(a), US-CA)",
		`{category: files, place: US-CA-LA, after: closed, years: 3, source: ours}`:                                                  "the law asks for 4 years after the case's end (Cal. Gov. Code 12946(a), US-CA)",
		`{category: certificates, after: certificate_ended, days: 300, source: ours}`:                                                "certificates is kept for 300 days here, and the law asks for 1 year after the certificate's end",
		`{category: certificates, after: closed, years: 9, source: ours}`:                                                            "certificates are kept from the certificate's end on",
		`{category: letters, after: certificate_ended, years: 9, source: ours}`:                                                      "only certificates are kept from a certificate's end on",
		`{category: letters, after: closed, source: ours}`:                                                                           "say how long, in years or in days",
		`{category: letters, after: closed, years: 9, days: 3, source: ours}`:                                                        "say how long, in years or in days",
		`{category: moods, after: closed, years: 9, source: ours}`:                                                                   "retention/0/category",
		`{category: letters, after: closed, years: 9}`:                                                                               "source",
		"{category: letters, after: closed, years: 9, source: ours}\n  - {category: letters, after: closed, years: 8, source: ours}": `"letters" stands here twice for the same place`,
	} {
		_, problems := withRetention(t, line)
		said := ""
		for _, p := range problems {
			said += p.String() + "\n"
		}
		if !strings.Contains(said, want) {
			t.Errorf("%s\ntold %q\nwant %q", line, said, want)
		}
	}
}

// TestKeeps: the longest rule that holds in a place counts, the file's or the law's, and
// what a file says nothing of is kept as the law asks.
//
// Promise 23.
func TestKeeps(t *testing.T) {
	p, problems := withRetention(t, `{category: application, after: closed, years: 2, source: ours}`, `{category: files, place: US-TX, after: closed, days: 800, source: theirs}`,
		`{category: letters, after: closed, years: 9, source: ours}`, `{category: letters, place: US-NY, after: closed, years: 6, source: shorter}`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, c := range []struct {
		category onboarding.Category
		place    string
		period   string
		source   string
	}{
		{onboarding.KeptApplication, "", "2 years", "ours"},
		{onboarding.KeptApplication, "US-CA-LA", "4 years", "Cal. Gov. Code 12946(a)"},
		{onboarding.KeptApplication, "US-CALIFORNIA", "2 years", "ours"},
		{onboarding.KeptFiles, "US-TX-AUS", "800 days", "theirs"},
		{onboarding.KeptFiles, "US-NY", "1 year", "29 CFR 1602.14"},
		{onboarding.KeptLetters, "US-NY-NYC", "9 years", "ours"},
		{onboarding.KeptFindings, "", "5 years", "15 USC 1681p"},
		{onboarding.KeptCertificates, "", "1 year", "29 CFR 1602.14"},
	} {
		r := p.Keeps(c.category, c.place)
		if r.Period() != c.period || r.Source != c.source {
			t.Errorf("%s in %q: %+v", c.category, c.place, r)
		}
	}
	leap := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	if due := p.Keeps(onboarding.KeptApplication, "").Due(leap); !due.Equal(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("due %s", due)
	}
	if due := p.Keeps(onboarding.KeptFiles, "US-TX").Due(leap); !due.Equal(leap.AddDate(0, 0, 800)) {
		t.Errorf("due %s", due)
	}
}
