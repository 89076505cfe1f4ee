package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

const (
	// CheckpointName is the type of the workflow that signs where all ledgers end.
	CheckpointName = "Checkpoint"
	// CheckpointID is the ID of the one that somebody asked for; the schedule adds its
	// time to it.
	CheckpointID = "ledger/checkpoint"
	// CheckpointScheduleID is the ID of the schedule that starts it.
	CheckpointScheduleID = "checkpoints"
)

// CheckpointIn asks for a checkpoint.
type CheckpointIn struct {
	All   bool  `json:"all"` // look at every ledger, not only at those that were noted as moved
	Actor Actor `json:"actor"`
}

// CheckpointOut is what it came to.
type CheckpointOut struct {
	Number int    `json:"number"` // of the checkpoint
	Size   int64  `json:"size"`   // entries in the log
	Moved  int    `json:"moved"`  // ledgers that have grown since the one before
	Unfit  int    `json:"unfit"`  // ledgers that are not whole, and were left out
	Failed bool   `json:"failed"`
	Reason string `json:"reason,omitempty"` // of a failure, in words
}

// SignCheckpoint has a checkpoint made over all ledgers. Where that fails, the one
// before still holds and the next makes up for it, so the workflow ends well; ops see
// it by its attention, and a ledger that is not whole likewise.
func SignCheckpoint(ctx workflow.Context, in CheckpointIn) (CheckpointOut, error) {
	asked := workflow.WithActivityOptions(ctx, patient(ActivityMakeCheckpoint, "Sign where all ledgers end", Pace{}))
	var out CheckpointOut
	if err := workflow.ExecuteActivity(asked, ActivityMakeCheckpoint, in).Get(ctx, &out); err != nil {
		if temporal.IsCanceledError(err) {
			return out, err
		}
		out = CheckpointOut{Failed: true, Reason: wordsOf(err)}
	}
	workflow.SetCurrentDetails(ctx, checkpointDetails(out))
	attention := onboarding.AttentionNone
	if out.Failed || out.Unfit > 0 {
		attention = onboarding.AttentionOps
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, SearchAttention.ValueSet(string(attention))); err != nil {
		panic(err) // as in show: the namespace lacks the attribute; the task is tried again
	}
	return out, nil
}

// checkpointDetails is a checkpoint in plain words (Markdown).
func checkpointDetails(out CheckpointOut) string {
	switch {
	case out.Failed:
		return "- [ ] **No checkpoint was signed.** " + out.Reason + "\n\nThe one before still holds. The next one, by the schedule, makes up for it.\n"
	case out.Unfit > 0:
		return "- [x] Checkpoint " + number(out.Number) + " is signed: " + number(out.Moved) + " ledgers had grown\n- [ ] **" + number(out.Unfit) +
			" ledgers are not whole and were left out.** Prove all with `vouchsafe ledger verify --all`; the worker's log names them.\n"
	}
	return "- [x] Checkpoint " + number(out.Number) + " is signed: " + number(out.Moved) + " ledgers had grown\n"
}
