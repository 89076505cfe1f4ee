package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	samples "github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// scheduler is Temporal's side of schedules in memory, with at most one.
type scheduler struct {
	there *client.Schedule
	made  int
	fail  error
}

func (s *scheduler) Create(_ context.Context, o client.ScheduleOptions) (client.ScheduleHandle, error) {
	if s.fail != nil {
		return nil, s.fail
	}
	if s.there != nil {
		return nil, temporal.ErrScheduleAlreadyRunning
	}
	s.made++
	s.there = &client.Schedule{Spec: &o.Spec, Action: o.Action, State: &client.ScheduleState{}}
	return handle{in: s}, nil
}

func (s *scheduler) GetHandle(_ context.Context, id string) client.ScheduleHandle {
	if id != workflows.ListsScheduleID {
		panic("another schedule: " + id)
	}
	return handle{in: s}
}

type handle struct {
	client.ScheduleHandle
	in *scheduler
}

func (h handle) Update(_ context.Context, o client.ScheduleUpdateOptions) error {
	next, err := o.DoUpdate(client.ScheduleUpdateInput{Description: client.ScheduleDescription{Schedule: *h.in.there}})
	if err == nil {
		h.in.there = next.Schedule
	}
	return err
}

func (h handle) Delete(context.Context) error {
	if h.in.there == nil {
		return serviceerror.NewNotFound("no such schedule")
	}
	h.in.there = nil
	return nil
}

func TestScheduleLists(t *testing.T) {
	s := &scheduler{}
	want := func(cron string) {
		t.Helper()
		if err := scheduleLists(t.Context(), s, cron); err != nil {
			t.Fatal(err)
		}
		if cron == Off || cron == "" {
			if s.there != nil {
				t.Errorf("%q left a schedule", cron)
			}
			return
		}
		a, ok := s.there.Action.(*client.ScheduleWorkflowAction)
		if !ok || a.Workflow != workflows.RefreshListsName || a.ID != workflows.RefreshListsID || a.TaskQueue != workflows.TaskQueue || len(a.Args) != 1 {
			t.Errorf("action %+v", s.there.Action)
		}
		if !slices.Equal(s.there.Spec.CronExpressions, []string{cron}) {
			t.Errorf("spec %+v", s.there.Spec)
		}
	}
	want(Off) // nothing to take away
	want(DefaultListsCron)
	s.there.State.Paused = true
	want("30 6 * * 1") // changed, and still paused
	want("30 6 * * 1")
	if s.made != 1 || !s.there.State.Paused {
		t.Errorf("made %d times, paused %v", s.made, s.there.State.Paused)
	}
	want("")
	s.fail = errors.New("bad cron")
	if err := scheduleLists(t.Context(), s, "sometimes"); err == nil || !strings.Contains(err.Error(), "VOUCHSAFE_LISTS_CRON") {
		t.Errorf("got %v", err)
	}
}

func TestListSources(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, samples.All()); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "sam")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		app  App
		want map[onboarding.ListName]string
	}{
		"nothing": {App{}, map[onboarding.ListName]string{}},
		"the examples": {App{listFiles: samples.All()}, map[onboarding.ListName]string{"ofac": "the examples inside the binary/ofac",
			"leie": "the examples inside the binary/leie", "sam": "the examples inside the binary/sam"}},
		"a folder without sam, and an address": {App{listFiles: samples.All(), cfg: Config{ListsDir: dir, LEIEURL: "https://lists.example.com/leie"}},
			map[onboarding.ListName]string{"ofac": dir + "/ofac", "leie": "https://lists.example.com/leie"}},
	} {
		got, err := c.app.listSources()
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		for n, title := range c.want {
			if got[n] == nil || got[n].String() != title {
				t.Errorf("%s: %s is %v, want %s", name, n, got[n], title)
			}
		}
	}
	if _, err := (&App{cfg: Config{SAMURL: "http://lists.example.com"}}).listSources(); err == nil || !strings.Contains(err.Error(), "VOUCHSAFE_SAM_URL") {
		t.Errorf("got %v", err)
	}
}

// runs are workflow executions in memory.
type runs struct {
	started []any
	fail    error
}

func (r *runs) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error) {
	if r.fail != nil {
		return nil, r.fail
	}
	r.started = append(r.started, o.ID, workflow, args[0])
	return run{id: "r1"}, nil
}

func (r *runs) GetWorkflow(_ context.Context, id, runID string) client.WorkflowRun {
	return run{id: id + "/" + runID, fail: r.fail}
}

type run struct {
	client.WorkflowRun
	id   string
	fail error
}

func (r run) GetRunID() string { return r.id }

func (r run) Get(ctx context.Context, out any) error {
	if err := errors.Join(ctx.Err(), r.fail); err != nil {
		return err
	}
	*out.(*workflows.RefreshListsOut) = workflows.RefreshListsOut{Lists: []workflows.ListOutcome{{Reason: r.id}}}
	return nil
}

func TestListDesk(t *testing.T) {
	r := &runs{}
	d := listDesk{temporal: r}
	in := workflows.RefreshListsIn{Force: true, Actor: "api:test"}
	id, err := d.Refresh(t.Context(), in)
	if err != nil || id != "r1" || len(r.started) != 3 || r.started[0] != workflows.RefreshListsID || r.started[1] != workflows.RefreshListsName {
		t.Errorf("got %q, %v, %+v", id, err, r.started)
	}
	out, done, err := d.Outcome(t.Context(), "r1")
	if err != nil || !done || out.Lists[0].Reason != "lists/refresh/r1" {
		t.Errorf("got %+v, %v, %v", out, done, err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, done, err := d.Outcome(over, "r1"); done || err != nil {
		t.Errorf("still under way: %v, %v", done, err)
	}
	r.fail = serviceerror.NewNotFound("gone")
	if _, _, err := d.Outcome(t.Context(), "r2"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
	r.fail = serviceerror.NewWorkflowExecutionAlreadyStarted("running", "", "r0")
	if _, err := d.Refresh(t.Context(), in); onboarding.CodeOf(err) != onboarding.CodeConflict {
		t.Errorf("got %v", err)
	}
}
