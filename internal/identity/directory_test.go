package identity

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
)

// TestDirectoryKnowsRecruiters: who may be given a case is told by the roles and
// programs of their last sign-in; those lie sealed, as names do.
func TestDirectoryKnowsRecruiters(t *testing.T) {
	store, now := &shelftest.Bucket{}, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	d := NewDirectory(plainSealer{}, store, func() time.Time { return now })
	may := func(id string, want bool) {
		t.Helper()
		if got, err := d.MayHave(t.Context(), id, "support-basics"); err != nil || got != want {
			t.Errorf("%s may have a case: %v, %v", id, got, err)
		}
	}
	listed := func(want ...string) {
		t.Helper()
		got, anybody, err := d.Recruiters(t.Context(), "support-basics")
		if ids := slices.Sorted(maps.Keys(got)); err != nil || anybody != (want == nil) || !slices.Equal(ids, want) {
			t.Errorf("listed %v, anybody %v, %v; want %v", got, anybody, err, want)
		}
	}
	listed()
	may("00000001", true) // nobody is known: one-time links are how staff sign in
	note := func(id string, e Entry) {
		t.Helper()
		if err := d.Note(t.Context(), id, e); err != nil {
			t.Fatal(err)
		}
	}
	note("00000001", Entry{Name: "A", Roles: []Choice{{Role: RoleRecruiter, Programs: []string{"support-basics"}}}})
	note("00000002", Entry{Name: "B", Roles: []Choice{{Role: RoleRecruiter, Programs: []string{"other"}}, {Role: RoleReviewer}}})
	note("00000003", Entry{Name: "C"}) // of before roles were kept
	note("00000004", Entry{Roles: []Choice{{Role: RoleAdmin}}})
	note("00000005", Entry{}) // says nothing: nothing is kept
	listed("00000001", "00000004")
	for id, want := range map[string]bool{"00000001": true, "00000002": false, "00000003": false, "00000004": true, "00000005": false, "ffffffff": false} {
		may(id, want)
	}
	if names, err := d.Names(t.Context()); err != nil || len(names) != 3 || names["00000002"] != "B" {
		t.Errorf("%v, %v", names, err)
	}
	// Another role at the next sign-in counts at once where a case is given.
	before := store.Held()["staff/names/00000001"]
	note("00000001", Entry{Name: "A", Roles: []Choice{{Role: RoleRecruiter, Programs: []string{"support-basics"}}}})
	if !bytes.Equal(store.Held()["staff/names/00000001"], before) {
		t.Error("another entry although all is as it was")
	}
	other := NewDirectory(plainSealer{}, store, func() time.Time { return now }) // another replica
	if err := other.Note(t.Context(), "00000001", Entry{Name: "A", Roles: []Choice{{Role: RoleOps}}}); err != nil {
		t.Fatal(err)
	}
	may("00000001", false)
	listed("00000001", "00000004") // a minute old
	now = now.Add(2 * time.Minute)
	listed("00000004")
	for key := range store.Held() {
		if !strings.HasPrefix(key, "staff/names/") {
			t.Errorf("kept at %s", key)
		}
	}
}
