package program_test

import (
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestAgreementInForce: an agreement holds from its first to its last day, both whole by
// UTC; one without an end goes on; none is none. Promise 39.
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
