package hooks

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Payload is what an endpoint gets: by the specification a type, a time and data,
// and the ID besides. It holds no data of the person.
type Payload struct {
	Type      onboarding.EventType `json:"type"`
	ID        string               `json:"id"`
	Timestamp time.Time            `json:"timestamp"` // when it happened
	Data      Data                 `json:"data"`
}

// Data is what the event is about.
type Data struct {
	Applicant  onboarding.ApplicantID `json:"applicant,omitempty"` // none in a test event
	Program    string                 `json:"program,omitempty"`
	Stage      onboarding.Stage       `json:"stage,omitempty"`
	Attention  onboarding.Attention   `json:"attention,omitempty"`
	Number     int                    `json:"number"` // counts and orders an applicant's events
	Check      onboarding.CheckName   `json:"check,omitempty"`
	Problem    string                 `json:"problem,omitempty"`
	Round      int                    `json:"round,omitempty"`
	Credential string                 `json:"credential,omitempty"`
}

// eventSpace makes an event's ID of its applicant and number.
var eventSpace = uuid.MustParse("5b0e55a4-0f9f-5d56-8a52-0d3c5b8f3c11")

// EventID is the same at every attempt, for every endpoint and after a replay: a
// receiver that has seen it drops what comes again.
func EventID(id onboarding.ApplicantID, e onboarding.Event) string {
	name := string(id) + "/" + strconv.Itoa(e.Number)
	if e.Type == onboarding.EventTest {
		name = e.At.Format(time.RFC3339Nano)
	}
	return "evt_" + strings.ReplaceAll(uuid.NewSHA1(eventSpace, []byte(name)).String(), "-", "")
}

// body writes an event.
func body(id onboarding.ApplicantID, e onboarding.Event) ([]byte, error) {
	return json.Marshal(Payload{Type: e.Type, ID: EventID(id, e), Timestamp: e.At.UTC(), Data: Data{Applicant: id, Program: e.Program, Stage: e.Stage,
		Attention: e.Attention, Number: e.Number, Check: e.Check, Problem: e.Problem, Round: e.Round, Credential: e.Credential}})
}

// sign puts the specification's three headers on: one signature (v1, HMAC-SHA256) for
// each secret.
func sign(h http.Header, secrets []string, id string, at time.Time, body []byte) error {
	signatures := make([]string, 0, len(secrets))
	for _, secret := range secrets {
		w, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return err
		}
		signature, err := w.Sign(id, at, body)
		if err != nil {
			return err
		}
		signatures = append(signatures, signature)
	}
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return nil
}
