package applicants

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/vouchsafe/vouchsafe/workflows"
)

const (
	mostOutages = 50
	// askOutage is how long one watch is waited for: where no worker answers, what
	// the list says is enough.
	askOutage = 2 * time.Second
)

// Outages gives the vendors that do not answer at this time, by name: one line a
// vendor, however many applicants wait. A watch that does not answer in time, as
// when no worker runs, is taken from the list alone, without a number of workers.
// Errors are those of the list.
func (s *Service) Outages(ctx context.Context) ([]workflows.VendorOutage, error) {
	answer, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: mostOutages,
		Query: "WorkflowType = '" + workflows.VendorWatchName + "' AND ExecutionStatus = 'Running'"})
	if err != nil {
		return nil, failure(err)
	}
	out := []workflows.VendorOutage{}
	for _, e := range answer.GetExecutions() {
		id := e.GetExecution().GetWorkflowId()
		vendor, ok := strings.CutPrefix(id, workflows.VendorWatchID(""))
		if !ok {
			continue
		}
		outage := workflows.VendorOutage{Vendor: vendor, Since: e.GetStartTime().AsTime()}
		if told, err := s.outage(ctx, id); err == nil && !told.Since.IsZero() {
			outage = told
		}
		out = append(out, outage)
	}
	slices.SortFunc(out, func(a, b workflows.VendorOutage) int { return strings.Compare(a.Vendor, b.Vendor) })
	return out, nil
}

func (s *Service) outage(ctx context.Context, id string) (workflows.VendorOutage, error) {
	ctx, cancel := context.WithTimeout(ctx, askOutage)
	defer cancel()
	var out workflows.VendorOutage
	value, err := s.Temporal.QueryWorkflow(ctx, id, "", workflows.QueryVendorOutage)
	if err != nil {
		return out, err
	}
	return out, value.Get(&out)
}
