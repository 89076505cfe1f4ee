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
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Limit is the largest event that is read, in bytes.
const Limit = 64 << 10

// Service is what webhooks need; *applicants.Service is one.
type Service interface {
	// ReportCompleted returns when Temporal has the signal durably. An
	// applicant whose workflow has ended is CodeUnknownApplicant.
	ReportCompleted(ctx context.Context, id onboarding.ApplicantID, r workflows.ReportCompleted) error
}

// Config is what the webhooks work with.
type Config struct {
	Service Service
	Secrets []string // of Findly's signatures; several during a rotation
	Now     func() time.Time
	Log     *slog.Logger
}

type handler struct {
	Config
	count metric.Int64Counter
}

// Register puts the webhooks on the mux.
func Register(mux *http.ServeMux, cfg Config) error {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	count, err := otel.Meter("vouchsafe/webhook").Int64Counter("webhook_events",
		metric.WithDescription("Events from vendors, by what became of them"))
	if err != nil {
		return err
	}
	h := &handler{Config: cfg, count: count}
	mux.HandleFunc("POST /webhooks/findly", h.findly)
	return nil
}

// findly answers 200 only when Temporal has the event. 401: not signed by
// Findly; 400: signed, and still not an event; 413: too large; 503: try again.
func (h *handler) findly(w http.ResponseWriter, r *http.Request) {
	status, outcome := h.take(r)
	h.count.Add(r.Context(), 1, metric.WithAttributes(attribute.String("vendor", "findly"), attribute.String("outcome", outcome)))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, outcome+"\n") // the vendor may have hung up
}

func (h *handler) take(r *http.Request) (int, string) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, Limit))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge, "too large"
	}
	if err != nil {
		return http.StatusBadRequest, "broke off"
	}
	event, err := findly.VerifySignature(h.Secrets, r.Header, body, h.Now())
	if onboarding.CodeOf(err) == onboarding.CodeNotAllowed {
		return http.StatusUnauthorized, "not signed by Findly"
	}
	if err != nil {
		return http.StatusBadRequest, "not an event"
	}
	id, ok := applicantOf(event.Data.Reference)
	if !ok {
		return http.StatusBadRequest, "no reference of ours"
	}
	err = h.Service.ReportCompleted(r.Context(), id, workflows.ReportCompleted{Vendor: "findly", Order: event.Data.OrderID, Event: event.ID})
	switch {
	case err == nil:
		return http.StatusOK, "taken"
	case onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant:
		// Ended, or never ours: sending it again cannot help.
		return http.StatusOK, "nobody waits for it"
	}
	h.Log.ErrorContext(r.Context(), "an event could not be handed on; the vendor will send it again", "vendor", "findly", "error", err)
	return http.StatusServiceUnavailable, "try again"
}

// applicantOf reads "<applicant>/<check>/<round>".
func applicantOf(reference string) (onboarding.ApplicantID, bool) {
	id, _, ok := strings.Cut(reference, "/")
	if !ok {
		return "", false
	}
	parsed, err := onboarding.ParseApplicantID(id)
	return parsed, err == nil
}
