package identity

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// Directory keeps who is who among staff: a sealed entry for each, by the staff ID
// that the ledger has, written when somebody signs in. It is how the console shows
// names, which stand nowhere else, and knows who can be given a case.
type Directory struct {
	sealer Sealer
	store  Store
	now    func() time.Time

	mu      sync.Mutex
	entries map[string]Entry
	read    time.Time
}

// NewDirectory makes a Directory; now is time.Now when nil.
func NewDirectory(sealer Sealer, store Store, now func() time.Time) *Directory {
	if now == nil {
		now = time.Now
	}
	return &Directory{sealer: sealer, store: store, now: now}
}

// Entry is what the provider says of a person.
type Entry struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	// Roles are those in which they could sign in when they last did; none for who has
	// not since roles are kept.
	Roles []Choice `json:"roles,omitempty"`
}

func (e Entry) shown() string { return cmp.Or(e.Name, e.Email) }

func (e Entry) same(o Entry) bool {
	return e.Name == o.Name && e.Email == o.Email && slices.EqualFunc(e.Roles, o.Roles, func(a, b Choice) bool {
		return a.Role == b.Role && slices.Equal(a.Programs, b.Programs)
	})
}

// may reports whether they may do the action with an applicant of the program in one
// of their roles.
func (e Entry) may(a Action, program string) bool {
	return slices.ContainsFunc(e.Roles, func(c Choice) bool { return Staff{Role: c.Role, Programs: c.Programs}.May(a, program) })
}

const namePrefix = "staff/names/"

// namesSeen is how long a Directory goes by what it last read.
const namesSeen = time.Minute

// Note keeps an entry; one that is as it was costs no put.
func (d *Directory) Note(ctx context.Context, staff string, e Entry) error {
	if e.shown() == "" && len(e.Roles) == 0 {
		return nil
	}
	key := namePrefix + staff
	was, version, err := d.kept().Get(ctx, key)
	if err != nil || was.same(e) {
		return err
	}
	if _, err := d.kept().Put(ctx, key, e, version); err != nil && !d.store.IsConflict(err) { // another replica has just kept it
		return err
	}
	d.mu.Lock()
	d.read = time.Time{}
	d.mu.Unlock()
	return nil
}

// Names gives everybody's name, or e-mail address where there is none, by staff ID.
// Who signed in by a one-time link has none. It may be a minute old.
func (d *Directory) Names(ctx context.Context) (map[string]string, error) {
	entries, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for id, e := range entries {
		if e.shown() != "" {
			names[id] = e.shown()
		}
	}
	return names, nil
}

// Recruiters gives who may have a case of the program, by staff ID, with their names:
// those who may take one, in a role of theirs. anybody says that the directory is
// empty, so that nobody knows. It may be a minute old.
func (d *Directory) Recruiters(ctx context.Context, program string) (names map[string]string, anybody bool, err error) {
	entries, err := d.all(ctx)
	if err != nil {
		return nil, false, err
	}
	names = map[string]string{}
	for id, e := range entries {
		if e.may(AssignCase, program) {
			names[id] = cmp.Or(e.shown(), id)
		}
	}
	return names, len(entries) == 0, nil
}

// MayHave reports whether one of staff may have a case of the program: they may take
// one, or the directory is empty. It is never out of date.
func (d *Directory) MayHave(ctx context.Context, staff, program string) (bool, error) {
	e, version, err := d.kept().Get(ctx, namePrefix+staff)
	if err != nil || version != "" {
		return e.may(AssignCase, program), err
	}
	entries, err := d.all(ctx)
	return len(entries) == 0, err
}

// all gives every entry by staff ID; it may be a minute old.
func (d *Directory) all(ctx context.Context) (map[string]Entry, error) {
	d.mu.Lock()
	entries, read := d.entries, d.read
	d.mu.Unlock()
	if entries != nil && d.now().Sub(read) < namesSeen {
		return entries, nil
	}
	entries = map[string]Entry{}
	for key, err := range d.store.List(ctx, namePrefix) {
		if err != nil {
			return nil, err
		}
		e, version, err := d.kept().Get(ctx, key)
		if err != nil {
			return nil, err
		}
		if version != "" {
			entries[strings.TrimPrefix(key, namePrefix)] = e
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries, d.read = entries, d.now()
	return entries, nil
}

func (d *Directory) kept() shelf.Shelf[Entry] {
	return shelf.Shelf[Entry]{Objects: d.store, Sealer: d.sealer, In: "identity", What: "a directory entry"}
}
