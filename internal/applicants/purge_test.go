package applicants

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestSevenYears follows a case from its end on, year by year: category after category
// is due by the shipped table, and when the last one is, everything.
//
// Promise 23.
func TestSevenYears(t *testing.T) {
	set, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("support-basics")
	if err != nil {
		t.Fatal(err)
	}
	closed := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	v := workflows.StaffView{Applicant: "019ab3c0-0000-7000-8000-000000000001", Program: p.ID, Stage: onboarding.StageExpired, Submitted: closed.AddDate(-1, 0, 0), UpdatedAt: closed}
	due := func(law string, after int) string {
		var out []string
		for _, d := range dueIn(p, v, law, closed.AddDate(after, 0, 0), workflows.Pace{}) {
			if d.Rule == "" || d.Due.After(closed.AddDate(after, 0, 0)) {
				t.Errorf("%+v", d)
			}
			out = append(out, string(d.Category))
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		law   string
		years int
		want  string
	}{
		{"US", 2, ""}, {"US", 3, "files"}, {"US-CA-LA", 3, ""}, {"US-CA-LA", 4, "files tax"}, {"US", 4, "files tax"},
		{"US", 5, "application files findings tax"}, {"US", 6, "application files findings tax"}, {"US", 7, "everything"},
	} {
		if got := due(c.law, c.years); got != c.want {
			t.Errorf("after %d years in %s: %q, want %q", c.years, c.law, got, c.want)
		}
	}
	// A certificate that runs on after the case's end is kept from its own end on.
	v.Credential = workflows.CredentialLine{ID: "c", Issued: closed.AddDate(-1, 0, 0), Expires: closed.AddDate(0, 6, 0)}
	if got := due("US", 7); got != "application consents files findings letters tax" {
		t.Errorf("after seven years, with a certificate: %q", got)
	}
	if got := due("US", 8); got != "everything" {
		t.Errorf("after eight years, with a certificate: %q", got)
	}
	// A clock that runs faster has the time over sooner, by as much.
	v.Credential = workflows.CredentialLine{}
	fast := workflows.Pace{Clock: 86_400}
	if got := dueIn(p, v, "US", closed.Add(43*time.Minute), fast); len(got) != 1 || got[0].Category != workflows.PurgeWhole {
		t.Errorf("by a fast clock: %+v", got)
	}
	if got := dueIn(p, v, "US", closed.Add(17*time.Minute), fast); len(got) != 0 {
		t.Errorf("by a fast clock, too early: %+v", got)
	}
	// What was never handed in goes at once.
	v.Submitted = time.Time{}
	if got := due("US", 0); got != "everything" {
		t.Errorf("a draft: %q", got)
	}
}
