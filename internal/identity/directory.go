package identity

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// Directory keeps who is who among staff: a sealed entry for each, by the staff ID
// that the ledger has, written when somebody signs in. It is how the console shows
// names, which stand nowhere else.
type Directory struct {
	sealer Sealer
	store  Store
	now    func() time.Time

	mu    sync.Mutex
	names map[string]string
	read  time.Time
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
}

func (e Entry) shown() string {
	if e.Name != "" {
		return e.Name
	}
	return e.Email
}

const namePrefix = "staff/names/"

// namesSeen is how long Names goes by what it last read.
const namesSeen = time.Minute

// Note keeps an entry; one that is as it was costs no put.
func (d *Directory) Note(ctx context.Context, staff string, e Entry) error {
	if e.shown() == "" {
		return nil
	}
	key := namePrefix + staff
	was, version, err := d.kept().Get(ctx, key)
	if err != nil || was == e {
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
	d.mu.Lock()
	names, read := d.names, d.read
	d.mu.Unlock()
	if names != nil && d.now().Sub(read) < namesSeen {
		return names, nil
	}
	names = map[string]string{}
	for key, err := range d.store.List(ctx, namePrefix) {
		if err != nil {
			return nil, err
		}
		e, version, err := d.kept().Get(ctx, key)
		if err != nil {
			return nil, err
		}
		if version == "" {
			continue
		}
		names[strings.TrimPrefix(key, namePrefix)] = e.shown()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names, d.read = names, d.now()
	return names, nil
}

func (d *Directory) kept() shelf.Shelf[Entry] {
	return shelf.Shelf[Entry]{Objects: d.store, Sealer: d.sealer, In: "identity", What: "a directory entry"}
}
