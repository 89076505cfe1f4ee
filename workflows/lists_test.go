package workflows_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// refreshing runs RefreshLists with an activity that answers as told; the
// attempt counts from 1 for each list.
func refreshing(t *testing.T, in workflows.RefreshListsIn, answer func(n onboarding.ListName, attempt int) (workflows.ListOutcome, error)) (workflows.RefreshListsOut, string, []workflows.RefreshListIn) {
	t.Helper()
	env := newEnvironment()
	attention := ""
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context, in workflows.RefreshListsIn) (workflows.RefreshListsOut, error) {
		out, err := workflows.RefreshLists(ctx, in)
		attention, _ = workflow.GetTypedSearchAttributes(ctx).GetKeyword(workflows.SearchAttention)
		return out, err
	}, workflow.RegisterOptions{Name: workflows.RefreshListsName})
	var mu sync.Mutex
	var asked []workflows.RefreshListIn
	tries := map[onboarding.ListName]int{}
	env.RegisterActivityWithOptions(func(_ context.Context, in workflows.RefreshListIn) (workflows.ListOutcome, error) {
		mu.Lock()
		defer mu.Unlock()
		if tries[in.List]++; tries[in.List] == 1 {
			asked = append(asked, in)
		}
		return answer(in.List, tries[in.List])
	}, activity.RegisterOptions{Name: workflows.ActivityRefreshList})
	env.ExecuteWorkflow(workflows.RefreshListsName, in)
	if !env.IsWorkflowCompleted() || env.GetWorkflowError() != nil {
		t.Fatalf("the workflow did not end well: %v", env.GetWorkflowError())
	}
	var out workflows.RefreshListsOut
	if err := env.GetWorkflowResult(&out); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(asked, func(a, b workflows.RefreshListIn) int { return strings.Compare(string(a.List), string(b.List)) })
	return out, attention, asked
}

func TestRefreshListsOfAll(t *testing.T) {
	out, attention, asked := refreshing(t, workflows.RefreshListsIn{}, func(n onboarding.ListName, _ int) (workflows.ListOutcome, error) {
		return workflows.ListOutcome{Edition: "2026-11-27/" + string(n), Was: "2026-11-26/" + string(n), Switched: n != onboarding.ListSAM, Reason: "so it is"}, nil
	})
	if len(asked) != 3 || len(out.Lists) != 3 || attention != "none" {
		t.Fatalf("asked %+v, got %+v, attention %q", asked, out, attention)
	}
	for i, n := range onboarding.ListNames() {
		want := workflows.ListOutcome{List: n, Edition: "2026-11-27/" + string(n), Was: "2026-11-26/" + string(n), Switched: n != onboarding.ListSAM, Reason: "so it is"}
		if out.Lists[i] != want {
			t.Errorf("got %+v, want %+v", out.Lists[i], want)
		}
	}
}

// One list fails for good, another for a while: the others go on, ops are
// called, and what is said is what the activity said.
func TestRefreshListsWhereOneFails(t *testing.T) {
	out, attention, asked := refreshing(t, workflows.RefreshListsIn{Lists: []onboarding.ListName{onboarding.ListLEIE, onboarding.ListOFAC, onboarding.ListSAM}, Force: true},
		func(n onboarding.ListName, attempt int) (workflows.ListOutcome, error) {
			switch {
			case n == onboarding.ListLEIE:
				return workflows.ListOutcome{}, workflows.Failure(&onboarding.Error{Code: onboarding.CodeVendorRefused, Message: "It seems cut off.", Hint: "Look at the source."})
			case n == onboarding.ListSAM && attempt < 3:
				return workflows.ListOutcome{}, temporal.NewApplicationError("busy", string(onboarding.CodeVendorBusy))
			case n == onboarding.ListSAM:
				return workflows.ListOutcome{Edition: "e"}, nil
			}
			return workflows.ListOutcome{}, errors.New("no answer")
		})
	want := []workflows.ListOutcome{{List: onboarding.ListLEIE, Failed: true, Reason: "It seems cut off. Look at the source."},
		{List: onboarding.ListOFAC, Failed: true, Reason: "It failed: INTERNAL."}, {List: onboarding.ListSAM, Edition: "e"}}
	if !slices.Equal(out.Lists, want) || attention != "ops" {
		t.Errorf("got %+v, attention %q", out.Lists, attention)
	}
	for _, a := range asked {
		if !a.Force {
			t.Errorf("%+v was not forced", a)
		}
	}
}
