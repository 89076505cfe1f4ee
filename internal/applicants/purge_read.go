package applicants

import (
	"context"
	"regexp"
	"slices"
	"strings"

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
	return p, nil
}

// Purges lists the newest purges, most of them at most, the newest first.
func (s *Service) Purges(ctx context.Context, most int) ([]workflows.PurgeState, error) {
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
