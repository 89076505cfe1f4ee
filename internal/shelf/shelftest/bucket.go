// Package shelftest has the vault bucket in memory, for the tests of those who keep
// things in it.
package shelftest

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

// Bucket holds objects, with conditional puts as S3 has them; the zero value is empty.
type Bucket struct {
	Down error // what every call fails with; nil: none does

	mu      sync.Mutex
	puts    int
	reads   int
	objects map[string]object
}

type object struct {
	body []byte
	tag  string
}

var errConflict, errMissing = errors.New("another was put since"), errors.New("no such object")

// IsConflict reports whether a put came too late.
func (b *Bucket) IsConflict(err error) bool { return errors.Is(err, errConflict) }

// IsMissing reports whether there is no such object.
func (b *Bucket) IsMissing(err error) bool { return errors.Is(err, errMissing) }

// Get gives an object.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	body, _, err := b.GetTagged(ctx, key)
	return body, err
}

// GetTagged gives an object and its tag.
func (b *Bucket) GetTagged(_ context.Context, key string) ([]byte, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	if b.Down != nil {
		return nil, "", b.Down
	}
	o, ok := b.objects[key]
	if !ok {
		return nil, "", fmt.Errorf("get: %w", errMissing)
	}
	return bytes.Clone(o.body), o.tag, nil
}

// Put keeps an object, whatever was there.
func (b *Bucket) Put(_ context.Context, key string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, err := b.put(key, body)
	return err
}

// PutIf keeps an object where the one of the tag is, or none with "".
func (b *Bucket) PutIf(_ context.Context, key string, body []byte, tag string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.objects[key].tag != tag {
		return "", fmt.Errorf("put: %w", errConflict)
	}
	return b.put(key, body)
}

func (b *Bucket) put(key string, body []byte) (string, error) {
	if b.Down != nil {
		return "", b.Down
	}
	if b.objects == nil {
		b.objects = map[string]object{}
	}
	b.puts++
	b.objects[key] = object{bytes.Clone(body), strconv.Itoa(b.puts)}
	return b.objects[key].tag, nil
}

// Delete forgets an object; one that there is not is forgotten already.
func (b *Bucket) Delete(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Down == nil {
		delete(b.objects, key)
	}
	return b.Down
}

// List gives the keys that begin with prefix, in order.
func (b *Bucket) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	b.mu.Lock()
	defer b.mu.Unlock()
	keys, down := slices.Sorted(maps.Keys(b.objects)), b.Down
	return func(yield func(string, error) bool) {
		if down != nil {
			yield("", down)
			return
		}
		for _, key := range keys {
			if strings.HasPrefix(key, prefix) && !yield(key, nil) {
				return
			}
		}
	}
}

// Held is all that is there, by key.
func (b *Bucket) Held() map[string][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string][]byte{}
	for key, o := range b.objects {
		out[key] = bytes.Clone(o.body)
	}
	return out
}

// Reads is how many gets there were.
func (b *Bucket) Reads() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reads
}

// Named seals for tests, without a key, so that what is sealed under one name opens under
// no other.
type Named struct{}

// SystemSeal puts the name before what is kept.
func (Named) SystemSeal(name string, plain []byte) ([]byte, error) {
	return append([]byte(name+"\x00"), plain...), nil
}

// SystemOpen gives what was sealed under the name.
func (Named) SystemOpen(name string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte(name+"\x00"))
	if !ok {
		return nil, errors.New("sealed for another name")
	}
	return plain, nil
}
