// Package durations keeps how long things really take: each check at its vendor,
// each wait for a person, each stage. A worker counts what has ended into a
// histogram and folds it into one object in the vault bucket, for all workers
// together; faces read from there what is usual. There is no applicant in it: a
// duration, what took it, and who. What is measured stands, what is not measured is
// not known, and nothing is ever made up.
package durations

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Kind says what sort of thing took its time.
type Kind string

// The kinds.
const (
	KindCheck     Kind = "check"     // from the first order of a round to the answer
	KindApplicant Kind = "applicant" // what the applicant has to do for a check, from the asking on
	KindReview    Kind = "review"    // a person's decision, from the asking on
	KindDispute   Kind = "dispute"   // an agency's second look
	KindStage     Kind = "stage"     // from entering a stage to going on to the next
)

// Key names what is measured: the name of a check or stage, and who takes the
// time: a vendor or, for what is ours, a program.
type Key struct {
	Kind Kind
	Name string
	Who  string
}

// Object is where the key's histogram lies in the vault bucket.
func (k Key) Object() string { return fmt.Sprintf("durations/%s/%s@%s", k.Kind, k.Name, k.Who) }

// Enough is how many measurements there must be before anything is said: the 2nd
// of 20 from either end bound, on average, 17 of 21 (81 in 100) of those that
// follow, and with fewer than 20 the 95th percentile is the greatest alone.
const Enough = 20

// HalfLife is how long it takes for a measurement to count half: what a vendor
// took four weeks ago still says something, what it took half a year ago hardly.
const HalfLife = 28 * 24 * time.Hour

// The buckets are log-spaced: perOctave to each doubling from first on, so a bound
// is wrong by a fifth at most, and a few dozen numbers reach from a tenth of a
// second to three years.
const (
	first     = 100 * time.Millisecond
	perOctave = 4
	last      = 30 * perOctave
)

// bucket gives the bucket of a duration; 0 has all that is shorter than first.
func bucket(d time.Duration) int {
	if d < first {
		return 0
	}
	return min(1+int(math.Log2(float64(d)/float64(first))*perOctave), last)
}

// upper is a bucket's upper bound; its lower one is that of the bucket before.
func upper(b int) time.Duration {
	return time.Duration(float64(first) * math.Exp2(float64(b)/perOctave))
}

func lower(b int) time.Duration {
	if b == 0 {
		return 0
	}
	return upper(b - 1)
}

// Histogram is what is known of one key. Its counts are weights as of At; they
// fade by half every HalfLife.
type Histogram struct {
	At     time.Time       `json:"at"`
	Counts map[int]float64 `json:"counts"` // by bucket
	Failed float64         `json:"failed"` // rounds that could not complete; their time says nothing
}

// fade brings the weights to a later time. Weights that have faded to nothing go.
func (h *Histogram) fade(to time.Time) {
	if h.Counts == nil {
		h.Counts = map[int]float64{}
	}
	if !to.After(h.At) {
		return // another worker's clock is ahead: its weights are as good as today's
	}
	if !h.At.IsZero() {
		by := math.Exp2(-float64(to.Sub(h.At)) / float64(HalfLife))
		for b, w := range h.Counts {
			if h.Counts[b] = w * by; h.Counts[b] < 1e-3 {
				delete(h.Counts, b)
			}
		}
		h.Failed *= by
	}
	h.At = to
}

// add folds what was counted until now into the histogram.
func (h *Histogram) add(now time.Time, c counted) {
	h.fade(now)
	for b, n := range c.buckets {
		h.Counts[b] += float64(n)
	}
	h.Failed += float64(c.failed)
}

// Usual is what can be said of a key.
type Usual struct {
	// Count is how many measurements it rests on, the older ones weighing less;
	// at least Enough.
	Count int
	// Low and High are what eight in ten lie between; Late is the 95th percentile:
	// what takes longer is overdue.
	Low, High, Late time.Duration
	// FailedOf is how many in a hundred rounds could not complete.
	FailedOf int
}

// Overdue reports whether what began then takes longer, as of now, than 95 in 100
// did; never for what has not begun.
func (u Usual) Overdue(began, now time.Time) bool { return !began.IsZero() && now.Sub(began) > u.Late }

// Lookup tells how long something usually takes, as measured; false when that is
// not known. Reader.Usual is one.
type Lookup func(ctx context.Context, k Key) (Usual, bool)

// Usual gives what is usual as of now; false when there are too few measurements.
func (h Histogram) Usual(now time.Time) (Usual, bool) {
	faded := Histogram{At: h.At, Counts: map[int]float64{}, Failed: h.Failed}
	for b, w := range h.Counts {
		faded.Counts[b] = w
	}
	faded.fade(now)
	total := 0.0
	for _, w := range faded.Counts {
		total += w
	}
	if total+1e-9 < Enough {
		return Usual{}, false
	}
	u := Usual{Count: int(total + 1e-9), FailedOf: int(math.Round(100 * faded.Failed / (total + faded.Failed)))}
	u.Low = lower(faded.quantile(total * .10))
	u.High, u.Late = upper(faded.quantile(total*.90)), upper(faded.quantile(total*.95))
	return u, true
}

// quantile is the bucket in which the weight from below reaches the given one.
func (h Histogram) quantile(weight float64) int {
	sum, at := 0.0, 0
	for b := 0; b <= last; b++ {
		if w := h.Counts[b]; w > 0 {
			sum, at = sum+w, b
			if sum+1e-9 >= weight {
				break
			}
		}
	}
	return at
}
