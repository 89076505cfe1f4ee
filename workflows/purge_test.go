package workflows_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// purged is a purge of so many, as the activities heard of it.
type purged struct {
	total, held int
	parts       []workflows.ActOnDueIn
	kept        []string // how it stood each time
	fails       int      // so many parts end in trouble first
	locked      int      // of total, by S3
	never       bool     // what is due is never found
}

func (p *purged) environment() *testsuite.TestWorkflowEnvironment {
	env := newEnvironment()
	env.RegisterWorkflowWithOptions(workflows.Purge, workflow.RegisterOptions{Name: workflows.PurgeName})
	named := func(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.FindDueIn) (workflows.PurgeFound, error) {
		if p.never {
			<-ctx.Done()
			return workflows.PurgeFound{}, ctx.Err()
		}
		return workflows.PurgeFound{Total: p.total, Held: p.held, Locked: p.locked, Looked: 1000, Counts: []workflows.PurgeCount{{Program: "support-basics", Category: workflows.PurgeWhole, Due: p.total, Held: p.held}}}, nil
	}, named(workflows.ActivityFindDue))
	env.RegisterActivityWithOptions(func(_ context.Context, in workflows.ActOnDueIn) (workflows.PurgeTally, error) {
		if p.fails > 0 {
			p.fails--
			return workflows.PurgeTally{}, errors.New("down")
		}
		p.parts = append(p.parts, in)
		return workflows.PurgeTally{Erased: in.To - in.From}, nil
	}, named(workflows.ActivityActOnDue))
	env.RegisterActivityWithOptions(func(_ context.Context, s workflows.PurgeState) error {
		p.kept = append(p.kept, s.Stands())
		return nil
	}, named(workflows.ActivityKeepPurge))
	return env
}

func (p *purged) run(t *testing.T, env *testsuite.TestWorkflowEnvironment, in workflows.PurgeIn) workflows.PurgeState {
	t.Helper()
	env.ExecuteWorkflow(workflows.PurgeName, in)
	if !env.IsWorkflowCompleted() {
		t.Fatal("it did not end")
	}
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	var s workflows.PurgeState
	if err := env.GetWorkflowResult(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func steer(env *testsuite.TestWorkflowEnvironment, t *testing.T, after time.Duration, how string) {
	env.RegisterDelayedCallback(func() {
		env.UpdateWorkflow(how, how, refusal{world: &world{t: t}, name: how}, workflows.SteerPurge{Actor: "staff:privacy:1f"})
	}, after)
}

// TestPurgeWaits: a report lies until it is approved, or for its time; what nobody
// approves is not destroyed, and what is called off neither.
//
// Promise 23.
func TestPurgeWaits(t *testing.T) {
	for name, c := range map[string]struct {
		in    workflows.PurgeIn
		how   string // after an hour
		acts  time.Duration
		stand string
	}{
		"approved":             {workflows.PurgeIn{Actor: "staff:privacy:1f"}, workflows.UpdateApprovePurge, time.Hour, workflows.PurgeDone},
		"approved before":      {workflows.PurgeIn{Wait: 72 * time.Hour}, workflows.UpdateApprovePurge, time.Hour, workflows.PurgeDone},
		"nobody minds":         {workflows.PurgeIn{Wait: 72 * time.Hour}, "", 72 * time.Hour, workflows.PurgeDone},
		"nobody approves":      {workflows.PurgeIn{}, "", 0, workflows.PurgeLapsed},
		"called off":           {workflows.PurgeIn{Wait: 72 * time.Hour}, workflows.UpdateCancelPurge, 0, workflows.PurgeCanceled},
		"paused, then resumed": {workflows.PurgeIn{Wait: 72 * time.Hour}, workflows.UpdatePausePurge, 72 * time.Hour, workflows.PurgeDone},
	} {
		t.Run(name, func(t *testing.T) {
			p := &purged{total: 250, held: 3, fails: 2}
			env := p.environment()
			if c.how != "" {
				steer(env, t, time.Hour, c.how)
			}
			if c.how == workflows.UpdatePausePurge {
				env.RegisterDelayedCallback(func() {
					if len(p.parts) > 0 {
						t.Errorf("paused, and it acted: %v", p.parts)
					}
				}, 90*time.Hour)
				steer(env, t, 100*time.Hour, workflows.UpdateResumePurge)
			}
			s := p.run(t, env, c.in)
			if s.Stands() != c.stand || s.Found.Looked != 1000 {
				t.Errorf("%s: %+v", s.Stands(), s)
			}
			if c.acts == 0 {
				if len(p.parts) != 0 || !s.Acting.IsZero() {
					t.Errorf("it acted: %v", p.parts)
				}
				return
			}
			if waited := s.Acting.Sub(s.Begun); waited < c.acts || waited > c.acts+time.Minute {
				t.Errorf("it acted after %s", waited)
			}
			next := 0
			for _, part := range p.parts {
				if part.From != next || part.To-part.From > workflows.PurgePart {
					t.Errorf("parts %v", p.parts)
				}
				next = part.To
			}
			if next != 250 || s.Tally.Erased != 250 || s.Next != 250 {
				t.Errorf("%d dealt with: %+v", next, s)
			}
			if len(p.kept) == 0 || p.kept[len(p.kept)-1] != c.stand || !slices.Contains(p.kept, workflows.PurgeWaiting) {
				t.Errorf("kept %v", p.kept)
			}
		})
	}
}

// TestPurgeEndsByItself: a pause that nobody ends ends the purge, and one that never finds
// what is due can be called off. Nothing keeps the next one waiting for good.
func TestPurgeEndsByItself(t *testing.T) {
	t.Run("paused", func(t *testing.T) {
		p := &purged{total: 250}
		env := p.environment()
		steer(env, t, time.Hour, workflows.UpdatePausePurge)
		s := p.run(t, env, workflows.PurgeIn{Wait: 72 * time.Hour})
		if s.Stands() != workflows.PurgeLapsed || len(p.parts) != 0 || !s.Over() {
			t.Errorf("%s, %v", s.Stands(), p.parts)
		}
		if lay := s.Ended.Sub(s.Acting); lay < 13*24*time.Hour || lay > 15*24*time.Hour {
			t.Errorf("it lay paused for %s", lay)
		}
	})
	t.Run("waiting", func(t *testing.T) {
		p := &purged{total: 1}
		s := p.run(t, p.environment(), workflows.PurgeIn{})
		if s.Stands() != workflows.PurgeLapsed || s.Lapses.IsZero() || s.Ended.Before(s.Lapses) {
			t.Errorf("%+v", s)
		}
	})
	t.Run("looking", func(t *testing.T) {
		p := &purged{never: true}
		env := p.environment()
		steer(env, t, 50*time.Millisecond, workflows.UpdateCancelPurge) // while an activity runs time is not skipped
		s := p.run(t, env, workflows.PurgeIn{})
		if s.Stands() != workflows.PurgeCanceled || !s.Over() || len(p.kept) < 2 || p.kept[0] != workflows.PurgeLooking {
			t.Errorf("%s, kept %v", s.Stands(), p.kept)
		}
	})
}

// TestPurged reads back what the ledger says of a purge, and of no other.
func TestPurged(t *testing.T) {
	const purge, other = "20261128-120000000-1f2e3d4c", "20261129-120000000-1f2e3d4c"
	about := func(seq, of uint64, category onboarding.Category, detail string) ledger.Record {
		return ledger.Record{Seq: seq, Of: of, Kind: ledger.KindPurged, Outcome: string(category), Detail: detail}
	}
	records := []ledger.Record{{Seq: 1, Kind: ledger.KindOpened}, about(2, 0, onboarding.KeptFiles, "3 years; purge "+other), about(3, 2, onboarding.KeptFiles, "removed: 9"),
		about(4, 0, onboarding.KeptFiles, "3 years; purge "+purge), about(5, 0, onboarding.KeptFindings, "5 years; purge "+purge), about(6, 5, onboarding.KeptFindings, "removed: 2, still locked: 12")}
	if out, ok := workflows.Purged(records, onboarding.KeptFindings, purge); !ok || out.Objects != 2 || out.Locked != 12 {
		t.Errorf("%+v, %t", out, ok)
	}
	if out, ok := workflows.Purged(records, onboarding.KeptFiles, purge); ok {
		t.Errorf("what was only begun counts as done: %+v", out)
	}
	if out, ok := workflows.Purged(append(records, about(7, 4, onboarding.KeptFiles, "removed: 1")), onboarding.KeptFiles, purge); !ok || out.Objects != 1 || out.Locked != 0 {
		t.Errorf("%+v, %t", out, ok)
	}
}

// TestPurgeOfNothing ends without waiting: nothing is due, or all that is due is held or
// locked.
func TestPurgeOfNothing(t *testing.T) {
	for _, n := range []int{0, 7} {
		p := &purged{total: n, held: n / 2, locked: n - n/2}
		s := p.run(t, p.environment(), workflows.PurgeIn{})
		if s.Stands() != workflows.PurgeDone || len(p.parts) != 0 || s.Ended.Sub(s.Begun) > time.Minute {
			t.Errorf("%+v", s)
		}
	}
}

// TestPurgeGoesOnAsNew: a long purge goes on in a fresh run where it was.
func TestPurgeGoesOnAsNew(t *testing.T) {
	p := &purged{total: 250}
	env := p.environment()
	env.SetContinueAsNewSuggested(true)
	env.ExecuteWorkflow(workflows.PurgeName, workflows.PurgeIn{Wait: time.Hour})
	var again *workflow.ContinueAsNewError
	if !errors.As(env.GetWorkflowError(), &again) {
		t.Fatalf("%v", env.GetWorkflowError())
	}
	var next workflows.PurgeIn
	if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &next); err != nil {
		t.Fatal(err)
	}
	s := p.run(t, p.environment(), next)
	if s.ID != next.Carried.ID || s.Tally.Erased != 250 || len(p.parts) != 3 || p.parts[1].From != 100 {
		t.Errorf("%v, %+v", p.parts, s)
	}
}

func TestPurgeCategories(t *testing.T) {
	for _, c := range onboarding.Categories() {
		vault, locked := c.Objects(applicant)
		if own := len(vault)+len(locked) > 0; own == (c == onboarding.KeptConsents || c == onboarding.KeptCertificates) {
			t.Errorf("%s: %v %v", c, vault, locked)
		}
	}
}
