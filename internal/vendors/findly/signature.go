package findly

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// SignatureHeader carries "t=<unix seconds>,v1=<hex>", where v1 is the
// HMAC-SHA256, keyed with a shared secret, of the timestamp's digits, a dot and
// the raw body. While a secret is being rotated there may be several v1.
const SignatureHeader = "Findly-Signature"

// SignatureWindow is how far the timestamp may lie from our clock, either way.
const SignatureWindow = 300 * time.Second

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
	stamp, signatures, ok := parseSignature(header.Values(SignatureHeader))
	if !ok || !proved(secrets, stamp, signatures, body) {
		return Event{}, notProved()
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return Event{}, notProved()
	}
	if age := now.Sub(time.Unix(at, 0)); age > SignatureWindow || age < -SignatureWindow {
		return Event{}, notProved()
	}
	var e Event
	if json.Unmarshal(body, &e) != nil || e.ID == "" || e.Type == "" || !idForm.MatchString(e.Data.OrderID) || e.Data.Reference == "" {
		return Event{}, onboarding.Invalid("body", "The message is not an event of the contract.", "Send the events that openapi.yaml describes.")
	}
	return e, nil
}

func notProved() error {
	return &onboarding.Error{Code: onboarding.CodeNotAllowed, Field: SignatureHeader, Message: "The message's signature does not hold.",
		Hint: "Sign the raw body with the current secret and a current timestamp."}
}

// parseSignature wants exactly one timestamp: with two, what was signed would
// be open to interpretation.
func parseSignature(values []string) (stamp string, signatures [][]byte, ok bool) {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			name, value, found := strings.Cut(strings.TrimSpace(part), "=")
			switch {
			case !found:
				return "", nil, false
			case name == "t" && stamp == "":
				stamp = value
			case name == "t":
				return "", nil, false
			case name == "v1":
				sum, err := hex.DecodeString(value)
				if err != nil {
					return "", nil, false
				}
				signatures = append(signatures, sum)
			}
		}
	}
	return stamp, signatures, stamp != "" && len(stamp) <= 12 && len(signatures) > 0 && len(signatures) <= 8
}

func proved(secrets []string, stamp string, signatures [][]byte, body []byte) bool {
	for _, secret := range secrets {
		if secret == "" { // an unset secret is one that everybody knows
			continue
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(stamp + "."))
		mac.Write(body)
		want := mac.Sum(nil)
		for _, s := range signatures {
			if hmac.Equal(want, s) {
				return true
			}
		}
	}
	return false
}
