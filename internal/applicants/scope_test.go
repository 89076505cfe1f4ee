package applicants

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func (v *visibility) CountWorkflow(_ context.Context, r *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	v.counted = append(v.counted, r.GetQuery())
	return &workflowservice.CountWorkflowExecutionsResponse{}, nil
}

// TestListsAreWithinTheScope: whatever a page asks for, the engine is asked for the
// programs of who asks, and not at all when those and the filter's have none in
// common.
func TestListsAreWithinTheScope(t *testing.T) {
	w := newWorld(t)
	v := &visibility{t: t}
	s := New(Config{Temporal: v, Programs: w.Programs})
	in := Within(t.Context(), []string{"one", "two"})
	for _, tt := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, " AND Program IN ('one', 'two')"},
		{Filter{Program: "three"}, " AND Program = 'three' AND Program IN ('one', 'two')"},
		{Filter{Programs: []string{"two", "three"}}, " AND Program IN ('two')"},
	} {
		if _, err := s.List(in, tt.f); err != nil {
			t.Fatal(err)
		}
		if got := v.asked[len(v.asked)-1].GetQuery(); got != every+tt.want {
			t.Errorf("%+v: %s", tt.f, got)
		}
	}
	v.never = true
	if page, err := s.List(in, Filter{Programs: []string{"three"}}); err != nil || page.Items == nil || len(page.Items) > 0 {
		t.Errorf("nothing in common: %+v, %v", page, err)
	}
	if _, _, err := s.Counts(in); err != nil {
		t.Fatal(err)
	}
	if _, err := s.FailedCounts(in, ""); err != nil {
		t.Fatal(err)
	}
	for _, q := range v.counted {
		if !strings.Contains(q, " AND Program IN ('one', 'two')") {
			t.Errorf("counted beyond the scope: %s", q)
		}
	}
	if len(v.counted) < 4 {
		t.Errorf("%d counts", len(v.counted))
	}
	if _, err := (Filter{Programs: []string{"x') OR ('a' = 'a"}}).query(); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("a program that is none: %v", err)
	}
}

// TestCaseOutsideTheScope is as unknown as one that there never was.
func TestCaseOutsideTheScope(t *testing.T) {
	w := newWorld(t)
	id := onboarding.ApplicantID("0198c0de-0000-7000-8000-000000000001")
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id, Program: "one"}
	if v, err := w.StaffView(Within(t.Context(), []string{"two", "one"}), id); err != nil || v.Applicant != id {
		t.Fatalf("in scope: %+v, %v", v, err)
	}
	v, err := w.StaffView(Within(t.Context(), []string{"two"}), id)
	_, nobody := w.StaffView(t.Context(), "0198c0de-0000-7000-8000-000000000002")
	if onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant || err.Error() != nobody.Error() || v.Applicant != "" {
		t.Errorf("%+v, %v; nobody: %v", v, err, nobody)
	}
	// A run cannot name them either, and nothing of it begins.
	run := BulkRequest{ID: uuid.NewString(), Action: workflows.BulkRetry, Reason: "vendor is back", By: "staff:ops:1",
		Marked: []workflows.BulkItem{{Applicant: id, Check: onboarding.CheckEmail, Round: 1}}}
	if err := w.StartBulk(Within(t.Context(), []string{"two"}), run); onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		t.Errorf("a run that names them: %v", err)
	}
}

// TestRunsInScope: one sees the runs that reach their own programs alone.
func TestRunsInScope(t *testing.T) {
	in := Within(t.Context(), []string{"one", "two"})
	for _, tt := range []struct {
		m    workflows.BulkMatch
		want bool
	}{
		{workflows.BulkMatch{Program: "one"}, true}, {workflows.BulkMatch{Programs: []string{"two"}}, true}, {workflows.BulkMatch{Programs: []string{"one", "two"}}, true},
		{workflows.BulkMatch{}, false}, {workflows.BulkMatch{Program: "three"}, false}, {workflows.BulkMatch{Programs: []string{"two", "three"}}, false},
	} {
		if got := runInScope(in, tt.m); got != tt.want || !runInScope(t.Context(), tt.m) {
			t.Errorf("%+v: %v", tt.m, got)
		}
	}
}
