package applicants

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"
)

// shared is an answer that takes the engine a while: one question at a time is asked
// for all who look, and the answer before can be shown meanwhile. The zero value has
// none.
type shared[T any] struct {
	kept   remembered[string, sharedAnswer[T]]
	flight singleflight.Group
}

// sharedAnswer is an answer, when its question was asked, and how long it took.
type sharedAnswer[T any] struct {
	is   T
	at   time.Time
	took time.Duration
}

const (
	// mostShared is of how many questions an answer is kept.
	mostShared = 200
	// countLimit ends a question that nobody may be waiting for any more.
	countLimit = 30 * time.Second
)

// sharing says how old an answer may be.
type sharing struct {
	fresh time.Duration // for so long nobody asks again
	// wait is how long a new answer is waited for before the one of before is shown: 0 is
	// not at all. False: that one is shown to nobody.
	wait func(age, took time.Duration) (_ time.Duration, shown bool)
}

// get gives the answer to the question of that key. ask is told the answer of before,
// and goes on when who began it has left. The answer is everybody's: it is not changed.
func (s *shared[T]) get(ctx context.Context, key string, now func() time.Time, how sharing, ask func(ctx context.Context, was T) (T, error)) (T, error) {
	was, ok := s.kept.get(key)
	age := now().Sub(was.at)
	if ok && age < how.fresh {
		return was.is, nil
	}
	answer := s.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countLimit)
		defer cancel()
		at, began := now(), time.Now()
		is, err := ask(ctx, was.is)
		if err == nil {
			s.kept.put(key, sharedAnswer[T]{is, at, time.Since(began)}, mostShared)
		}
		return is, err
	})
	var late <-chan time.Time
	if wait, shown := how.wait(age, was.took); ok && shown {
		if wait == 0 {
			return was.is, nil
		}
		late = time.After(wait)
	}
	var none T
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case <-late:
		return was.is, nil
	case r := <-answer:
		if r.Err != nil {
			return none, r.Err
		}
		return r.Val.(T), nil
	}
}

// forget has the next who looks ask anew, and wait for the answer.
func (s *shared[T]) forget(key string) { s.kept.put(key, sharedAnswer[T]{}, mostShared) }

// whose is the key of a question that has the same answer for all with the same
// programs.
func (f Filter) whose() string {
	return f.Program + " " + strings.Join(slices.Sorted(slices.Values(f.Programs)), " ")
}
