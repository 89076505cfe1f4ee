package app

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

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
	last    atomic.Pointer[backlog]
}

// backlog is what waits for ops at one time.
type backlog struct {
	failed []applicants.FailedCount
	idle   map[string]time.Duration // of runs for many under way, since when nothing was dealt with
	at     time.Time
}

func newFailedGauge(service *applicants.Service, log *slog.Logger) (*failedGauge, error) {
	f := &failedGauge{service: service, log: log}
	meter := otel.Meter("vouchsafe/app")
	failed, err := meter.Int64ObservableGauge("vouchsafe_failed_checks", metric.WithDescription("Failed checks that wait for ops, by check, vendor and error"))
	if err != nil {
		return nil, err
	}
	oldest, err := meter.Int64ObservableGauge("vouchsafe_failed_checks_age_seconds", metric.WithDescription("How long the failed check has waited for ops that has waited longest, by check, vendor and error"))
	if err != nil {
		return nil, err
	}
	idle, err := meter.Int64ObservableGauge("vouchsafe_run_idle_seconds", metric.WithDescription("How long a run for many that is neither paused nor over has dealt with nothing"))
	if err != nil {
		return nil, err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		b := f.last.Load()
		if b == nil {
			return nil
		}
		for _, c := range b.failed {
			by := metric.WithAttributes(attribute.String("check", string(c.Check)), attribute.String("vendor", c.Vendor), attribute.String("error", string(c.Error)))
			o.ObserveInt64(failed, int64(c.Count), by)
			if !c.Since.IsZero() {
				o.ObserveInt64(oldest, int64(b.at.Sub(c.Since).Seconds()), by)
			}
		}
		for run, d := range b.idle {
			o.ObserveInt64(idle, int64(d.Seconds()), metric.WithAttributes(attribute.String("run", run)))
		}
		return nil
	}, failed, oldest, idle)
	return f, err
}

// counting counts anew before each scrape. When that fails the scrape goes on
// without the number: an old one would be taken for today's.
func (f *failedGauge) counting(metrics http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		b := backlog{at: time.Now()}
		var err error
		if b.failed, err = f.service.FailedCounts(ctx, ""); err == nil {
			b.idle, err = f.service.IdleRuns(ctx, b.at)
		}
		if err != nil {
			f.log.WarnContext(ctx, "what waits for ops could not be counted; the metrics go without its numbers", "error", err)
			f.last.Store(nil)
		} else {
			f.last.Store(&b)
		}
		metrics.ServeHTTP(w, r)
	})
}
