package workflows

import (
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

// TestRebaseBehindAWithdrawal: a task was lost in which the applicant took a consent
// back, after its pages had been stored. What is recorded anew behind them is no use
// under that consent, and what is under others stays one.
func TestRebaseBehindAWithdrawal(t *testing.T) {
	now := time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)
	b := book{Chain: ledger.NewChain("019ab3c0-0000-7000-8000-000000000001")}
	gone := b.Add(now, ledger.Record{Kind: ledger.KindUse, Receipt: "taken-back", Recipient: "stripe"})
	kept := b.Add(now, ledger.Record{Kind: ledger.KindUse, Receipt: "account", Recipient: "mail"})
	done := b.Add(now, ledger.Record{Kind: ledger.KindUseDone, Of: kept.Seq})
	b.Carry()
	stored := ledger.NewChain("019ab3c0-0000-7000-8000-000000000001")
	stored.Cut([]ledger.Record{stored.Append(now, ledger.Record{Kind: ledger.KindConsentWithdrawn, Receipt: "taken-back"})})
	b.Rebase(now.Add(time.Second), stored, func(r string) bool { return r == "taken-back" })
	if gone.Kind != ledger.KindUseRefused || gone.Outcome != "CONSENT_NOT_LIVE" {
		t.Errorf("a use stands behind the withdrawal: %+v", gone.Record)
	}
	if kept.Kind != ledger.KindUse || done.Of != kept.Seq || kept.Seq != 4 {
		t.Errorf("%+v, %+v", kept.Record, done.Record)
	}
}
