package checkr

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// SignatureHeader carries the HMAC-SHA256 of the raw body in hex, keyed with the
// account's API key. The scheme has no time in it: an event may be played again
// by whoever has seen it, so it is only ever a reason to fetch, and its ID tells
// doubles.
const SignatureHeader = "X-Checkr-Signature"

// Event is what a webhook says, as far as we read it. Events may come twice or
// out of order. The IDs are those that the event's object names: CandidateID
// comes with reports and invitations only if the webhook is set up to include
// the object.
type Event struct {
	ID           string
	Type         string // e.g. "report.completed"
	CandidateID  string
	ReportID     string
	InvitationID string
	Created      time.Time
}

// VerifySignature proves that body, byte for byte as received, was signed with
// one of the account's keys, and reads it. Several keys may be live at once, for
// rotation. Events of types that we have no use for are proved and given like
// others. Errors: CodeNotAllowed when no signature proves it (the same words for
// every cause, so that nobody learns which), CodeInvalid when it is proved but is
// no event.
func VerifySignature(secrets []string, header http.Header, body []byte) (Event, error) {
	if !proved(secrets, header.Values(SignatureHeader), body) {
		return Event{}, &onboarding.Error{Code: onboarding.CodeNotAllowed, Field: SignatureHeader, Message: "The message's signature does not hold.",
			Hint: "Sign the raw body with the account's current API key."}
	}
	var e struct {
		ID      string    `json:"id"`
		Object  string    `json:"object"`
		Type    string    `json:"type"`
		Created time.Time `json:"created_at"`
		Data    struct {
			Object struct {
				ID        string `json:"id"`
				Object    string `json:"object"`
				Candidate text   `json:"candidate_id"`
				Report    text   `json:"report_id"`
			} `json:"object"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &e) != nil || e.Object != "event" || !idForm.MatchString(e.ID) || e.Type == "" || !idForm.MatchString(e.Data.Object.ID) {
		return Event{}, notEvent()
	}
	about := e.Data.Object
	out := Event{ID: e.ID, Type: e.Type, Created: e.Created, CandidateID: string(about.Candidate), ReportID: string(about.Report)}
	switch about.Object {
	case "report":
		out.ReportID = about.ID
	case "invitation":
		out.InvitationID = about.ID
	case "candidate":
		out.CandidateID = about.ID
	}
	for _, id := range []string{out.CandidateID, out.ReportID, out.InvitationID} {
		if id != "" && !idForm.MatchString(id) {
			return Event{}, notEvent()
		}
	}
	return out, nil
}

func notEvent() error {
	return onboarding.Invalid("body", "The message is not an event of Checkr's.", "Send the events that Checkr's documentation describes.")
}

func proved(secrets, values []string, body []byte) bool {
	if len(values) != 1 { // with two, which one was meant would be open to interpretation
		return false
	}
	got, err := hex.DecodeString(values[0])
	if err != nil || len(got) != sha256.Size {
		return false
	}
	for _, secret := range secrets {
		if secret == "" { // an unset key is one that everybody knows
			continue
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if hmac.Equal(mac.Sum(nil), got) {
			return true
		}
	}
	return false
}
