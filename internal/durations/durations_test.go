package durations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// bucketStore is a bucket in memory that knows conditional puts.
type bucketStore struct {
	mu      sync.Mutex
	held    map[string]string
	tags    map[string]int
	down    bool
	reads   int
	intrude func() // runs once, between a read and the put that follows
}

var errConflict, errMissing, errDown = errors.New("conflict"), errors.New("missing"), errors.New("down")

func newBucket() *bucketStore { return &bucketStore{held: map[string]string{}, tags: map[string]int{}} }

func (s *bucketStore) GetTagged(_ context.Context, key string) ([]byte, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.down {
		return nil, "", errDown
	}
	body, ok := s.held[key]
	if !ok {
		return nil, "", errMissing
	}
	return []byte(body), fmt.Sprint(s.tags[key]), nil
}

func (s *bucketStore) PutIf(_ context.Context, key string, body []byte, tag string) (string, error) {
	s.mu.Lock()
	intrude := s.intrude
	s.intrude = nil
	s.mu.Unlock()
	if intrude != nil {
		intrude()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, there := s.held[key]
	switch {
	case s.down:
		return "", errDown
	case there && tag != fmt.Sprint(s.tags[key]), !there && tag != "":
		return "", errConflict
	}
	s.tags[key]++
	s.held[key] = string(body)
	return fmt.Sprint(s.tags[key]), nil
}

func (s *bucketStore) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (s *bucketStore) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

var (
	noon   = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	report = Key{KindCheck, "background", "findly"}
	quiet  = slog.New(slog.DiscardHandler)
)

const day = 24 * time.Hour

func recorder(t *testing.T, s *bucketStore, now *time.Time) *Recorder {
	t.Helper()
	r, err := NewRecorder(s, quiet, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func flush(t *testing.T, r *Recorder) {
	t.Helper()
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Each bucket holds what lies between its bounds, and bounds are a fifth apart.
func TestBuckets(t *testing.T) {
	for d := time.Millisecond; d < 1000*day; d = d*21/20 + 1 {
		b := bucket(d)
		if d < lower(b) || (d > upper(b) && b < last) {
			t.Fatalf("%s lies in bucket %d, from %s to %s", d, b, lower(b), upper(b))
		}
		if b > 0 && float64(upper(b))/float64(lower(b)) > 1.2 {
			t.Fatalf("bucket %d reaches from %s to %s", b, lower(b), upper(b))
		}
	}
	if bucket(0) != 0 || bucket(-time.Hour) != 0 || bucket(1e6*time.Hour) != last {
		t.Error("what is out of range is not taken in at the ends")
	}
}

// Nothing is said before there are enough measurements, and then what was measured.
func TestNothingIsMadeUp(t *testing.T) {
	s, now := newBucket(), noon
	r := recorder(t, s, &now)
	read := func() (Usual, bool) {
		return NewReader(s, quiet, 1, func() time.Time { return now }).Usual(t.Context(), report)
	}
	if _, known := read(); known {
		t.Error("something is known of nothing")
	}
	for i := range Enough - 1 {
		r.Add(t.Context(), report, 2*day+time.Duration(i)*4*time.Hour, false)
	}
	for range 50 {
		r.Add(t.Context(), report, time.Second, true) // failures do not make an answer quicker
	}
	flush(t, r)
	if u, known := read(); known {
		t.Errorf("19 measurements are not enough, and %+v was said", u)
	}
	r.Add(t.Context(), report, 5*day, false)
	flush(t, r)
	u, known := read()
	if !known || u.Count != Enough || u.FailedOf != 71 {
		t.Fatalf("got %+v, %t", u, known)
	}
	if u.Low < 40*time.Hour || u.Low > 56*time.Hour || u.High < 4*day || u.High > 6*day || u.Late < u.High {
		t.Errorf("got %+v", u)
	}
	if s, ok := u.Span(); !ok || s.Unit != "days" || s.Low != 2 || s.High < 5 || s.High > 6 {
		t.Errorf("in words: %+v", s)
	}
}

// Old measurements fade, whoever looks; a clock that is behind does no harm.
func TestFading(t *testing.T) {
	s, now := newBucket(), noon
	r := recorder(t, s, &now)
	for range 40 {
		r.Add(t.Context(), report, time.Hour, false)
	}
	flush(t, r)
	at := func(later time.Duration) (Usual, bool) {
		return NewReader(s, quiet, 1, func() time.Time { return noon.Add(later) }).Usual(t.Context(), report)
	}
	if u, known := at(HalfLife); !known || u.Count != 20 {
		t.Errorf("after a half-life: %+v, %t", u, known)
	}
	if _, known := at(HalfLife + day); known {
		t.Error("fewer than enough are left, and something is said")
	}
	if u, known := at(-time.Hour); !known || u.Count != 40 {
		t.Errorf("with a clock that is behind: %+v, %t", u, known)
	}
	now = noon.Add(3 * HalfLife) // 5 of the old ones are left
	for range 45 {
		r.Add(t.Context(), report, 5*day, false)
	}
	flush(t, r)
	if u, known := at(3 * HalfLife); !known || u.Count != 50 || u.High < 4*day {
		t.Errorf("after newer ones: %+v, %t", u, known)
	}
}

// Workers count into the same object and none takes the other's away.
func TestReplicas(t *testing.T) {
	s, now := newBucket(), noon
	var wait sync.WaitGroup
	for range 8 {
		r := recorder(t, s, &now)
		wait.Go(func() {
			for range 10 {
				r.Add(t.Context(), report, time.Hour, false)
				if err := r.Flush(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if u, _ := NewReader(s, quiet, 1, func() time.Time { return now }).Usual(t.Context(), report); u.Count != 80 {
		t.Errorf("%d of 80 are there", u.Count)
	}
}

// What cannot be stored stays counted, together with what comes meanwhile.
func TestNothingIsLost(t *testing.T) {
	s, now := newBucket(), noon
	r := recorder(t, s, &now)
	for range 12 {
		r.Add(t.Context(), report, time.Hour, false)
	}
	s.down = true
	if err := r.Flush(t.Context()); err == nil {
		t.Fatal("it was stored while the store was down")
	}
	s.down = false
	s.intrude = func() { r.Add(t.Context(), report, time.Hour, false) }
	flush(t, r)
	for range 7 {
		r.Add(t.Context(), report, time.Hour, false)
	}
	flush(t, r)
	if len(r.Pending()) != 0 {
		t.Errorf("not stored: %v", r.Pending())
	}
	if u, _ := NewReader(s, quiet, 1, func() time.Time { return now }).Usual(t.Context(), report); u.Count != 20 {
		t.Errorf("%d of 20 are there", u.Count)
	}
	for key, body := range s.held {
		if key != "durations/check/background@findly" || strings.Contains(body, "applicant") {
			t.Errorf("stored %s: %s", key, body)
		}
	}
}

// Faces read once a minute, go on without the store, and tell their own clock's time.
func TestReader(t *testing.T) {
	s, now := newBucket(), noon
	r := recorder(t, s, &now)
	for range 30 {
		r.Add(t.Context(), report, 2*day, false)
	}
	flush(t, r)
	s.reads = 0
	reader := NewReader(s, quiet, 86400, func() time.Time { return now })
	u, known := reader.Usual(t.Context(), report)
	if !known || u.High > 3*time.Second || u.High < time.Second {
		t.Errorf("with a day a second: %+v, %t", u, known)
	}
	reader.Usual(t.Context(), report)
	if s.reads != 1 {
		t.Errorf("read %d times within a minute", s.reads)
	}
	now, s.down = now.Add(2*time.Minute), true
	if again, known := reader.Usual(t.Context(), report); !known || again != u || s.reads != 2 {
		t.Errorf("without the store: %+v, %t", again, known)
	}
}

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		low, high time.Duration
		want      Span
		ok        bool
	}{
		{time.Second, 50 * time.Second, Span{}, false},
		{time.Second, 61 * time.Second, Span{0, 2, "minutes"}, true},
		{20 * time.Minute, 80 * time.Minute, Span{20, 80, "minutes"}, true},
		{20 * time.Minute, 100 * time.Minute, Span{0, 2, "hours"}, true},
		{3 * time.Hour, 20 * time.Hour, Span{3, 20, "hours"}, true},
		{3 * time.Hour, 5 * day, Span{0, 5, "days"}, true},
		{50 * time.Hour, 4*day + time.Hour, Span{2, 5, "days"}, true},
	} {
		if got, ok := (Usual{Low: c.low, High: c.high}).Span(); got != c.want || ok != c.ok {
			t.Errorf("%s to %s: %+v, %t", c.low, c.high, got, ok)
		}
	}
}
