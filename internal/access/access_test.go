package access_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

var _ access.Store = (*evidence.Store)(nil)

// bucket is the evidence bucket in memory.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	down    bool
}

func (b *bucket) PutOnce(_ context.Context, key string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return errors.New("fake: down")
	}
	if _, ok := b.objects[key]; ok {
		return errors.New("fake: conflict")
	}
	if err := evidence.CheckKey(key); err != nil {
		return err
	}
	b.objects[key] = body
	return nil
}

func (b *bucket) Get(_ context.Context, key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.objects[key], nil
}

func (b *bucket) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		b.mu.Lock()
		var keys []string
		for k := range b.objects {
			if strings.HasPrefix(k, prefix) {
				keys = append(keys, k)
			}
		}
		b.mu.Unlock()
		slices.Sort(keys)
		for _, k := range keys {
			if !yield(k, nil) {
				return
			}
		}
	}
}

type book struct {
	*access.Log
	bucket *bucket
	now    time.Time
}

func newBook() *book {
	b := &book{bucket: &bucket{objects: map[string][]byte{}}, now: time.Date(2026, 11, 28, 23, 59, 0, 0, time.UTC)}
	b.Log = access.New(b.bucket, func() time.Time { return b.now }, nil)
	return b
}

// TestReadNewestFirst: a day's events come in pages, newest first, and whole.
func TestReadNewestFirst(t *testing.T) {
	b := newBook()
	id := onboarding.ApplicantID("0198c0de-0000-7000-8000-000000000001")
	for i, e := range []access.Event{
		{What: access.SignedIn, Who: "staff:ops:1"},
		{What: access.Refused, Who: "staff:recruiter:2", Action: "retry", Route: "POST /console/failed", Detail: access.ByRole},
		{What: access.Refused, Who: "api:acme", Action: "view_case", Program: "health-line", Applicant: id, Detail: access.ByScope},
		{What: access.Exported, Who: "staff:ops:1", Purpose: "to work through a list", Count: 12}, // the next day
	} {
		b.now = b.now.Add(time.Duration(i) * 20 * time.Second)
		if err := b.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	day := time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)
	first, err := b.Read(t.Context(), access.Query{Day: day, Limit: 1})
	if err != nil || len(first.Items) != 1 || first.NextCursor == "" || first.Items[0].What != access.Refused {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := b.Read(t.Context(), access.Query{Day: day, Limit: 5, Cursor: first.NextCursor})
	if err != nil || len(second.Items) != 1 || second.NextCursor != "" || second.Items[0].What != access.SignedIn {
		t.Fatalf("%+v, %v", second, err)
	}
	next, err := b.Read(t.Context(), access.Query{Day: day.AddDate(0, 0, 1)})
	if err != nil || len(next.Items) != 2 || next.Items[0].Count != 12 || next.Items[1].Applicant != id || next.Items[1].Detail != access.ByScope {
		t.Fatalf("%+v, %v", next, err)
	}
	for _, q := range []access.Query{{Day: day, What: access.SignedIn, Limit: 1}, {Day: day, Who: "staff:ops:1", Limit: 1}} {
		if p, err := b.Read(t.Context(), q); err != nil || len(p.Items) != 1 || p.Items[0].Who != "staff:ops:1" {
			t.Errorf("%+v: %+v, %v", q, p, err)
		}
	}
	for _, q := range []access.Query{{Day: day, Limit: 501}, {Day: day, Limit: -1}, {Day: day, Cursor: "../x"}, {Day: day, What: "else"}} {
		if _, err := b.Read(t.Context(), q); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// TestRefusalsAreBounded: who tries without end fills nothing, others are kept as
// before, and how many were left out stands in the next event that is kept. What is
// no refusal is always kept.
func TestRefusalsAreBounded(t *testing.T) {
	b := newBook()
	for range 10 * access.RefusalsAtOnce {
		b.Refuse(t.Context(), access.Event{Who: "staff:recruiter:2", Action: "retry"})
	}
	b.Refuse(t.Context(), access.Event{Who: "staff:recruiter:3", Action: "retry"})
	if n := len(b.bucket.objects); n != access.RefusalsAtOnce+1 {
		t.Fatalf("%d kept", n)
	}
	b.now = b.now.Add(time.Millisecond)
	if err := b.Record(t.Context(), access.Event{Who: "staff:recruiter:2", What: access.Searched, Purpose: "to find an applicant"}); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(access.RefusalEvery)
	b.Refuse(t.Context(), access.Event{Who: "staff:recruiter:2", Action: "waive"})
	page, err := b.Read(t.Context(), access.Query{Day: b.now, Who: "staff:recruiter:2"})
	if err != nil {
		t.Fatal(err)
	}
	if got := page.Items[:2]; got[0].Action != "waive" || got[0].LeftOut != 0 || got[1].What != access.Searched || got[1].LeftOut != 9*access.RefusalsAtOnce {
		t.Errorf("%+v", got)
	}
}

// TestUseIsNotRecorded: then the caller must not go on.
func TestUseIsNotRecorded(t *testing.T) {
	b := newBook()
	b.bucket.down = true
	if err := b.Record(t.Context(), access.Event{Who: "staff:ops:1", What: access.Exported, Purpose: "to work through a list"}); err == nil {
		t.Error("no error")
	}
	b.Refuse(t.Context(), access.Event{Who: "staff:ops:1"}) // no panic: it is refused all the same
	b.bucket.down = false
	for _, e := range []access.Event{{What: access.Searched, Purpose: "to find an applicant"}, {Who: "staff:ops:1", What: access.Searched}, {Who: "staff:ops:1", What: access.Exported}, {Who: "staff:ops:1"}, {Who: "staff:ops:1", What: "else"}} {
		if err := b.Record(t.Context(), e); err == nil {
			t.Errorf("%+v is taken", e)
		}
	}
	if len(b.bucket.objects) > 0 {
		t.Errorf("%v", b.bucket.objects)
	}
}

// TestEveryKindHasWords: what the console says of it.
func TestEveryKindHasWords(t *testing.T) {
	for _, k := range access.Kinds() {
		if k.Says() == string(k) {
			t.Errorf("%s has no words", k)
		}
	}
}
