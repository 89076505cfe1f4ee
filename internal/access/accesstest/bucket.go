// Package accesstest has the evidence bucket in memory, as far as access events need
// it, for the tests of those who record them.
package accesstest

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/access"
)

// Bucket is an access.Store; the zero value is empty.
type Bucket struct {
	Down error // what each put fails with; nil: none does

	mu      sync.Mutex
	objects map[string][]byte
}

// PutOnce keeps an object.
func (b *Bucket) PutOnce(_ context.Context, key string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.objects == nil {
		b.objects = map[string][]byte{}
	}
	if b.Down == nil {
		b.objects[key] = body
	}
	return b.Down
}

// Get gives an object; none is empty.
func (b *Bucket) Get(_ context.Context, key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.objects[key], nil
}

// List gives the keys that begin with prefix, in order.
func (b *Bucket) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	b.mu.Lock()
	defer b.mu.Unlock()
	keys := slices.Sorted(maps.Keys(b.objects))
	return func(yield func(string, error) bool) {
		for _, key := range keys {
			if strings.HasPrefix(key, prefix) && !yield(key, nil) {
				return
			}
		}
	}
}

// Events are those that are kept, oldest first.
func (b *Bucket) Events(t *testing.T) (out []access.Event) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		var e access.Event
		if err := json.Unmarshal(b.objects[key], &e); err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}
