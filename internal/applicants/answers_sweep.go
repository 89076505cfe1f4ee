package applicants

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"
)

// answersPrefix is where kept answers lie in the vault bucket.
const answersPrefix = "idempotency-answers/"

// AnswersDeleter is what taking kept answers away needs of the bucket;
// *evidence.Store is one.
type AnswersDeleter interface {
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
	Delete(ctx context.Context, key string) error
}

const (
	// sweepAfter is how long past its time an answer still lies: while it is taken
	// away its key could be used anew, and that must not be what callers do who send
	// again when the two days are just over.
	sweepAfter = 24 * time.Hour
	// sweepEvery is how often they are looked through. It costs a reading of each, and
	// nobody waits for it.
	sweepEvery = 6 * time.Hour
)

// Sweep takes away every answer that has not been given again for a day, because its
// time is over, and gives how many. It may run in several processes at once. One
// that cannot be read or taken away stays, and does not keep the rest: the errors come
// together at the end.
func (s *Answers) Sweep(ctx context.Context, from AnswersDeleter) (gone int, err error) {
	var all error
	for key, err := range from.List(ctx, answersPrefix) {
		if err != nil {
			return gone, errors.Join(all, fmt.Errorf("applicants: list kept answers: %w", err))
		}
		kept, tag, err := s.kept().Get(ctx, key)
		if err == nil && tag != "" && s.now().Sub(kept.Begun) >= KeepAnswers+sweepAfter {
			if err = from.Delete(ctx, key); err == nil {
				gone++
			}
		}
		if ctx.Err() != nil {
			return gone, ctx.Err()
		}
		all = errors.Join(all, err)
	}
	return gone, all
}

// KeepSwept sweeps at once and every few hours until ctx ends.
func (s *Answers) KeepSwept(ctx context.Context, from AnswersDeleter, log *slog.Logger) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		gone, err := s.Sweep(ctx, from)
		if err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "some kept answers whose time is over were not taken away; it is tried again later", "gone", gone, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Answers) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
