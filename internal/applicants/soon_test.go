package applicants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// longest is how long the oldest question has waited.
func (u *unanswered) longest(key string) time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.since[key]) == 0 {
		return 0
	}
	return time.Since(slices.MinFunc(u.since[key], time.Time.Compare))
}

// TestSoon: who asks while a worker does not answer waits for a moment, and the next
// not at all; what does come is given, errors too.
func TestSoon(t *testing.T) {
	var u unanswered
	held := make(chan struct{})
	hold := func(context.Context) (int, error) { <-held; return 1, nil }
	if _, err := soon(t.Context(), &u, "a", time.Millisecond, hold); !errors.Is(err, ErrAway) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("not answered: %v", err)
	}
	for u.longest("a") <= time.Millisecond { // until it has waited for longer than that
		time.Sleep(time.Millisecond)
	}
	if _, err := soon(t.Context(), &u, "a", time.Millisecond, func(context.Context) (int, error) { t.Error("asked besides"); return 0, nil }); !errors.Is(err, ErrAway) {
		t.Errorf("asked again: %v", err)
	}
	if _, err := soon(t.Context(), &u, "b", time.Millisecond, hold); !errors.Is(err, ErrAway) {
		t.Errorf("of another, while nothing is answered: %v", err)
	}
	if v, err := soon(t.Context(), &u, "b", time.Hour, func(context.Context) (int, error) { return 2, nil }); v != 2 || err != nil {
		t.Errorf("of another: %d, %v", v, err)
	}
	if u.away("b", time.Hour) || !u.away("a", time.Millisecond) {
		t.Error("it does not know who answers")
	}
	close(held)
	for u.longest("a") > 0 {
		time.Sleep(time.Millisecond)
	}
	if v, err := soon(t.Context(), &u, "a", time.Hour, hold); v != 1 || err != nil {
		t.Errorf("afterwards: %d, %v", v, err)
	}
	ours := Unknown(nil)
	if _, err := soon(t.Context(), &u, "a", time.Hour, func(context.Context) (int, error) { return 0, ours }); !errors.Is(err, ours) || errors.Is(err, ErrAway) {
		t.Errorf("an error of ours: %v", err)
	}
	if _, err := soon(t.Context(), &u, "a", time.Hour, func(context.Context) (int, error) { return 0, serviceerror.NewUnavailable("none") }); !errors.Is(err, ErrAway) {
		t.Errorf("the engine's own: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := soon(gone, &u, "c", time.Hour, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
}

// run is a run for many, of which a worker tells while it is there.
type run struct {
	client.Client
	p    workflows.BulkProgress
	away bool
}

func (r *run) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	if r.away {
		return nil, serviceerror.NewDeadlineExceeded("no worker")
	}
	p, err := converter.GetDefaultDataConverter().ToPayloads(r.p)
	return client.NewValue(p), err
}

// TestRunWhileNoWorkerAnswers: what was known last, with its time, and to nobody who
// may not see the run.
func TestRunWhileNoWorkerAnswers(t *testing.T) {
	const id = "0198c0de-0000-4000-8000-000000000001"
	r := &run{p: workflows.BulkProgress{ID: id, Match: workflows.BulkMatch{Program: "support-basics"}, BulkState: workflows.BulkState{Total: 7, Next: 3}}}
	s := New(Config{Temporal: r, Now: func() time.Time { return t0 }})
	ctx := Soon(t.Context())
	if p, err := s.Bulk(ctx, id); err != nil || p.Next != 3 || !p.AsOf.IsZero() {
		t.Fatalf("%+v, %v", p, err)
	}
	r.away = true
	if p, err := s.Bulk(ctx, id); err != nil || p.Next != 3 || !p.AsOf.Equal(t0) {
		t.Errorf("known last: %+v, %v", p, err)
	}
	if _, err := s.Bulk(t.Context(), id); err == nil {
		t.Error("who does not look at a page gets what was known last")
	}
	if p, err := s.Bulk(Within(ctx, []string{"health-line"}), id); !errors.Is(err, ErrAway) || p.Total != 0 {
		t.Errorf("to somebody of another program: %+v, %v", p, err)
	}
	if _, err := New(Config{Temporal: r}).Bulk(ctx, id); !errors.Is(err, ErrAway) {
		t.Errorf("never known: %v", err)
	}
}

// described is Temporal that tells of one workflow as lists have it.
type described struct {
	client.Client
	info *workflowpb.WorkflowExecutionInfo
}

func (d described) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if id != d.info.GetExecution().GetWorkflowId() {
		return nil, serviceerror.NewNotFound("none")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: d.info}, nil
}

// TestListed: an applicant as lists have them, within the programs of who asks.
func TestListed(t *testing.T) {
	id := onboarding.ApplicantID("0198c0de-0000-7000-8000-000000000001")
	s := New(Config{Temporal: described{info: row(t, id.WorkflowID(), map[string]any{"Program": "support-basics", "Stage": "vetting"})}})
	if l, err := s.Listed(t.Context(), id); err != nil || l.ID != id || l.Stage != onboarding.StageVetting {
		t.Errorf("%+v, %v", l, err)
	}
	for _, ctx := range []context.Context{Within(t.Context(), []string{"health-line"}), t.Context()} {
		asked := id
		if Scope(ctx) == nil {
			asked = idOf(t0, 2)
		}
		if _, err := s.Listed(ctx, asked); onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
			t.Errorf("%s: %v", asked, err)
		}
	}
}

// TestOthersOfARun: what is not done, as much as is shown, and no part is read twice.
func TestOthersOfARun(t *testing.T) {
	w := newWorld(t)
	s := New(Config{Objects: w.Objects, Vault: w.Vault})
	p := workflows.BulkProgress{ID: "r", BulkState: workflows.BulkState{Next: 6}}
	for part := range 3 {
		body := fmt.Sprintf(`[{"check":"email","round":%d,"outcome":"done"},{"check":"phone","round":%d,"outcome":"refused"}]`, part, part)
		if err := s.Objects.Put(t.Context(), bulkAnswersKey("r", 2*part), []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	for _, most := range []int{2, 9} {
		got, err := s.BulkOthers(t.Context(), p, most)
		if err != nil || len(got) != min(most, 3) {
			t.Fatalf("%+v, %v", got, err)
		}
		for i, a := range got {
			if a.Check != "phone" || a.Round != i {
				t.Errorf("%d is %+v", i, a)
			}
		}
		if err := s.Objects.Put(t.Context(), bulkAnswersKey("r", 0), []byte("read again")); err != nil {
			t.Fatal(err)
		}
	}
}
