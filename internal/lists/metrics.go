package lists

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// metrics are vouchsafe_list_load_failures_total by list, and
// vouchsafe_list_refreshes_total by list and outcome: switched, same or failed
// (_total is the Prometheus exporter's).
type metrics struct{ failures, refreshes metric.Int64Counter }

func newMetrics() (metrics, error) {
	meter := otel.Meter("github.com/vouchsafe/vouchsafe/internal/lists")
	failures, err := meter.Int64Counter("vouchsafe_list_load_failures",
		metric.WithDescription("Editions of public lists that could not be read from the store, by list."))
	if err != nil {
		return metrics{}, err
	}
	refreshes, err := meter.Int64Counter("vouchsafe_list_refreshes",
		metric.WithDescription("Refreshes of public lists, by list and outcome."))
	return metrics{failures, refreshes}, err
}

func (m metrics) failed(ctx context.Context, n onboarding.ListName) {
	m.failures.Add(ctx, 1, metric.WithAttributes(attribute.String("list", string(n))))
}

func (m metrics) refreshed(ctx context.Context, n onboarding.ListName, out Outcome, err error) {
	outcome := "same"
	switch {
	case err != nil:
		outcome = "failed"
	case out.Switched:
		outcome = "switched"
	}
	m.refreshes.Add(ctx, 1, metric.WithAttributes(attribute.String("list", string(n)), attribute.String("outcome", outcome)))
}
