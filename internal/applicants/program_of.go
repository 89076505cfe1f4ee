package applicants

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// programsKnown is how many applicants' programs are remembered at most.
const programsKnown = 20_000

// ProgramOf tells an applicant's program from what Temporal lists, without asking a
// worker: it answers while none runs, and from within what a workflow waits for.
// CodeUnknownApplicant when there is no such applicant.
func (s *Service) ProgramOf(ctx context.Context, id onboarding.ApplicantID) (string, error) {
	program, ok := s.programs.get(id) // it never changes
	if ok {
		return program, nil
	}
	answer, err := s.Temporal.DescribeWorkflowExecution(ctx, id.WorkflowID(), "")
	if err == nil {
		read(answer.GetWorkflowExecutionInfo().GetSearchAttributes().GetIndexedFields(), workflows.SearchProgram.GetName(), &program)
	}
	if program == "" { // cleared away, or not yet indexed
		kept, kerr := s.summary(ctx, id)
		switch {
		case kerr == nil:
			program = kept.Program
		case err != nil:
			return "", failure(err)
		}
	}
	if program == "" {
		return "", Unknown(nil)
	}
	s.programs.put(id, program, programsKnown)
	return program, nil
}
