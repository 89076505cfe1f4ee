package main

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// actions is what one run costs the engine.
type actions struct {
	Ordinary int `json:"ordinary_activities"`
	Local    int `json:"local_activities"`
	Updates  int `json:"updates"`
	Signals  int `json:"signals"`
	Runs     int `json:"runs"` // 1, and one for each time it continued as new
	Events   int `json:"events"`
}

// bare is a workflow that does nothing, as often as the pipeline does something.
type bare struct {
	temporal client.Client
	worker   worker.Worker
}

const bareQueue = "bench-bare"

func newBare(ctx context.Context, at stackfile.Temporal) (*bare, error) {
	c, err := client.DialContext(ctx, client.Options{HostPort: at.Address, Namespace: at.Namespace, Logger: quiet{}})
	if err != nil {
		return nil, err
	}
	b := &bare{temporal: c}
	// The same settings as the pipeline's worker.
	b.worker = worker.New(c, bareQueue, worker.Options{MaxConcurrentActivityExecutionSize: 200, MaxConcurrentLocalActivityExecutionSize: 200,
		MaxConcurrentWorkflowTaskExecutionSize: 200,
		WorkflowTaskPollerBehavior:             worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		ActivityTaskPollerBehavior:             worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{})})
	b.worker.RegisterWorkflow(bareWorkflow)
	b.worker.RegisterActivity(nothing)
	return b, b.worker.Start()
}

func (b *bare) close() {
	b.worker.Stop()
	b.temporal.Close()
}

func nothing(context.Context) error { return nil }

func bareWorkflow(ctx workflow.Context, a actions) error {
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 10 * time.Second})
	for range a.Local {
		if err := workflow.ExecuteLocalActivity(local, nothing).Get(ctx, nil); err != nil {
			return err
		}
	}
	ordinary := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for range a.Ordinary {
		if err := workflow.ExecuteActivity(ordinary, nothing).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// rate runs n of them, atOnce at a time, and gives how many end in a second.
func (b *bare) rate(ctx context.Context, n, atOnce int, each actions) (float64, error) {
	began := time.Now()
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(atOnce)
	for range n {
		all.Go(func() error {
			run, err := b.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "bare-" + uuid.NewString(), TaskQueue: bareQueue}, bareWorkflow, each)
			if err != nil {
				return err
			}
			return run.Get(ctx, nil)
		})
	}
	err := all.Wait()
	return float64(n) / time.Since(began).Seconds(), err
}

// ordinary is the same number of activities, none of them local.
func (a actions) ordinary() actions { return actions{Ordinary: a.Ordinary + a.Local} }

// count reads what one applicant cost from their histories.
func (b *bare) count(ctx context.Context, id onboarding.ApplicantID) (actions, error) {
	var a actions
	run := ""
	for {
		next := ""
		history := b.temporal.GetWorkflowHistory(ctx, id.WorkflowID(), run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			e, err := history.Next()
			if err != nil {
				return a, err
			}
			a.Events++
			switch e.GetEventType() { //nolint:exhaustive // only what is counted
			case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
				a.Ordinary++
			case enums.EVENT_TYPE_MARKER_RECORDED:
				if e.GetMarkerRecordedEventAttributes().GetMarkerName() == "LocalActivity" {
					a.Local++
				}
			case enums.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
				a.Updates++
			case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
				a.Signals++
			case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
				next = e.GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId()
			}
		}
		a.Runs++
		if next == "" {
			return a, nil
		}
		run = next
	}
}

// quiet is a logger that says nothing.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
