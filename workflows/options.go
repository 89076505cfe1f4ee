package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Every time-out and retry of the process stands here and nowhere else.
// Statutory and reminder clocks are not here: they come from internal/policy.

// quickTry bounds the try in place. A vendor that does not answer in this time
// gets a durable activity; the time is well under the workflow task's time-out
// times the heartbeat that local activities send, so no task is lost by it.
func quickTry(string, string) workflow.LocalActivityOptions {
	return workflow.LocalActivityOptions{
		StartToCloseTimeout:    4 * time.Second,
		ScheduleToCloseTimeout: 5 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	}
}

// defaultAttempts is how often a vendor is tried before ops are called:
// 1+2+4+…, capped at a minute, makes about five minutes.
const defaultAttempts = 10

// patient is for durable activities. What only we ourselves can fail at (the
// ledger, the store, the mail relay) is tried without end: nothing may be lost,
// and it shows as pending. What a vendor can fail at has a budget.
func patient(name, summary string, pace Pace) workflow.ActivityOptions {
	o := workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		Summary:             summary,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    time.Minute,
			NonRetryableErrorTypes: []string{
				string(onboarding.CodeInvalid), string(onboarding.CodeConsentNotLive), string(onboarding.CodeGrantRefused),
				string(onboarding.CodeLedgerConflict), string(onboarding.CodeVendorRefused), string(onboarding.CodeKeyDestroyed),
				string(onboarding.CodeUnknownApplicant), string(onboarding.CodeConflict),
			},
		},
	}
	switch name {
	case ActivityRunChecks, ActivityFetchReport, ActivityCancelOrder:
		o.RetryPolicy.MaximumAttempts = int32(defaultAttempts)
		if pace.Attempts > 0 {
			o.RetryPolicy.MaximumAttempts = int32(pace.Attempts)
		}
	}
	return o
}

// freshRunAfter is how many events a run's history must have, at a stage's end,
// for the next stage to begin in a run of its own.
const freshRunAfter = 20
