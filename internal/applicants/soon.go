package applicants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// ErrAway says that the live state of something cannot be read at this moment: no
// worker answers for it, or none soon. It is a context.DeadlineExceeded.
var ErrAway = fmt.Errorf("applicants: no worker answers now: %w", context.DeadlineExceeded)

const (
	// askSoon is how long a page waits for a worker. One that runs answers in some
	// hundredths of a second, one that is busy in some tenths; one that was killed holds
	// a question up for ten.
	askSoon = 1500 * time.Millisecond
	// askRun is that where what was known last is nearly as good.
	askRun = 250 * time.Millisecond
	// askLong is how long the question itself lives on, so that one is known to be
	// unanswered without anybody else having to wait for it.
	askLong = 15 * time.Second
)

// unanswered keeps since when questions wait for an answer, by what was asked, and when
// one was answered last. The zero value knows of none.
type unanswered struct {
	mu       sync.Mutex
	since    map[string][]time.Time
	answered time.Time
}

// away reports whether there is no use in asking: a question of the same has waited for
// longer than within, or any has while no other was answered.
func (u *unanswered) away(key string, within time.Duration) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := time.Now()
	for k, all := range u.since {
		for _, at := range all {
			if now.Sub(at) > within && (k == key || now.Sub(u.answered) > within) {
				return true
			}
		}
	}
	return false
}

// begin notes a question; end is told whether a worker has answered it.
func (u *unanswered) begin(key string) (end func(answered bool)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.since == nil {
		u.since = map[string][]time.Time{}
	}
	at := time.Now()
	u.since[key] = append(u.since[key], at)
	return func(answered bool) {
		u.mu.Lock()
		defer u.mu.Unlock()
		if answered {
			u.answered = time.Now()
		}
		i := slices.Index(u.since[key], at)
		if u.since[key] = slices.Delete(u.since[key], i, i+1); len(u.since[key]) == 0 {
			delete(u.since, key)
		}
	}
}

// soon asks a worker and waits for within at most, and not at all while that is of no
// use. It gives ErrAway then.
func soon[T any](ctx context.Context, u *unanswered, key string, within time.Duration, ask func(context.Context) (T, error)) (T, error) {
	var none T
	if u.away(key, within) {
		return none, ErrAway
	}
	type answer struct {
		v   T
		err error
	}
	got := make(chan answer, 1)
	end := u.begin(key)
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLong)
		defer cancel()
		v, err := ask(ctx)
		end(err == nil || !troubled(err))
		got <- answer{v, err}
	}()
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case a := <-got:
		if a.err != nil && troubled(a.err) {
			return none, errors.Join(ErrAway, a.err)
		}
		return a.v, a.err
	case <-late.C:
		return none, ErrAway
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

type soonKey struct{}

// Soon is for a page that somebody looks at: what a worker has to be asked is waited
// for no longer than a person likes to. StaffView gives ErrAway then (Listed tells what
// is known all the same), and Bulk what was known last.
func Soon(ctx context.Context) context.Context { return context.WithValue(ctx, soonKey{}, true) }

func isSoon(ctx context.Context) bool { return ctx.Value(soonKey{}) != nil }

// asked asks about a case, within Soon for no longer than that.
func asked[T any](ctx context.Context, s *Service, id onboarding.ApplicantID, ask func(context.Context, onboarding.ApplicantID) (T, error)) (T, error) {
	if !isSoon(ctx) {
		return ask(ctx, id)
	}
	return soon(ctx, &s.asked, id.WorkflowID(), askSoon, func(ctx context.Context) (T, error) { return ask(ctx, id) })
}

// Listed is an applicant as lists have them; it asks no worker. CodeUnknownApplicant
// when there is none, or none that who asks may know of.
func (s *Service) Listed(ctx context.Context, id onboarding.ApplicantID) (Line, error) {
	answer, err := s.Temporal.DescribeWorkflowExecution(ctx, id.WorkflowID(), "")
	if err != nil {
		return Line{}, failure(err)
	}
	l, ok := lineOf(answer.GetWorkflowExecutionInfo())
	if !ok || !InScope(ctx, l.Program) {
		return Line{}, Unknown(nil)
	}
	return l, nil
}

// bulkSoon is Bulk within Soon.
func (s *Service) bulkSoon(ctx context.Context, id string) (workflows.BulkProgress, error) {
	within := askSoon
	seen, ok := s.runs.get(id)
	if ok && s.Now().Sub(seen.at) < askLong {
		within = askRun
	}
	p, err := soon(ctx, &s.asked, workflows.BulkID(id), within, func(ctx context.Context) (workflows.BulkProgress, error) {
		p, err := s.bulk(ctx, id)
		if err == nil {
			s.runs.put(id, runSeen{p, s.Now()}, mostRuns)
		}
		return p, err
	})
	if !errors.Is(err, ErrAway) {
		return p, err
	}
	if !ok || !runInScope(ctx, seen.Match) {
		return workflows.BulkProgress{}, err
	}
	p = seen.BulkProgress
	p.AsOf = seen.at
	return p, nil
}

// runSeen is how far a run was.
type runSeen struct {
	workflows.BulkProgress
	at time.Time
}

// mostRuns is of how many runs it is kept.
const mostRuns = 200
