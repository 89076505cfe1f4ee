package witness

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// hashes are a tree's hashes in memory, in the order of tlog's stored hashes.
type hashes []tlog.Hash

// ReadHashes is tlog.HashReader.
func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		if n < 0 || n >= int64(len(h)) {
			return nil, errors.New("witness: a hash outside the tree was asked for")
		}
		out[i] = h[n]
	}
	return out, nil
}

// push adds the n-th leaf, from 0.
func (h *hashes) push(n int64, leaf tlog.Hash) error {
	more, err := tlog.StoredHashesForRecordHash(n, leaf, *h)
	if err != nil {
		return fmt.Errorf("witness: grow a tree: %w", err)
	}
	*h = append(*h, more...)
	return nil
}

// tree gives size and root after n leaves.
func (h hashes) tree(n int64) (tlog.Tree, error) {
	root, err := tlog.TreeHash(n, h)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("witness: a tree's root: %w", err)
	}
	return tlog.Tree{N: n, Hash: root}, nil
}

func (h hashes) bytes() []byte {
	out := make([]byte, 0, len(h)*tlog.HashSize)
	for _, x := range h {
		out = append(out, x[:]...)
	}
	return out
}

func hashesOf(b []byte) hashes {
	out := make(hashes, len(b)/tlog.HashSize)
	for i := range out {
		copy(out[i][:], b[i*tlog.HashSize:])
	}
	return out
}

// tileHeight is that of Go's checksum database and of C2SP's tlog-tiles.
const tileHeight = 8

// tiles reads the tree's tiles from the bucket, each once.
type tiles struct {
	ctx     context.Context //nolint:containedctx // tlog.TileReader has none to give
	objects interface {
		Get(ctx context.Context, key string) ([]byte, error)
	}
	read map[tlog.Tile][]byte
}

// Height is tlog.TileReader's.
func (t *tiles) Height() int { return tileHeight }

// ReadTiles is tlog.TileReader's.
func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(wanted))
	for i, w := range wanted {
		body, ok := t.read[w]
		if !ok {
			var err error
			if body, err = t.objects.Get(t.ctx, tileKey(w)); err != nil {
				return nil, fmt.Errorf("witness: read the tree: %w", err)
			}
			t.read[w] = body
		}
		out[i] = body
	}
	return out, nil
}

// SaveTiles is tlog.TileReader's; what is read is kept for as long as t lives.
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// stored reads hashes of a tree from its tiles and holds them against its root.
func stored(ctx context.Context, objects Reader, tree tlog.Tree) tlog.HashReader {
	return tlog.TileHashReader(tree, &tiles{ctx: ctx, objects: objects, read: map[tlog.Tile][]byte{}})
}

// grown is a stored tree with leaves added in memory.
type grown struct {
	old   tlog.Tree
	below tlog.HashReader
	edge  map[int64]tlog.Hash // of the old tree: all that new leaves can need
	more  hashes              // behind the old tree's
}

// grow adds leaves to a stored tree.
func grow(ctx context.Context, objects Reader, old tlog.Tree, leaves []Leaf) (*grown, tlog.Tree, error) {
	g := &grown{old: old, below: stored(ctx, objects, old), edge: map[int64]tlog.Hash{}}
	if old.N > 0 {
		if _, err := tlog.TreeHash(old.N, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
			found, err := g.below.ReadHashes(indexes)
			if err == nil {
				for i, n := range indexes {
					g.edge[n] = found[i]
				}
			}
			return found, err
		})); err != nil {
			return nil, tlog.Tree{}, fmt.Errorf("witness: read the tree: %w", err)
		}
	}
	for i, l := range leaves {
		more, err := tlog.StoredHashesForRecordHash(old.N+int64(i), l.hash(), g)
		if err != nil {
			return nil, tlog.Tree{}, fmt.Errorf("witness: grow the tree: %w", err)
		}
		g.more = append(g.more, more...)
	}
	n := old.N + int64(len(leaves))
	root, err := tlog.TreeHash(n, g)
	if err != nil {
		return nil, tlog.Tree{}, fmt.Errorf("witness: the tree's root: %w", err)
	}
	return g, tlog.Tree{N: n, Hash: root}, nil
}

// ReadHashes is tlog.HashReader.
func (g *grown) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	base := tlog.StoredHashCount(g.old.N)
	out := make([]tlog.Hash, len(indexes))
	var deep, at []int64
	for i, n := range indexes {
		if n >= base {
			if n-base >= int64(len(g.more)) {
				return nil, errors.New("witness: a hash outside the tree was asked for")
			}
			out[i] = g.more[n-base]
			continue
		}
		if h, ok := g.edge[n]; ok {
			out[i] = h
			continue
		}
		deep, at = append(deep, n), append(at, int64(i))
	}
	if len(deep) == 0 {
		return out, nil
	}
	found, err := g.below.ReadHashes(deep)
	if err != nil {
		return nil, err
	}
	for i, h := range found {
		out[at[i]] = h
	}
	return out, nil
}
