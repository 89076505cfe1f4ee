package outbound_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// Decision 6: no personal data in span attributes and metric labels. The secret
// stands in path, query and body.
func TestTelemetryHasNoPerson(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	tp := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	reader := sdkmetric.NewManualReader()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))

	fail := false
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Traceparent") != "" || r.Header.Get("Baggage") != "" {
			t.Errorf("our trace context went to the vendor: %v", r.Header)
		}
		if fail {
			panic(http.ErrAbortHandler)
		}
		answerJSON(w, 200, `{"id":"x"}`)
	}, func(c *outbound.Config) { c.TracerProvider = tp })

	member, err := baggage.NewMember("applicant", "x")
	if err != nil {
		t.Fatal(err)
	}
	bag, err := baggage.New(member)
	if err != nil {
		t.Fatal(err)
	}
	ctx, parent := tp.Tracer("test").Start(baggage.ContextWithBaggage(t.Context(), bag), "parent")
	if _, err := c.Do(ctx, call(&reply{})); err != nil {
		t.Fatal(err)
	}
	fail = true
	if _, err := c.Do(ctx, call(&reply{})); err == nil {
		t.Fatal("no error")
	}
	parent.End()

	got := spans.GetSpans()
	if len(got) != 3 {
		t.Fatalf("%d spans, want 3", len(got))
	}
	for _, s := range got[:2] {
		if s.Name != "acme POST /v1/things/:thing" {
			t.Errorf("span %q", s.Name)
		}
		text := fmt.Sprintf("%+v", s)
		for _, no := range []string{"ada.secret", "email"} {
			if strings.Contains(text, no) {
				t.Errorf("%q is in the span: %s", no, text)
			}
		}
		if !strings.Contains(text, "/v1/things/:thing") {
			t.Errorf("the span does not say where it went: %s", text)
		}
	}

	var metrics metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &metrics); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%+v", metrics)
	if strings.Contains(text, "ada.secret") {
		t.Error("the person is in the metrics")
	}
	outcomes := map[string]int64{}
	for _, scope := range metrics.ScopeMetrics {
		for _, m := range scope.Metrics {
			if sum, ok := m.Data.(metricdata.Sum[int64]); ok && m.Name == "vendor_requests" {
				for _, p := range sum.DataPoints {
					outcome, _ := p.Attributes.Value("outcome")
					vendor, _ := p.Attributes.Value("vendor")
					outcomes[vendor.AsString()+" "+outcome.AsString()] += p.Value
				}
			}
		}
	}
	if outcomes["acme ok"] < 1 || outcomes["acme down"] < 1 {
		t.Errorf("got %v", outcomes)
	}
	if !strings.Contains(text, "vendor_request_duration") {
		t.Error("no durations")
	}
}
