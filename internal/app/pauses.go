package app

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// pauses are the vendors that ops have paused, as this worker knows them. The state is
// Temporal's: each worker looks once a second, and once before it begins.
type pauses struct {
	service *applicants.Service
	log     *slog.Logger

	mu   sync.Mutex
	now  map[string]bool // paused
	gone map[string]bool // paused, and not seen in the last look
}

func (p *pauses) paused(vendor string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now[vendor]
}

// look takes up what is paused now. A vendor counts as resumed when two looks in a
// row have not seen its pause: a watch that goes on in a fresh run is not listed for a
// moment.
func (p *pauses) look(ctx context.Context) error {
	vendors, err := p.service.PausedVendors(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	next, gone := map[string]bool{}, map[string]bool{}
	for _, v := range vendors {
		next[v] = true
		if !p.now[v] {
			p.log.WarnContext(ctx, "ops have paused a vendor; nothing new is sent to it", "vendor", v)
		}
	}
	for v := range p.now {
		switch {
		case next[v]:
		case p.gone[v]:
			p.log.InfoContext(ctx, "a vendor that was paused is asked again", "vendor", v)
		default:
			next[v], gone[v] = true, true
		}
	}
	p.now, p.gone = next, gone
	return nil
}

// watch looks every second. When Temporal does not answer, what was known last holds.
func (p *pauses) watch(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			err := p.look(ctx)
			if err != nil && !failed && ctx.Err() == nil {
				p.log.WarnContext(ctx, "it could not be found out which vendors are paused; what was known last holds", "error", err)
			}
			failed = err != nil
		}
	}
}

// count lets Prometheus see which vendors are paused.
func (p *pauses) count() error {
	meter := otel.Meter("vouchsafe/app")
	gauge, err := meter.Int64ObservableGauge("vouchsafe_vendor_paused", metric.WithDescription("1 while ops have paused the vendor and its checks wait, as this worker knows it"))
	if err != nil {
		return err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		p.mu.Lock()
		paused := slices.Collect(maps.Keys(p.now))
		p.mu.Unlock()
		for _, vendor := range workflows.ThirdParties() {
			n := int64(0)
			if slices.Contains(paused, vendor) {
				n = 1
			}
			o.ObserveInt64(gauge, n, metric.WithAttributes(attribute.String("vendor", vendor)))
		}
		return nil
	}, gauge)
	return err
}
