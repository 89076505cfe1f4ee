package telemetry_test

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"

	"github.com/vouchsafe/vouchsafe/internal/telemetry"
)

func TestLogLinesLeadToTheirTrace(t *testing.T) {
	var out bytes.Buffer
	tel, err := telemetry.Setup(t.Context(), telemetry.Config{Service: "test", LogOutput: &out})
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := otel.Tracer("test").Start(t.Context(), "work")
	tel.Logger().With("a", 1).InfoContext(ctx, "hello")
	span.End()
	if want := span.SpanContext().TraceID().String(); !strings.Contains(out.String(), want) {
		t.Errorf("no trace id %s in %s", want, out.String())
	}
}

func TestMetricsAreServedAfterASecondSetup(t *testing.T) {
	for range 2 {
		tel, err := telemetry.Setup(t.Context(), telemetry.Config{Service: "test", LogOutput: &bytes.Buffer{}})
		if err != nil {
			t.Fatal(err)
		}
		counter, err := otel.Meter("test").Int64Counter("vouchsafe_test")
		if err != nil {
			t.Fatal(err)
		}
		counter.Add(t.Context(), 3)
		tel.TemporalMetrics().Counter("temporal_thing").Inc(2)
		w := httptest.NewRecorder()
		tel.MetricsHandler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		for _, want := range []string{"vouchsafe_test_total 3", "temporal_thing", "go_goroutines"} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("no %s in the metrics", want)
			}
		}
	}
}

func TestWrongWordsNameTheVariable(t *testing.T) {
	for _, c := range []struct {
		cfg  telemetry.Config
		want string
	}{{telemetry.Config{LogLevel: "loud"}, "VOUCHSAFE_LOG_LEVEL"}, {telemetry.Config{LogFormat: "xml"}, "VOUCHSAFE_LOG_FORMAT"}} {
		if _, err := telemetry.Setup(t.Context(), c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.cfg, err)
		}
	}
}
