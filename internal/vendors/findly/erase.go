package findly

import (
	"context"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// EraseReference has everything erased that was ordered under our reference, and gives
// how many orders there were. It sends no field of the person and needs no consent: it
// must work when that is gone. An order that is not there any more is erased already.
// Errors: those of outbound.Client.Do, of which CodeVendorRefused tells that an order is
// being re-investigated ("disputed").
func (c *Client) EraseReference(ctx context.Context, reference string) (int, error) {
	orders, _, err := c.placed(ctx, reference)
	if err != nil {
		return 0, err
	}
	for _, o := range orders {
		if _, err := c.out.Do(ctx, outbound.Call{Method: http.MethodDelete, Path: "/v1/orders/{order}",
			Params: map[string]string{"order": o.ID}, Accept: []int{http.StatusNotFound}}); err != nil {
			return 0, err
		}
	}
	return len(orders), nil
}
