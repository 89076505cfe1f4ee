package app

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
)

// failedGauge lets Prometheus see what waits for ops. Every replica of the web
// tells the same number, so alerts take the greatest.
//
// It is counted before the metrics are gathered and not while they are:
// OpenTelemetry holds its lock around a callback, and Temporal's client makes
// instruments of its own at its first calls, which want that lock and hold
// another. A callback that asks Temporal can so stop both, and with them every call
// to Temporal of the process, for good.
type failedGauge struct {
	service *applicants.Service
	log     *slog.Logger
	last    atomic.Pointer[[]applicants.FailedCount]
}

func newFailedGauge(service *applicants.Service, log *slog.Logger) (*failedGauge, error) {
	f := &failedGauge{service: service, log: log}
	meter := otel.Meter("vouchsafe/app")
	gauge, err := meter.Int64ObservableGauge("vouchsafe_failed_checks", metric.WithDescription("Failed checks that wait for ops, by check and vendor"))
	if err != nil {
		return nil, err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		counts := f.last.Load()
		if counts == nil {
			return nil
		}
		for _, c := range *counts {
			o.ObserveInt64(gauge, int64(c.Count), metric.WithAttributes(attribute.String("check", string(c.Check)), attribute.String("vendor", c.Vendor)))
		}
		return nil
	}, gauge)
	return f, err
}

// counting counts anew before each scrape. When that fails the scrape goes on
// without the number: an old one would be taken for today's.
func (f *failedGauge) counting(metrics http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		counts, err := f.service.FailedCounts(ctx, "")
		if err != nil {
			f.log.WarnContext(ctx, "the failed checks could not be counted; the metrics go without their number", "error", err)
			f.last.Store(nil)
		} else {
			f.last.Store(&counts)
		}
		metrics.ServeHTTP(w, r)
	})
}
