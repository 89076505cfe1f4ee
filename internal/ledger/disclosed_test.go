package ledger_test

import (
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

// TestDisclosedByLaw: what the law compels or allows to be given needs no consent, and
// two people and a basis in place of it. A stranger who proves the ledger finds a
// disclosure that only who asked for it has approved.
//
// Promise 21, 32, 33.
func TestDisclosedByLaw(t *testing.T) {
	right := ledger.Record{Kind: ledger.KindDisclosed, Actor: "staff:privacy:1f", Approver: "staff:admin:2f", Purpose: "dpv:LegalObligation", Recipient: "authority", Outcome: "subpoena",
		Detail: "case a1; asked by staff:privacy:1f; findings"}
	for name, c := range map[string]struct {
		change func(*ledger.Record)
		want   string // of the fault; empty: none
	}{
		"right":                         {func(*ledger.Record) {}, ""},
		"an emergency":                  {func(r *ledger.Record) { r.Outcome, r.Purpose = "emergency", "dpv:VitalInterest" }, ""},
		"nobody approved":               {func(r *ledger.Record) { r.Approver = "" }, "no approver"},
		"approved by who asked":         {func(r *ledger.Record) { r.Approver = "staff:privacy:1f" }, "no approver"},
		"the same in another role":      {func(r *ledger.Record) { r.Approver = "staff:admin:1f" }, "no approver"},
		"nobody asked":                  {func(r *ledger.Record) { r.Detail = "case a1; findings" }, "no approver"},
		"no basis":                      {func(r *ledger.Record) { r.Purpose = "" }, "no live consent"},
		"a basis that the law is not":   {func(r *ledger.Record) { r.Purpose = "dpv:DirectMarketing" }, "no live consent"},
		"what is no process":            {func(r *ledger.Record) { r.Outcome = "a friendly call" }, "no live consent"},
		"approved by two, in two roles": {func(r *ledger.Record) { r.Approver = "staff:privacy:3f" }, ""},
	} {
		r := right
		c.change(&r)
		id := newApplicant()
		pages, chain := compose(id, [][]ledger.Record{{r}})
		report := ledger.VerifyPages(id, pages, chain)
		said := ""
		for _, f := range report.Faults {
			said += string(f.Kind) + ": " + f.String() + "\n"
		}
		if (c.want == "") != report.Whole() || !strings.HasPrefix(said, c.want) {
			t.Errorf("%s: %q, want %q", name, said, c.want)
		}
	}
}
