package applicants

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Column is one stage on the board.
type Column struct {
	Stage onboarding.Stage `json:"stage"`
	Count int              `json:"count"`
	// Attention is for how many somebody is waited for; those that wait for nobody are
	// not in it.
	Attention map[onboarding.Attention]int `json:"attention"`
	// OverDay and OverWeek are how many have stood where they are for longer than that;
	// who is in the second is in the first as well. UnderDay are all others.
	UnderDay int `json:"under_day"`
	OverDay  int `json:"over_day"`
	OverWeek int `json:"over_week"`
	Overdue  int `json:"overdue"` // whose time has passed
}

// Board is how many applicants are where.
type Board struct {
	At      time.Time                `json:"at"`      // when it was counted
	Columns []Column                 `json:"columns"` // the open stages, in their order
	Ends    map[onboarding.Stage]int `json:"ends"`    // of the others
}

// Attention sums up the columns.
func (b Board) Attention(a onboarding.Attention) int {
	n := 0
	for _, c := range b.Columns {
		n += c.Attention[a]
	}
	return n
}

// Stage is how many are in a stage.
func (b Board) Stage(s onboarding.Stage) int {
	for _, c := range b.Columns {
		if c.Stage == s {
			return c.Count
		}
	}
	return b.Ends[s]
}

// Counts that took long are shown again for a while, and counted anew meanwhile, so
// that nobody waits for them; those that are quick are counted at each look.
const (
	freshFor = 2 * time.Second  // how long all viewers share a count
	staleFor = 30 * time.Second // how long one that took long may be shown
	quick    = 100 * time.Millisecond
)

var boardSharing = sharing{fresh: freshFor, wait: func(age, took time.Duration) (time.Duration, bool) { return 0, age < staleFor && took > quick }}

// Board counts the applicants of a program, or of all. What it gives may be some
// seconds old; Board.At says of when it is.
func (s *Service) Board(ctx context.Context, program string) (Board, error) {
	f, some := Filter{Program: program}.scoped(ctx)
	if _, err := f.query(); err != nil {
		return Board{}, err
	}
	if !some {
		return Board{At: s.Now()}, nil
	}
	return s.boards.get(ctx, f.whose(), s.Now, boardSharing, func(ctx context.Context, _ Board) (Board, error) { return s.countBoard(ctx, f) })
}

// countBoard asks the engine, which counts one value at a time: it groups by
// nothing but the status.
func (s *Service) countBoard(ctx context.Context, f Filter) (Board, error) {
	now := s.Now()
	b := Board{At: now, Ends: map[onboarding.Stage]int{}}
	var asked []number
	for _, st := range onboarding.Stages() {
		f := f
		f.Stage = st
		asked = append(asked, number{filter: f})
	}
	if err := s.countAll(ctx, asked); err != nil {
		return Board{}, err
	}
	var more []number
	for _, t := range asked {
		if t.filter.Stage.Closed() {
			b.Ends[t.filter.Stage] = t.n
			continue
		}
		b.Columns = append(b.Columns, Column{Stage: t.filter.Stage, Count: t.n, Attention: map[onboarding.Attention]int{}})
		if t.n > 0 {
			more = append(more, details(t.filter, len(b.Columns)-1, now)...)
		}
	}
	if err := s.countAll(ctx, more); err != nil {
		return Board{}, err
	}
	for _, t := range more {
		t.into(&b.Columns[t.column], t.n)
	}
	for i := range b.Columns {
		c := &b.Columns[i]
		c.UnderDay = max(c.Count-c.OverDay, 0)
	}
	return b, nil
}

// number is one to be asked for.
type number struct {
	filter Filter
	column int
	into   func(*Column, int)
	n      int
}

// details are the numbers of one column.
func details(f Filter, column int, now time.Time) (out []number) {
	for _, a := range onboarding.Attentions() {
		if a == onboarding.AttentionNone {
			continue
		}
		f := f
		f.Attention = a
		out = append(out, number{filter: f, column: column, into: func(c *Column, n int) {
			if n > 0 {
				c.Attention[a] = n
			}
		}})
	}
	old, older, late := f, f, f
	old.Changed, older.Changed, late.Due = Span{To: now.Add(-day)}, Span{To: now.Add(-7 * day)}, Span{To: now}
	return append(out, number{filter: old, column: column, into: func(c *Column, n int) { c.OverDay = n }},
		number{filter: older, column: column, into: func(c *Column, n int) { c.OverWeek = n }},
		number{filter: late, column: column, into: func(c *Column, n int) { c.Overdue = n }})
}

func (s *Service) countAll(ctx context.Context, asked []number) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(countAtOnce)
	for i := range asked {
		all.Go(func() error {
			query, err := asked[i].filter.query()
			if err == nil {
				asked[i].n, err = s.count(ctx, query)
			}
			return err
		})
	}
	return all.Wait()
}

// Counts gives how many applicants are in each stage, and for how many of those who
// are not over somebody is waited for.
func (s *Service) Counts(ctx context.Context) (map[onboarding.Stage]int, map[onboarding.Attention]int, error) {
	b, err := s.Board(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	stages, attentions := map[onboarding.Stage]int{}, map[onboarding.Attention]int{}
	for _, st := range onboarding.Stages() {
		stages[st] = b.Stage(st)
	}
	for _, a := range onboarding.Attentions() {
		attentions[a] = b.Attention(a)
	}
	return stages, attentions, nil
}
