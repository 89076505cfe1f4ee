package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// OnwardSeen is that a vendor hands data on to a sub-processor, as it is kept for the
// privacy officer. It names no applicant.
type OnwardSeen struct {
	Vendor   string    `json:"vendor"`
	To       string    `json:"to"`
	First    time.Time `json:"first"` // by the vendor's clock
	Programs []string  `json:"programs"`
}

// handedOn records whom a vendor says that it had work on the check (obligation 40): it
// is told afterwards, so the use that it belongs to stands before. An answer of before
// vendors could say it tells of none, so old histories are not changed by it.
func (c *file) handedOn(ctx workflow.Context, k *onboarding.Check, use ledger.Record, all []onboarding.Onward) {
	for _, o := range all {
		listed := "named in the agreement"
		if !c.in.Program.Vendors[use.Recipient].ListsSub(o.To) {
			listed = OnwardUnlisted
		}
		detail := listed + ", by the vendor's word at " + o.At.UTC().Format(time.RFC3339)
		if o.For != "" {
			detail = o.For + ", " + detail
		}
		c.record(ctx, ledger.Record{Kind: ledger.KindOnward, Check: k.Name, Round: k.Round, Purpose: use.Purpose, Recipient: use.Recipient, Receipt: use.Receipt, Outcome: o.To, Detail: detail})
	}
}

// OnwardUnlisted is how the ledger's record says that the agreement does not name the
// sub-processor.
const OnwardUnlisted = "not named in the agreement"
