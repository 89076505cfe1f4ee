package applicants

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// writeOnce is an evidence bucket in memory that counts what is read of it.
type writeOnce struct {
	objects map[string][]byte
	reads   atomic.Int32
}

var errNone = errors.New("no such object")

func (w *writeOnce) PutOnce(_ context.Context, key string, body []byte) error {
	w.objects[key] = bytes.Clone(body)
	return nil
}

func (w *writeOnce) Get(_ context.Context, key string) ([]byte, error) {
	body, ok := w.objects[key]
	if !ok {
		return nil, errNone
	}
	w.reads.Add(1)
	return body, nil
}

func (w *writeOnce) IsConflict(error) bool { return false }

func (w *writeOnce) IsMissing(err error) bool { return errors.Is(err, errNone) }

// TestPagesAreReadOnce: who looks at a ledger again waits for what was written since
// alone, and sees it.
func TestPagesAreReadOnce(t *testing.T) {
	bucket := &writeOnce{objects: map[string][]byte{}}
	book := ledger.NewBook(bucket)
	id := onboarding.ApplicantID("01a221f8-f9af-75d0-bf2c-a14114a06a21")
	chain := ledger.NewChain(id)
	write := func() {
		t.Helper()
		r := chain.Append(time.Unix(1, 0), ledger.Record{Kind: ledger.KindDecided, Actor: "process", Outcome: "certified"})
		if _, err := book.Store(t.Context(), []ledger.Page{chain.Cut([]ledger.Record{r})}); err != nil {
			t.Fatal(err)
		}
	}
	var seen pages
	look := func(want int, reads int32) {
		t.Helper()
		bucket.reads.Store(0)
		got, err := seen.read(t.Context(), book, id)
		if err != nil || len(got) != want || bucket.reads.Load() != reads {
			t.Fatalf("%d pages after %d reads, %v; want %d after %d", len(got), bucket.reads.Load(), err, want, reads)
		}
		for i, p := range got {
			if p.Number != i+1 || p.Records[0].Seq != uint64(i+1) {
				t.Errorf("page %d stands at %d", p.Number, i+1)
			}
		}
	}
	look(0, 0)
	for range 6 {
		write()
	}
	look(6, 6)
	look(6, 0)
	write()
	look(7, 1)
}
