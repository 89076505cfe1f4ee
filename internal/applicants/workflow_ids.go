package applicants

import (
	"context"
	"iter"

	"go.temporal.io/api/workflowservice/v1"
)

// workflowIDs gives the IDs of all workflows that a query finds, a page of at most size at
// a time, in Temporal's order. It ends with the first error.
func (s *Service) workflowIDs(ctx context.Context, query string, size int32) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for token := []byte(nil); ; {
			page, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: size, NextPageToken: token})
			if err != nil {
				yield(nil, failure(err))
				return
			}
			var ids []string
			for _, w := range page.GetExecutions() {
				ids = append(ids, w.GetExecution().GetWorkflowId())
			}
			if token = page.GetNextPageToken(); !yield(ids, nil) || len(token) == 0 {
				return
			}
		}
	}
}
