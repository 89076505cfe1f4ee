package webhook

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/checkr"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
	"github.com/vouchsafe/vouchsafe/internal/vendors/stripeid"
)

// event is what any vendor's event comes to.
type event struct {
	id        string
	order     string // the vendor's reference of what has changed
	reference string // ours, "<applicant>/<check>/<round>"; empty when the event has none
}

// sender is a vendor that sends events.
type sender struct {
	vendor string
	// read proves an event and reads it: CodeNotAllowed when it is not the vendor's,
	// CodeInvalid when it is none.
	read func(header http.Header, body []byte) (event, error)
	// whose gives the applicant whom it is about; empty for nobody.
	whose func(ctx context.Context, e event) (onboarding.ApplicantID, error)
}

func (h *handler) senders() []sender {
	return []sender{
		{"findly", h.readFindly, ofReference},
		{"stripe", h.readStripe, func(ctx context.Context, e event) (onboarding.ApplicantID, error) {
			if e.reference == "" { // of a session that is not ours, or of another kind
				return "", nil
			}
			return ofReference(ctx, e)
		}},
		{"checkr", h.readCheckr, func(ctx context.Context, e event) (onboarding.ApplicantID, error) {
			if e.order == "" {
				return "", nil
			}
			return h.Service.WhoseFile(ctx, "checkr", e.order)
		}},
	}
}

func (h *handler) readFindly(header http.Header, body []byte) (event, error) {
	e, err := findly.VerifySignature(h.FindlySecrets, header, body, h.Now())
	return event{id: e.ID, order: e.Data.OrderID, reference: e.Data.Reference}, err
}

func (h *handler) readStripe(header http.Header, body []byte) (event, error) {
	e, err := stripeid.VerifySignature(h.StripeSecrets, header, body, h.Now())
	return event{id: e.ID, order: e.SessionID, reference: e.Reference}, err
}

// readCheckr: an event names nothing of ours but the candidate, under whom the
// order stands.
func (h *handler) readCheckr(header http.Header, body []byte) (event, error) {
	e, err := checkr.VerifySignature(h.CheckrKeys, header, body)
	return event{id: e.ID, order: e.CandidateID}, err
}

// ofReference reads "<applicant>/<check>/<round>".
func ofReference(_ context.Context, e event) (onboarding.ApplicantID, error) {
	id, _, ok := strings.Cut(e.reference, "/")
	parsed, err := onboarding.ParseApplicantID(id)
	if !ok || err != nil {
		return "", onboarding.Invalid("reference", "The event has no reference of ours.", "Send the reference that came with the order.")
	}
	return parsed, nil
}

// remembered is how many events one process remembers. A vendor repeats an event
// within hours; what is forgotten, or was taken by another process, the
// applicant's workflow tells by the event's ID.
const remembered = 10_000

// seen holds the newest events that were taken.
type seen struct {
	mu   sync.Mutex
	held map[string]bool
	ring []string
	next int
}

func newSeen(n int) *seen { return &seen{held: map[string]bool{}, ring: make([]string, n)} }

func (s *seen) has(vendor, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[vendor+" "+id]
}

func (s *seen) add(vendor, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := vendor + " " + id
	if s.held[key] {
		return
	}
	delete(s.held, s.ring[s.next])
	s.held[key], s.ring[s.next] = true, key
	s.next = (s.next + 1) % len(s.ring)
}
