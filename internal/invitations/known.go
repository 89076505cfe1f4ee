package invitations

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/errgroup"

	commonpb "go.temporal.io/api/common/v1"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// askedAtOnce is how many look-ups are on their way at a time.
const askedAtOnce = 8

// askedOneByOne is how many people are looked up each by themselves; of more, all
// invitations of their programs are listed.
const askedOneByOne = 100

// known finds for each person whether they can be invited.
func (s *Service) known(ctx context.Context, people []Person) ([]Fact, error) {
	states, err := s.invitedAlready(ctx, people)
	if err != nil {
		return nil, err
	}
	out := make([]Fact, len(people))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(askedAtOnce)
	for i, p := range people {
		all.Go(func() error {
			f := &out[i]
			f.Outcome = workflows.OutcomeReady
			stopped, err := s.Objects.Has(ctx, onboarding.NotInvitedKey(p.Ref.Contact))
			if err != nil {
				return err
			}
			if stopped {
				f.Outcome, f.Says = workflows.OutcomeNotInvited, "This person has asked not to be invited."
				return nil
			}
			if state, ok := states[p.Ref]; ok {
				f.Outcome, f.Says = before(state)
				return nil
			}
			applying, err := s.Applicants.Applying(ctx, p.Ref.Program, p.Ref.Contact)
			if err == nil && applying {
				f.Outcome, f.Says = workflows.OutcomeApplicant, "This person has an application open for this program."
			}
			return err
		})
	}
	return out, all.Wait()
}

// before is what an earlier invitation means for a new one.
func before(state onboarding.InvitationState) (workflows.BatchOutcome, string) {
	if state.Again() {
		return workflows.OutcomeAgain, "Invited before: " + lower(workflows.InvitationWords(state)) + "."
	}
	return workflows.OutcomeAlready, "Invited already: " + lower(workflows.InvitationWords(state)) + "."
}

func lower(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]|0x20) + s[1:]
}

// invitedAlready gives the states of the invitations that there are.
func (s *Service) invitedAlready(ctx context.Context, people []Person) (map[onboarding.InvitationRef]onboarding.InvitationState, error) {
	out := map[onboarding.InvitationRef]onboarding.InvitationState{}
	if len(people) > askedOneByOne {
		programs := map[string]bool{}
		for _, p := range people {
			if programs[p.Ref.Program] {
				continue
			}
			programs[p.Ref.Program] = true
			query := fmt.Sprintf("%s AND Program = '%s' AND ExecutionStatus = 'Running'", ofType, p.Ref.Program)
			if err := s.each(ctx, query, func(ref onboarding.InvitationRef, e *workflow.WorkflowExecutionInfo) {
				out[ref] = stateOf(e.GetSearchAttributes())
			}); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	found := make([]onboarding.InvitationState, len(people))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(askedAtOnce)
	for i, p := range people {
		all.Go(func() error {
			d, err := s.Temporal.DescribeWorkflowExecution(ctx, p.Ref.WorkflowID(), "")
			var gone *serviceerror.NotFound
			if errors.As(err, &gone) {
				return nil
			}
			if err == nil && d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
				found[i] = stateOf(d.GetWorkflowExecutionInfo().GetSearchAttributes())
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	for i, state := range found {
		if state != "" {
			out[people[i].Ref] = state
		}
	}
	return out, nil
}

const ofType = "WorkflowType = '" + workflows.InvitationName + "'"

// listed is how many invitations a page of Temporal's list has.
const listed = 1000

func (s *Service) each(ctx context.Context, query string, do func(onboarding.InvitationRef, *workflow.WorkflowExecutionInfo)) error {
	var next []byte
	for {
		answer, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: listed, NextPageToken: next})
		if err != nil {
			return failure(err)
		}
		for _, e := range answer.GetExecutions() {
			if ref, ok := onboarding.InvitationOfWorkflow(e.GetExecution().GetWorkflowId()); ok {
				do(ref, e)
			}
		}
		if next = answer.GetNextPageToken(); len(next) == 0 {
			return nil
		}
	}
}

// stateOf reads the state from search attributes; waiting when there is none yet.
func stateOf(a *commonpb.SearchAttributes) onboarding.InvitationState {
	if state := onboarding.InvitationState(attribute(a, workflows.SearchStage.GetName())); state.Known() {
		return state
	}
	return onboarding.InvitationWaiting
}

func attribute(a *commonpb.SearchAttributes, name string) string {
	var v string
	if p, ok := a.GetIndexedFields()[name]; ok {
		_ = converter.GetDefaultDataConverter().FromPayload(p, &v) // of another type: as if not set
	}
	return v
}
