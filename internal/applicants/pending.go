package applicants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Progress is what Temporal knows of a case beyond its own state: whether anything
// has happened, and what is being tried now.
type Progress struct {
	// Version changes with everything that happens in the case. It is the workflow's
	// run and the length of its history; "kept" when the workflow is gone.
	Version string
	Tries   []Try
}

// Try is a call to a vendor that is tried until it comes off or its budget is spent.
type Try struct {
	Vendor  string
	Attempt int             // the one under way or, between two, the next; from 1
	Of      int             // how many there are before ops are called; 0: no end
	Last    onboarding.Code // why the last one did not come off; empty on the first
	Next    time.Time       // when it is tried again; zero while it is being tried
}

// Progress looks at the workflow from outside: no workflow task is made for it, so
// it may be asked often. Errors: the engine's.
func (s *Service) Progress(ctx context.Context, id onboarding.ApplicantID) (Progress, error) {
	d, err := s.Temporal.DescribeWorkflowExecution(ctx, id.WorkflowID(), "")
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return Progress{Version: "kept"}, nil
	}
	if err != nil {
		return Progress{}, failure(err)
	}
	info := d.GetWorkflowExecutionInfo()
	out := Progress{Version: fmt.Sprintf("%s.%d.%d", info.GetExecution().GetRunId(), info.GetHistoryLength(), info.GetStatus())}
	if s.asked.away(id.WorkflowID(), askSoon) {
		out.Version += ".away" // a page that could not be shown whole is shown again
	}
	for _, p := range d.GetPendingActivities() {
		vendor, ok := strings.CutPrefix(p.GetActivityOptions().GetTaskQueue().GetName(), vendorQueues)
		if !ok {
			continue // our own steps: nothing that staff wait for
		}
		t := Try{Vendor: vendor, Attempt: int(p.GetAttempt()), Of: int(p.GetMaximumAttempts()), Last: codeOfTry(p)}
		if next := p.GetNextAttemptScheduleTime(); next != nil {
			t.Next = next.AsTime()
		}
		out.Version += fmt.Sprintf(".%s%d", vendor, t.Attempt)
		out.Tries = append(out.Tries, t)
	}
	return out, nil
}

// vendorQueues is what the vendors' task queues begin with; see
// workflows.VendorQueue.
var vendorQueues = strings.TrimSuffix(workflows.VendorQueue("kickbox"), "kickbox")

// codeOfTry reads why a try did not come off. A failure's type passes no codec; its
// words do, and are not read.
func codeOfTry(p *workflowpb.PendingActivityInfo) onboarding.Code {
	f := p.GetLastFailure()
	switch {
	case f == nil:
		return ""
	case f.GetTimeoutFailureInfo() != nil:
		return onboarding.CodeVendorDown
	case f.GetApplicationFailureInfo().GetType() != "":
		return onboarding.Code(f.GetApplicationFailureInfo().GetType())
	}
	return onboarding.CodeInternal
}
