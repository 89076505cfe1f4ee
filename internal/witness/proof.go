package witness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Proof shows that one record stands in a signed checkpoint, without showing any other.
type Proof struct {
	Record     json.RawMessage `json:"record"`     // as stored: its SHA-256 is what was signed
	Chain      []tlog.Hash     `json:"chain"`      // from the record to its ledger's root (RFC 6962)
	Leaf       string          `json:"leaf"`       // the ledger's end, as it stands in the log
	Index      int64           `json:"index"`      // of the leaf in the log, from 0
	Log        []tlog.Hash     `json:"log"`        // from the leaf to the log's root
	Checkpoint string          `json:"checkpoint"` // the signed note
}

// errNotYet: no checkpoint has the record yet.
func errNotYet() error {
	return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "No signed checkpoint has this record yet.",
		Hint: "Checkpoints are made on a schedule: ask again after the next one."}
}

func noSuchRecord() error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such record.", Hint: "`vouchsafe ledger show` lists those that there are."}
}

// Prove gives the proof of a record. Errors: CodeNotNow when no checkpoint has it yet,
// and CodeUnknownApplicant when there is no such record.
func (w *Witness) Prove(ctx context.Context, id onboarding.ApplicantID, seq uint64) (Proof, error) {
	known, err := w.chain(ctx, id)
	if err != nil {
		return Proof{}, err
	}
	var at place
	for _, p := range known.Leaves {
		if seq > 0 && p.Seq >= seq {
			at = p
			break
		}
	}
	if at.Seq == 0 {
		if _, err := w.book.Page(ctx, id, 1); seq == 0 || w.cfg.Evidence.IsMissing(err) {
			return Proof{}, noSuchRecord()
		}
		return Proof{}, errNotYet()
	}
	record, page := ledger.Record{}, at.Page
	for ; page > 0 && record.Seq != seq; page-- {
		p, err := w.book.Page(ctx, id, page)
		if err != nil {
			return Proof{}, fmt.Errorf("witness: read the record: %w", err)
		}
		for _, r := range p.Records {
			if r.Seq == seq {
				record = r
			}
		}
	}
	if record.Seq != seq {
		return Proof{}, noSuchRecord()
	}
	leaf, tree, err := w.upTo(ctx, id, known, at)
	if err != nil {
		return Proof{}, err
	}
	body, err := w.cfg.Evidence.Get(ctx, checkpointKey(at.Checkpoint))
	if err != nil {
		return Proof{}, fmt.Errorf("witness: read checkpoint %d: %w", at.Checkpoint, err)
	}
	c, err := ReadNote(body, nil)
	if err != nil {
		return Proof{}, err
	}
	out := Proof{Record: record.Encode(), Leaf: leaf.String(), Index: at.Leaf, Checkpoint: string(body)}
	if out.Chain, err = tlog.ProveRecord(int64(at.Seq), int64(seq)-1, tree); err != nil {
		return Proof{}, fmt.Errorf("witness: prove the record: %w", err)
	}
	if out.Log, err = tlog.ProveRecord(c.Tree.N, at.Leaf, stored(ctx, w.cfg.Evidence, c.Tree)); err != nil {
		return Proof{}, fmt.Errorf("witness: prove the leaf: %w", err)
	}
	return out, nil
}

// Find gives the proof of the last record that matches. CodeUnknownApplicant when none
// does, CodeNotNow as Prove.
func (w *Witness) Find(ctx context.Context, id onboarding.ApplicantID, match func(ledger.Record) bool) (Proof, error) {
	pages, err := w.book.Read(ctx, id)
	if err != nil {
		return Proof{}, fmt.Errorf("witness: read the ledger: %w", err)
	}
	var seq uint64
	for _, p := range pages {
		for _, r := range p.Records {
			if match(r) {
				seq = r.Seq
			}
		}
	}
	if seq == 0 {
		return Proof{}, noSuchRecord()
	}
	return w.Prove(ctx, id, seq)
}

// Stands tells which checkpoint a proof leads to, without checking anything.
func (p Proof) Stands() (Checkpoint, error) {
	s, err := ReadNote([]byte(p.Checkpoint), nil)
	return s.Checkpoint, err
}

// upTo gives the leaf of a place, and hashes of the ledger's tree up to it.
func (w *Witness) upTo(ctx context.Context, id onboarding.ApplicantID, known chain, at place) (Leaf, hashes, error) {
	tree := hashesOf(known.Tree)
	if int64(len(tree)) < tlog.StoredHashCount(int64(at.Seq)) {
		leaf, tree, _, err := w.ends(ctx, id, chain{}, at.Seq)
		return leaf, tree, err
	}
	root, err := tree.tree(int64(at.Seq))
	return Leaf{Applicant: id, Page: at.Page, Seq: at.Seq, Head: at.Head, Root: root.Hash}, tree, err
}

// Proved is what a proof proves.
type Proved struct {
	Record     ledger.Record
	Checkpoint Checkpoint
}

// Check holds a proof against public keys. It needs nothing else. The error says what
// is wrong.
func (p Proof) Check(keys []note.Verifier) (Proved, error) {
	c, err := ReadNote([]byte(p.Checkpoint), keys)
	if err != nil {
		return Proved{}, err
	}
	if c.Signer == "" {
		return Proved{}, fmt.Errorf("checkpoint %d is not signed by a key that was given", c.Number)
	}
	leaf, err := ParseLeaf(p.Leaf)
	if err != nil || leaf.Register != "" {
		return Proved{}, fmt.Errorf("the proof's leaf is no end of a ledger")
	}
	if err := tlog.CheckRecord(p.Log, c.Tree.N, c.Tree.Hash, p.Index, leaf.hash()); err != nil {
		return Proved{}, fmt.Errorf("the ledger's end does not stand in checkpoint %d", c.Number)
	}
	var line bytes.Buffer // a proof may have been laid out anew by whoever passed it on
	if err := json.Compact(&line, p.Record); err != nil {
		return Proved{}, fmt.Errorf("the proof's record is not readable: %w", err)
	}
	page, err := ledger.DecodePage(1, append(bytes.Clone(line.Bytes()), '\n'))
	if err != nil || len(page.Records) != 1 {
		return Proved{}, fmt.Errorf("the proof's record is not as it was written: %w", err)
	}
	r := page.Records[0]
	if r.Applicant != leaf.Applicant {
		return Proved{}, fmt.Errorf("the record is of another ledger than the proof's")
	}
	if err := tlog.CheckRecord(p.Chain, int64(leaf.Seq), leaf.Root, int64(r.Seq)-1, recordHash(sha256.Sum256(line.Bytes()))); err != nil {
		return Proved{}, fmt.Errorf("the record does not stand in the ledger that was signed: it was altered")
	}
	return Proved{Record: r, Checkpoint: c.Checkpoint}, nil
}

// Consistency shows that one checkpoint's log is the beginning of another's.
type Consistency struct {
	From  string      `json:"from"` // the older signed note
	To    string      `json:"to"`
	Proof []tlog.Hash `json:"proof"`
}

// Consistent proves that checkpoint to goes on from checkpoint from; 0 for to is the
// newest. Errors: CodeInvalid for numbers that are none.
func (w *Witness) Consistent(ctx context.Context, from, to int) (Consistency, error) {
	if to == 0 {
		last, err := w.Newest(ctx)
		if err != nil {
			return Consistency{}, err
		}
		to = last.Number
	}
	var both [2]Signed
	for i, n := range []int{from, to} {
		body, err := w.Note(ctx, n)
		if err != nil {
			return Consistency{}, err
		}
		if both[i], err = ReadNote(body, nil); err != nil {
			return Consistency{}, err
		}
	}
	older, newer := both[0], both[1]
	out := Consistency{From: string(older.Note), To: string(newer.Note), Proof: []tlog.Hash{}}
	if older.Tree.N > newer.Tree.N {
		return Consistency{}, onboarding.Invalid("from", "The first checkpoint is the newer one.", "Give the older one first.")
	}
	if older.Tree.N == 0 {
		return out, nil
	}
	proof, err := tlog.ProveTree(newer.Tree.N, older.Tree.N, stored(ctx, w.cfg.Evidence, newer.Tree))
	if err != nil {
		return Consistency{}, fmt.Errorf("witness: prove that the log only grew: %w", err)
	}
	out.Proof = proof
	return out, nil
}

// Check holds it against public keys.
func (c Consistency) Check(keys []note.Verifier) (from, to Checkpoint, err error) {
	var both [2]Signed
	for i, text := range []string{c.From, c.To} {
		if both[i], err = ReadNote([]byte(text), keys); err != nil {
			return from, to, err
		}
		if both[i].Signer == "" {
			return from, to, fmt.Errorf("checkpoint %d is not signed by a key that was given", both[i].Number)
		}
	}
	from, to = both[0].Checkpoint, both[1].Checkpoint
	if from.Origin != to.Origin {
		return from, to, fmt.Errorf("the checkpoints are of two logs")
	}
	if from.Tree.N > 0 {
		if err := tlog.CheckTree(c.Proof, to.Tree.N, to.Tree.Hash, from.Tree.N, from.Tree.Hash); err != nil {
			return from, to, fmt.Errorf("checkpoint %d does not go on from checkpoint %d: the log was written anew", to.Number, from.Number)
		}
	}
	return from, to, nil
}

// KeysPath is where the public keys are served, newest first, one a line.
const KeysPath = "/.well-known/ledger/keys"

// Look finds how old the last checkpoint is, for the metrics; that there is none yet is
// no error.
func (w *Witness) Look(ctx context.Context) error {
	last, err := w.Newest(ctx)
	if onboarding.CodeOf(err) == onboarding.CodeNotNow {
		return nil
	}
	if err == nil {
		w.metrics.last.Store(last.At.Unix())
	}
	return err
}

// Newest gives the last checkpoint. CodeNotNow when there is none yet.
func (w *Witness) Newest(ctx context.Context) (Signed, error) {
	pos, err := w.position(ctx)
	if err != nil {
		return Signed{}, err
	}
	if pos.Checkpoint == 0 {
		return Signed{}, errNotYet()
	}
	body, err := w.Note(ctx, pos.Checkpoint)
	if err != nil {
		return Signed{}, err
	}
	return ReadNote(body, nil)
}

// Note gives a checkpoint as it is stored. CodeInvalid when there is none of that number.
func (w *Witness) Note(ctx context.Context, number int) ([]byte, error) {
	body, err := w.cfg.Evidence.Get(ctx, checkpointKey(number))
	if w.cfg.Evidence.IsMissing(err) {
		return nil, onboarding.Invalid("checkpoint", "There is no such checkpoint.", "They are numbered from 1.")
	}
	if err != nil {
		return nil, fmt.Errorf("witness: read checkpoint %d: %w", number, err)
	}
	return body, nil
}
