package applicants

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// handing is Temporal with cases that have a recruiter, and that answer as the workflow
// does: one that has changed hands is refused.
type handing struct {
	visibility
	of    map[string]string // by workflow
	ended string
	sent  []workflows.Assign
}

func (f *handing) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	in := o.Args[0].(workflows.Assign)
	f.sent = append(f.sent, in)
	if o.WorkflowID == f.ended || f.of[o.WorkflowID] != in.Was {
		return nil, temporal.NewNonRetryableApplicationError("Somebody was faster.", string(onboarding.CodeNotNow), nil)
	}
	f.of[o.WorkflowID] = in.Recruiter
	return handle{}, nil
}

func (f *handing) QueryWorkflow(_ context.Context, id, _, _ string, _ ...any) (converter.EncodedValue, error) {
	v := workflows.StaffView{Program: "support-basics", Stage: onboarding.StageVetting}
	v.Recruiter = f.of[id]
	if id == f.ended {
		v.Stage = onboarding.StageWithdrawn
	}
	p, err := converter.GetDefaultDataConverter().ToPayloads(v)
	return client.NewValue(p), err
}

type handle struct{ client.WorkflowUpdateHandle }

func (handle) Get(context.Context, any) error { return nil }

// TestRunAssignsEachCaseOnce: a case goes to who may have it, from whom the list had it;
// every other answer stands per applicant, and a part that is done again finds what it
// has done.
func TestRunAssignsEachCaseOnce(t *testing.T) {
	w := newWorld(t)
	ids := []onboarding.ApplicantID{idOf(t0, 1), idOf(t0, 2), idOf(t0, 3), idOf(t0, 4)}
	of := func(id onboarding.ApplicantID, program, recruiter string) *workflowpb.WorkflowExecutionInfo {
		tags := map[string]any{"Program": program}
		if recruiter != "" {
			tags["Recruiter"] = recruiter
		}
		return row(t, id.WorkflowID(), tags)
	}
	f := &handing{of: map[string]string{ids[1].WorkflowID(): "feedf00d", ids[3].WorkflowID(): ""}, ended: ids[3].WorkflowID(),
		visibility: visibility{t: t, rows: []*workflowpb.WorkflowExecutionInfo{of(ids[0], "support-basics", ""), of(ids[1], "support-basics", ""), of(ids[2], "other", ""), of(ids[3], "support-basics", "")}}}
	s := New(Config{Temporal: f, Vault: w.Vault, Objects: w.Objects, Programs: w.Programs, Staff: recruiters{"00000001": "support-basics"}})
	match, err := Filter{Stage: onboarding.StageVetting, Recruiter: Nobody}.ToAssign()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.GatherBulk(t.Context(), workflows.GatherBulkIn{ID: "r", Action: workflows.BulkAssign, Match: match}, func() {}); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	if q := f.asked[len(f.asked)-1].GetQuery(); !strings.Contains(q, "ExecutionStatus = 'Running'") || !strings.Contains(q, "Stage = 'vetting'") || !strings.Contains(q, "Recruiter IS NULL") {
		t.Errorf("asked for %s", q)
	}
	in := workflows.ActInBulkIn{ID: "r", Action: workflows.BulkAssign, To: 4, PerSecond: 1000, Recruiter: "00000001", Actor: "api:k"}
	for range 2 { // killed in the middle, done again
		got, err := s.ActInBulk(t.Context(), in, func() {})
		if want := (workflows.BulkTally{Done: 1, Refused: 3}); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if f.of[ids[0].WorkflowID()] != "00000001" || f.of[ids[1].WorkflowID()] != "feedf00d" || slices.ContainsFunc(f.sent, func(a workflows.Assign) bool { return a.Bulk != "r" || a.Was != "" }) {
		t.Errorf("%v, sent %+v", f.of, f.sent)
	}
	answers, err := s.BulkAnswers(t.Context(), workflows.BulkProgress{ID: "r", BulkState: workflows.BulkState{Next: 4}})
	if err != nil || len(answers) != 4 || !strings.Contains(answers[2].Says, "may not have cases of this program") || answers[1].Says == "" || answers[3].Outcome != BulkRefused {
		t.Errorf("%+v, %v", answers, err)
	}
}

// TestAssignManyIsWhole: a run that assigns needs no reason and no check, and a staff ID.
func TestAssignManyIsWhole(t *testing.T) {
	w := newWorld(t)
	match, err := Filter{Program: "support-basics"}.ToAssign()
	if err != nil {
		t.Fatal(err)
	}
	const run = "0f3c2f0e-8d0b-4b52-9a56-0c7f7d1f8a31"
	good := BulkRequest{ID: run, Action: workflows.BulkAssign, To: "00000001", Match: match, By: "staff:admin:00000002"}
	for name, breaks := range map[string]func(*BulkRequest){
		"no staff ID":      func(q *BulkRequest) { q.To = "Rosa" },
		"a check":          func(q *BulkRequest) { q.Marked = []workflows.BulkItem{{Applicant: idOf(t0, 1), Check: "email"}} },
		"no applicant":     func(q *BulkRequest) { q.Marked = []workflows.BulkItem{{Applicant: "x"}} },
		"no stage":         func(q *BulkRequest) { q.Match.Cases.Stage = "'" },
		"too fast":         func(q *BulkRequest) { q.PerSecond = MaxBulkRate + 1 },
		"a retry of cases": func(q *BulkRequest) { q.Action, q.To, q.Reason = workflows.BulkRetry, "", "x" },
		"held, retried": func(q *BulkRequest) {
			*q = BulkRequest{ID: run, Action: workflows.BulkRetry, Reason: "x", Match: workflows.BulkMatch{Held: true, Vendor: "kickbox"}}
		},
		"held, no vendor": func(q *BulkRequest) {
			*q = BulkRequest{ID: run, Action: workflows.BulkWaive, Reason: "x", Match: workflows.BulkMatch{Held: true}}
		},
		"held, by an error": func(q *BulkRequest) {
			*q = BulkRequest{ID: run, Action: workflows.BulkWaive, Reason: "x", Match: workflows.BulkMatch{Held: true, Vendor: "kickbox", Error: "X"}}
		},
	} {
		q := good
		cases := *good.Match.Cases
		q.Match.Cases = &cases
		breaks(&q)
		if err := w.StartBulk(t.Context(), q); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := good.check(); err != nil {
		t.Error(err)
	}
	if _, err := (Filter{Sought: Sought{Contact: "0"}}).ToAssign(); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("what a search finds: %v", err)
	}
	// What a run is asked for survives the way to the workflow.
	body, err := json.Marshal(match)
	var back workflows.BulkMatch
	if err != nil || json.Unmarshal(body, &back) != nil || casesOf(back).Program != "support-basics" || !casesOf(back).Open {
		t.Errorf("%s", body)
	}
}
