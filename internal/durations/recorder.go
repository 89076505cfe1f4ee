package durations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Objects is the vault bucket; *evidence.Store is one.
type Objects interface {
	GetTagged(ctx context.Context, key string) ([]byte, string, error)
	PutIf(ctx context.Context, key string, body []byte, etag string) (string, error)
	IsConflict(err error) bool
	IsMissing(err error) bool
}

// counted is what a worker has counted of one key and not stored yet.
type counted struct {
	buckets map[int]int
	failed  int
}

func (c counted) empty() bool { return len(c.buckets) == 0 && c.failed == 0 }

// Recorder counts for one worker. It may be used by many goroutines.
type Recorder struct {
	objects Objects
	log     *slog.Logger
	now     func() time.Time
	took    metric.Float64Histogram

	mu      sync.Mutex
	pending map[Key]counted
	storing sync.Mutex // one Flush at a time
}

// NewRecorder makes a Recorder upon the vault bucket. now is time.Now when nil.
func NewRecorder(objects Objects, log *slog.Logger, now func() time.Time) (*Recorder, error) {
	if now == nil {
		now = time.Now
	}
	took, err := otel.Meter("vouchsafe/durations").Float64Histogram("vouchsafe_took", metric.WithUnit("s"),
		metric.WithDescription("How long checks at their vendors, waits for people and stages took."),
		metric.WithExplicitBucketBoundaries(.1, .5, 1, 5, 30, 60, 300, 1800, 3600, 4*3600, 12*3600, 86400, 2*86400, 3*86400, 5*86400, 7*86400, 14*86400, 30*86400, 60*86400))
	if err != nil {
		return nil, fmt.Errorf("durations: metrics: %w", err)
	}
	return &Recorder{objects: objects, log: log, now: now, took: took, pending: map[Key]counted{}}, nil
}

// Add counts one thing that has ended. A failed one has no duration: that it was
// given up after an hour does not say that an answer takes an hour.
func (r *Recorder) Add(ctx context.Context, k Key, took time.Duration, failed bool) {
	outcome := "done"
	if failed {
		outcome = "failed"
	}
	r.took.Record(ctx, took.Seconds(), metric.WithAttributes(attribute.String("kind", string(k.Kind)), attribute.String("check", k.Name),
		attribute.String("vendor", k.Who), attribute.String("outcome", outcome)))
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.pending[k]
	if c.buckets == nil {
		c.buckets = map[int]int{}
	}
	if failed {
		c.failed++
	} else {
		c.buckets[bucket(took)]++
	}
	r.pending[k] = c
}

// flushEvery is how often what was counted is stored. A worker that is killed loses
// what it has counted since; one that is stopped in order loses nothing.
const flushEvery = 30 * time.Second

// Run stores what is counted now and then, until ctx ends. What is counted after
// its last time is for Flush.
func (r *Recorder) Run(ctx context.Context) error {
	for {
		// A little by chance, so that the workers do not all store at once.
		timer := time.NewTimer(flushEvery/2 + rand.N(flushEvery))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
			if err := r.Flush(ctx); err != nil && ctx.Err() == nil {
				r.log.WarnContext(ctx, "measured durations could not be stored; they are kept and stored later", "error", err)
			}
		}
	}
}

// Flush stores everything that was counted: one conditional put for each key. What
// cannot be stored stays counted.
func (r *Recorder) Flush(ctx context.Context) error {
	r.storing.Lock()
	defer r.storing.Unlock()
	r.mu.Lock()
	todo := r.pending
	r.pending = map[Key]counted{}
	r.mu.Unlock()
	var errs []error
	for k, c := range todo {
		if err := r.fold(ctx, k, c); err != nil {
			errs = append(errs, err)
			r.putBack(k, c)
		}
	}
	return errors.Join(errs...)
}

func (r *Recorder) putBack(k Key, c counted) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.pending[k]
	if now.empty() {
		r.pending[k] = c
		return
	}
	for b, n := range c.buckets {
		now.buckets[b] += n
	}
	now.failed += c.failed
	r.pending[k] = now
}

// foldTries is how often another worker may come first.
const foldTries = 20

func (r *Recorder) fold(ctx context.Context, k Key, c counted) error {
	for try := 1; ; try++ {
		h, tag, err := read(ctx, r.objects, k)
		if err != nil {
			return err
		}
		h.add(r.now().UTC(), c)
		body, err := json.Marshal(h)
		if err != nil {
			return fmt.Errorf("durations: encode %s: %w", k.Object(), err)
		}
		_, err = r.objects.PutIf(ctx, k.Object(), body, tag)
		if err == nil || !r.objects.IsConflict(err) || try == foldTries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(try) * 20 * time.Millisecond)):
		}
	}
}

// read gives a key's histogram with its tag; an empty one when there is none. One
// that cannot be read is begun anew: it is a measurement, and no evidence.
func read(ctx context.Context, objects Objects, k Key) (Histogram, string, error) {
	body, tag, err := objects.GetTagged(ctx, k.Object())
	if err != nil {
		if objects.IsMissing(err) {
			return Histogram{}, "", nil
		}
		return Histogram{}, "", err
	}
	var h Histogram
	if json.Unmarshal(body, &h) != nil {
		h = Histogram{}
	}
	maps.DeleteFunc(h.Counts, func(b int, w float64) bool { return b < 0 || b > last || w < 0 })
	return h, tag, nil
}

// Pending lists what is counted and not stored.
func (r *Recorder) Pending() []Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.pending))
}
