package activities

import (
	"context"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// MakeCheckpoint signs where all ledgers end; see witness.Witness.Checkpoint. It uses
// nothing of anybody's, so there is no record of it but itself.
func (a *Activities) MakeCheckpoint(ctx context.Context, in workflows.CheckpointIn) (workflows.CheckpointOut, error) {
	defer beat(ctx, "Where all ledgers end is being looked up and signed")()
	out, err := a.cfg.Witness.Checkpoint(ctx, in.All)
	return workflows.CheckpointOut{Number: out.Number, Size: out.Size, Moved: out.Moved, Unfit: out.Unfit}, edge(err)
}
