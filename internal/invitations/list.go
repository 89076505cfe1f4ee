package invitations

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Filter narrows a listing. Empty members do not narrow.
type Filter struct {
	State    onboarding.InvitationState
	Programs []string
	Batch    string
	Limit    int    // 1 to 500; 0 means 50
	Cursor   string // from the page before
}

// Line is one invitation in a listing.
type Line struct {
	Ref     onboarding.InvitationRef   `json:"ref"`
	State   onboarding.InvitationState `json:"state"`
	Program string                     `json:"program"`
	Batch   string                     `json:"batch"`
	Made    time.Time                  `json:"made"` // when the address was first invited, as far as is remembered
}

// Page is one page of a listing.
type Page struct {
	Items      []Line
	NextCursor string // empty on the last page
}

var programForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,40}$`)

func (f Filter) query() (string, error) {
	parts := []string{ofType, "ExecutionStatus != 'ContinuedAsNew'"}
	if f.State != "" {
		if !f.State.Known() {
			return "", onboarding.Invalid("state", "There is no such state.", "Use one of those that the API's document lists.")
		}
		parts = append(parts, fmt.Sprintf("Stage = '%s'", f.State))
	}
	var programs []string
	for _, p := range f.Programs {
		if !programForm.MatchString(p) {
			return "", onboarding.Invalid("program", "There is no such program.", "Use a program's ID.")
		}
		programs = append(programs, "'"+p+"'")
	}
	if len(programs) > 0 {
		parts = append(parts, "Program IN ("+strings.Join(programs, ", ")+")")
	}
	if f.Batch != "" {
		if uuid.Validate(f.Batch) != nil {
			return "", onboarding.Invalid("batch", "There is no such list.", "Use a list's ID.")
		}
		parts = append(parts, fmt.Sprintf("Batch = '%s'", f.Batch))
	}
	return strings.Join(parts, " AND "), nil
}

// List gives one page of invitations, newest first.
func (s *Service) List(ctx context.Context, f Filter) (Page, error) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > 500 {
		return Page{}, onboarding.Invalid("limit", "The limit is a number from 1 to 500.", "Leave it out for 50.")
	}
	token, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	if err != nil {
		return Page{}, badCursor()
	}
	query, err := f.query()
	if err != nil {
		return Page{}, err
	}
	answer, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: int32(f.Limit), NextPageToken: token})
	var wrong *serviceerror.InvalidArgument
	if errors.As(err, &wrong) && f.Cursor != "" {
		return Page{}, badCursor()
	}
	if err != nil {
		return Page{}, failure(err)
	}
	page := Page{Items: []Line{}, NextCursor: base64.RawURLEncoding.EncodeToString(answer.GetNextPageToken())}
	for _, e := range answer.GetExecutions() {
		ref, ok := onboarding.InvitationOfWorkflow(e.GetExecution().GetWorkflowId())
		if !ok {
			continue
		}
		a := e.GetSearchAttributes()
		page.Items = append(page.Items, Line{Ref: ref, State: stateOf(a), Program: ref.Program, Batch: attribute(a, workflows.SearchBatch.GetName()), Made: e.GetStartTime().AsTime()})
	}
	return page, nil
}

func badCursor() error {
	return onboarding.Invalid("cursor", "That cursor is not one of ours.", "Use next_cursor from the page before, or leave it out.")
}

// Counts gives how many invitations are in each state, of those that a filter lets
// through; its state does not narrow.
func (s *Service) Counts(ctx context.Context, f Filter) (map[onboarding.InvitationState]int, error) {
	f.State = ""
	query, err := f.query()
	if err != nil {
		return nil, err
	}
	out := map[onboarding.InvitationState]int{}
	answer, err := s.Temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query + " GROUP BY Stage"})
	if err == nil {
		for _, g := range answer.GetGroups() {
			var state onboarding.InvitationState
			if len(g.GetGroupValues()) == 1 && converter.GetDefaultDataConverter().FromPayload(g.GetGroupValues()[0], &state) == nil && state.Known() {
				out[state] += int(g.GetCount())
			}
		}
		return out, nil
	}
	// Where the engine groups by status only, each state is counted by itself.
	for _, state := range onboarding.InvitationStates() {
		answer, err := s.Temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: fmt.Sprintf("%s AND Stage = '%s'", query, state)})
		if err != nil {
			return nil, failure(err)
		}
		out[state] = int(answer.GetCount())
	}
	return out, nil
}

// Batches lists the newest lists, at most limit: those whose every program
// may lets through.
func (s *Service) Batches(ctx context.Context, limit int, may func(program string) bool) ([]workflows.InvitationBatchView, error) {
	if may == nil {
		may = anything
	}
	answer, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: int32(limit),
		Query: "WorkflowType = '" + workflows.InvitationBatchName + "' AND ExecutionStatus = 'Running'"})
	if err != nil {
		return nil, failure(err)
	}
	var out []workflows.InvitationBatchView
	for _, e := range answer.GetExecutions() {
		id, ok := strings.CutPrefix(e.GetExecution().GetWorkflowId(), workflows.InvitationBatchID(""))
		if !ok {
			continue
		}
		v, err := s.view(ctx, id)
		if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
			continue // over since
		}
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(v.Programs, func(p string) bool { return !may(p) }) {
			out = append(out, v)
		}
	}
	return out, nil
}

// Answers gives what came of the lines of a list that were dealt with so far.
func (s *Service) Answers(ctx context.Context, v workflows.InvitationBatchView) ([]workflows.BatchAnswer, error) {
	var out []workflows.BatchAnswer
	for from := 0; from < v.Next; {
		var part []workflows.BatchAnswer
		if err := s.get(ctx, onboarding.BatchAnswersKey(v.ID, from), &part); err != nil {
			return nil, err
		}
		if len(part) == 0 {
			return nil, fmt.Errorf("invitations: the answers of list %s are not readable", v.ID)
		}
		out = append(out, part...)
		from += len(part)
	}
	return out, nil
}

// Withdraw ends an invitation that is open; CodeNotNow for another.
func (s *Service) Withdraw(ctx context.Context, ref onboarding.InvitationRef, by workflows.Actor) (workflows.InvitationView, error) {
	var v workflows.InvitationView
	return v, s.told(ctx, ref, workflows.UpdateWithdrawInvitation, workflows.WithdrawInvitation{Actor: by}, &v)
}
