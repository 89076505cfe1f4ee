package onebox_test

import (
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// oneTrace looks for one trace that goes from the applicant's request through
// the workflow and its activities to each vendor and to S3, and for the route
// alone in the name of each request's span, never an address with its values.
func oneTrace(t *testing.T, spans tracetest.SpanStubs) {
	t.Helper()
	names := map[string][]string{}
	for _, s := range spans {
		trace := s.SpanContext.TraceID().String()
		names[trace] = append(names[trace], s.Name)
	}
	var found []string
	for _, all := range names {
		if slices.Contains(all, "POST /apply/email") {
			found = all
		}
	}
	want := []string{"RunWorkflow:Onboard", "RunActivity:RunChecks", "RunActivity:SendMessage", "kickbox ", "twilio ", "findly POST", "s3.PutObject"}
	for _, w := range want {
		if !slices.ContainsFunc(found, func(n string) bool { return strings.HasPrefix(n, w) }) {
			t.Errorf("the trace of POST /apply has no span %s…: %q", w, found)
		}
	}
}
