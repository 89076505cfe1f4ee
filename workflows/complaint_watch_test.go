package workflows_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestComplaintWatch: a complaint that is answered in time is never escalated; one that is
// not is, on its day, and the watch ends when it is answered, also when nobody said so.
//
// Promise 66.
func TestComplaintWatch(t *testing.T) {
	for name, c := range map[string]struct {
		signal   time.Duration // 0: never
		answered time.Duration // when the complaint's own record says so
		looks    int
		ended    time.Duration
	}{
		"answered in time":        {20 * 24 * time.Hour, 20 * 24 * time.Hour, 0, 20 * 24 * time.Hour},
		"answered late":           {32*24*time.Hour + time.Hour, 32*24*time.Hour + time.Hour, 3, 32*24*time.Hour + time.Hour},
		"answered, and not heard": {0, 33*24*time.Hour - time.Hour, 4, 33 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			env := newEnvironment()
			env.RegisterWorkflowWithOptions(workflows.ComplaintWatch, workflow.RegisterOptions{Name: workflows.ComplaintWatchName})
			begun := env.Now()
			var looks []time.Time
			env.RegisterActivityWithOptions(func(_ context.Context, in workflows.EscalateComplaintIn) (workflows.EscalateComplaintOut, error) {
				if in.Number != "C-0000-0000" || in.Program != "support-basics" {
					t.Errorf("%+v", in)
				}
				looks = append(looks, env.Now())
				return workflows.EscalateComplaintOut{Open: env.Now().Before(begun.Add(c.answered))}, nil
			}, activity.RegisterOptions{Name: workflows.ActivityEscalateComplaint})
			if c.signal > 0 {
				env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.SignalComplaintAnswered, nil) }, c.signal)
			}
			env.ExecuteWorkflow(workflows.ComplaintWatchName, workflows.ComplaintWatchIn{Applicant: applicant, Number: "C-0000-0000", Program: "support-basics", Due: begun.Add(policy.ComplaintAnswer)})
			if err := env.GetWorkflowError(); err != nil || !env.IsWorkflowCompleted() {
				t.Fatal(err)
			}
			if len(looks) != c.looks || len(looks) > 0 && looks[0].Sub(begun) < policy.ComplaintAnswer {
				t.Errorf("looked at %v, it began %s", looks, begun)
			}
			if lasted := env.Now().Sub(begun); lasted < c.ended || lasted > c.ended+time.Minute {
				t.Errorf("it lasted %s", lasted)
			}
		})
	}
}
