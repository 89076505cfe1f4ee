package outbound_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// moody is a vendor whose mood the test sets: a status, or 0 for no answer at all.
type moody struct {
	*httptest.Server
	status atomic.Int64
	asked  atomic.Int64
}

func newMoody(t *testing.T) *moody {
	m := &moody{}
	m.status.Store(http.StatusOK)
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		m.asked.Add(1)
		s := int(m.status.Load())
		if s == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(s)
		_, _ = w.Write([]byte(`{}`)) // whoever asked may have gone
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *moody) behind(t *testing.T, cfg outbound.BreakerConfig) (*outbound.Client, *outbound.Breaker) {
	t.Helper()
	b := outbound.NewBreaker(cfg)
	c, err := outbound.New(outbound.Config{Vendor: "acme", BaseURL: m.URL, Transport: b})
	if err != nil {
		t.Fatal(err)
	}
	return c, b
}

func ask(c *outbound.Client) error {
	_, err := c.Do(context.Background(), outbound.Call{Method: http.MethodGet, Path: "/v1/things", Into: &struct{}{}})
	return err
}

// TestBreakerOpens: a vendor that fails in a row is not asked any more, whatever the
// way; the error says so, and for how long.
func TestBreakerOpens(t *testing.T) {
	for name, mood := range map[string]int64{"no answer": 0, "500": 500, "503": 503} {
		t.Run(name, func(t *testing.T) {
			m := newMoody(t)
			c, b := m.behind(t, outbound.BreakerConfig{Failures: 3, Open: time.Hour})
			m.status.Store(mood)
			for range 3 {
				if _, paused := vendors.PausedFor(ask(c)); paused {
					t.Fatal("paused before its time")
				}
			}
			err := ask(c)
			out, paused := vendors.PausedFor(err)
			if !paused || onboarding.CodeOf(err) != onboarding.CodeVendorDown || !vendors.Retryable(err) || out.Wait <= 0 || out.Wait > time.Hour || out.Since.IsZero() {
				t.Errorf("%v, %+v", err, out)
			}
			if got := m.asked.Load(); got != 3 {
				t.Errorf("asked %d times", got)
			}
			if since, is := b.Out(); !is || since.IsZero() {
				t.Error("it does not count as out")
			}
		})
	}
}

// TestBreakerLets: what refuses, asks to wait, or fails now and then is alive.
func TestBreakerLets(t *testing.T) {
	m := newMoody(t)
	c, b := m.behind(t, outbound.BreakerConfig{Failures: 3, Open: time.Hour})
	for _, mood := range []int64{400, 401, 404, 409, 422, 429, 500, 500, 200, 500, 500, 404, 0, 0, 200} {
		m.status.Store(mood)
		if _, paused := vendors.PausedFor(ask(c)); paused {
			t.Fatalf("paused at %d", mood)
		}
	}
	if _, out := b.Out(); out {
		t.Error("it counts as out")
	}
}

// TestBreakerCloses: after a while one may try; when it comes off, all may.
func TestBreakerCloses(t *testing.T) {
	m := newMoody(t)
	c, b := m.behind(t, outbound.BreakerConfig{Failures: 1, Open: time.Millisecond})
	m.status.Store(503)
	first := ask(c)
	if onboarding.CodeOf(first) != onboarding.CodeVendorBusy {
		t.Fatal(first)
	}
	m.status.Store(200)
	var err error
	for range 2000 {
		if err = ask(c); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if _, out := b.Out(); err != nil || out {
		t.Errorf("it stays out: %v", err)
	}
}

// TestGivingUpSaysNothing: a caller who goes away is no fault of the vendor's, and a
// try that is broken off does not close the breaker either.
func TestGivingUpSaysNothing(t *testing.T) {
	m := newMoody(t)
	c, b := m.behind(t, outbound.BreakerConfig{Failures: 1, Open: time.Hour})
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for range 5 {
		if _, err := c.Do(gone, outbound.Call{Method: http.MethodGet, Path: "/v1/things"}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if _, out := b.Out(); out {
		t.Error("it counts as out")
	}
}
