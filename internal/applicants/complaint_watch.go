package applicants

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// watchComplaint sees to it that a complaint does not lie beyond its day.
func (s *Service) watchComplaint(ctx context.Context, c Complaint) error {
	_, err := s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.ComplaintWatchID(c.Number), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, StaticSummary: "A complaint waits for its answer"},
		workflows.ComplaintWatchName, workflows.ComplaintWatchIn{Applicant: c.Applicant, Number: c.Number, Program: c.Program, Due: c.Due})
	return failure(err)
}

// complaintAnswered ends the watch. One that is not there was of before there were any, or
// has found it out by itself.
func (s *Service) complaintAnswered(ctx context.Context, number string) error {
	err := s.Temporal.SignalWorkflow(ctx, workflows.ComplaintWatchID(number), "", workflows.SignalComplaintAnswered, nil)
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return nil
	}
	return failure(err)
}

// EscalateComplaint notes on a complaint that is not answered by its day that it is
// escalated, and has the privacy officer of its program told of it, once: what a try that
// was cut off had begun to send is not sent again, since the board says it all the same.
func (s *Service) EscalateComplaint(ctx context.Context, in workflows.EscalateComplaintIn, tell func(ctx context.Context, to string) error) (open bool, err error) {
	first := false
	c, err := s.complaints().Change(ctx, complaintKey(in.Applicant, in.Number), func(c Complaint) (Complaint, error) {
		if first = c.Number != "" && c.Open() && c.EscalatedAt.IsZero(); first {
			c.EscalatedAt = s.Now().UTC()
		}
		return c, nil
	})
	if err != nil {
		return false, err
	}
	to := s.programOf(in.Program).PrivacyOfficer
	if !first || to == "" {
		return c.Number != "" && c.Open(), nil
	}
	if err := tell(ctx, to); err != nil {
		_, undone := s.complaints().Change(context.WithoutCancel(ctx), complaintKey(in.Applicant, in.Number), func(c Complaint) (Complaint, error) {
			c.EscalatedAt = time.Time{}
			return c, nil
		})
		return false, errors.Join(err, undone)
	}
	return c.Open(), nil
}
