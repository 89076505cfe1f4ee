package workflows_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// watch plays what workers see of a vendor, each at its minute, and gives how long
// the line was there for ops.
func watch(t *testing.T, sees map[int]workflows.VendorSeen, skew time.Duration) (time.Duration, workflows.VendorOutage) {
	t.Helper()
	env := newEnvironment()
	start := time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)
	env.SetStartTime(start)
	env.RegisterWorkflowWithOptions(workflows.VendorWatch, workflow.RegisterOptions{Name: workflows.VendorWatchName})
	for minute, s := range sees {
		s.At = start.Add(time.Duration(minute)*time.Minute + skew)
		env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.SignalVendorSeen, s) }, time.Duration(minute)*time.Minute)
	}
	var last workflows.VendorOutage
	env.RegisterDelayedCallback(func() {
		if v, err := env.QueryWorkflow(workflows.QueryVendorOutage); err == nil {
			_ = v.Get(&last) // a zero outage fails the test
		}
	}, time.Second)
	env.ExecuteWorkflow(workflows.VendorWatchName, workflows.VendorWatchInput{Vendor: "kickbox"})
	if !env.IsWorkflowCompleted() || env.GetWorkflowError() != nil {
		t.Fatalf("the watch did not end well: %v", env.GetWorkflowError())
	}
	return env.Now().Sub(start), last
}

// TestVendorWatch: the line stands for as long as any worker sees the outage, and a
// worker that died while it saw one is not believed for ever.
func TestVendorWatch(t *testing.T) {
	since := time.Date(2026, 11, 27, 9, 58, 0, 0, time.UTC)
	sees := func(worker string, out bool) workflows.VendorSeen {
		return workflows.VendorSeen{Worker: worker, Out: out, Since: since}
	}
	for name, c := range map[string]struct {
		sees map[int]workflows.VendorSeen
		want time.Duration
		skew time.Duration // of the workers' clocks
	}{
		"one worker, ten minutes":      {map[int]workflows.VendorSeen{0: sees("a", true), 4: sees("a", true), 8: sees("a", true), 10: sees("a", false)}, 10 * time.Minute, 0},
		"two workers, the last counts": {map[int]workflows.VendorSeen{0: sees("a", true), 1: sees("b", true), 2: sees("a", false), 3: sees("b", false)}, 3 * time.Minute, 0},
		"a worker that died":           {map[int]workflows.VendorSeen{0: sees("a", true), 1: sees("a", true)}, 6 * time.Minute, 0},
		"a clock that is slow":         {map[int]workflows.VendorSeen{0: sees("a", true), 4: sees("a", true), 8: sees("a", false)}, 8 * time.Minute, -time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			took, outage := watch(t, c.sees, c.skew)
			if took < c.want || took > c.want+time.Minute {
				t.Errorf("the line stood for %s, want %s", took, c.want)
			}
			if outage.Vendor != "kickbox" || !outage.Since.Equal(since) || outage.Workers != 1 {
				t.Errorf("%+v", outage)
			}
		})
	}
}

// TestPauseAndResume: the watch keeps a vendor paused for as long as nobody resumes it,
// also while no worker sees an outage; pressed twice it is the first one's pause; those
// who wait are told once it is resumed, and then the watch ends.
func TestPauseAndResume(t *testing.T) {
	env := newEnvironment()
	start := time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)
	env.SetStartTime(start)
	env.RegisterWorkflowWithOptions(workflows.VendorWatch, workflow.RegisterOptions{Name: workflows.VendorWatchName})
	woken := 0
	env.RegisterActivityWithOptions(func(_ context.Context, in workflows.WakeHeldIn) (workflows.Nothing, error) {
		woken++
		if in.Vendor != "kickbox" || woken == 1 {
			return workflows.Nothing{}, errors.New("the list does not answer")
		}
		return workflows.Nothing{}, nil
	}, activity.RegisterOptions{Name: workflows.ActivityWakeHeld})
	send := func(after time.Duration, name string, in any, then func(workflows.VendorOutage)) {
		env.RegisterDelayedCallback(func() {
			env.UpdateWorkflow(name, "", &testsuite.TestUpdateCallback{OnAccept: func() {}, OnReject: func(err error) { t.Error(err) },
				OnComplete: func(out any, err error) {
					o, ok := out.(workflows.VendorOutage)
					if err != nil || !ok {
						t.Errorf("%s: %v, %v", name, out, err)
						return
					}
					then(o)
				}}, in)
		}, after)
	}
	var first workflows.VendorOutage
	send(0, workflows.UpdatePauseVendor, workflows.PauseVendor{Reason: []byte("sealed"), Actor: "staff:ops:1"}, func(o workflows.VendorOutage) { first = o })
	send(time.Hour, workflows.UpdatePauseVendor, workflows.PauseVendor{Reason: []byte("another"), Actor: "staff:ops:2"}, func(o workflows.VendorOutage) {
		if !reflect.DeepEqual(o.Pause, first.Pause) || o.Pause.Actor != "staff:ops:1" || string(o.Pause.Reason) != "sealed" || !o.Since.IsZero() {
			t.Errorf("pressed twice: %+v, then %+v", first, o)
		}
	})
	// An outage that comes and goes meanwhile neither ends the pause nor stays.
	env.RegisterDelayedCallback(func() {
		env.SignalWorkflow(workflows.SignalVendorSeen, workflows.VendorSeen{Worker: "a", Out: true, Since: env.Now()})
	}, 2*time.Hour)
	env.RegisterDelayedCallback(func() {
		env.SignalWorkflow(workflows.SignalVendorSeen, workflows.VendorSeen{Worker: "a"})
	}, 2*time.Hour+time.Minute)
	pause := 30 * 24 * time.Hour
	send(pause, workflows.UpdateResumeVendor, workflows.ResumeVendor{Actor: "staff:ops:2"}, func(o workflows.VendorOutage) {
		if !o.Pause.Since.IsZero() || woken != 0 {
			t.Errorf("resumed: %+v, woken %d times", o, woken)
		}
	})
	env.ExecuteWorkflow(workflows.VendorWatchName, workflows.VendorWatchInput{Vendor: "kickbox", Asked: true})
	if !env.IsWorkflowCompleted() || env.GetWorkflowError() != nil {
		t.Fatalf("the watch did not end well: %v", env.GetWorkflowError())
	}
	if took := env.Now().Sub(start); took < pause || took > pause+time.Hour || woken != 2 {
		t.Errorf("it ended after %s, woken %d times", took, woken)
	}
}
