package applicants

import (
	"context"
	"slices"
	"testing"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// refusing is Temporal whose cases have been asked for already, by one run.
type refusing struct {
	visibility
	by      string
	sent    []workflows.RetryCheck
	queried int
}

func (f *refusing) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	f.sent = append(f.sent, o.Args[0].(workflows.RetryCheck))
	return nil, temporal.NewNonRetryableApplicationError("That round was retried already.", string(onboarding.CodeNotNow), nil)
}

func (f *refusing) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	f.queried++
	p, err := converter.GetDefaultDataConverter().ToPayloads(workflows.StaffView{Program: "support-basics", Checks: []onboarding.Check{{Name: "email", Bulk: f.by}}})
	return client.NewValue(p), err
}

// TestRunNamesTheRound: what a run asks for is the round that the list says has failed.
// A case that refuses has been dealt with by somebody else; only a part that is done
// again looks whether it was this run, so that thousands that were faster cost nothing.
func TestRunNamesTheRound(t *testing.T) {
	w := newWorld(t)
	id := idOf(t0, 1)
	k := onboarding.Check{Name: "email", Vendor: "kickbox", Problem: "VENDOR_BUSY", Round: 3, Since: t0}
	if err := w.Vault.Create(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	f := &refusing{by: "r", visibility: visibility{t: t, rows: []*workflowpb.WorkflowExecutionInfo{
		row(t, id.WorkflowID(), map[string]any{"Program": "support-basics", "FailedChecks": append(workflows.FailedCheckTags(k.Name, k.Vendor, k.Problem), workflows.FailedRoundTag(k))})}}}
	s := New(Config{Temporal: f, Vault: w.Vault, Objects: w.Objects, Programs: w.Programs})
	if n, err := s.GatherBulk(t.Context(), workflows.GatherBulkIn{ID: "r", Match: workflows.BulkMatch{Vendor: "kickbox"}}, func() {}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	reason, err := w.Vault.SystemSeal(bulkReason("r"), []byte("back"))
	if err != nil {
		t.Fatal(err)
	}
	in := workflows.ActInBulkIn{ID: "r", Action: workflows.BulkRetry, To: 1, PerSecond: 100, Reason: reason, Actor: "staff:ops:1"}
	for _, tt := range []struct {
		again bool
		by    string
		want  workflows.BulkTally
		asked int
	}{{false, "r", workflows.BulkTally{Refused: 1}, 0}, {true, "r", workflows.BulkTally{Done: 1}, 1}, {true, "another", workflows.BulkTally{Refused: 1}, 2}} {
		in.Again, f.by = tt.again, tt.by
		if got, err := s.ActInBulk(t.Context(), in, func() {}); err != nil || got != tt.want || f.queried != tt.asked {
			t.Errorf("%+v: %+v, %v, %d cases read", tt, got, err, f.queried)
		}
	}
	if len(f.sent) != 3 || slices.ContainsFunc(f.sent, func(r workflows.RetryCheck) bool { return r.Round != 3 || r.Bulk != "r" }) {
		t.Errorf("asked for %+v", f.sent)
	}
}
