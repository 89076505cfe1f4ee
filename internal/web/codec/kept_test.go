package codec_test

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

// kept is the evidence bucket as far as access events need it.
type kept struct {
	mu      sync.Mutex
	objects map[string][]byte
	down    error
}

func (k *kept) PutOnce(_ context.Context, key string, body []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.objects == nil {
		k.objects = map[string][]byte{}
	}
	if k.down == nil {
		k.objects[key] = body
	}
	return k.down
}

func (k *kept) Get(_ context.Context, key string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.objects[key], nil
}

func (k *kept) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	k.mu.Lock()
	defer k.mu.Unlock()
	keys := slices.Sorted(maps.Keys(k.objects))
	return func(yield func(string, error) bool) {
		for _, key := range keys {
			if strings.HasPrefix(key, prefix) && !yield(key, nil) {
				return
			}
		}
	}
}

// events are those that are kept, oldest first.
func (k *kept) events(t *testing.T) (out []access.Event) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(k.objects)) {
		var e access.Event
		if err := json.Unmarshal(k.objects[key], &e); err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}
