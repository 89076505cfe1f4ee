package applicants

import "sync"

// remembered is what need not be asked again, up to a number; then all of it goes,
// and it begins anew. The zero value remembers nothing.
type remembered[K comparable, V any] struct {
	mu   sync.Mutex
	kept map[K]V
}

func (r *remembered[K, V]) get(key K) (v V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok = r.kept[key]
	return v, ok
}

func (r *remembered[K, V]) put(key K, v V, most int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil || len(r.kept) >= most {
		r.kept = map[K]V{}
	}
	r.kept[key] = v
}
