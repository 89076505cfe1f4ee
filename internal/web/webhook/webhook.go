// Package webhook takes vendors' events in, under /webhooks/<vendor>. An event
// is proved by its signature over the raw bytes, and then believed no further
// than that something may have changed: the report itself is fetched.
package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Limit is the largest event that is read, in bytes.
const Limit = 64 << 10

// Service is what webhooks need; *applicants.Service is one.
type Service interface {
	// ReportCompleted returns when Temporal has the signal durably. An
	// applicant whose workflow has ended is CodeUnknownApplicant.
	ReportCompleted(ctx context.Context, id onboarding.ApplicantID, r workflows.ReportCompleted) error
	// WhoseFile gives the applicant whom a vendor keeps under a reference of its
	// own; CodeUnknownApplicant when there is none.
	WhoseFile(ctx context.Context, vendor, file string) (onboarding.ApplicantID, error)
}

// Config is what the webhooks work with. Of each vendor's secrets several may be
// live, during a rotation; without one nothing of that vendor's is believed.
type Config struct {
	Service       Service
	FindlySecrets []string
	StripeSecrets []string
	CheckrKeys    []string
	Texts         TextsConfig
	Now           func() time.Time
	Log           *slog.Logger
}

type handler struct {
	Config
	count metric.Int64Counter
	seen  *seen
}

// Register puts the webhooks on the mux.
func Register(mux web.Router, cfg Config) error {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	count, err := otel.Meter("vouchsafe/webhook").Int64Counter("webhook_events",
		metric.WithDescription("Events from vendors, by what became of them"))
	if err != nil {
		return err
	}
	h := &handler{Config: cfg, count: count, seen: newSeen(remembered)}
	for _, s := range h.senders() {
		mux.HandleFunc("POST /webhooks/"+s.vendor, h.from(s))
	}
	if cfg.Texts.Service != nil {
		mux.HandleFunc("POST "+TextsPath, h.texts(cfg.Texts))
	}
	return nil
}

// from answers 200 only when Temporal has the event. 401: not signed by the
// vendor; 400: signed, and still not an event; 413: too large; 503: try again.
func (h *handler) from(s sender) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status, outcome := h.take(r, s)
		h.count.Add(r.Context(), 1, metric.WithAttributes(attribute.String("vendor", s.vendor), attribute.String("outcome", outcome)))
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, outcome+"\n") // the vendor may have hung up
	}
}

func (h *handler) take(r *http.Request, s sender) (int, string) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, Limit))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge, "too large"
	}
	if err != nil {
		return http.StatusBadRequest, "broke off"
	}
	e, err := s.read(r.Header, body)
	if onboarding.CodeOf(err) == onboarding.CodeNotAllowed {
		return http.StatusUnauthorized, "not signed by the vendor"
	}
	if err != nil {
		return http.StatusBadRequest, "not an event"
	}
	if h.seen.has(s.vendor, e.id) {
		return http.StatusOK, "taken before"
	}
	id, err := s.whose(r.Context(), e)
	if err == nil && id != "" {
		err = h.Service.ReportCompleted(r.Context(), id, workflows.ReportCompleted{Vendor: s.vendor, Order: e.order, Event: e.id})
	}
	switch {
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		return http.StatusBadRequest, "no reference of ours"
	case onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant, err == nil && id == "":
		// Ended, never ours, or of a kind that tells us nothing: sending it again
		// cannot help.
		return http.StatusOK, "nobody waits for it"
	case err != nil:
		h.Log.ErrorContext(r.Context(), "an event could not be handed on; the vendor will send it again", "vendor", s.vendor, "error", err)
		return http.StatusServiceUnavailable, "try again"
	}
	h.seen.add(s.vendor, e.id)
	return http.StatusOK, "taken"
}
