package witness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Outcome is what a checkpoint came to.
type Outcome struct {
	Number int   `json:"number"`
	Size   int64 `json:"size"` // leaves in the log
	Moved  int   `json:"moved"`
	Looked int   `json:"looked"` // ledgers that were looked at
	Unfit  int   `json:"unfit"`  // ledgers that are not whole, and were left out
	Swept  bool  `json:"swept"`  // all ledgers were listed
}

// position is how far the log has been carried on: everything up to this checkpoint
// has its tiles and its chains. It lies in the vault bucket and only makes things quick.
type position struct {
	Checkpoint int       `json:"checkpoint"`
	Swept      time.Time `json:"swept"` // when all ledgers were last listed
}

const positionKey = "witness/position"

const (
	// sweepEvery is how often all ledgers are listed, for what no note told of.
	sweepEvery = 24 * time.Hour
	// mostLeaves is how many a checkpoint adds at most; the next takes the rest.
	mostLeaves = 100_000
	// tries is how often it is begun anew when another was quicker.
	tries = 5
)

// Checkpoint takes down where every ledger ends that has moved and signs the log. all
// has every ledger looked at; it is done once a day by itself. It is always safe to
// call again: what a try left half done is finished first. Errors: CodeConflict when
// others make checkpoints at the same time and go on doing so.
func (w *Witness) Checkpoint(ctx context.Context, all bool) (Outcome, error) {
	for range tries {
		out, err := w.try(ctx, all)
		if err == nil {
			return out, nil
		}
		if !w.cfg.Evidence.IsConflict(err) {
			return Outcome{}, err
		}
	}
	return Outcome{}, &onboarding.Error{Code: onboarding.CodeConflict, Message: "Others are making checkpoints at the same time.", Hint: "Theirs hold as well: look at the last one."}
}

func (w *Witness) try(ctx context.Context, all bool) (Outcome, error) {
	last, pos, err := w.carryOn(ctx)
	if err != nil {
		return Outcome{}, err
	}
	now := w.cfg.Now().UTC().Truncate(time.Second)
	found, err := w.noted(ctx)
	if err != nil {
		return Outcome{}, err
	}
	sweep := all || now.Sub(pos.Swept) >= sweepEvery
	if sweep {
		if found.ids, err = w.behind(ctx, found.ids); err != nil {
			return Outcome{}, err
		}
	}
	leaves, chains, unfit, err := w.collect(ctx, found.ids)
	if err != nil {
		return Outcome{}, err
	}
	registers, err := w.newRegisters(ctx)
	if err != nil {
		return Outcome{}, err
	}
	leaves = append(registers, leaves...)
	more := len(leaves) > mostLeaves
	leaves = leaves[:min(len(leaves), mostLeaves)]
	signed, g, err := w.sign(ctx, last, leaves, now)
	if err != nil {
		return Outcome{}, err
	}
	if sweep && !more {
		pos.Swept = now
	}
	if err := w.apply(ctx, g, signed, leaves, chains, pos); err != nil {
		return Outcome{}, err
	}
	if !more && unfit == 0 {
		for _, key := range found.done {
			if err := w.cfg.State.Delete(ctx, key); err != nil {
				return Outcome{}, fmt.Errorf("witness: put a note away: %w", err)
			}
		}
	}
	w.metrics.last.Store(signed.At.Unix())
	w.metrics.unfit.Store(int64(unfit))
	return Outcome{Number: signed.Number, Size: signed.Tree.N, Moved: len(leaves) - len(registers), Looked: len(found.ids), Unfit: unfit, Swept: sweep}, nil
}

// side is how many ledgers are read side by side.
func side() int { return 8 * runtime.GOMAXPROCS(0) }

// behind adds to ids every ledger of which the log does not have the last page.
func (w *Witness) behind(ctx context.Context, ids []onboarding.ApplicantID) ([]onboarding.ApplicantID, error) {
	every, err := w.everybody(ctx)
	if err != nil {
		return nil, err
	}
	have := map[onboarding.ApplicantID]bool{}
	for _, id := range ids {
		have[id] = true
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(side())
	for id, page := range every {
		if have[id] {
			continue
		}
		group.Go(func() error {
			known, err := w.chain(ctx, id)
			if err != nil {
				return err
			}
			if known.last().Page < page {
				mu.Lock()
				ids = append(ids, id)
				mu.Unlock()
			}
			return nil
		})
	}
	return ids, group.Wait()
}

// collect reads the ends of these ledgers, in the order of their IDs.
func (w *Witness) collect(ctx context.Context, ids []onboarding.ApplicantID) (leaves []Leaf, chains map[onboarding.ApplicantID]chain, unfit int, err error) {
	chains = map[onboarding.ApplicantID]chain{}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(side())
	for _, id := range ids {
		group.Go(func() error {
			known, err := w.chain(ctx, id)
			if err != nil {
				return err
			}
			leaf, tree, moved, err := w.ends(ctx, id, known, 0)
			var bad errUnfit
			if errors.As(err, &bad) {
				w.cfg.Log.ErrorContext(ctx, "a ledger is not whole and was left out of the checkpoint", "applicant", string(id), "page", bad.page, "record", bad.seq)
				mu.Lock()
				unfit++
				mu.Unlock()
				return nil
			}
			if err != nil || !moved {
				return err
			}
			known.Tree = tree.bytes()
			mu.Lock()
			leaves = append(leaves, leaf)
			chains[id] = known
			mu.Unlock()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, 0, fmt.Errorf("witness: read where the ledgers end: %w", err)
	}
	slices.SortFunc(leaves, func(a, b Leaf) int { return strings.Compare(string(a.Applicant), string(b.Applicant)) })
	return leaves, chains, unfit, nil
}

// sign stores the leaves, then the checkpoint that has them: with it, and not before,
// they are in the log. It gives the grown tree too. The error is the bucket's conflict
// when another was quicker.
func (w *Witness) sign(ctx context.Context, last *Signed, leaves []Leaf, now time.Time) (Signed, *grown, error) {
	r, _, err := w.ring(ctx)
	if err != nil {
		return Signed{}, nil, err
	}
	signers, next, err := r.signs(last)
	if err != nil {
		return Signed{}, nil, err
	}
	c := Checkpoint{Origin: r.Origin, Number: 1, At: now, Prev: noneBefore, Next: next}
	if last != nil {
		c.Number, c.Prev = last.Number+1, last.digest()
		if now.Before(last.At) {
			c.At = last.At // a clock that went back must not make ours do so
		}
	}
	g, tree, err := grow(ctx, w.cfg.Evidence, treeOf(last), leaves)
	if err != nil {
		return Signed{}, nil, err
	}
	c.Tree = tree
	body := encodeLeaves(leaves)
	c.Leaves = digest(body)
	if len(leaves) > 0 {
		if err := w.cfg.Evidence.PutOnce(ctx, leavesKey(c.Number, c.Leaves), body); err != nil {
			return Signed{}, nil, fmt.Errorf("witness: store the leaves: %w", err)
		}
	}
	msg, err := note.Sign(&note.Note{Text: c.text()}, signers...)
	if err != nil {
		return Signed{}, nil, fmt.Errorf("witness: sign a checkpoint: %w", err)
	}
	if err := w.cfg.Evidence.PutOnce(ctx, checkpointKey(c.Number), msg); err != nil {
		return Signed{}, nil, fmt.Errorf("witness: store a checkpoint: %w", err)
	}
	return Signed{Checkpoint: c, Note: msg}, g, nil
}

// treeOf is the tree that a checkpoint signed; without one it is empty.
func treeOf(s *Signed) tlog.Tree {
	if s == nil {
		return tlog.Tree{}
	}
	return s.Tree
}

// apply publishes the tiles of the tree that a stored checkpoint signed, grown by its
// leaves, and keeps where its ledgers stand. It may be done again.
func (w *Witness) apply(ctx context.Context, g *grown, c Signed, leaves []Leaf, chains map[onboarding.ApplicantID]chain, pos position) error {
	for _, t := range tlog.NewTiles(tileHeight, g.old.N, c.Tree.N) {
		data, err := tlog.ReadTileData(t, g)
		if err != nil {
			return fmt.Errorf("witness: a tile of the tree: %w", err)
		}
		if err := w.cfg.Evidence.PutOnce(ctx, tileKey(t), data); err != nil {
			return fmt.Errorf("witness: store a tile of the tree: %w", err)
		}
	}
	group, below := errgroup.WithContext(ctx)
	group.SetLimit(side())
	for i, l := range leaves {
		if l.Register != "" {
			continue
		}
		at := place{Seq: l.Seq, Page: l.Page, Head: l.Head, Leaf: g.old.N + int64(i), Checkpoint: c.Number}
		known, ok := chains[l.Applicant]
		group.Go(func() error { return w.placed(below, l, at, known, ok) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := w.keepRegisters(ctx, leaves); err != nil {
		return err
	}
	pos.Checkpoint = c.Number
	body, err := json.Marshal(pos)
	if err != nil {
		return fmt.Errorf("witness: encode how far the log is: %w", err)
	}
	if err := w.cfg.State.Put(ctx, positionKey, body); err != nil {
		return fmt.Errorf("witness: keep how far the log is: %w", err)
	}
	return nil
}

// placed keeps where a ledger stands now. known is what it stood at when its leaf was
// made, with its tree; without it the ledger is read again.
func (w *Witness) placed(ctx context.Context, l Leaf, at place, known chain, ok bool) error {
	if !ok {
		var err error
		if known, err = w.chain(ctx, l.Applicant); err != nil {
			return err
		}
		if known.last().Seq >= l.Seq {
			return nil // a try that was cut off had got here
		}
		_, tree, moved, err := w.ends(ctx, l.Applicant, known, l.Seq)
		if err != nil || !moved {
			return err
		}
		known.Tree = tree.bytes()
	}
	known.Leaves = append(known.Leaves, at)
	return w.keepChain(ctx, l.Applicant, known)
}

// carryOn finds the last checkpoint, and finishes what a try that was cut off has left
// to do behind it. Without any checkpoint it gives nil.
func (w *Witness) carryOn(ctx context.Context) (*Signed, position, error) {
	pos, err := w.position(ctx)
	if err != nil {
		return nil, pos, err
	}
	r, _, err := w.ring(ctx)
	if err != nil {
		return nil, pos, err
	}
	keys, err := r.verifiers()
	if err != nil {
		return nil, pos, err
	}
	var last *Signed
	if pos.Checkpoint > 0 {
		s, err := w.own(ctx, pos.Checkpoint, keys)
		if err != nil {
			return nil, pos, err
		}
		last = &s
	}
	for {
		n := 1
		if last != nil {
			n = last.Number + 1
		}
		s, err := w.own(ctx, n, keys)
		if w.cfg.Evidence.IsMissing(err) {
			if last != nil {
				w.metrics.last.Store(last.At.Unix())
			}
			return last, pos, nil
		}
		if err != nil {
			return nil, pos, err
		}
		leaves, err := readLeaves(ctx, w.cfg.Evidence, s.Checkpoint)
		if err != nil {
			return nil, pos, err
		}
		g, tree, err := grow(ctx, w.cfg.Evidence, treeOf(last), leaves)
		if err != nil {
			return nil, pos, err
		}
		if tree != s.Tree {
			return nil, pos, fmt.Errorf("witness: the leaves of checkpoint %d are not those that it signed", s.Number)
		}
		if err := w.apply(ctx, g, s, leaves, nil, pos); err != nil {
			return nil, pos, err
		}
		pos.Checkpoint, last = s.Number, &s
	}
}

// own reads a checkpoint of ours: one that none of our keys has signed is nothing to
// build upon.
func (w *Witness) own(ctx context.Context, n int, keys []note.Verifier) (Signed, error) {
	body, err := w.cfg.Evidence.Get(ctx, checkpointKey(n))
	if err != nil {
		return Signed{}, fmt.Errorf("witness: read checkpoint %d: %w", n, err)
	}
	s, err := ReadNote(body, keys)
	if err == nil && (s.Signer == "" || s.Number != n) {
		err = errors.New("it was not signed by a key of ours")
	}
	if err != nil {
		return Signed{}, fmt.Errorf("witness: checkpoint %d: %w", n, err)
	}
	return s, nil
}

func (w *Witness) position(ctx context.Context) (position, error) {
	var p position
	body, err := w.cfg.State.Get(ctx, positionKey)
	if w.cfg.State.IsMissing(err) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("witness: how far the log is: %w", err)
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return position{}, nil //nolint:nilerr // it is found again from the first checkpoint on
	}
	return p, nil
}

// readLeaves reads what a checkpoint added, and holds it against what it signed.
func readLeaves(ctx context.Context, from Reader, c Checkpoint) ([]Leaf, error) {
	if c.Leaves == digest(nil) {
		return nil, nil
	}
	body, err := from.Get(ctx, leavesKey(c.Number, c.Leaves))
	if err != nil {
		return nil, fmt.Errorf("witness: read the leaves of checkpoint %d: %w", c.Number, notRead{err})
	}
	if digest(body) != c.Leaves {
		return nil, fmt.Errorf("witness: the leaves of checkpoint %d were altered", c.Number)
	}
	return parseLeaves(body)
}

// errNotRead is in an error of readLeaves that is the bucket's own: it says nothing of
// what lies there.
var errNotRead = errors.New("not read")

type notRead struct{ error }

func (e notRead) Unwrap() []error { return []error{errNotRead, e.error} }
