package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

// keepsNothing notes that a vendor has nothing to erase, if the register says so: what is
// run for us goes with our own data, and who answers at once keeps nothing.
func (e *erasure) keepsNothing(ctx workflow.Context, vendor string) bool {
	known, _ := consent.RecipientOf(vendor)
	if !slices.Contains([]consent.Erasure{consent.ErasedAtOnce, consent.ErasedWithUs}, known.Erases) || !since(ctx, changeKeepsNothing) {
		return false
	}
	e.view.Vendors = append(e.view.Vendors, VendorErasure{Vendor: vendor, Answer: VendorNothing, At: workflow.Now(ctx)})
	e.erased(ctx, ErasedVendor, VendorNothing, func(r *ledger.Record) { r.Recipient = vendor })
	return true
}
