package stripeid

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// RedactReference has Stripe remove what it collected in the sessions made under our
// reference, and gives how many there were. It sends no field of the person and needs no
// consent. A session that was redacted already is left as it is. Errors: CodeVendorBusy
// while Stripe is looking at the document, and those of outbound.Client.Do.
func (c *Client) RedactReference(ctx context.Context, reference string) (int, error) {
	var list struct {
		Data *[]json.RawMessage `json:"data"`
	}
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v1/identity/verification_sessions",
		Query: url.Values{"client_reference_id": {reference}, "limit": {"100"}}, Into: &list})
	if err != nil {
		return 0, err
	}
	if list.Data == nil {
		return 0, vendors.Unclear(vendor, reply.Status, "did not say whether it has a session of ours")
	}
	for _, raw := range *list.Data {
		var s session
		if json.Unmarshal(raw, &s) != nil || !s.sound() || s.reference() != reference {
			return 0, vendors.Unclear(vendor, reply.Status, "gave an answer that is not about our session")
		}
		if err := c.redact(ctx, s); err != nil {
			return 0, err
		}
	}
	return len(*list.Data), nil
}

func (c *Client) redact(ctx context.Context, was session) error {
	if was.Redaction != nil {
		return nil
	}
	if was.Status == StatusProcessing {
		return vendors.Fail(onboarding.CodeVendorBusy, vendors.Problem{Vendor: vendor}, "is still looking at the document", "It is asked again later.")
	}
	var s session
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/v1/identity/verification_sessions/{session}/redact",
		Params: map[string]string{"session": was.ID}, Form: url.Values{}, Into: &s})
	if err != nil {
		return err
	}
	if !s.sound() || s.ID != was.ID || s.Redaction == nil {
		return vendors.Unclear(vendor, reply.Status, "did not say that it removes what it collected")
	}
	return nil
}
