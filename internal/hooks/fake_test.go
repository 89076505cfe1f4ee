package hooks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// bucket is a store of objects in memory, with conditional puts as S3 has them.
type bucket struct {
	mu   sync.Mutex
	held map[string][]byte
	tags map[string]int
	gets int
}

func newBucket() *bucket { return &bucket{held: map[string][]byte{}, tags: map[string]int{}} }

var errConflict, errMissing = errors.New("conflict"), errors.New("missing")

func (b *bucket) Get(ctx context.Context, key string) ([]byte, error) {
	body, _, err := b.GetTagged(ctx, key)
	return body, err
}

func (b *bucket) GetTagged(_ context.Context, key string) ([]byte, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gets++
	body, ok := b.held[key]
	if !ok {
		return nil, "", fmt.Errorf("get: %w", errMissing)
	}
	return bytes.Clone(body), strconv.Itoa(b.tags[key]), nil
}

func (b *bucket) Put(_ context.Context, key string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held[key] = bytes.Clone(body)
	b.tags[key]++
	return nil
}

func (b *bucket) PutIf(_ context.Context, key string, body []byte, etag string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := ""
	if _, ok := b.held[key]; ok {
		now = strconv.Itoa(b.tags[key])
	}
	if now != etag {
		return "", fmt.Errorf("put: %w", errConflict)
	}
	b.held[key] = bytes.Clone(body)
	b.tags[key]++
	return strconv.Itoa(b.tags[key]), nil
}

func (b *bucket) Delete(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.held, key)
	return nil
}

func (b *bucket) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	b.mu.Lock()
	keys := slices.Sorted(maps.Keys(b.held))
	b.mu.Unlock()
	return func(yield func(string, error) bool) {
		for _, k := range keys {
			if strings.HasPrefix(k, prefix) && !yield(k, nil) {
				return
			}
		}
	}
}

func (b *bucket) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (b *bucket) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

// mask stands in for the vault: it is no encryption, but what is masked under one name
// opens under no other.
type mask struct{}

func (mask) SystemSeal(name string, plain []byte) ([]byte, error) {
	out := bytes.Clone(plain)
	for i := range out {
		out[i] ^= 0x5a
	}
	return append([]byte(name+"\x00"), out...), nil
}

func (mask) SystemOpen(name string, sealed []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(sealed, []byte(name+"\x00"))
	if !ok {
		return nil, errors.New("sealed for another name")
	}
	out := bytes.Clone(rest)
	for i := range out {
		out[i] ^= 0x5a
	}
	return out, nil
}
