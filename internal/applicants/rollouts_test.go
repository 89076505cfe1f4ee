package applicants

import (
	"slices"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestWhoIsToldLater: a later round of a roll-out is of everybody who was not told, also of
// who was there when the first one looked and had not agreed to anything yet: they may
// have agreed to the old text since. Who was told, or could not be, is not asked again.
//
// Promise 64.
func TestWhoIsToldLater(t *testing.T) {
	const told, unasked, refused, late = "019ab3c0-0000-7000-8000-000000000001", "019ab3c0-0000-7000-8000-000000000002", "019ab3c0-0000-7000-8000-000000000003", "019ab3c0-0000-7000-8000-000000000004"
	e := &watches{}
	open := func(ids ...onboarding.ApplicantID) {
		e.listed = nil
		for _, id := range ids {
			e.listed = append(e.listed, &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: id.WorkflowID()}})
		}
	}
	s := New(Config{Temporal: e, Objects: &bucket{objects: map[string][]byte{}, tags: map[string]int{}}})
	gather := func(in workflows.GatherToTellIn) []onboarding.ApplicantID {
		t.Helper()
		in.Rollout = "terms/2"
		n, err := s.GatherToTell(t.Context(), in, func() {})
		if err != nil {
			t.Fatal(err)
		}
		ids, err := readList[onboarding.ApplicantID](t.Context(), s, rolloutList(in.Rollout, in.Pass), 0, n)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	answer := func(pass int, answers ...RolloutAnswer) {
		t.Helper()
		if err := s.putJSON(t.Context(), rolloutAnswers("terms/2", pass, 0), answers); err != nil {
			t.Fatal(err)
		}
	}
	open(told, unasked, refused)
	if got := gather(workflows.GatherToTellIn{Pass: 1}); !slices.Equal(got, []onboarding.ApplicantID{told, unasked, refused}) {
		t.Errorf("the first: %v", got)
	}
	answer(1, RolloutAnswer{told, RolloutTold}, RolloutAnswer{unasked, RolloutNotOwed}, RolloutAnswer{refused, RolloutFailed})
	if got := gather(workflows.GatherToTellIn{Pass: 2, Retry: 1}); !slices.Equal(got, []onboarding.ApplicantID{refused}) {
		t.Errorf("those whose letter was refused: %v", got)
	}
	answer(2, RolloutAnswer{refused, RolloutFailed})
	open(told, unasked, refused, late)
	if got := gather(workflows.GatherToTellIn{Pass: 3}); !slices.Equal(got, []onboarding.ApplicantID{unasked, late}) {
		t.Errorf("on the day: %v", got)
	}
	answer(3, RolloutAnswer{unasked, RolloutTold}, RolloutAnswer{late, RolloutNotOwed})
	if got := gather(workflows.GatherToTellIn{Pass: 4}); !slices.Equal(got, []onboarding.ApplicantID{late}) {
		t.Errorf("after it: %v", got)
	}
}
