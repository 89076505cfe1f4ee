package applicants

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/vouchsafe/vouchsafe/workflows"
)

const (
	mostOutages = 50
	// askOutage is how long one watch is waited for: where no worker answers, what
	// the list says is enough.
	askOutage = 2 * time.Second
)

// Outages gives the vendors that do not answer or are paused at this time, by name:
// one line a vendor, however many applicants wait. A watch that does not answer in
// time, as when no worker runs, is taken from the list alone, without a number of
// workers, and without who paused it and why. Errors are those of the list.
func (s *Service) Outages(ctx context.Context) ([]workflows.VendorOutage, error) {
	listed, err := s.watches(ctx)
	if err != nil {
		return nil, err
	}
	out := []workflows.VendorOutage{}
	for _, o := range listed {
		if told, err := s.outage(ctx, workflows.VendorWatchID(o.Vendor)); err == nil {
			o = told
		}
		if !o.Since.IsZero() || !o.Pause.Since.IsZero() {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b workflows.VendorOutage) int { return strings.Compare(a.Vendor, b.Vendor) })
	return out, nil
}

// PausedVendors lists the vendors that are paused, by name. It asks the list alone,
// which answers also while no worker runs.
func (s *Service) PausedVendors(ctx context.Context) ([]string, error) {
	listed, err := s.watches(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, o := range listed {
		if !o.Pause.Since.IsZero() {
			out = append(out, o.Vendor)
		}
	}
	slices.Sort(out)
	return out, nil
}

// watches are the vendors' watches as the list has them: since when is when the watch
// began.
func (s *Service) watches(ctx context.Context) ([]workflows.VendorOutage, error) {
	answer, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: mostOutages,
		// Those that run come first. To ask for them would have the engine look at all
		// that runs, since every case does.
		Query: "WorkflowType = '" + workflows.VendorWatchName + "'"})
	if err != nil {
		return nil, failure(err)
	}
	var out []workflows.VendorOutage
	for _, e := range answer.GetExecutions() {
		if e.GetCloseTime() != nil || e.GetStatus() > enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			continue
		}
		vendor, ok := strings.CutPrefix(e.GetExecution().GetWorkflowId(), workflows.VendorWatchID(""))
		if !ok {
			continue
		}
		o := workflows.VendorOutage{Vendor: vendor}
		var tags []string
		read(e.GetSearchAttributes().GetIndexedFields(), workflows.SearchFailedChecks.GetName(), &tags)
		if slices.Contains(tags, workflows.OutTag(vendor)) {
			o.Since = e.GetStartTime().AsTime()
		}
		if slices.Contains(tags, workflows.PausedTag(vendor)) {
			o.Pause.Since = e.GetStartTime().AsTime()
		}
		out = append(out, o)
	}
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
