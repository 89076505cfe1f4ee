package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// Bulk deals with many failed checks; *applicants.Service is one.
type Bulk interface {
	GatherBulk(ctx context.Context, in workflows.GatherBulkIn) (int, error)
	ActInBulk(ctx context.Context, in workflows.ActInBulkIn, beat func()) (workflows.BulkTally, error)
}

// GatherBulk stores the list of the failed checks that a run is for.
func (a *Activities) GatherBulk(ctx context.Context, in workflows.GatherBulkIn) (workflows.GatherBulkOut, error) {
	total, err := a.cfg.Bulk.GatherBulk(ctx, in)
	return workflows.GatherBulkOut{Total: total}, edge(err)
}

// ActInBulk acts on a part of that list.
func (a *Activities) ActInBulk(ctx context.Context, in workflows.ActInBulkIn) (workflows.BulkTally, error) {
	out, err := a.cfg.Bulk.ActInBulk(ctx, in, func() { activity.RecordHeartbeat(ctx) })
	return out, edge(err)
}
