package lists_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/lists"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func TestStartSaysWhatIsMissingOrWrong(t *testing.T) {
	w := newWorld(t)
	none := w.keeper(map[onboarding.ListName]lists.Source{})
	err := none.Start(t.Context(), onboarding.ListOFAC, onboarding.ListLEIE)
	if err == nil || !strings.Contains(err.Error(), "the list ofac is not there") || !strings.Contains(err.Error(), "leie") || strings.Contains(err.Error(), "sam") {
		t.Errorf("got %v", err)
	}
	if _, err := none.Current(t.Context(), onboarding.ListSAM); onboarding.CodeOf(err) != onboarding.CodeVendorRefused {
		t.Errorf("got %v", err)
	}
	w.edit(onboarding.ListOFAC, "sdn.csv", `"vessel"`, `"balloon"`)
	if err := w.keeper(nil).Start(t.Context(), onboarding.ListOFAC); err == nil || !strings.Contains(err.Error(), "sdn.csv:4: the entry 900004 is of a type") {
		t.Errorf("got %v", err)
	}
}

// A restart takes up what a folder has by now, and goes on with what is in force
// when the folder is broken.
func TestRestart(t *testing.T) {
	w := newWorld(t)
	w.started()
	w.barred("2026-12-10")
	if got := w.current(w.started(), onboarding.ListLEIE).Edition(); !strings.HasPrefix(got, "2026-12-10/") {
		t.Errorf("edition %s", got)
	}
	w.edit(onboarding.ListLEIE, "UPDATED.csv", "FIRSTNAME", "GIVEN")
	if got := w.current(w.started(), onboarding.ListLEIE).Edition(); !strings.HasPrefix(got, "2026-12-10/") {
		t.Errorf("edition %s", got)
	}
	if n := strings.Count(w.said.String(), "has no usable edition"); n != 1 {
		t.Errorf("said %d times:\n%s", n, w.said)
	}
}

// The pointer is looked at once a second at most, and an edition is loaded once
// for all who ask.
func TestLooksSeldomAndLoadsOnce(t *testing.T) {
	w := newWorld(t)
	w.started()
	k := w.keeper(map[onboarding.ListName]lists.Source{})
	pointer, file := "lists/ofac/current", "lists/ofac/"+w.inForce(onboarding.ListOFAC)+"/sdn.csv.gz"
	ask := func() {
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { w.current(k, onboarding.ListOFAC) })
		}
		all.Wait()
	}
	looks, loads := w.bucket.got(pointer), w.bucket.got(file)
	ask()
	ask()
	if a, b := w.bucket.got(pointer)-looks, w.bucket.got(file)-loads; a != 1 || b != 1 {
		t.Errorf("%d looks and %d loads, want one of each", a, b)
	}
	w.clock.move(time.Second)
	ask()
	if a, b := w.bucket.got(pointer)-looks, w.bucket.got(file)-loads; a != 2 || b != 1 {
		t.Errorf("%d looks and %d loads, want two and one", a, b)
	}
}

// A new edition that cannot be loaded leaves the old one in use, and is told once.
func TestServesTheOldOneWhileTheNewOneCannotBeLoaded(t *testing.T) {
	w := newWorld(t)
	k := w.started()
	other := w.keeper(map[onboarding.ListName]lists.Source{})
	was := w.current(other, onboarding.ListLEIE).Edition()
	w.barred("2026-12-10")
	next := w.refresh(k, onboarding.ListLEIE, false).Edition
	key := "lists/leie/" + next + "/UPDATED.csv.gz"
	body := w.bucket.objects[key]
	for name, change := range map[string]func(){
		"gone":       func() { delete(w.bucket.objects, key) },
		"no gzip":    func() { w.bucket.objects[key] = []byte("x") },
		"another's":  func() { w.bucket.objects[key] = w.bucket.objects["lists/leie/"+was+"/UPDATED.csv.gz"] },
		"store down": func() { w.bucket.down = true },
	} {
		w.said.Reset()
		w.bucket.set(change)
		for range 3 {
			w.clock.move(time.Second)
			if got := w.current(other, onboarding.ListLEIE).Edition(); got != was {
				t.Errorf("%s: %s", name, got)
			}
		}
		if n := strings.Count(w.said.String(), "could not be loaded"); n != 1 {
			t.Errorf("%s: said %d times:\n%s", name, n, w.said)
		}
		w.bucket.set(func() { w.bucket.objects[key], w.bucket.down = body, false })
	}
	w.clock.move(time.Second)
	if got := w.current(other, onboarding.ListLEIE).Edition(); got != next {
		t.Errorf("once it can be loaded: %s, want %s", got, next)
	}
}

// What stands in the store but cannot be read is put there again from the source.
func TestStartMendsTheStore(t *testing.T) {
	w := newWorld(t)
	w.started()
	key := "lists/sam/" + w.inForce(onboarding.ListSAM) + "/published.txt.gz"
	for name, change := range map[string]func(){
		"a file is gone": func() { delete(w.bucket.objects, key) },
		"a bad pointer":  func() { w.bucket.objects["lists/sam/current"] = []byte("{}") },
	} {
		w.bucket.set(change)
		bare := w.keeper(map[onboarding.ListName]lists.Source{})
		if _, err := bare.Current(t.Context(), onboarding.ListSAM); onboarding.CodeOf(err) != onboarding.CodeVendorDown {
			t.Errorf("%s: got %v", name, err)
		}
		w.started()
		w.clock.move(time.Second)
		if w.current(bare, onboarding.ListSAM).Edition() != w.inForce(onboarding.ListSAM) {
			t.Errorf("%s was not mended", name)
		}
	}
}
