package shelf_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/shelf"
	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
)

type list struct{ Names []string }

func open(b shelf.Objects) shelf.Shelf[list] {
	return shelf.Shelf[list]{Objects: b, Sealer: shelftest.Named{}, In: "test", What: "the list"}
}

// TestChangesAtOnce: none is lost, however many there are at once.
func TestChangesAtOnce(t *testing.T) {
	s := open(&shelftest.Bucket{})
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if _, err := s.Change(t.Context(), "k", func(l list) (list, error) {
				l.Names = append(l.Names, "x")
				return l, nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, _, err := s.Get(t.Context(), "k"); err != nil || len(got.Names) != 12 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestVersions(t *testing.T) {
	b := &shelftest.Bucket{}
	s := open(b)
	if got, version, err := s.Get(t.Context(), "k"); err != nil || version != "" || got.Names != nil {
		t.Errorf("nothing: %v %q %v", got, version, err)
	}
	first, err := s.Put(t.Context(), "k", list{[]string{"a"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), "k", list{}, ""); !b.IsConflict(err) {
		t.Errorf("made twice: %v", err)
	}
	second, err := s.Put(t.Context(), "k", list{[]string{"b"}}, first)
	if err != nil || second == first {
		t.Errorf("%q, %v", second, err)
	}
	if _, err := s.Put(t.Context(), "k", list{}, first); !b.IsConflict(err) {
		t.Errorf("upon an old version: %v", err)
	}
	if got, version, err := s.Get(t.Context(), "k"); err != nil || version != second || got.Names[0] != "b" {
		t.Errorf("%v %q %v", got, version, err)
	}
}

// TestWhatIsNotOurs is refused without being quoted.
func TestWhatIsNotOurs(t *testing.T) {
	b := &shelftest.Bucket{}
	s := open(b)
	for _, body := range []string{"other\x00{}", "k\x00quillonia", `k` + "\x00" + `{"Names":"quillonia"}`} {
		if err := b.Put(t.Context(), "k", []byte(body)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Get(t.Context(), "k"); err == nil || !strings.HasPrefix(err.Error(), "test: ") || strings.Contains(err.Error(), "quillonia") {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// TestChangeEnds: with an error that is given as it is; when the store is down; when
// nobody waits any more; and when others are faster every time.
func TestChangeEnds(t *testing.T) {
	b := &shelftest.Bucket{}
	s, no := open(b), errors.New("no")
	if _, err := s.Change(t.Context(), "k", func(l list) (list, error) { return l, no }); !errors.Is(err, no) || len(b.Held()) != 0 {
		t.Errorf("%v, %v", err, b.Held())
	}
	asked := 0
	hurry := func(l list) (list, error) {
		asked++
		return l, b.Put(t.Context(), "k", []byte("k\x00{}"))
	}
	if _, err := s.Change(t.Context(), "k", hurry); err == nil || b.IsConflict(err) || asked < 10 {
		t.Errorf("others are faster: %v after %d", err, asked)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Change(gone, "k", hurry); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
	b.Down = errors.New("down")
	if _, err := s.Change(t.Context(), "k", hurry); !errors.Is(err, b.Down) {
		t.Errorf("down: %v", err)
	}
}
