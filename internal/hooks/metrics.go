package hooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sony/gobreaker/v2"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// counts are what operators see of deliveries.
type counts struct {
	attempts metric.Int64Counter
	took     metric.Float64Histogram
	dead     metric.Int64Counter
}

// count makes the instruments.
func (s *Sender) count() error {
	meter := otel.Meter("vouchsafe/hooks")
	var errs [4]error
	s.counts.attempts, errs[0] = meter.Int64Counter("vouchsafe_webhook_attempts", metric.WithDescription("Events that were sent to an integrator's endpoint, by outcome"))
	s.counts.took, errs[1] = meter.Float64Histogram("vouchsafe_webhook_took", metric.WithUnit("s"), metric.WithDescription("How long endpoints took to answer"),
		metric.WithExplicitBucketBoundaries(.05, .1, .25, .5, 1, 2.5, 5, 10, 15))
	s.counts.dead, errs[2] = meter.Int64Counter("vouchsafe_webhook_dead_letters", metric.WithDescription("Events that were given up and stand in the dead-letter list"))
	out, err := meter.Int64ObservableGauge("vouchsafe_webhook_out", metric.WithDescription("1 while an endpoint does not answer, as this worker sees it"))
	if err == nil {
		_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			for id, l := range s.lines {
				n := int64(0)
				if l.circuit.State() != gobreaker.StateClosed {
					n = 1
				}
				o.ObserveInt64(out, n, metric.WithAttributes(attribute.String("endpoint", id)))
			}
			return nil
		}, out)
	}
	errs[3] = err
	if err := errors.Join(errs[:]...); err != nil {
		return fmt.Errorf("hooks: metrics: %w", err)
	}
	return nil
}

func (c counts) sent(ctx context.Context, endpoint string, err error, took time.Duration) {
	outcome := "delivered"
	var u *Undelivered
	switch {
	case err == nil:
	case errors.As(err, &u) && u.Gone():
		outcome = "gone"
	case errors.As(err, &u) && u.Status > 0:
		outcome = "refused"
	default:
		outcome = "no answer"
	}
	c.attempts.Add(ctx, 1, metric.WithAttributes(attribute.String("endpoint", endpoint), attribute.String("outcome", outcome)))
	c.took.Record(ctx, took.Seconds(), metric.WithAttributes(attribute.String("endpoint", endpoint)))
}

// Died counts an event that was given up.
func (s *Sender) Died(ctx context.Context, endpoint string) {
	s.counts.dead.Add(ctx, 1, metric.WithAttributes(attribute.String("endpoint", endpoint)))
}
