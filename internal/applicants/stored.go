package applicants

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// listShard is how many entries of a stored list lie in one object.
const listShard = 1000

func (s *Service) putJSON(ctx context.Context, key string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("applicants: encode %s: %w", key, err)
	}
	return s.Objects.Put(ctx, key, body)
}

func (s *Service) getJSON(ctx context.Context, key string, v any) error {
	body, err := s.Objects.Get(ctx, key)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("applicants: %s is not readable: %w", key, err)
	}
	return nil
}

// putList stores a list in parts, under the keys that key gives for them from 0 on.
func putList[T any](ctx context.Context, s *Service, key func(shard int) string, all []T) error {
	shard := 0
	for part := range slices.Chunk(all, listShard) {
		if err := s.putJSON(ctx, key(shard), part); err != nil {
			return err
		}
		shard++
	}
	return nil
}

// readList reads of a stored list what stands from one number up to but not including
// another.
func readList[T any](ctx context.Context, s *Service, key func(shard int) string, from, to int) ([]T, error) {
	var out []T
	for shard := from / listShard; shard*listShard < to; shard++ {
		var part []T
		if err := s.getJSON(ctx, key(shard), &part); err != nil {
			return nil, err
		}
		first := shard * listShard
		out = append(out, part[max(from-first, 0):min(to-first, len(part))]...)
	}
	return out, nil
}

// listOnce finds a list and stores it, once: when its number of entries stands under
// total it was found before, and what would be found now is another list's. It gives
// that number.
func listOnce[T any](ctx context.Context, s *Service, total string, key func(shard int) string, find func() ([]T, error)) (int, error) {
	var n int
	if err := s.getJSON(ctx, total, &n); err == nil || !s.Objects.IsMissing(err) {
		return n, err
	}
	all, err := find()
	if err != nil {
		return 0, err
	}
	if err := putList(ctx, s, key, all); err != nil {
		return 0, err
	}
	return len(all), s.putJSON(ctx, total, len(all))
}
