package witness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// chain is what is kept of a ledger in the vault bucket: where it stands in the log,
// and the hashes of its own tree, so that only its new pages have to be read.
type chain struct {
	Leaves []place `json:"leaves"` // oldest first
	Tree   []byte  `json:"tree"`   // stored hashes up to the last leaf
}

// place is a leaf of the chain in the log.
type place struct {
	Seq        uint64 `json:"seq"`
	Page       int    `json:"page"`
	Head       string `json:"head"`
	Leaf       int64  `json:"leaf"` // its number in the log, from 0
	Checkpoint int    `json:"checkpoint"`
}

func chainKey(id onboarding.ApplicantID) string { return "witness/chains/" + string(id) }

func (w *Witness) chain(ctx context.Context, id onboarding.ApplicantID) (chain, error) {
	body, err := w.cfg.State.Get(ctx, chainKey(id))
	if w.cfg.State.IsMissing(err) {
		return chain{}, nil
	}
	if err != nil {
		return chain{}, fmt.Errorf("witness: what is known of a ledger: %w", err)
	}
	var c chain
	if err := json.Unmarshal(body, &c); err != nil {
		return chain{}, nil //nolint:nilerr // it only makes things quick: the ledger is read from its beginning
	}
	return c, nil
}

func (w *Witness) keepChain(ctx context.Context, id onboarding.ApplicantID, c chain) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("witness: encode what is known of a ledger: %w", err)
	}
	if err := w.cfg.State.Put(ctx, chainKey(id), body); err != nil {
		return fmt.Errorf("witness: keep what is known of a ledger: %w", err)
	}
	return nil
}

func (c chain) last() place {
	if len(c.Leaves) == 0 {
		return place{}
	}
	return c.Leaves[len(c.Leaves)-1]
}

// errUnfit: the ledger is not whole, so its end is not taken into the log.
type errUnfit struct {
	id   onboarding.ApplicantID
	page int
	seq  uint64
}

func unfit(id onboarding.ApplicantID, page int, seq uint64) error { return errUnfit{id, page, seq} }

func (e errUnfit) Error() string {
	return fmt.Sprintf("witness: the ledger of %s is not whole at page %d, record %d", e.id, e.page, e.seq)
}

func (w *Witness) unreadable(err error) bool {
	return errors.Is(err, ledger.ErrNotCanonical) || readOnly{w.cfg.Evidence}.IsAltered(err)
}

// ends reads a ledger from where it was last taken into the log, and gives its end as
// a leaf and the hashes of its tree; false when it has not moved. With until, it goes
// no further than that record. A ledger that does not go on as it was signed is
// errUnfit: nothing is signed that is not so.
func (w *Witness) ends(ctx context.Context, id onboarding.ApplicantID, known chain, until uint64) (Leaf, hashes, bool, error) {
	last := known.last()
	tree := hashesOf(known.Tree)
	if int64(len(tree)) != tlog.StoredHashCount(int64(last.Seq)) {
		last, tree = place{}, nil // not as we wrote it: from the beginning
	}
	head := ledger.Chain{Applicant: id, Seq: last.Seq, Head: last.Head, Page: last.Page + 1}
	if last.Seq == 0 {
		head = ledger.NewChain(id)
	}
	start := head.Seq
	for until == 0 || head.Seq < until {
		page, err := w.book.Page(ctx, id, head.Page)
		if w.cfg.Evidence.IsMissing(err) {
			break
		}
		if w.unreadable(err) {
			return Leaf{}, nil, false, unfit(id, head.Page, 0)
		}
		if err != nil {
			return Leaf{}, nil, false, err
		}
		for _, r := range page.Records {
			if r.Applicant != id || r.Seq != head.Seq+1 || r.Prev != head.Head {
				return Leaf{}, nil, false, unfit(id, page.Number, r.Seq)
			}
			sum := sha256.Sum256(r.Encode())
			if err := tree.push(int64(head.Seq), recordHash(sum)); err != nil {
				return Leaf{}, nil, false, err
			}
			head.Seq, head.Head = r.Seq, hex.EncodeToString(sum[:])
		}
		head.Page++
	}
	if head.Seq == start {
		return Leaf{}, nil, false, nil
	}
	root, err := tree.tree(int64(head.Seq))
	return Leaf{Applicant: id, Page: head.Page - 1, Seq: head.Seq, Head: head.Head, Root: root.Hash}, tree, true, err
}

// recordHash is a record as a leaf of its chain's tree: the hash of its hash, so that
// a proof of one need not have its bytes.
func recordHash(sum [sha256.Size]byte) tlog.Hash { return tlog.RecordHash(sum[:]) }
