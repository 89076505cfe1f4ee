package program_test

import (
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestAgreementInForce: an agreement holds from its first to its last day, both whole by
// UTC; one without an end goes on; none is none.
//
// Promise 39.
func TestAgreementInForce(t *testing.T) {
	at := func(s string) time.Time {
		out, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	both := program.Vendor{AgreementVersion: "1", AgreementDate: "2026-03-01", AgreementEnd: "2026-11-30"}
	for _, c := range []struct {
		name  string
		v     program.Vendor
		at    string
		holds bool
	}{
		{"the day before", both, "2026-02-28T23:59:59Z", false},
		{"the first day", both, "2026-03-01T00:00:00Z", true},
		{"the first day elsewhere, not yet by UTC", both, "2026-03-01T01:00:00+02:00", false},
		{"the last day", both, "2026-11-30T23:59:59Z", true},
		{"the day after", both, "2026-12-01T00:00:00Z", false},
		{"no end", program.Vendor{AgreementVersion: "1", AgreementDate: "2026-03-01"}, "2036-03-01T00:00:00Z", true},
		{"none", program.Vendor{}, "2026-03-01T00:00:00Z", false},
	} {
		if got := c.v.InForce(at(c.at)); got != c.holds {
			t.Errorf("%s: holds %v", c.name, got)
		}
	}
}

// TestAgreedToday: the file of today says with whom a program has an agreement; who does
// not stand there has none, our own lists need none, and a program without a file says
// nothing.
//
// Promise 39.
func TestAgreedToday(t *testing.T) {
	set, err := program.LoadTrial()
	if err != nil {
		t.Fatal(err)
	}
	day := func(s string) time.Time {
		out, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct {
		id, vendor, day string
		agreed          bool
	}{
		{"support-basics", "kickbox", "2026-06-01", true},
		{"support-basics", "kickbox", "2026-01-14", false},
		{"support-basics", "yente", "2026-06-01", false},
		{"support-basics", "ofac", "2026-06-01", true},
		{"given-up", "kickbox", "2026-06-01", true},
	} {
		if got := set.Agreed(c.id, c.vendor, day(c.day)); got != c.agreed {
			t.Errorf("%v: agreed %v", c, got)
		}
	}
}
