package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// Bulk deals with many checks or cases; *applicants.Service is one.
type Bulk interface {
	GatherBulk(ctx context.Context, in workflows.GatherBulkIn, beat func()) (int, error)
	ActInBulk(ctx context.Context, in workflows.ActInBulkIn, beat func()) (workflows.BulkTally, error)
	WakeHeld(ctx context.Context, vendor string, beat func()) error
}

// GatherBulk stores the list of the failed checks that a run is for.
func (a *Activities) GatherBulk(ctx context.Context, in workflows.GatherBulkIn) (workflows.GatherBulkOut, error) {
	total, err := a.cfg.Bulk.GatherBulk(ctx, in, func() { activity.RecordHeartbeat(ctx) })
	return workflows.GatherBulkOut{Total: total}, edge(err)
}

// GatherCases stores the list of the cases that a run is for.
func (a *Activities) GatherCases(ctx context.Context, in workflows.GatherBulkIn) (workflows.GatherBulkOut, error) {
	return a.GatherBulk(ctx, in)
}

// GatherHeld stores the list of the checks that wait for a paused vendor.
func (a *Activities) GatherHeld(ctx context.Context, in workflows.GatherBulkIn) (workflows.GatherBulkOut, error) {
	return a.GatherBulk(ctx, in)
}

// ActInBulk acts on a part of that list.
func (a *Activities) ActInBulk(ctx context.Context, in workflows.ActInBulkIn) (workflows.BulkTally, error) {
	in.Again = activity.GetInfo(ctx).Attempt > 1
	out, err := a.cfg.Bulk.ActInBulk(ctx, in, func() { activity.RecordHeartbeat(ctx) })
	return out, edge(err)
}

// AssignInBulk gives the cases of a part of a list to a recruiter.
func (a *Activities) AssignInBulk(ctx context.Context, in workflows.ActInBulkIn) (workflows.BulkTally, error) {
	return a.ActInBulk(ctx, in)
}

// WakeHeld tells everybody who waits for a vendor that it is asked again.
func (a *Activities) WakeHeld(ctx context.Context, in workflows.WakeHeldIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.cfg.Bulk.WakeHeld(ctx, in.Vendor, func() { activity.RecordHeartbeat(ctx) }))
}

// VendorPaused tells whether ops have paused a vendor, as this worker knows it.
func (a *Activities) VendorPaused(_ context.Context, vendor string) (bool, error) {
	return a.cfg.Paused != nil && a.cfg.Paused(vendor), nil
}
