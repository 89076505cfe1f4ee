package applicants

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// othersSeen are the answers of a run that are not that it is done, as far as they
// have been read.
type othersSeen struct {
	others []BulkAnswer
	next   int // the first answer that has not been read
}

// BulkOthers gives up to most of the answers of a run that are not that it is done, in
// the order of its list. What it has read once it does not read again.
func (s *Service) BulkOthers(ctx context.Context, p workflows.BulkProgress, most int) ([]BulkAnswer, error) {
	seen, _ := s.others.get(p.ID)
	seen.others = slices.Clone(seen.others)
	for seen.next < p.Next && len(seen.others) < most {
		part, err := s.bulkPart(ctx, p.ID, seen.next)
		if err != nil {
			return nil, err
		}
		seen.others = append(seen.others, slices.DeleteFunc(slices.Clone(part), func(a BulkAnswer) bool { return a.Outcome == BulkDone })...)
		seen.next += len(part)
	}
	s.others.put(p.ID, seen, mostRuns)
	return seen.others[:min(len(seen.others), most)], nil
}

// bulkPart reads the answers of the part that begins with a number.
func (s *Service) bulkPart(ctx context.Context, id string, from int) ([]BulkAnswer, error) {
	body, err := s.Objects.Get(ctx, bulkAnswersKey(id, from))
	if err != nil {
		return nil, err
	}
	var part []BulkAnswer
	if err := json.Unmarshal(body, &part); err != nil || len(part) == 0 {
		return nil, fmt.Errorf("applicants: the answers of run %s are not readable: %w", id, err)
	}
	return part, nil
}

// BulkAnswers gives the answers of a run that there are so far, in the order of its
// list: those of p, which Bulk gave.
func (s *Service) BulkAnswers(ctx context.Context, p workflows.BulkProgress) ([]BulkAnswer, error) {
	var out []BulkAnswer
	for from := 0; from < p.Next; {
		part, err := s.bulkPart(ctx, p.ID, from)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		from += len(part)
	}
	return out, nil
}
