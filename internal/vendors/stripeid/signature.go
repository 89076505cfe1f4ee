package stripeid

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/stamped"
)

// SignatureHeader carries "t=<unix seconds>,v1=<hex>", where v1 is the
// HMAC-SHA256, keyed with the endpoint's secret, of the timestamp's digits, a
// dot and the raw body. While a secret is being rolled there are several v1; v0
// and other schemes beside them are not ours to read.
const SignatureHeader = "Stripe-Signature"

// SignatureWindow is how far the timestamp may lie from our clock, either way:
// Stripe's own libraries allow as much.
const SignatureWindow = stamped.Window

// eventPrefix is that of every event about a session.
const eventPrefix = sessionObject + "."

// Event is what a webhook says. It holds no personal data: whoever gets it
// fetches the session. Events may come twice or out of order: ID tells.
type Event struct {
	ID        string
	Type      string // "identity.verification_session.verified", …
	SessionID string // "" when the event is about something else
	Reference string // <applicant>/<check>/<round>; "" when the session is none of ours
	Livemode  bool   // false: made with a test key
}

// VerifySignature proves that body, byte for byte as received, was signed with
// one of our secrets within the window, and reads it. Several secrets may be
// live at once. An event about anything else that the account does is proved as
// well, and has no session: nobody waits for it, and it is to be answered 2xx,
// or Stripe sends it for days. Errors: CodeNotAllowed when no signature proves
// it (the same words for every cause, so that nobody learns which), CodeInvalid
// when it is proved but is no event.
func VerifySignature(secrets []string, header http.Header, body []byte, now time.Time) (Event, error) {
	if err := stamped.Verify(SignatureHeader, secrets, header, body, now); err != nil {
		return Event{}, err
	}
	return readEvent(body)
}

func readEvent(body []byte) (Event, error) {
	var e struct {
		ID       string `json:"id"`
		Object   string `json:"object"`
		Type     string `json:"type"`
		Livemode bool   `json:"livemode"`
		Data     struct {
			Object json.RawMessage `json:"object"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &e) != nil || e.ID == "" || e.Type == "" || e.Object != "event" {
		return Event{}, notAnEvent()
	}
	out := Event{ID: e.ID, Type: e.Type, Livemode: e.Livemode}
	if !strings.HasPrefix(e.Type, eventPrefix) {
		return out, nil
	}
	var s session
	if json.Unmarshal(e.Data.Object, &s) != nil || s.Object != sessionObject || !idForm.MatchString(s.ID) {
		return Event{}, notAnEvent()
	}
	out.SessionID, out.Reference = s.ID, s.reference()
	return out, nil
}

func notAnEvent() error {
	return onboarding.Invalid("body", "The message is not an event of Stripe's form.", "Send the events identity.verification_session.* to this address.")
}
