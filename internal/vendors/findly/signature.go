package findly

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/stamped"
)

// SignatureHeader carries "t=<unix seconds>,v1=<hex>", where v1 is the
// HMAC-SHA256, keyed with a shared secret, of the timestamp's digits, a dot and
// the raw body. While a secret is being rotated there may be several v1.
const SignatureHeader = "Findly-Signature"

// SignatureWindow is how far the timestamp may lie from our clock, either way.
const SignatureWindow = stamped.Window

// Event is what a webhook says. It holds no personal data: whoever gets it
// fetches the report. Events may come twice or out of order: ID tells.
type Event struct {
	ID string `json:"id"`
	// Type is "order.completed", which comes again, with another ID, when a
	// re-investigation has ended; "order.disputed" when one begins;
	// "order.suspended", "order.resumed" or "order.canceled".
	Type      string    `json:"type"`
	CreatedAt time.Time `json:"created_at"`
	Data      struct {
		OrderID   string `json:"order_id"`
		Reference string `json:"reference"` // <applicant>/<check>/<round>
		Status    Status `json:"status"`
	} `json:"data"`
}

// VerifySignature proves that body, byte for byte as received, was signed with
// one of our secrets within the window, and reads it. Several secrets may be
// live at once, for rotation. Errors: CodeNotAllowed when no signature proves
// it (the same words for every cause, so that nobody learns which), CodeInvalid
// when it is proved but is no event.
func VerifySignature(secrets []string, header http.Header, body []byte, now time.Time) (Event, error) {
	if err := stamped.Verify(SignatureHeader, secrets, header, body, now); err != nil {
		return Event{}, err
	}
	var e Event
	if json.Unmarshal(body, &e) != nil || e.ID == "" || e.Type == "" || !idForm.MatchString(e.Data.OrderID) || e.Data.Reference == "" {
		return Event{}, onboarding.Invalid("body", "The message is not an event of the contract.", "Send the events that openapi.yaml describes.")
	}
	return e, nil
}
