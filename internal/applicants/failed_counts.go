package applicants

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// FailedCount is how many applicants have one check failed at one vendor for one
// reason.
type FailedCount struct {
	FailedAt
	Count int `json:"count"`
	// Since is since when the one who waits longest does, to a minute or so; zero when
	// that is not known.
	Since time.Time `json:"since"`
}

// Groups are counted once for all who look. Where that takes long the ones before are
// shown while it is done, at once when they are of a moment ago and after a moment's
// wait when they are up to staleFor old. So in an outage the last who has failed is seen
// within a second or two by whoever keeps looking.
const (
	groupsFresh = 400 * time.Millisecond
	groupsStale = 3 * time.Second
	groupsGrace = 200 * time.Millisecond
)

var groupsSharing = sharing{fresh: groupsFresh, wait: func(age, took time.Duration) (time.Duration, bool) {
	if age < groupsStale && took > quick {
		return 0, true
	}
	return groupsGrace, age <= staleFor
}}

// countAtOnce is how many questions of one count are on the way at a time.
const countAtOnce = 6

// FailedCounts counts the failed checks by check, vendor and kind of error, for
// those that the programs name, the largest first; groups of none are left out. With
// a program it counts that one's alone. It reads no case, however many there are. What
// it gives may be a moment old.
func (s *Service) FailedCounts(ctx context.Context, program string) ([]FailedCount, error) {
	f, some := Filter{Failed: true, Program: program}.scoped(ctx)
	if _, err := f.query(); err != nil {
		return nil, err
	}
	if !some {
		return nil, nil
	}
	groups, err := s.failed.get(ctx, f.whose(), time.Now, groupsSharing, func(ctx context.Context, was []FailedCount) ([]FailedCount, error) {
		return s.failedCounts(ctx, f, was)
	})
	return slices.Clone(groups), err
}

// failedCounts asks the engine. So few that one page lists them are read and counted
// here: that is one question. More are counted there, one group after the other. was is
// what there was before, if that is known.
func (s *Service) failedCounts(ctx context.Context, f Filter, was []FailedCount) ([]FailedCount, error) {
	query, err := f.query()
	if err != nil {
		return nil, err
	}
	total, err := s.count(ctx, query)
	if err != nil || total == 0 {
		return nil, err
	}
	if total <= maxLimit {
		lines, more, err := s.lines(ctx, query, maxLimit, nil)
		if err != nil {
			return nil, err
		}
		if len(more) == 0 {
			return inOrder(groupsOf(lines)), nil
		}
	}
	pairs, err := s.pairs(ctx, query, was)
	if err != nil {
		return nil, err
	}
	groups, err := s.groupsCounted(ctx, f.Program, pairs)
	if err != nil {
		return nil, err
	}
	if err := s.dateEach(ctx, f.Program, groups); err != nil {
		return nil, err
	}
	return inOrder(groups), nil
}

// groupsOf counts the failed checks of lines.
func groupsOf(lines []Line) []FailedCount {
	at := map[FailedAt]int{}
	var out []FailedCount
	for _, l := range lines {
		for _, k := range l.FailedAt {
			i, seen := at[k]
			if !seen {
				i = len(out)
				at[k], out = i, append(out, FailedCount{FailedAt: k})
			}
			since := l.Since
			if r, ok := l.Rounds[k.Check]; ok {
				since = r.Since
			}
			g := &out[i]
			g.Count++
			if !since.IsZero() && (g.Since.IsZero() || since.Before(g.Since)) {
				g.Since = since.Truncate(time.Second)
			}
		}
	}
	return out
}

func inOrder(groups []FailedCount) []FailedCount {
	slices.SortFunc(groups, func(a, b FailedCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Vendor, b.Vendor), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Error, b.Error))
	})
	return groups
}

// pairs are the checks with their vendors that are worth being counted. In an outage
// those that had failed before are all, which one question for all others together
// tells.
func (s *Service) pairs(ctx context.Context, query string, was []FailedCount) (pairs []FailedCount, _ error) {
	var others []FailedCount
	var tags []string
	for _, k := range s.doers() {
		if slices.ContainsFunc(was, func(g FailedCount) bool { return g.Check == k.Check && g.Vendor == k.Vendor }) {
			pairs = append(pairs, FailedCount{FailedAt: k})
			continue
		}
		others = append(others, FailedCount{FailedAt: k})
		tags = append(tags, string(k.Check)+"@"+k.Vendor)
	}
	if len(pairs) == 0 || len(others) == 0 {
		return append(pairs, others...), nil
	}
	n, err := s.count(ctx, query+" AND "+oneOf("FailedChecks", tags))
	if err != nil || n == 0 {
		return pairs, err
	}
	return append(pairs, others...), nil
}

// groupsCounted has the engine count each group of the pairs.
func (s *Service) groupsCounted(ctx context.Context, program string, pairs []FailedCount) ([]FailedCount, error) {
	if err := s.countEach(ctx, program, pairs); err != nil {
		return nil, err
	}
	pairs = slices.DeleteFunc(pairs, func(c FailedCount) bool { return c.Count == 0 })
	byPair := make([][]FailedCount, len(pairs))
	all, each := errgroup.WithContext(ctx)
	all.SetLimit(countAtOnce)
	for i, p := range pairs {
		all.Go(func() (err error) {
			byPair[i], err = s.countWhy(each, program, p)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(byPair...), nil
}

// countWhy splits a count by what stopped the checks. In an outage that is one
// question, since nearly all have the same.
func (s *Service) countWhy(ctx context.Context, program string, of FailedCount) ([]FailedCount, error) {
	var out []FailedCount
	for _, e := range workflows.CheckProblems() {
		if of.Count <= 0 {
			return out, nil
		}
		g := []FailedCount{{FailedAt: FailedAt{Check: of.Check, Vendor: of.Vendor, Error: e}}}
		if err := s.countEach(ctx, program, g); err != nil {
			return nil, err
		}
		if g[0].Count > 0 {
			out = append(out, g[0])
			of.Count -= g[0].Count
		}
	}
	if of.Count > 0 { // a code of a later release, or none yet
		out = append(out, of)
	}
	return out, nil
}

func (s *Service) countEach(ctx context.Context, program string, groups []FailedCount) error {
	return eachGroup(ctx, program, groups, func(ctx context.Context, g *FailedCount, query string) (err error) {
		g.Count, err = s.count(ctx, query)
		return err
	})
}

// eachGroup asks something of the engine for each group, some at a time. Who is bound
// to programs asks of those alone; where none is left nothing is asked.
func eachGroup(ctx context.Context, program string, groups []FailedCount, ask func(ctx context.Context, g *FailedCount, query string) error) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(countAtOnce)
	for i := range groups {
		all.Go(func() error {
			g := &groups[i]
			f, ok := Filter{Check: g.Check, Vendor: g.Vendor, Error: g.Error, Program: program}.scoped(ctx)
			if !ok {
				return nil
			}
			query, err := f.query()
			if err != nil {
				return err
			}
			return ask(ctx, g, query)
		})
	}
	return all.Wait()
}

// doers are the checks with the vendors that may do them by today's programs, each
// pair once.
func (s *Service) doers() (out []FailedAt) {
	for _, p := range s.Programs.All() {
		for _, c := range p.Checks {
			for _, vendor := range append([]string{c.Vendor}, c.Alternatives...) {
				if k := (FailedAt{Check: c.Name, Vendor: vendor}); !slices.Contains(out, k) {
					out = append(out, k)
				}
			}
		}
	}
	return out
}
