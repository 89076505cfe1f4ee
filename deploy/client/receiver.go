package client

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Event is what came by a webhook. It has no data of the person: ask Status for where
// the application stands now.
type Event struct {
	Type      string    `json:"type"` // such as "application.stage_changed"
	ID        string    `json:"id"`   // the same at every attempt
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		Applicant  string `json:"applicant"` // empty in a test event
		Program    string `json:"program"`
		Stage      string `json:"stage"`
		Attention  string `json:"attention"`
		Number     int    `json:"number"` // orders the events of one applicant
		Check      string `json:"check"`
		Problem    string `json:"problem"`
		Round      int    `json:"round"`
		Credential string `json:"credential"`
	} `json:"data"`
}

// ErrNotSigned says that a webhook was not signed with a secret of yours, or too long
// ago.
var ErrNotSigned = errors.New("the webhook is not signed by this deployment")

// tolerance is how old a signature may be, and how far a clock may be ahead.
const tolerance = 5 * time.Minute

// maxEvent is the longest webhook that is read, in bytes.
const maxEvent = 64 << 10

// Receiver takes webhooks. It is an http.Handler: mount it at the address of your
// endpoint.
type Receiver struct {
	keys [][]byte
	take func(context.Context, Event) error
	now  func() time.Time
}

// NewReceiver makes a Receiver. secrets are those of the endpoint, whsec_…: one, or
// while it is rotated the old and the new one. take is called for each event that is
// signed rightly. When it gives an error the webhook is answered with 500 and comes
// again later; until then no later event of that applicant comes. Make it quick, and
// let it drop an Event.ID that it has taken before.
func NewReceiver(secrets []string, take func(context.Context, Event) error) (*Receiver, error) {
	r := &Receiver{take: take, now: time.Now}
	for i, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil || len(key) == 0 {
			return nil, fmt.Errorf("secret %d is not whsec_ and base64", i+1)
		}
		r.keys = append(r.keys, key)
	}
	if len(r.keys) == 0 {
		return nil, errors.New("give the secret of the endpoint")
	}
	return r, nil
}

// Verify gives the event of a webhook with these headers and this body, or
// ErrNotSigned.
func (r *Receiver) Verify(header http.Header, body []byte) (Event, error) {
	var e Event
	id, stamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" {
		return e, ErrNotSigned
	}
	if age := r.now().Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return e, ErrNotSigned
	}
	if !r.signed(header.Get("webhook-signature"), []byte(id+"."+stamp+"."), body) {
		return e, ErrNotSigned
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("the webhook is not what the API says: %w", err)
	}
	return e, nil
}

// signed looks for one signature of the version v1 by one of the keys.
func (r *Receiver) signed(signatures string, head, body []byte) bool {
	for _, key := range r.keys {
		mac := hmac.New(sha256.New, key)
		mac.Write(head)
		mac.Write(body)
		want := mac.Sum(nil)
		for s := range strings.FieldsSeq(signatures) {
			encoded, ok := strings.CutPrefix(s, "v1,")
			got, err := base64.StdEncoding.DecodeString(encoded)
			if ok && err == nil && hmac.Equal(got, want) {
				return true
			}
		}
	}
	return false
}

// ServeHTTP takes one webhook: 204 when it was taken, 401 when it is not signed, 500
// when it is to come again.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxEvent))
	if err != nil || req.Method != http.MethodPost {
		http.Error(w, "this address takes webhooks", http.StatusBadRequest)
		return
	}
	e, err := r.Verify(req.Header, body)
	switch {
	case errors.Is(err, ErrNotSigned):
		http.Error(w, err.Error(), http.StatusUnauthorized)
	case err != nil:
		http.Error(w, "the webhook cannot be read", http.StatusBadRequest)
	default:
		if err := r.take(req.Context(), e); err != nil {
			http.Error(w, "it could not be taken now", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
