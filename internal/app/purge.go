package app

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// DefaultPurgeCron is daily at six in the morning, UTC.
const DefaultPurgeCron = "0 6 * * *"

// schedulePurge makes the schedule by which it is looked for what is due what the
// configuration says. While one purge waits to be looked at, the next is left out.
func schedulePurge(ctx context.Context, in schedules, cron string, with workflows.PurgeIn) error {
	return keepSchedule(ctx, in, schedule{id: workflows.PurgeScheduleID, off: cron == "" || cron == Off, variable: "VOUCHSAFE_PURGE_CRON",
		note: "Finds what is due by the retention table (VOUCHSAFE_PURGE_CRON)", spec: client.ScheduleSpec{CronExpressions: []string{cron}},
		catchUp: time.Hour, // the next one finds what this one would have
		action: &client.ScheduleWorkflowAction{ID: workflows.PurgeID, Workflow: workflows.PurgeName, TaskQueue: workflows.TaskQueue,
			StaticSummary: "Find what is due by the retention table, and destroy it after a time to look", Args: []any{with}}})
}
