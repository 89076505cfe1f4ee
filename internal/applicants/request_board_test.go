package applicants

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// shortPages lists n workflows, whose IDs are their numbers, in pages of at most 40.
type shortPages struct {
	client.Client
	n int
}

func (p shortPages) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	at, _ := strconv.Atoi(string(r.GetNextPageToken()))
	out := &workflowservice.ListWorkflowExecutionsResponse{}
	for ; at < p.n && len(out.GetExecutions()) < 40; at++ {
		out.Executions = append(out.Executions, &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: strconv.Itoa(at)}})
	}
	if at < p.n {
		out.NextPageToken = []byte(strconv.Itoa(at))
	}
	return out, nil
}

// TestABoardHasAllThatWaits: however many requests are open, each is on the board, in the
// list's order, but those that are not for who looks; what cannot be known is an error.
func TestABoardHasAllThatWaits(t *testing.T) {
	s := &Service{Config: Config{Temporal: shortPages{n: 1001}}}
	got, err := lookedAt(t.Context(), s, "", func(_ context.Context, id string) (int, error) {
		n, err := strconv.Atoi(id)
		if err == nil && n%3 == 0 {
			err = Unknown(nil)
		}
		return n, err
	})
	if err != nil || len(got) != 667 || got[0] != 1 || got[666] != 1000 || !slices.IsSorted(got) {
		t.Errorf("%d, %v, %v", len(got), got, err)
	}
	broken := errors.New("no worker answers")
	if _, err := lookedAt(t.Context(), s, "", func(context.Context, string) (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
}
