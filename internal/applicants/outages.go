package applicants

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/vouchsafe/vouchsafe/workflows"
)

const (
	mostOutages = 50
	// askOutage is how long one watch is waited for: where no worker answers, what
	// the list says is enough.
	askOutage = 250 * time.Millisecond
	// askVendor is that for the page of the vendors, which tells also why one is paused.
	askVendor = 2 * time.Second
	// outagesFor is how long all who look share an answer: every page of the console
	// asks.
	outagesFor = time.Second
	// outagesStale is how long the one before is shown while it is asked anew, so that
	// no page waits for it.
	outagesStale = 5 * time.Second
)

var outagesSharing = sharing{fresh: outagesFor, wait: func(age, _ time.Duration) (time.Duration, bool) { return 0, age < outagesStale }}

// allOutages is the key of the one question about them.
const allOutages = ""

// Outages gives the vendors that do not answer or are paused at this time, by name:
// one line a vendor, however many applicants wait. A watch that does not answer in
// time, as when no worker runs, is taken from the list and from what it told last; who
// asks then for the first time gets no number of workers, and not who paused it and
// why. It may be some seconds old. Errors are those of the list.
func (s *Service) Outages(ctx context.Context) ([]workflows.VendorOutage, error) {
	found, err := s.out.get(ctx, allOutages, time.Now, outagesSharing, func(ctx context.Context, _ []workflows.VendorOutage) ([]workflows.VendorOutage, error) {
		return s.outages(ctx, askOutage)
	})
	return slices.Clone(found), err
}

// outages asks now, each watch for within at most.
func (s *Service) outages(ctx context.Context, within time.Duration) ([]workflows.VendorOutage, error) {
	listed, err := s.watches(ctx)
	if err != nil {
		return nil, err
	}
	var all sync.WaitGroup
	for i := range listed {
		all.Go(func() { listed[i] = s.told(ctx, listed[i], within) })
	}
	all.Wait()
	out := []workflows.VendorOutage{}
	for _, o := range listed {
		if !o.Since.IsZero() || !o.Pause.Since.IsZero() {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b workflows.VendorOutage) int { return strings.Compare(a.Vendor, b.Vendor) })
	return out, nil
}

// told is what a watch tells or, when it does not answer, what it told last, if the
// list still has it so.
func (s *Service) told(ctx context.Context, listed workflows.VendorOutage, within time.Duration) workflows.VendorOutage {
	id := workflows.VendorWatchID(listed.Vendor)
	now, err := soon(ctx, &s.asked, id, within, func(ctx context.Context) (workflows.VendorOutage, error) { return s.outage(ctx, id) })
	if err == nil {
		s.watched.put(id, now, mostOutages)
		return now
	}
	was, ok := s.watched.get(id)
	if ok && was.Since.IsZero() == listed.Since.IsZero() && was.Pause.Since.IsZero() == listed.Pause.Since.IsZero() {
		return was
	}
	return listed
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
	var out workflows.VendorOutage
	err := s.queryAt(ctx, id, workflows.QueryVendorOutage, &out)
	return out, err
}
