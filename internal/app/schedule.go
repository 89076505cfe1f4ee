package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// schedules is what is needed of client.ScheduleClient.
type schedules interface {
	Create(ctx context.Context, options client.ScheduleOptions) (client.ScheduleHandle, error)
	GetHandle(ctx context.Context, id string) client.ScheduleHandle
}

// schedule is what is done again and again, and when.
type schedule struct {
	id       string
	off      bool // it is taken away
	variable string
	note     string
	spec     client.ScheduleSpec
	action   *client.ScheduleWorkflowAction
	catchUp  time.Duration // how late one may be made up for when Temporal was down
}

// keepSchedule makes a schedule what the configuration says: there, changed, or gone.
// Workers that start at once do it side by side without harm. One that was paused by
// hand stays paused.
func keepSchedule(ctx context.Context, in schedules, s schedule) error {
	if s.off {
		err := in.GetHandle(ctx, s.id).Delete(ctx)
		var none *serviceerror.NotFound
		if err != nil && !errors.As(err, &none) {
			return fmt.Errorf("%s: take the schedule %s away: %w", s.variable, s.id, err)
		}
		return nil
	}
	_, err := in.Create(ctx, client.ScheduleOptions{ID: s.id, Spec: s.spec, Action: s.action,
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: s.catchUp, Note: s.note})
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		err = in.GetHandle(ctx, s.id).Update(ctx, client.ScheduleUpdateOptions{
			DoUpdate: func(was client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
				next := was.Description.Schedule
				next.Spec, next.Action = &s.spec, s.action
				return &client.ScheduleUpdate{Schedule: &next}, nil
			}})
	}
	if err != nil {
		return fmt.Errorf("%s: keep the schedule %s: %w", s.variable, s.id, err)
	}
	return nil
}
