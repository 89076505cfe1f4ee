package witness

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// metrics are vouchsafe_checkpoint_time_seconds, when the last checkpoint that this
// process has made or seen was signed, and vouchsafe_checkpoint_unfit, how many ledgers
// it could not take in since they are not whole.
type metrics struct{ last, unfit atomic.Int64 }

func newMetrics() (*metrics, error) {
	m := &metrics{}
	meter := otel.Meter("github.com/vouchsafe/vouchsafe/internal/witness")
	last, err := meter.Int64ObservableGauge("vouchsafe_checkpoint_time_seconds",
		metric.WithDescription("When the last checkpoint over all ledgers was signed, in seconds since 1970."))
	if err != nil {
		return nil, err
	}
	unfit, err := meter.Int64ObservableGauge("vouchsafe_checkpoint_unfit",
		metric.WithDescription("Ledgers that the last checkpoint could not take in, since they are not whole."))
	if err != nil {
		return nil, err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		if at := m.last.Load(); at > 0 {
			o.ObserveInt64(last, at)
			o.ObserveInt64(unfit, m.unfit.Load())
		}
		return nil
	}, last, unfit)
	return m, err
}
