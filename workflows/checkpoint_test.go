package workflows_test

import (
	"context"
	"strings"
	"testing"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestSignCheckpoint: whatever a checkpoint comes to, its workflow ends well, and ops
// see by its attention and its words what needs them.
func TestSignCheckpoint(t *testing.T) {
	for _, c := range []struct {
		name      string
		answer    workflows.CheckpointOut
		fails     bool
		attention onboarding.Attention
		says      string
	}{
		{"signed", workflows.CheckpointOut{Number: 7, Size: 90, Moved: 3}, false, onboarding.AttentionNone, "Checkpoint 7 is signed: 3 ledgers had grown"},
		{"a ledger is not whole", workflows.CheckpointOut{Number: 7, Moved: 3, Unfit: 1}, false, onboarding.AttentionOps, "1 ledgers are not whole"},
		{"failed", workflows.CheckpointOut{}, true, onboarding.AttentionOps, "No checkpoint was signed.** The store is down."},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := newEnvironment()
			details, attention := "", ""
			env.RegisterWorkflowWithOptions(func(ctx workflow.Context, in workflows.CheckpointIn) (workflows.CheckpointOut, error) {
				out, err := workflows.SignCheckpoint(ctx, in)
				details = workflow.GetCurrentDetails(ctx)
				attention, _ = workflow.GetTypedSearchAttributes(ctx).GetKeyword(workflows.SearchAttention)
				return out, err
			}, workflow.RegisterOptions{Name: workflows.CheckpointName})
			tries := 0
			env.RegisterActivityWithOptions(func(_ context.Context, in workflows.CheckpointIn) (workflows.CheckpointOut, error) {
				if tries++; !in.All {
					t.Error("it was not asked to look at all")
				}
				if c.fails {
					return workflows.CheckpointOut{}, temporal.NewApplicationError("down", string(onboarding.CodeInternal), workflows.FailureDetails{Message: "The store is down."})
				}
				return c.answer, nil
			}, activity.RegisterOptions{Name: workflows.ActivityMakeCheckpoint})
			env.ExecuteWorkflow(workflows.CheckpointName, workflows.CheckpointIn{All: true, Actor: "system"})
			var out workflows.CheckpointOut
			if err := env.GetWorkflowResult(&out); err != nil {
				t.Fatal(err)
			}
			if out.Number != c.answer.Number || out.Failed != c.fails || attention != string(c.attention) || !strings.Contains(details, c.says) || (c.fails && tries < 2) {
				t.Errorf("%+v after %d tries; details:\n%s", out, tries, details)
			}
		})
	}
}
