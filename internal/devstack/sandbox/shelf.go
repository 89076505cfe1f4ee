package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// thing is a small JSON object that a vendor keeps. It says how things will turn
// out and nothing of the person, since it lies on the disk.
type thing struct {
	Vendor string          `json:"vendor"`
	Kind   string          `json:"kind"`
	ID     string          `json:"id"`
	Object json.RawMessage `json:"object"` // null: it is gone
}

// kindEvent is the kind of the events that are still to be taken.
const kindEvent = "event"

type place struct{ vendor, kind, id string }

// shelf is what vendors keep, in memory; the journal carries it over a restart.
type shelf struct {
	mu    sync.Mutex
	held  map[place]json.RawMessage
	kinds map[place][]string // IDs in the order in which they came, by place without ID
}

func newShelf() *shelf { return &shelf{held: map[place]json.RawMessage{}, kinds: map[place][]string{}} }

// put keeps t; the caller holds mu.
func (k *shelf) put(t thing) {
	at, kind := place{t.Vendor, t.Kind, t.ID}, place{vendor: t.Vendor, kind: t.Kind}
	_, was := k.held[at]
	switch {
	case len(t.Object) > 0 && string(t.Object) != "null":
		k.held[at] = t.Object
		if !was {
			k.kinds[kind] = append(k.kinds[kind], t.ID)
		}
	case was:
		delete(k.held, at)
		k.kinds[kind] = slices.DeleteFunc(k.kinds[kind], func(id string) bool { return id == t.ID })
	}
}

// restore takes up a thing from the journal; a later line replaces an earlier.
func (k *shelf) restore(t thing) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.put(t)
}

// things gives all that is kept, each kind in the order in which it came.
func (k *shelf) things() []thing {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []thing
	for kind, ids := range k.kinds {
		for _, id := range ids {
			out = append(out, thing{kind.vendor, kind.kind, id, k.held[place{kind.vendor, kind.kind, id}]})
		}
	}
	return out
}

// change puts what f makes of the object that is there (absent: the zero value,
// had is false), in memory and in the journal, as one step; it gives what is
// there then. f leaves it as it is by returning false.
func change[T any](s *Sandbox, vendor, kind, id string, f func(v *T, had bool) bool) T {
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	raw, had := s.shelf.held[place{vendor, kind, id}]
	v := thaw[T](raw)
	if !f(&v, had) {
		return thaw[T](raw)
	}
	s.write(thing{vendor, kind, id, freeze(v)})
	return v
}

// keep puts v there, whatever was.
func (s *Sandbox) keep(vendor, kind, id string, v any) {
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	s.write(thing{vendor, kind, id, freeze(v)})
}

// drop takes away what is there.
func (s *Sandbox) drop(vendor, kind, id string) {
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	s.write(thing{Vendor: vendor, Kind: kind, ID: id})
}

// write is for change, keep and drop, which hold the shelf's lock: so the
// journal's lines come in the order of what happened.
func (s *Sandbox) write(t thing) {
	s.shelf.put(t)
	if err := s.journal.kept(t); err != nil {
		s.cfg.Log.Error("sandbox: journal", "error", err.Error())
	}
}

// find gives the object that is kept there.
func find[T any](s *Sandbox, vendor, kind, id string) (T, bool) {
	s.shelf.mu.Lock()
	raw, ok := s.shelf.held[place{vendor, kind, id}]
	s.shelf.mu.Unlock()
	return thaw[T](raw), ok
}

// list gives all objects of a kind in the order in which they came.
func list[T any](s *Sandbox, vendor, kind string) []T {
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	ids := s.shelf.kinds[place{vendor: vendor, kind: kind}]
	out := make([]T, 0, len(ids))
	for _, id := range ids {
		out = append(out, thaw[T](s.shelf.held[place{vendor, kind, id}]))
	}
	return out
}

func freeze(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil { // only our own types come here
		panic(fmt.Sprintf("sandbox: keep: %v", err))
	}
	return raw
}

// thaw gives the zero value for nothing, and for an object of an older sandbox
// that is no longer understood.
func thaw[T any](raw json.RawMessage) T {
	var v T
	if len(raw) > 0 && json.Unmarshal(raw, &v) != nil {
		var none T
		return none
	}
	return v
}
