package applicants

import (
	"context"
	"strings"
	"testing"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// few is Temporal with so many in each stage, in whichever month.
type few struct {
	client.Client
	n map[onboarding.Stage]int64
}

func (c few) CountWorkflow(_ context.Context, r *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	out := &workflowservice.CountWorkflowExecutionsResponse{}
	for stage, n := range c.n {
		if strings.Contains(r.GetQuery(), "'"+string(stage)+"'") {
			out.Count = n
		}
	}
	return out, nil
}

// TestStatisticsOfFew: no count of fewer people than the minimum comes out of the service, no
// month that is not over, and no other program's than the caller's.
//
// Promise 18, 43.
func TestStatisticsOfFew(t *testing.T) {
	s := newWorld(t).Service
	s.Temporal = few{n: map[onboarding.Stage]int64{onboarding.StageVetting: 10, onboarding.StageValidation: 11, onboarding.StageDeclined: 400, onboarding.StageExpired: 1}}
	got, err := s.Statistics(t.Context(), "support-basics", "", "")
	if err != nil || len(got) == 0 {
		t.Fatalf("%v, %v", got, err)
	}
	for _, g := range got {
		if g.Count < 11 || g.Program != "support-basics" || g.Stage != onboarding.StageValidation && g.Stage != onboarding.StageDeclined || g.Month >= t0.UTC().Format(monthForm) {
			t.Errorf("%+v", g)
		}
	}
	if _, err := s.Statistics(t.Context(), "", "", t0.UTC().Format(monthForm)); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("the month that is not over: %v", err)
	}
	theirs := Within(t.Context(), []string{"health-line"})
	if _, err := s.Statistics(theirs, "support-basics", "", ""); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("another's program: %v", err)
	}
	if got, err = s.Statistics(theirs, "", "", ""); err != nil || len(got) == 0 {
		t.Errorf("%v, %v", got, err)
	}
	for _, g := range got {
		if g.Program != "health-line" {
			t.Errorf("another's program: %+v", g)
		}
	}
}
