package onebox_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"
	temporal "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/internal/vault/payload"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// recordEnv is the folder into which TestRecordHistories writes, and each house that is
// started here as its test ends; make histories sets it.
const recordEnv = "VOUCHSAFE_RECORD"

// TestRecordHistories writes the histories that workflows/replay_test.go
// replays: those of every persona, and of one who fills in the portal. Payloads
// are decoded, so that they can be replayed without keys; the people are made up.
func TestRecordHistories(t *testing.T) {
	dir := os.Getenv(recordEnv)
	if dir == "" {
		t.Skip(recordEnv + " is not set; make histories sets it")
	}
	home := ""
	h, _ := start(t, func(c *onebox.Config) { home = c.Home })
	results, err := demo.Run(t.Context(), h.face, demo.Personas(), io.Discard, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	s := h.apply(ada, "support-basics")
	for _, l := range results {
		h.record(home, dir, l.What, l.ID)
	}
	page, err := h.api.List(t.Context(), map[string]string{"limit": "500"})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, r := range results {
		known[r.ID] = true
	}
	for _, l := range page.Items {
		if !known[l.ID] {
			s.certify(l.ID, ada, "support-basics")
			h.record(home, dir, "by the portal", l.ID)
		}
	}
}

var notPlain = regexp.MustCompile(`[^a-z0-9]+`)

// record writes one file for each run of an applicant's workflow.
func (h *house) record(home, dir, name, id string) {
	h.Helper()
	h.recordRuns(h.engine(), h.codec(home), dir, name, onboarding.ApplicantID(id).WorkflowID())
}

// engine is Temporal's own interface.
func (h *house) engine() temporal.Client {
	h.Helper()
	c, err := temporal.NewLazyClient(temporal.Options{HostPort: h.face.Temporal.Address, Namespace: h.face.Temporal.Namespace})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(c.Close)
	return c
}

// codec opens payloads whole, by the house's own keys: what the codec's endpoint shows to
// people leaves fields out, and does not replay.
func (h *house) codec(home string) converter.PayloadCodec {
	h.Helper()
	return payload.NewCodec(h.erasing(home).keys())
}

// recordOthers writes the histories of what else ran while a test had the house, two of
// each type of workflow: those that serve staff, and rights, and the house itself. What
// can be decoded by nobody any more, since its key was destroyed, is passed over.
func (h *house) recordOthers(codec converter.PayloadCodec, dir string) {
	h.Helper()
	ctx := context.WithoutCancel(h.Context()) // the test is over
	c, seen := h.engine(), map[string]int{}
	var token []byte
	for {
		page, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: "ExecutionStatus != 'Running' AND WorkflowType != '" + workflows.OnboardName + "'", NextPageToken: token})
		if err != nil {
			h.Logf("what ran here is not recorded: %v", err) // the test has stopped its house itself
			return
		}
		for _, w := range page.GetExecutions() {
			kind := w.GetType().GetName()
			if seen[kind] == 2 || w.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW {
				continue
			}
			seen[kind]++
			h.recordRuns(c, codec, dir, kind+" "+h.Name()+" "+strconv.Itoa(seen[kind]), w.GetExecution().GetWorkflowId())
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return
		}
	}
}

// recordRuns writes one file for each run of a workflow.
func (h *house) recordRuns(c temporal.Client, codec converter.PayloadCodec, dir, name, id string) {
	h.Helper()
	ctx := context.WithoutCancel(h.Context())
	var runs []*historypb.History
	for run := ""; ; {
		history := &historypb.History{}
		events := c.GetWorkflowHistory(ctx, id, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			e, err := events.Next()
			if err != nil {
				h.Fatal(err)
			}
			history.Events = append(history.Events, e)
		}
		runs = append([]*historypb.History{history}, runs...)
		if run = history.Events[0].GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId(); run == "" {
			break
		}
	}
	for i, history := range runs {
		err := proxy.VisitPayloads(ctx, history, proxy.VisitPayloadsOptions{SkipSearchAttributes: true,
			Visitor: func(_ *proxy.VisitPayloadsContext, p []*commonpb.Payload) ([]*commonpb.Payload, error) {
				return codec.Decode(p)
			}})
		if err != nil {
			h.Logf("%s cannot be decoded: %v", name, err)
			return
		}
		body, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(history)
		if err != nil {
			h.Fatal(err)
		}
		body = workerIdentity.ReplaceAll(body, []byte(`"identity":"worker"`)) // not this machine's name
		file := filepath.Join(dir, strings.Trim(notPlain.ReplaceAllString(strings.ToLower(name), "-"), "-")+"."+strconv.Itoa(i+1)+".json")
		if err := os.WriteFile(file, append(body, '\n'), 0o644); err != nil {
			h.Fatal(err)
		}
	}
}

var workerIdentity = regexp.MustCompile(`"identity":\s*"[^"]*@[^"]*"`)
