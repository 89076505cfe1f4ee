package applicants

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

var purgeForm = regexp.MustCompile(`^[0-9]{8}-[0-9]{9}-[0-9a-f]{8}$`)

// Purge tells how far a purge is. CodeInvalid for one that there is not.
func (s *Service) Purge(ctx context.Context, id string) (workflows.PurgeState, error) {
	var p workflows.PurgeState
	unknown := onboarding.Invalid("purge", "There is no such purge.", "Choose one of the list.")
	if !purgeForm.MatchString(id) {
		return p, unknown
	}
	err := s.getJSON(ctx, purgeHeadKey(id), &p)
	if s.Objects.IsMissing(err) {
		return p, unknown
	}
	if err != nil || p.Over() {
		return p, err
	}
	// What was kept last may be older than what the workflow knows, which a worker tells.
	var now workflows.PurgeState
	if s.queryAt(ctx, p.Workflow, workflows.QueryPurgeProgress, &now) == nil && now.ID == p.ID {
		p = now
	}
	if p.Over() {
		return p, nil
	}
	closed, err := s.purgeClosed(ctx, p)
	if err != nil || closed.IsZero() {
		return p, err
	}
	// Its workflow is no more: either it has said so meanwhile, or it never did.
	var last workflows.PurgeState
	if err := s.getJSON(ctx, purgeHeadKey(id), &last); err != nil || last.Over() {
		return last, err
	}
	p.Lost, p.Ended = true, closed
	return p, nil
}

// ofRun reports whether a purge is of a run of the workflow, the first of those that go
// on from it. Of one that does not say so the ID ends with how that one's begins, which
// others of the same minute do as well.
func ofRun(p workflows.PurgeState, run string) bool {
	if p.Run != "" {
		return p.Run == run
	}
	end := p.ID[strings.LastIndexByte(p.ID, '-')+1:]
	return end != "" && strings.HasPrefix(run, end)
}

// purgeClosed tells since when a purge's workflow is no more; zero while it runs.
func (s *Service) purgeClosed(ctx context.Context, p workflows.PurgeState) (time.Time, error) {
	d, err := s.Temporal.DescribeWorkflowExecution(ctx, p.Workflow, "")
	var gone *serviceerror.NotFound
	switch {
	case errors.As(err, &gone): // long over, and cleared away
		return p.Begun, nil
	case err != nil:
		return time.Time{}, failure(err)
	}
	info := d.GetWorkflowExecutionInfo()
	switch {
	case !ofRun(p, info.GetFirstRunId()): // another one has its place
		return info.GetStartTime().AsTime(), nil
	case info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return time.Time{}, nil
	}
	return info.GetCloseTime().AsTime(), nil
}

// mostOpen is among how many of the newest purges one that is open is looked for.
const mostOpen = 50

// openPurge gives the newest purge that is not over; nil when all are.
func (s *Service) openPurge(ctx context.Context) (*workflows.PurgeState, error) {
	all, err := s.Purges(ctx, mostOpen)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if !p.Over() {
			return &p, nil
		}
	}
	return nil, nil
}

// Purges lists the newest purges, most of them at most, the newest first.
func (s *Service) Purges(ctx context.Context, most int) ([]workflows.PurgeState, error) {
	ids, err := s.purgeIDs(ctx)
	if err != nil {
		return nil, err
	}
	out := []workflows.PurgeState{}
	for _, id := range ids[:min(most, len(ids))] {
		p, err := s.Purge(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// purgeIDs lists all purges, the newest first.
func (s *Service) purgeIDs(ctx context.Context) ([]string, error) {
	var ids []string
	for key, err := range s.Objects.List(ctx, purgePrefix) {
		if err != nil {
			return nil, err
		}
		if id, ok := strings.CutSuffix(strings.TrimPrefix(key, purgePrefix), "/head"); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids) // they begin with when they began
	slices.Reverse(ids)
	return ids, nil
}

// Due gives what a purge found due, with what has come of it, from a number on and at
// most so many.
func (s *Service) Due(ctx context.Context, p workflows.PurgeState, from, most int) ([]DueAnswer, error) {
	to := min(from+most, p.Found.Total)
	if from < 0 || from >= to {
		return []DueAnswer{}, nil
	}
	items, err := readList[DueItem](ctx, s, purgeListKey(p.ID), from, to)
	if err != nil {
		return nil, err
	}
	out := make([]DueAnswer, len(items))
	for i, d := range items {
		out[i] = DueAnswer{DueItem: d}
	}
	for at := from / purgeAnswers * purgeAnswers; at < min(to, p.Next); at += purgeAnswers {
		var answers []DueAnswer
		if err := s.getJSON(ctx, purgeAnswersKey(p.ID, at), &answers); err != nil {
			return nil, err
		}
		for i, a := range answers {
			if n := at + i - from; n >= 0 && n < len(out) {
				out[n] = a
			}
		}
	}
	return out, nil
}

// purgeAnswers is how many answers lie in one object: a part's.
const purgeAnswers = workflows.PurgePart
