// Package telemetry sets up traces, metrics and logs. What goes out holds no
// personal data: spans and metrics carry IDs, codes, route patterns and counts,
// and each package that makes them sees to that.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	prom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
)

// Config says what to set up. Where traces go is told by OpenTelemetry's own
// variables (OTEL_EXPORTER_OTLP_ENDPOINT, …); without them they go nowhere, but
// trace IDs still stand in the logs.
type Config struct {
	Service   string
	LogLevel  string    // debug, info, warn or error; info when empty
	LogFormat string    // json or text; json when empty
	LogOutput io.Writer // os.Stderr when nil
	// SpanProcessors see every span; tests look for personal data there.
	SpanProcessors []trace.SpanProcessor
}

// Telemetry is what was set up. It is also set as OpenTelemetry's global.
type Telemetry struct {
	log      *slog.Logger
	tracers  *trace.TracerProvider
	meters   *metric.MeterProvider
	registry *prometheus.Registry
}

// Setup sets telemetry up. A wrong level or format is an error that names the
// variable. It may be called again in one process: the newest holds.
func Setup(ctx context.Context, cfg Config) (*Telemetry, error) {
	logger, err := newLogger(cfg)
	if err != nil {
		return nil, err
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", cfg.Service)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("telemetry: OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	t := &Telemetry{log: logger, registry: prometheus.NewRegistry()}
	options := []trace.TracerProviderOption{trace.WithResource(about), trace.WithSampler(trace.ParentBased(trace.AlwaysSample()))}
	for _, p := range cfg.SpanProcessors {
		options = append(options, trace.WithSpanProcessor(p))
	}
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "" {
		exporter, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, fmt.Errorf("telemetry: send traces by OTLP: %w", err)
		}
		options = append(options, trace.WithBatcher(exporter))
	}
	t.tracers = trace.NewTracerProvider(options...)
	t.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exporter, err := prom.New(prom.WithRegisterer(t.registry), prom.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("telemetry: metrics: %w", err)
	}
	t.meters = metric.NewMeterProvider(metric.WithReader(exporter), metric.WithResource(about))
	otel.SetTracerProvider(t.tracers)
	otel.SetMeterProvider(t.meters)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { logger.Warn("telemetry", "error", err) }))
	return t, nil
}

// Logger writes lines that carry the trace's and the span's ID.
func (t *Telemetry) Logger() *slog.Logger { return t.log }

// MetricsHandler serves the metrics in Prometheus's form.
func (t *Telemetry) MetricsHandler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// TemporalLogger is the logger for Temporal's client and workers.
func (t *Telemetry) TemporalLogger() log.Logger {
	return log.NewStructuredLogger(slog.New(passing{t.log.Handler()}))
}

// TemporalMetrics counts what Temporal's client and workers do.
func (t *Telemetry) TemporalMetrics() client.MetricsHandler {
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: t.meters.Meter("temporal-sdk-go"), UseMonotonicCounters: true,
		OnError: func(err error) { t.log.Warn("telemetry: a metric of Temporal's", "error", err) },
	})
}

// TemporalTracing carries the trace through workflows and activities. Baggage
// is left behind: it would travel in clear.
func (t *Telemetry) TemporalTracing() (interceptor.Interceptor, error) {
	i, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: t.tracers.Tracer("temporal-sdk-go"), DisableBaggage: true, DisableQueryTracing: true, AllowInvalidParentSpans: true,
		TextMapPropagator: propagation.TraceContext{},
	})
	if err != nil {
		return nil, fmt.Errorf("telemetry: tracing of Temporal: %w", err)
	}
	return i, nil
}

// Shutdown sends what is still to be sent.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	return errors.Join(t.tracers.Shutdown(ctx), t.meters.Shutdown(ctx))
}
