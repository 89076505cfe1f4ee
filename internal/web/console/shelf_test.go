package console

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

var (
	_ identity.Store = (*evidence.Store)(nil)
	_ identity.Store = (*shelf)(nil)
)

var errNotThere = errors.New("not there")

// shelf is the vault bucket in memory: puts are conditional by tag.
type shelf struct {
	mu      sync.Mutex
	n       int
	objects map[string]shelved
	down    error
	reads   int
}

type shelved struct {
	body []byte
	tag  string
}

func (s *shelf) PutIf(_ context.Context, key string, body []byte, tag string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return "", s.down
	}
	if s.objects[key].tag != tag {
		return "", errUsed
	}
	s.n++
	s.objects[key] = shelved{body, strconv.Itoa(s.n)}
	return strconv.Itoa(s.n), nil
}

func (s *shelf) GetTagged(_ context.Context, key string) ([]byte, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.down != nil {
		return nil, "", s.down
	}
	o, ok := s.objects[key]
	if !ok {
		return nil, "", errNotThere
	}
	return o.body, o.tag, nil
}

func (s *shelf) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := slices.Sorted(maps.Keys(s.objects))
	return func(yield func(string, error) bool) {
		for _, k := range keys {
			if strings.HasPrefix(k, prefix) && !yield(k, nil) {
				return
			}
		}
	}
}

func (s *shelf) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, key)
	return s.down
}

func (s *shelf) IsConflict(err error) bool { return errors.Is(err, errUsed) }
func (s *shelf) IsMissing(err error) bool  { return errors.Is(err, errNotThere) }
