// Package shelf keeps small values in the vault bucket: each one sealed JSON object,
// replaced by conditional puts, so that of several processes that change one at once
// none undoes what another did.
package shelf

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"
)

// Objects is the bucket; *evidence.Store is one.
type Objects interface {
	// GetTagged gives an object and its ETag.
	GetTagged(ctx context.Context, key string) (body []byte, etag string, err error)
	// PutIf replaces the object that has the ETag; with "" it makes one where none is.
	PutIf(ctx context.Context, key string, body []byte, etag string) (string, error)
	IsConflict(err error) bool
	IsMissing(err error) bool
}

// Bucket is Objects that can be listed; *evidence.Store is one.
type Bucket interface {
	Objects
	// List gives the keys that begin with a prefix, in their order.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// Sealer seals what belongs to no applicant; *vault.Vault is one. A value is sealed
// for its key: it opens under no other.
type Sealer interface {
	SystemSeal(name string, plaintext []byte) ([]byte, error)
	SystemOpen(name string, sealed []byte) ([]byte, error)
}

// Shelf keeps values of one kind, T, as JSON has them.
type Shelf[T any] struct {
	Objects Objects
	Sealer  Sealer
	In      string // the package that keeps them; errors begin with it
	What    string // what a value is, as errors say it: "a session"
}

// Get gives a value and its version; the zero value and "" where there is none. Errors
// never quote what is kept.
func (s Shelf[T]) Get(ctx context.Context, key string) (value T, version string, err error) {
	var none T
	sealed, version, err := s.Objects.GetTagged(ctx, key)
	if err != nil && s.Objects.IsMissing(err) {
		return none, "", nil
	}
	if err != nil {
		return none, "", err
	}
	plain, err := s.Sealer.SystemOpen(key, sealed)
	if err != nil {
		return none, "", fmt.Errorf("%s: open %s: %w", s.In, s.What, err)
	}
	if err := json.Unmarshal(plain, &value); err != nil {
		return none, "", fmt.Errorf("%s: %s cannot be read", s.In, s.What) // the cause would quote it
	}
	return value, version, nil
}

// All gives every value whose key begins with a prefix and is wanted (nil: all of them),
// in the order of their keys; the others are not opened. One that goes meanwhile is left
// out. It ends with the first error.
func (s Shelf[T]) All(ctx context.Context, from Bucket, prefix string, wanted func(key string) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for key, err := range from.List(ctx, prefix) {
			if err != nil {
				yield(none, fmt.Errorf("%s: list them: %w", s.In, err))
				return
			}
			if wanted != nil && !wanted(key) {
				continue
			}
			value, version, err := s.Get(ctx, key)
			if err == nil && version == "" {
				continue
			}
			if !yield(value, err) || err != nil {
				return
			}
		}
	}
}

// Put keeps a value in place of the version that Get gave, and gives its own. Where
// another has been put since, the error is the store's conflict.
func (s Shelf[T]) Put(ctx context.Context, key string, value T, version string) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("%s: encode %s: %w", s.In, s.What, err)
	}
	sealed, err := s.Sealer.SystemSeal(key, plain)
	if err != nil {
		return "", fmt.Errorf("%s: seal %s: %w", s.In, s.What, err)
	}
	version, err = s.Objects.PutIf(ctx, key, sealed, version)
	if err != nil {
		return "", fmt.Errorf("%s: keep %s: %w", s.In, s.What, err)
	}
	return version, nil
}

const (
	// tries is how often a change begins anew when another was faster.
	tries = 50
	// pause is how long it waits before that, at most.
	pause = 10 * time.Millisecond
)

// Change changes a value and gives it as it is then; how gets the zero value where
// there is none, and is asked again when another change came in between. An error of
// how changes nothing and is given as it is.
func (s Shelf[T]) Change(ctx context.Context, key string, how func(T) (T, error)) (T, error) {
	var none T
	for range tries {
		value, version, err := s.Get(ctx, key)
		if err != nil {
			return none, err
		}
		if value, err = how(value); err != nil {
			return none, err
		}
		if _, err = s.Put(ctx, key, value, version); err == nil {
			return value, nil
		}
		if !s.Objects.IsConflict(err) {
			return none, err
		}
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case <-time.After(rand.N(pause)):
		}
	}
	return none, fmt.Errorf("%s: change %s: others do so all the time", s.In, s.What)
}
