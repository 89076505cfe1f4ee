package hooks

import "sync"

// Recent remembers the newest of which events went to which endpoints. It may be used
// by many goroutines.
type Recent struct {
	mu   sync.Mutex
	old  map[delivered]bool
	next map[delivered]bool
}

type delivered struct{ endpoint, event string }

// remembered is how many a Recent remembers at least.
const remembered = 20_000

// Has reports whether it is remembered.
func (r *Recent) Has(endpoint, event string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := delivered{endpoint, event}
	return r.next[d] || r.old[d]
}

// Add remembers it.
func (r *Recent) Add(endpoint, event string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil || len(r.next) >= remembered {
		r.old, r.next = r.next, map[delivered]bool{}
	}
	r.next[delivered{endpoint, event}] = true
}
