package applicants

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// read reads the n lines of a window, in no order. Who moves from one part to another
// meanwhile is in it once.
func (l sorted) read(ctx context.Context, w Span, n int) ([]Line, error) {
	found := make([][]Line, len(l.parts))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(countAtOnce)
	for i, part := range l.parts {
		all.Go(func() error {
			var token []byte
			for {
				some, next, err := l.s.lines(ctx, l.in(part, w), min(n+20, atOnce), token)
				if err != nil {
					return err
				}
				found[i], token = append(found[i], some...), next
				if len(next) == 0 {
					return nil
				}
			}
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	seen := map[onboarding.ApplicantID]bool{}
	return slices.DeleteFunc(slices.Concat(found...), func(x Line) bool {
		twice := seen[x.ID]
		seen[x.ID] = true
		return twice
	}), nil
}
