package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Retention finds what is due and has it destroyed; *applicants.Service is one.
type Retention interface {
	FindDue(ctx context.Context, in workflows.FindDueIn, beat func()) (workflows.PurgeFound, error)
	ActOnDue(ctx context.Context, in workflows.ActOnDueIn, beat func()) (workflows.PurgeTally, error)
	KeepPurge(ctx context.Context, p workflows.PurgeState) error
}

// FindDue stores the list of what is due.
func (a *Activities) FindDue(ctx context.Context, in workflows.FindDueIn) (workflows.PurgeFound, error) {
	out, err := a.cfg.Retention.FindDue(ctx, in, func() { activity.RecordHeartbeat(ctx) })
	return out, edge(err)
}

// ActOnDue acts on a part of that list.
func (a *Activities) ActOnDue(ctx context.Context, in workflows.ActOnDueIn) (workflows.PurgeTally, error) {
	in.Repeat = activity.GetInfo(ctx).Attempt > 1
	out, err := a.cfg.Retention.ActOnDue(ctx, in, func() { activity.RecordHeartbeat(ctx) })
	return out, edge(err)
}

// KeepPurge stores how far a purge is.
func (a *Activities) KeepPurge(ctx context.Context, p workflows.PurgeState) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.cfg.Retention.KeepPurge(ctx, p))
}

// WasPurged asks the ledger whether a purge has removed a category.
func (a *Activities) WasPurged(ctx context.Context, in workflows.WasPurgedIn) (workflows.WasPurgedOut, error) {
	pages, err := a.book.Read(ctx, in.Applicant)
	if err != nil {
		return workflows.WasPurgedOut{}, edge(err)
	}
	var records []ledger.Record
	for _, p := range pages {
		records = append(records, p.Records...)
	}
	var out workflows.WasPurgedOut
	out.Was, out.Done = workflows.Purged(records, in.Category, in.Purge)
	return out, nil
}

// PurgeObjects stores the record of a purge and removes the category's objects in every
// version. One that S3 itself still keeps is counted and left. While a hold
// stands it fails and stores nothing.
func (a *Activities) PurgeObjects(ctx context.Context, in workflows.PurgeObjectsIn) (workflows.PurgedOut, error) {
	out, err := a.purgeObjects(ctx, in)
	return out, edge(err)
}

func (a *Activities) purgeObjects(ctx context.Context, in workflows.PurgeObjectsIn) (workflows.PurgedOut, error) {
	var out workflows.PurgedOut
	if err := a.letGo(ctx, in.Applicant); err != nil {
		return out, err
	}
	if err := a.recorded(ctx, in.Applicant, in.Pages, true); err != nil {
		return out, err
	}
	vault, locked := in.Category.Objects(in.Applicant)
	if err := removeIn(ctx, a.cfg.Objects, vault, &out); err != nil {
		return out, err
	}
	return out, removeIn(ctx, a.cfg.Evidence, locked, &out)
}

func removeIn(ctx context.Context, in *evidence.Store, prefixes []string, out *workflows.PurgedOut) error {
	for _, prefix := range prefixes {
		for key, err := range in.List(ctx, prefix) {
			if err != nil {
				return err
			}
			until, held, err := in.Kept(ctx, key)
			switch {
			case in.IsMissing(err): // gone meanwhile
				continue
			case err != nil:
				return err
			case held || until.After(time.Now()):
				out.Locked++
				if until.After(out.Until) {
					out.Until = until
				}
				continue
			}
			if err := in.Delete(ctx, key); err != nil {
				return err
			}
			out.Objects++
		}
	}
	return nil
}
