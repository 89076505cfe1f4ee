package outbound

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/vouchsafe/vouchsafe/internal/vendors"
)

// Defaults of a BreakerConfig.
const (
	DefaultFailures = 5
	DefaultOpen     = 15 * time.Second
)

// BreakerConfig says when a vendor counts as out.
type BreakerConfig struct {
	Failures uint32            // in a row; DefaultFailures when 0
	Open     time.Duration     // how long nobody asks, until one may try; DefaultOpen when 0
	Next     http.RoundTripper // NewTransport's when nil
}

// Breaker stands between the calls and a vendor that does not answer: after so
// many failures in a row nobody asks any more, and one call after a while finds
// out whether it is back. It is the Transport of a vendor's Config and counts for
// all that go through it. A failure is an attempt without an answer, or a 5xx:
// a vendor that refuses, or asks to wait by 429, is alive.
type Breaker struct {
	next    http.RoundTripper
	circuit *gobreaker.TwoStepCircuitBreaker[struct{}]
	open    time.Duration

	mu     sync.Mutex
	since  time.Time // when it opened; zero while closed
	until  time.Time // when the next one may try
	failed time.Time // when somebody asked in vain last
}

// NewBreaker makes a Breaker, closed.
func NewBreaker(cfg BreakerConfig) *Breaker {
	if cfg.Failures == 0 {
		cfg.Failures = DefaultFailures
	}
	if cfg.Open <= 0 {
		cfg.Open = DefaultOpen
	}
	if cfg.Next == nil {
		cfg.Next = NewTransport()
	}
	b := &Breaker{next: cfg.Next, open: cfg.Open}
	b.circuit = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests: 1, Timeout: cfg.Open, OnStateChange: b.changed,
		IsExcluded:  func(err error) bool { return errors.Is(err, errAbandoned) },
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= cfg.Failures },
	})
	return b
}

func (b *Breaker) changed(_ string, from, to gobreaker.State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch to {
	case gobreaker.StateOpen:
		b.until = time.Now().Add(b.open)
		if from == gobreaker.StateClosed {
			b.since = time.Now()
		}
	case gobreaker.StateClosed:
		b.since, b.until = time.Time{}, time.Time{}
	case gobreaker.StateHalfOpen: // still out, until the one that tries has come back
	}
}

// Out tells since when the vendor counts as out; false when it does not.
func (b *Breaker) Out() (since time.Time, out bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.since, !b.since.IsZero()
}

// RoundTrip sends the request, or gives a *Paused when the vendor is out.
func (b *Breaker) RoundTrip(r *http.Request) (*http.Response, error) {
	done, err := b.circuit.Allow()
	if err != nil {
		return nil, b.paused()
	}
	start := time.Now()
	resp, err := b.next.RoundTrip(r)
	says := verdict(resp, err, time.Since(start))
	if says != nil && !errors.Is(says, errAbandoned) {
		b.mu.Lock()
		b.failed = time.Now()
		b.mu.Unlock()
	}
	done(says)
	return resp, err
}

// patience is from when on a call that was given up by its caller speaks against
// the vendor: a quick try that is cut short early does not.
const patience = 5 * time.Second

var (
	errServer    = errors.New("the vendor failed to answer")
	errAbandoned = errors.New("nobody waited for the answer")
)

// verdict is what an attempt says of the vendor: nil speaks for it, errAbandoned
// says nothing, and everything else speaks against it.
func verdict(resp *http.Response, err error, took time.Duration) error {
	switch {
	case errors.Is(err, context.Canceled):
		return errAbandoned
	case errors.Is(err, context.DeadlineExceeded) && took < patience:
		return errAbandoned
	case err != nil:
		return err
	case resp.StatusCode >= http.StatusInternalServerError && resp.StatusCode != http.StatusNotImplemented:
		return errServer
	}
	return nil
}

// leastPause is waited when the one that tries has not come back yet.
const leastPause = time.Second

func (b *Breaker) paused() *vendors.Paused {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &vendors.Paused{Since: b.since, Failed: b.failed, Wait: max(time.Until(b.until), leastPause)}
}
