package durations

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// freshFor is how long the faces believe what they have read.
const freshFor = time.Minute

// Reader tells faces what is usual. It may be used by many goroutines.
type Reader struct {
	objects Objects
	log     *slog.Logger
	clock   float64
	now     func() time.Time

	mu   sync.Mutex
	seen map[Key]sight
}

type sight struct {
	at    time.Time
	usual Usual
	known bool
}

// NewReader makes a Reader. clock is how much faster than real the process's clocks
// run: what was measured is kept in real time, and told in the deployment's own, as
// every date on its pages is. now is time.Now when nil.
func NewReader(objects Objects, log *slog.Logger, clock float64, now func() time.Time) *Reader {
	if now == nil {
		now = time.Now
	}
	return &Reader{objects: objects, log: log, clock: max(clock, 1), now: now, seen: map[Key]sight{}}
}

// Usual gives what is usual; false when that is not known, for want of
// measurements or because the store does not answer: no page fails for it.
func (r *Reader) Usual(ctx context.Context, k Key) (Usual, bool) {
	now := r.now()
	r.mu.Lock()
	s, ok := r.seen[k]
	r.mu.Unlock()
	if ok && now.Sub(s.at) < freshFor {
		return s.usual, s.known
	}
	h, _, err := read(ctx, r.objects, k)
	if err != nil {
		if ctx.Err() == nil {
			r.log.WarnContext(ctx, "a measured duration could not be read; pages go without it", "error", err)
		}
		return s.usual, s.known // what was known a minute ago is still about right
	}
	s = sight{at: now}
	if s.usual, s.known = h.Usual(now); s.known {
		for _, d := range []*time.Duration{&s.usual.Low, &s.usual.High, &s.usual.Late} {
			*d = time.Duration(float64(*d) / r.clock)
		}
	}
	r.mu.Lock()
	r.seen[k] = s
	r.mu.Unlock()
	return s.usual, s.known
}
