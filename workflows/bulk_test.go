package workflows_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// crowd is a bulk run with its activities, which take their time.
type crowd struct {
	*testsuite.TestWorkflowEnvironment
	t     *testing.T
	total int
	mu    sync.Mutex
	parts []workflows.ActInBulkIn
}

func newCrowd(t *testing.T, total int) *crowd {
	c := &crowd{TestWorkflowEnvironment: newEnvironment(), t: t, total: total}
	c.RegisterWorkflowWithOptions(workflows.Bulk, workflow.RegisterOptions{Name: workflows.BulkName})
	c.RegisterActivityWithOptions(func(context.Context, workflows.GatherBulkIn) (workflows.GatherBulkOut, error) {
		return workflows.GatherBulkOut{Total: c.total}, nil
	}, activity.RegisterOptions{Name: workflows.ActivityGatherBulk})
	c.RegisterActivityWithOptions(func(_ context.Context, in workflows.ActInBulkIn) (workflows.BulkTally, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.parts = append(c.parts, in)
		return workflows.BulkTally{Done: in.To - in.From - 1, Refused: 1}, nil
	}, activity.RegisterOptions{Name: workflows.ActivityActInBulk})
	return c
}

func (c *crowd) run(in workflows.BulkIn) workflows.BulkState {
	c.t.Helper()
	in.ID, in.Action, in.Actor = "r", workflows.BulkRetry, "staff:ops:1"
	c.ExecuteWorkflow(workflows.BulkName, in)
	if !c.IsWorkflowCompleted() || c.GetWorkflowError() != nil {
		c.t.Fatalf("the run did not end well: %v", c.GetWorkflowError())
	}
	var out workflows.BulkState
	if err := c.GetWorkflowResult(&out); err != nil {
		c.t.Fatal(err)
	}
	return out
}

func (c *crowd) send(after time.Duration, name string, then func(workflows.BulkProgress, error)) {
	c.RegisterDelayedCallback(func() {
		c.UpdateWorkflow(name, "", &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { then(workflows.BulkProgress{}, err) },
			OnComplete: func(out any, err error) {
				p, _ := out.(workflows.BulkProgress)
				then(p, err)
			},
		})
	}, after)
}

// TestBulk: every check of the list is dealt with once, in parts of about two
// seconds' worth, and the answers are added up.
func TestBulk(t *testing.T) {
	for name, tt := range map[string]struct {
		total int
		rate  float64
		parts int
		first int
	}{
		"none": {0, 50, 0, 0}, "one": {1, 50, 1, 1}, "a few parts": {250, 50, 3, 100}, "slow": {5, 0.1, 5, 1}, "fast": {1000, 1000, 5, 200},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCrowd(t, tt.total)
			out := c.run(workflows.BulkIn{PerSecond: tt.rate})
			if out.Total != tt.total || out.Next != tt.total || out.Canceled || out.Ended.IsZero() || len(c.parts) != tt.parts {
				t.Errorf("%+v in %d parts", out, len(c.parts))
			}
			if out.Tally.Done+out.Tally.Refused != tt.total {
				t.Errorf("tally %+v", out.Tally)
			}
			next := 0
			for _, p := range c.parts {
				if p.From != next || p.To <= p.From {
					t.Errorf("part %d to %d after %d", p.From, p.To, next)
				}
				next = p.To
			}
			if tt.parts > 0 && c.parts[0].To != tt.first {
				t.Errorf("the first part is to %d", c.parts[0].To)
			}
		})
	}
}

// TestBulkSteered: a run that is paused before its second part waits for as long as
// nobody resumes it; called off it deals with nothing more; over, it takes no word.
func TestBulkSteered(t *testing.T) {
	c := newCrowd(t, 1000)
	var paused workflows.BulkProgress
	c.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name != workflows.ActivityActInBulk || len(c.parts) > 0 {
			return
		}
		c.send(0, workflows.UpdatePauseBulk, func(p workflows.BulkProgress, err error) { paused = p })
	})
	c.send(time.Hour, workflows.UpdateResumeBulk, func(p workflows.BulkProgress, err error) {
		if err != nil || p.Paused || len(c.parts) != 1 {
			t.Errorf("resumed: %+v, %v, after %d parts", p, err, len(c.parts))
		}
	})
	began := c.Now()
	out := c.run(workflows.BulkIn{PerSecond: 50, Marked: []workflows.BulkItem{{Applicant: applicant, Check: onboarding.CheckEmail, Round: 1}}})
	if !paused.Paused || !paused.Marked || out.Next != 1000 || out.Ended.Sub(began) < time.Hour {
		t.Errorf("%+v, then %+v", paused, out)
	}

	c = newCrowd(t, 1000)
	c.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == workflows.ActivityActInBulk && len(c.parts) == 1 {
			c.send(0, workflows.UpdateCancelBulk, func(workflows.BulkProgress, error) {})
		}
	})
	out = c.run(workflows.BulkIn{PerSecond: 50})
	if !out.Canceled || out.Next == 0 || out.Next == 1000 || out.Ended.IsZero() {
		t.Errorf("called off: %+v", out)
	}
	if !slices.IsSortedFunc(c.parts, func(a, b workflows.ActInBulkIn) int { return a.From - b.From }) {
		t.Errorf("parts %+v", c.parts)
	}
}

// TestBulkOfOtherThings: a run that gives cases, and one on what waits for a paused
// vendor, have their lists made by activities of their own, which a worker of before
// does not know; the others have theirs as before.
func TestBulkOfOtherThings(t *testing.T) {
	for name, tt := range map[string]struct {
		in          workflows.BulkIn
		gather, act string
	}{
		"retry":       {workflows.BulkIn{Action: workflows.BulkRetry}, workflows.ActivityGatherBulk, workflows.ActivityActInBulk},
		"held":        {workflows.BulkIn{Action: workflows.BulkWaive, Match: workflows.BulkMatch{Held: true, Vendor: "kickbox"}}, workflows.ActivityGatherHeld, workflows.ActivityActInBulk},
		"held marked": {workflows.BulkIn{Action: workflows.BulkWaive, Match: workflows.BulkMatch{Held: true}, Marked: []workflows.BulkItem{{Check: "email"}}}, workflows.ActivityGatherBulk, workflows.ActivityActInBulk},
		"assign":      {workflows.BulkIn{Action: workflows.BulkAssign, To: "0badcafe"}, workflows.ActivityGatherCases, workflows.ActivityAssignInBulk},
	} {
		t.Run(name, func(t *testing.T) {
			env := newEnvironment()
			env.RegisterWorkflowWithOptions(workflows.Bulk, workflow.RegisterOptions{Name: workflows.BulkName})
			var did []string
			for _, gather := range []string{workflows.ActivityGatherBulk, workflows.ActivityGatherHeld, workflows.ActivityGatherCases} {
				env.RegisterActivityWithOptions(func(_ context.Context, in workflows.GatherBulkIn) (workflows.GatherBulkOut, error) {
					if want := tt.in.Action; (gather == workflows.ActivityGatherBulk) != (in.Action == "") || in.Action != "" && in.Action != want {
						t.Errorf("%s of %q", gather, in.Action)
					}
					did = append(did, gather)
					return workflows.GatherBulkOut{Total: 3}, nil
				}, activity.RegisterOptions{Name: gather})
			}
			for _, act := range []string{workflows.ActivityActInBulk, workflows.ActivityAssignInBulk} {
				env.RegisterActivityWithOptions(func(_ context.Context, in workflows.ActInBulkIn) (workflows.BulkTally, error) {
					if tt.in.Action == workflows.BulkAssign && (in.Recruiter != "0badcafe" || in.Vendor != "") {
						t.Errorf("%+v", in)
					}
					did = append(did, act)
					return workflows.BulkTally{Done: in.To - in.From}, nil
				}, activity.RegisterOptions{Name: act})
			}
			tt.in.ID, tt.in.PerSecond, tt.in.Actor = "r", 50, "staff:admin:1"
			env.ExecuteWorkflow(workflows.BulkName, tt.in)
			if err := env.GetWorkflowError(); err != nil || !slices.Equal(did, []string{tt.gather, tt.act}) {
				t.Errorf("%v, did %v", err, did)
			}
		})
	}
}
