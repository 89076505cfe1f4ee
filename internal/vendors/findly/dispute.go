package findly

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// disputeLimit is the most records that one dispute may name: the contract's.
const disputeLimit = 100

type newDispute struct {
	Reference string   `json:"reference"`
	Records   []string `json:"records,omitempty"`
}

// Dispute spends the grant, without opening anything, and has Findly
// investigate again (15 USC 1681i). items are the IDs of the disputed records,
// as Report has them; none means the whole report. It sends our references and
// the vendor's own, no field of the person and no word of theirs: what a person
// has to say goes from them to the investigator.
//
// The order that comes back is disputed, or complete already when the
// investigator was as quick as that, or when the key is an old one. A second
// dispute, with a key of its own, while the first is being looked into adds
// information to it and makes the order Extended. The same key gives the same
// dispute, so that it may be called again after any error.
//
// Errors: those of Grant.Spend; CodeInvalid for an order or an item that cannot
// be one, and for more than 100 items; those of outbound.Client.Do, of which
// CodeVendorRefused tells that the order is not complete ("not_complete") or
// that its report has no such record ("unknown_record"); CodeVendorUnclear for
// an answer that is not about our order.
func (c *Client) Dispute(ctx context.Context, g consent.Grant[consent.Vetting], orderID string, items []string, key string) (Order, error) {
	if err := g.Spend(vendor); err != nil {
		return Order{}, err
	}
	if !idForm.MatchString(orderID) {
		return Order{}, badID()
	}
	// An item is an ID or it is nothing that may leave the house: whatever else
	// stands there might be a person's own words.
	if len(items) > disputeLimit || slices.ContainsFunc(items, func(id string) bool { return !idForm.MatchString(id) }) {
		return Order{}, onboarding.Invalid("items", "That is not a list of a report's records.", "Name up to 100 records by the IDs that the vendor gave, or none for the whole report.")
	}
	var o Order
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/v1/orders/{order}/disputes",
		Params: map[string]string{"order": orderID}, IdempotencyKey: key,
		// Sorted, so that the same dispute is the same bytes at every attempt.
		JSON: newDispute{Reference: g.OrderKey(), Records: slices.Compact(slices.Sorted(slices.Values(items)))}, Into: &o})
	if err != nil {
		return Order{}, err
	}
	if o.ID != orderID || !strings.HasPrefix(o.Reference, string(g.Applicant())+"/") || (o.Status != StatusDisputed && o.Status != StatusComplete) {
		return Order{}, vendors.Unclear(vendor, reply.Status, "did not say that it investigates our order again")
	}
	o.Raw = reply.Body
	return o, nil
}
