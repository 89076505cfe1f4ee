package applicants

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const (
	defaultLimit = 50
	maxLimit     = 500
)

// Nobody as a filter's recruiter asks for cases that are assigned to none.
const Nobody = "nobody"

// Of more than one value.
const (
	// UnderWay as a filter's stage asks for those who have handed in and are neither
	// certified nor over.
	UnderWay onboarding.Stage = "under-way"
	// Others as a filter's attention asks for those who do not wait for the applicant.
	Others onboarding.Attention = "others"
)

// stagesUnderWay are the stages that UnderWay asks for.
var stagesUnderWay = []onboarding.Stage{onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification}

// others are the attentions that Others asks for.
func others() []onboarding.Attention {
	return slices.DeleteFunc(onboarding.Attentions(), func(a onboarding.Attention) bool { return a == onboarding.AttentionApplicant })
}

// single gives filters that together let through what f does, each asking for one
// stage and one attention.
func (f Filter) single() []Filter {
	stages, attentions := []onboarding.Stage{f.Stage}, []onboarding.Attention{f.Attention}
	if f.Stage == UnderWay {
		stages = stagesUnderWay
	}
	if f.Attention == Others {
		attentions = others()
	}
	var out []Filter
	for _, f.Stage = range stages {
		for _, f.Attention = range attentions {
			out = append(out, f)
		}
	}
	return out
}

// oneOf is the condition that an attribute has one of the values.
func oneOf[T ~string](name string, values []T) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = "'" + string(v) + "'"
	}
	return name + " IN (" + strings.Join(quoted, ", ") + ")"
}

// Query gives the filter as a query of Temporal's, for its Web UI.
//
// Errors: CodeInvalid for a filter that is none.
func (f Filter) Query() (string, error) { return f.query() }

// Span is a stretch of time: From and later, before To. A zero end is open.
type Span struct{ From, To time.Time }

// none reports whether the span narrows nothing.
func (s Span) none() bool { return s.From.IsZero() && s.To.IsZero() }

// has reports whether a time lies in the span; none does in one that narrows.
func (s Span) has(at time.Time) bool {
	if s.none() {
		return true
	}
	return !at.IsZero() && !at.Before(s.From) && (s.To.IsZero() || at.Before(s.To))
}

// base is what every listing asks for: applicants' cases, each once.
func (f Filter) base() []string {
	status := "ExecutionStatus != 'ContinuedAsNew'"
	if f.Open {
		status = "ExecutionStatus = 'Running'"
	}
	return []string{"WorkflowType = '" + workflows.OnboardName + "'", status}
}

// query is the visibility query of a filter. Every value in it is one of ours
// or is checked to be a plain word, so nobody writes their own conditions.
func (f Filter) query() (string, error) {
	parts := f.base()
	add := func(name, value string, known bool) error {
		if value == "" {
			return nil
		}
		if !known {
			return onboarding.Invalid(strings.ToLower(name), fmt.Sprintf("There is no such %s.", strings.ToLower(name)), "Use one of those that the API's document lists.")
		}
		parts = append(parts, fmt.Sprintf("%s = '%s'", name, value))
		return nil
	}
	if f.Stage == UnderWay {
		parts = append(parts, oneOf("Stage", stagesUnderWay))
	} else if err := add("Stage", string(f.Stage), f.Stage.Known()); err != nil {
		return "", err
	}
	if f.Attention == Others {
		parts = append(parts, oneOf("Attention", others()))
	} else if err := add("Attention", string(f.Attention), f.Attention.Known()); err != nil {
		return "", err
	}
	if err := add("Program", f.Program, word(f.Program)); err != nil {
		return "", err
	}
	if len(f.Programs) > 0 {
		for _, p := range f.Programs {
			if !word(p) || p == "" {
				return "", onboarding.Invalid("program", "There is no such program.", "Use one of those that the API's document lists.")
			}
		}
		parts = append(parts, "Program IN ('"+strings.Join(f.Programs, "', '")+"')")
	}
	failed, err := f.failedQuery()
	if err != nil {
		return "", err
	}
	if failed != "" {
		parts = append(parts, failed)
	}
	if f.Held != "" {
		if err := add("Held", f.Held, word(f.Held)); err != nil {
			return "", err
		}
	}
	if err := add("Outcome", string(f.Outcome), f.Outcome.Known()); err != nil {
		return "", err
	}
	if err := add("Jurisdiction", f.Jurisdiction, place(f.Jurisdiction)); err != nil {
		return "", err
	}
	if f.Recruiter == Nobody {
		parts = append(parts, "Recruiter IS NULL")
	} else if err := add("Recruiter", f.Recruiter, word(f.Recruiter)); err != nil {
		return "", err
	}
	parts = append(parts, byDue.within(f.Due)...)
	parts = append(parts, bySince.within(f.Changed)...)
	parts = append(parts, byApplied.within(f.Applied)...)
	sought, err := f.Sought.query()
	if err != nil {
		return "", err
	}
	if sought != "" {
		parts = append(parts, sought)
	}
	return strings.Join(parts, " AND "), nil
}

func word(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return len(s) <= 40
}

// place reports whether it has the form of a jurisdiction's ID.
func place(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return len(s) <= 40
}

// List gives one page of applicants, in the filter's order.
//
// Errors: CodeInvalid for a filter, a limit or a cursor that is none.
func (s *Service) List(ctx context.Context, f Filter) (Page, error) {
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	if f.Limit < 1 || f.Limit > maxLimit {
		return Page{}, onboarding.Invalid("limit", fmt.Sprintf("The limit is a number from 1 to %d.", maxLimit), "Leave it out for 50.")
	}
	// An OR over two attributes would have the engine look at everybody, so who is not
	// found by the one is sought by the other.
	if other, ok := f.Sought.byContact(); ok && f.Cursor == "" {
		f.Sought.Contact = ""
		page, err := s.List(ctx, f)
		if err != nil || len(page.Items) > 0 {
			return page, err
		}
		f.Sought = other
	}
	f, some := f.scoped(ctx)
	if f.Order != Unsorted {
		return s.listSorted(ctx, f, some)
	}
	query, err := f.query()
	if err != nil {
		return Page{}, err
	}
	token, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	if err != nil {
		return Page{}, badCursor()
	}
	if !some {
		return Page{Items: []Line{}}, nil
	}
	lines, token, err := s.lines(ctx, query, f.Limit, token)
	if err != nil {
		return Page{}, err
	}
	return Page{Items: lines, NextCursor: base64.RawURLEncoding.EncodeToString(token)}, nil
}

// lines asks the engine for one page, in the engine's own order.
func (s *Service) lines(ctx context.Context, query string, limit int, token []byte) ([]Line, []byte, error) {
	answer, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: int32(limit), NextPageToken: token})
	if err != nil {
		if len(token) > 0 && !troubled(err) {
			return nil, nil, badCursor()
		}
		return nil, nil, failure(err)
	}
	out := []Line{}
	for _, e := range answer.GetExecutions() {
		if l, ok := lineOf(e); ok {
			out = append(out, l)
		}
	}
	return out, answer.GetNextPageToken(), nil
}

// lineOf reads an execution as a line; ok is false for what is no applicant's.
func lineOf(e *workflow.WorkflowExecutionInfo) (l Line, ok bool) {
	if l.ID, ok = onboarding.ApplicantOfWorkflow(e.GetExecution().GetWorkflowId()); !ok {
		return l, false
	}
	l.StartedAt = begunAt(l.ID, e.GetStartTime().AsTime())
	attributes := e.GetSearchAttributes().GetIndexedFields()
	read(attributes, workflows.SearchProgram.GetName(), &l.Program)
	read(attributes, workflows.SearchStage.GetName(), &l.Stage)
	read(attributes, workflows.SearchAttention.GetName(), &l.Attention)
	read(attributes, workflows.SearchOutcome.GetName(), &l.Outcome)
	read(attributes, workflows.SearchDueBy.GetName(), &l.DueBy)
	read(attributes, workflows.SearchSince.GetName(), &l.Since)
	read(attributes, workflows.SearchRecruiter.GetName(), &l.Recruiter)
	read(attributes, workflows.SearchJurisdiction.GetName(), &l.Jurisdiction)
	var tags []string
	read(attributes, workflows.SearchFailedChecks.GetName(), &tags)
	l.Failed, l.FailedAt, l.Rounds = failedOf(tags)
	return l, true
}

// begunAt is when an application was begun: an ID begins with that time (RFC 9562,
// 5.7). What a run knows is when it itself began, which is later. It gives other for
// an ID of another kind.
func begunAt(id onboarding.ApplicantID, other time.Time) time.Time {
	hex := strings.ReplaceAll(string(id), "-", "")
	if len(hex) < 13 || hex[12] != '7' {
		return other
	}
	ms, err := strconv.ParseInt(hex[:12], 16, 64)
	if err != nil {
		return other
	}
	return time.UnixMilli(ms).UTC()
}

func badCursor() error {
	return onboarding.Invalid("cursor", "That cursor is not one of ours.", "Use next_cursor from the page before, or leave it out.")
}

// read decodes one search attribute; one that is not set leaves out as it is.
func read(attributes map[string]*commonpb.Payload, name string, out any) {
	if p, ok := attributes[name]; ok {
		_ = converter.GetDefaultDataConverter().FromPayload(p, out) // of another type: as if not set
	}
}

func (s *Service) count(ctx context.Context, query string) (int, error) {
	answer, err := s.Temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
	if err != nil {
		return 0, failure(err)
	}
	return int(answer.GetCount()), nil
}
