package applicants

import (
	"cmp"
	"context"
	"time"
)

// sinceSteps are the ages between which the one who waits longest is looked for: the
// list can count, and cannot put in order. The oldest is asked about first: of what lies
// before everything there is nothing to count.
var sinceSteps = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 12 * time.Hour, 24 * time.Hour, 72 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour}

// sinceKept is how long an answer is kept for: what has failed since is younger, so it
// can only be wrong for those who were helped meanwhile.
const sinceKept = 30 * time.Second

// dated is since when the oldest of a group waits, and when that was found.
type dated struct {
	since, at time.Time
}

// dateEach tells of each group since when the one who waits longest does, to a tenth
// of its age or a minute.
func (s *Service) dateEach(ctx context.Context, program string, groups []FailedCount) error {
	return eachGroup(ctx, program, groups, func(ctx context.Context, g *FailedCount, query string) (err error) {
		g.Since, err = s.oldest(ctx, query)
		return err
	})
}

// oldest finds since when the one of a query waits that has waited longest; zero when
// none says since when.
func (s *Service) oldest(ctx context.Context, query string) (time.Time, error) {
	now := s.Now()
	kept, ok := s.dates.get(query)
	if ok && now.Sub(kept.at) < sinceKept {
		return kept.since, nil
	}
	older := func(age time.Duration) (bool, error) {
		n, err := s.count(ctx, query+" AND Since < '"+now.Add(-age).UTC().Format(time.RFC3339)+"'")
		return n > 0, err
	}
	low, high := time.Duration(0), time.Duration(0)
	for i := len(sinceSteps) - 1; i >= 0; i-- {
		more, err := older(sinceSteps[i])
		if err != nil {
			return time.Time{}, err
		}
		if more {
			low, high = sinceSteps[i], cmp.Or(high, sinceSteps[i])
			break
		}
		high = sinceSteps[i]
	}
	for high-low > max(low/10, time.Minute) {
		middle := low + (high-low)/2
		more, err := older(middle)
		if err != nil {
			return time.Time{}, err
		}
		if more {
			low = middle
		} else {
			high = middle
		}
	}
	since := now.Add(-high).Truncate(time.Second)
	s.dates.put(query, dated{since: since, at: now}, mostDates)
	return since, nil
}

// mostDates bounds what is kept.
const mostDates = 1000
