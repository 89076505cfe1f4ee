package outbound

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// metrics are vendor_requests_total and vendor_request_duration_seconds (the
// suffixes are the Prometheus exporter's), by vendor and outcome.
type metrics struct {
	requests metric.Int64Counter
	duration metric.Float64Histogram
}

func newMetrics() (metrics, error) {
	meter := otel.Meter("github.com/vouchsafe/vouchsafe/internal/vendors/outbound")
	requests, err := meter.Int64Counter("vendor_requests", metric.WithDescription("Calls to vendors, by vendor and outcome."))
	if err != nil {
		return metrics{}, err
	}
	duration, err := meter.Float64Histogram("vendor_request_duration", metric.WithUnit("s"),
		metric.WithDescription("How long calls to vendors took."),
		metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30))
	if err != nil {
		return metrics{}, err
	}
	return metrics{requests: requests, duration: duration}, nil
}

func (m metrics) record(ctx context.Context, vendor string, err error, took time.Duration) {
	labels := metric.WithAttributes(attribute.String("vendor", vendor), attribute.String("outcome", outcome(err)))
	m.requests.Add(ctx, 1, labels)
	m.duration.Record(ctx, took.Seconds(), labels)
}

// outcome is one of ok, refused, unclear, busy, down and not_sent.
func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	switch onboarding.CodeOf(err) {
	case onboarding.CodeVendorRefused:
		return "refused"
	case onboarding.CodeVendorUnclear:
		return "unclear"
	case onboarding.CodeVendorBusy:
		return "busy"
	case onboarding.CodeVendorDown:
		return "down"
	default:
		return "not_sent"
	}
}
