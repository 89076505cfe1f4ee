package policy_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// TestReinvestigationDue counts by hand: the day of the dispute is the first of
// the agency's thirty, and the last is over at 11:00 UTC of the next.
func TestReinvestigationDue(t *testing.T) {
	l := policy.Limits(basics(t), policy.Jurisdiction{})
	for _, c := range []struct {
		name, started string
		extended      bool
		due, heard    string
	}{
		// 1681i(a)(1)(A): 2 November to 1 December; five business days: 2 3 4 | 7 8.
		{"thirty days", "2026-11-02T15", false, "2026-12-02T11", "2026-12-09T11"},
		{"from the day's first moment", "2026-11-02T00:00:00Z", false, "2026-12-02T11", "2026-12-09T11"},
		{"from its last", "2026-11-02T23:59:59Z", false, "2026-12-02T11", "2026-12-09T11"},
		// 1681i(a)(1)(B): fifteen more, to 16 December; 17 18 | 21 22 23.
		{"forty-five with new information", "2026-11-02T15", true, "2026-12-17T11", "2026-12-24T11"},
		{"over a leap day", "2028-02-15T12", false, "2028-03-16T11", "2028-03-23T11"},
		// To 25 December, a holiday: 28 29 30 31 – | 4.
		{"into a holiday", "2026-11-26T09", false, "2026-12-26T11", "2027-01-05T11"},
	} {
		t.Run(c.name, func(t *testing.T) {
			started, due := date(t, c.started), date(t, c.due)
			if got := policy.ReinvestigationDue(started, c.extended); !got.Equal(due) || !l.ReinvestigationDue(started, c.extended).Equal(due) {
				t.Errorf("due %s; want %s", got, due)
			}
			if got := policy.ReinvestigationHeard(due); !got.Equal(date(t, c.heard)) {
				t.Errorf("its word may come until %s; want %s", got, c.heard)
			}
			if longest := date(t, c.started).Add(46 * 24 * time.Hour); policy.ReinvestigationDue(started, true).After(longest) {
				t.Errorf("more than forty-five days: %s", policy.ReinvestigationDue(started, true))
			}
		})
	}
	if l.Reinvestigation+l.ReinvestigationMore != 45*24*time.Hour {
		t.Errorf("%s and %s", l.Reinvestigation, l.ReinvestigationMore)
	}
}

// TestMayExtend: new information counts in the first thirty days.
func TestMayExtend(t *testing.T) {
	started := date(t, "2026-11-02T15")
	for on, may := range map[string]bool{"2026-11-02T14": false, "2026-11-02T15": true, "2026-11-20T00": true, "2026-12-02T10": true, "2026-12-02T11": false, "2026-12-10T00": false} {
		if got := policy.MayExtend(started, date(t, on)); got != may {
			t.Errorf("%s: %v", on, got)
		}
	}
}

// TestUnverified: 1681i(a)(5)(A): what is not verified is deleted, and nothing else.
func TestUnverified(t *testing.T) {
	court := record("felony", "convicted", 2)
	note := onboarding.Finding{Code: "investigation_note", Verdict: onboarding.VerdictConsider, Source: onboarding.SourceProprietary}
	ours := onboarding.Finding{Code: "report_late", Verdict: onboarding.VerdictConsider, Source: onboarding.SourceOwn}
	mark := onboarding.Finding{Code: "record_not_verified", Verdict: onboarding.VerdictClear, Source: onboarding.SourceOwn}
	all := []onboarding.Finding{clear, court, unknown, note, ours}
	for _, c := range []struct {
		name     string
		findings []onboarding.Finding
		disputed []int
		kept     []onboarding.Finding
		dropped  []onboarding.Finding
	}{
		{"the whole report", all, nil, []onboarding.Finding{clear, unknown, ours, mark}, []onboarding.Finding{court, note}},
		{"one item", all, []int{1}, []onboarding.Finding{clear, unknown, note, ours, mark}, []onboarding.Finding{court}},
		{"both", all, []int{3, 1}, []onboarding.Finding{clear, unknown, ours, mark}, []onboarding.Finding{court, note}},
		{"what is no record, and what there is not", all, []int{0, 2, 4, 9, -1}, all, nil},
		{"a report with nothing in it", []onboarding.Finding{clear}, nil, []onboarding.Finding{clear}, nil},
		{"none", nil, nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := slices.Clone(c.findings)
			kept, dropped := policy.Unverified(c.findings, c.disputed...)
			if d := cmp.Diff(c.kept, kept); d != "" {
				t.Errorf("kept (-want +got):\n%s", d)
			}
			var gone []onboarding.Finding
			for _, d := range dropped {
				gone = append(gone, d.Finding)
				if d.Rule != "not verified by the agency in the time that it has: 15 USC 1681i(a)(5)(A)" {
					t.Errorf("by %q", d.Rule)
				}
			}
			if d := cmp.Diff(c.dropped, gone); d != "" {
				t.Errorf("dropped (-want +got):\n%s", d)
			}
			if !cmp.Equal(before, c.findings) {
				t.Error("the findings that were given are changed")
			}
		})
	}
	// That we do not know is not made clear by a dispute.
	if kept, _ := policy.Unverified([]onboarding.Finding{court, unknown}); onboarding.Worst(kept) != onboarding.VerdictCouldNotComplete {
		t.Errorf("%v is %s", kept, onboarding.Worst(kept))
	}
}
