package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// Notices tells many of a text that changes; *applicants.Service is one.
type Notices interface {
	AnnounceNotice(ctx context.Context, in workflows.AnnounceNoticeIn) error
	GatherToTell(ctx context.Context, in workflows.GatherToTellIn, beat func()) (int, error)
	TellNotices(ctx context.Context, in workflows.TellNoticesIn, beat func()) (workflows.RolloutTally, error)
}

// AnnounceNotice has the portal show what will hold, and keeps the new texts.
func (a *Activities) AnnounceNotice(ctx context.Context, in workflows.AnnounceNoticeIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.cfg.Notices.AnnounceNotice(ctx, in))
}

// TakeEffect lets a text hold, when all that were owed a letter were sent one. Only
// the roll-out that has told them asks for it.
func (a *Activities) TakeEffect(ctx context.Context, in workflows.AnnounceNoticeIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.cfg.Notices.AnnounceNotice(ctx, in))
}

// GatherToTell stores the list of those who may be owed a letter.
func (a *Activities) GatherToTell(ctx context.Context, in workflows.GatherToTellIn) (workflows.GatherBulkOut, error) {
	total, err := a.cfg.Notices.GatherToTell(ctx, in, func() { activity.RecordHeartbeat(ctx) })
	return workflows.GatherBulkOut{Total: total}, edge(err)
}

// TellNotices tells a part of that list.
func (a *Activities) TellNotices(ctx context.Context, in workflows.TellNoticesIn) (workflows.RolloutTally, error) {
	in.Repeat = activity.GetInfo(ctx).Attempt > 1
	out, err := a.cfg.Notices.TellNotices(ctx, in, func() { activity.RecordHeartbeat(ctx) })
	return out, edge(err)
}
