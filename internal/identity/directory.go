package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
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
	was, etag, err := d.get(ctx, key)
	if err != nil && !d.store.IsMissing(err) {
		return err
	}
	if err == nil && was == e {
		return nil
	}
	plain, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("identity: encode a directory entry: %w", err)
	}
	sealed, err := d.sealer.SystemSeal(key, plain)
	if err != nil {
		return fmt.Errorf("identity: seal a directory entry: %w", err)
	}
	if _, err := d.store.PutIf(ctx, key, sealed, etag); err != nil && !d.store.IsConflict(err) { // another replica has just kept it
		return fmt.Errorf("identity: keep a directory entry: %w", err)
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
		e, _, err := d.get(ctx, key)
		if err != nil && d.store.IsMissing(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		names[strings.TrimPrefix(key, namePrefix)] = e.shown()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names, d.read = names, d.now()
	return names, nil
}

func (d *Directory) get(ctx context.Context, key string) (Entry, string, error) {
	var e Entry
	sealed, etag, err := d.store.GetTagged(ctx, key)
	if err != nil {
		return e, "", err
	}
	plain, err := d.sealer.SystemOpen(key, sealed)
	if err != nil {
		return e, "", fmt.Errorf("identity: open a directory entry: %w", err)
	}
	if err := json.Unmarshal(plain, &e); err != nil {
		return e, "", fmt.Errorf("identity: a directory entry is not readable") // the cause would quote it
	}
	return e, etag, nil
}
