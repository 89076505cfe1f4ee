package applicants

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// Paced does n things, by their numbers from 0, as fast as pace lets and some at a
// time. beat is told after each that came off, by one at a time. The first error ends
// it and is given.
func Paced(ctx context.Context, n, atOnce int, pace *rate.Limiter, beat func(), do func(ctx context.Context, i int) error) error {
	var one sync.Mutex
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(atOnce)
	for i := range n {
		all.Go(func() error {
			if err := pace.Wait(ctx); err != nil {
				return err
			}
			if err := do(ctx, i); err != nil {
				return err
			}
			one.Lock()
			defer one.Unlock()
			beat()
			return nil
		})
	}
	return all.Wait()
}
