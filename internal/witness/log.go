package witness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Finding is a fault of the log itself.
type Finding struct {
	Kind  ledger.FaultKind `json:"kind"`
	Where string           `json:"where"`
	What  string           `json:"what"`
}

func (f Finding) String() string { return f.Where + ": " + f.What }

// Log is every checkpoint of a bucket, held against each other, with what they have
// signed of each ledger.
type Log struct {
	Checkpoints []Signed  `json:"-"`
	Findings    []Finding `json:"findings"`

	signed    map[onboarding.ApplicantID][]signedHead // oldest first
	registers []Register                              // oldest first
	named     map[string]int                          // registers by hash: the checkpoint that has it
	tree      hashes
	size      int64
}

// signedHead is a leaf and the checkpoint that has it.
type signedHead struct {
	Leaf
	checkpoint int
}

// postDated is how far a clock of ours may be ahead of another.
const postDated = 5 * time.Minute

// together is how many objects of the log are read side by side.
const together = 32

// ReadLog reads all checkpoints of a bucket and proves the log: numbers without gaps,
// each linked to the one before, no time running backwards, each signed by one of the
// keys, or by a key that a signed one says follows, or linked to by a later one that
// is (without keys, signatures are not looked at); leaves that give the root that was signed; and no head of a ledger that takes
// back another. Errors are the bucket's; what is wrong is a finding.
func ReadLog(ctx context.Context, from Reader, keys []note.Verifier) (*Log, error) {
	l := &Log{Findings: []Finding{}, signed: map[onboarding.ApplicantID][]signedHead{}, named: map[string]int{}}
	if err := l.readCheckpoints(ctx, from, keys); err != nil {
		return nil, err
	}
	keys = l.trust(keys)
	for i := range l.Checkpoints {
		l.link(i)
	}
	if err := l.readAllLeaves(ctx, from); err != nil {
		return nil, err
	}
	return l, l.readRegisters(ctx, from, keys)
}

// Last is the newest checkpoint; false without any.
func (l *Log) Last() (Signed, bool) {
	if len(l.Checkpoints) == 0 {
		return Signed{}, false
	}
	return l.Checkpoints[len(l.Checkpoints)-1], true
}

// Size is how many leaves the log has.
func (l *Log) Size() int64 { return l.size }

func (l *Log) find(kind ledger.FaultKind, where, format string, args ...any) {
	l.Findings = append(l.Findings, Finding{Kind: kind, Where: where, What: fmt.Sprintf(format, args...)})
}

func (l *Log) readCheckpoints(ctx context.Context, from Reader, keys []note.Verifier) error {
	var names []string
	for key, err := range from.List(ctx, checkpointsPrefix) {
		if err != nil {
			return fmt.Errorf("witness: list the checkpoints: %w", err)
		}
		names = append(names, key)
	}
	read := make([]Signed, len(names))
	errs := make([]error, len(names))
	group, below := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for i, name := range names {
		group.Go(func() error {
			body, err := from.Get(below, name)
			if altered(from, err) {
				errs[i] = err
				return nil
			}
			if err != nil {
				return fmt.Errorf("witness: read %s: %w", name, err)
			}
			read[i], errs[i] = ReadNote(body, keys)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, name := range names {
		n, err := strconv.Atoi(strings.TrimPrefix(name, checkpointsPrefix))
		switch {
		case err != nil || checkpointKey(n) != name:
			l.find(ledger.Inserted, name, "lies among the checkpoints and is none")
		case errs[i] != nil:
			l.find(ledger.Altered, name, "altered: %v", errs[i])
		case read[i].Number != n:
			l.find(ledger.Reordered, name, "is checkpoint %d under another's number", read[i].Number)
		default:
			l.Checkpoints = append(l.Checkpoints, read[i])
		}
	}
	return nil
}

// altered says whether a bucket knows that bytes were changed below it.
func altered(from Reader, err error) bool { return err != nil && readOnly{from}.IsAltered(err) }

// trust finds which checkpoints are vouched for, and gives the keys that still count at
// the end: those that were given and those that were said to follow, without those that
// another has followed. What such a key signs later is signed by nobody, since it may be
// in wrong hands.
func (l *Log) trust(keys []note.Verifier) []note.Verifier {
	good, checked := make([]bool, len(l.Checkpoints)), len(keys) > 0
	keys = slices.Clone(keys)
	used := map[string]bool{} // keys that have signed
	for i := range l.Checkpoints {
		c := &l.Checkpoints[i]
		if again, err := ReadNote(c.Note, keys); err == nil {
			c.Signer, c.Forged = again.Signer, again.Forged
		}
		if good[i] = c.Signer != ""; !good[i] {
			continue
		}
		for _, name := range signers(c.Note, keys) {
			used[name] = true
		}
		next, err := note.NewVerifier(c.Next)
		if c.Next == "" || err != nil {
			continue
		}
		delete(used, keyName(next))
		keys = slices.DeleteFunc(keys, func(v note.Verifier) bool { return used[keyName(v)] || keyName(v) == keyName(next) })
		keys = append(keys, next)
	}
	for i := len(l.Checkpoints) - 2; i >= 0; i-- {
		if good[i+1] && !l.Checkpoints[i].Forged && l.Checkpoints[i+1].Prev == l.Checkpoints[i].digest() {
			good[i] = true
		}
	}
	for i, c := range l.Checkpoints {
		if !good[i] && checked {
			l.find(ledger.Unsigned, checkpointKey(c.Number), "is not signed by a key that was given, nor by one that follows it")
		}
	}
	return keys
}

// keyName is a key as Signed.Signer names it.
func keyName(v note.Verifier) string { return fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash()) }

// signers names each of the keys that has signed a note.
func signers(body []byte, keys []note.Verifier) []string {
	n, err := note.Open(body, note.VerifierList(keys...))
	if err != nil {
		return nil
	}
	var out []string
	for _, s := range n.Sigs {
		out = append(out, fmt.Sprintf("%s+%08x", s.Name, s.Hash))
	}
	return out
}

// link holds a checkpoint against the one before.
func (l *Log) link(i int) {
	c := l.Checkpoints[i]
	where := checkpointKey(c.Number)
	prev, prevNumber, origin := noneBefore, 0, c.Origin
	var at time.Time
	var size int64
	if i > 0 {
		before := l.Checkpoints[i-1]
		prev, prevNumber, at, size, origin = before.digest(), before.Number, before.At, before.Tree.N, before.Origin
	}
	switch {
	case c.Number != prevNumber+1:
		l.find(ledger.Missing, where, "checkpoint %d should stand here: one is missing", prevNumber+1)
	case c.Prev != prev:
		l.find(ledger.Forked, where, "is not linked to the checkpoint before it: that one or this one was exchanged")
	}
	if c.Origin != origin {
		l.find(ledger.Inserted, where, "is of another log (%s)", c.Origin)
	}
	if c.At.Before(at) {
		l.find(ledger.BackDated, where, "is dated before the checkpoint before it")
	}
	if c.Tree.N < size {
		l.find(ledger.Forked, where, "has a smaller log than the checkpoint before it")
	}
}

func (l *Log) readAllLeaves(ctx context.Context, from Reader) error {
	read := make([][]Leaf, len(l.Checkpoints))
	errs := make([]error, len(l.Checkpoints))
	group, below := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for i, c := range l.Checkpoints {
		group.Go(func() error {
			read[i], errs[i] = readLeaves(below, from, c.Checkpoint)
			return below.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	torn := false
	for i, c := range l.Checkpoints {
		where := checkpointKey(c.Number)
		if err := errs[i]; err != nil {
			kind := ledger.Altered
			if from.IsMissing(err) {
				kind = ledger.Missing
			} else if errors.Is(err, errNotRead) && !altered(from, err) {
				return err
			}
			l.find(kind, where, "%v", err)
			torn = true
			continue
		}
		for _, leaf := range read[i] {
			if err := l.tree.push(l.size, leaf.hash()); err != nil {
				return err
			}
			l.size++
			l.take(leaf, c.Number)
		}
		if torn {
			continue // what follows cannot have its root any more, and that was said
		}
		if tree, err := l.tree.tree(l.size); err != nil || tree != c.Tree {
			l.find(ledger.Forked, where, "signs another log than its leaves make")
			torn = true
		}
	}
	return nil
}

// take notes a leaf. The same end may be signed twice; an earlier one, or another
// under the same number, takes back what was signed.
func (l *Log) take(leaf Leaf, checkpoint int) {
	if leaf.Register != "" {
		l.named[leaf.Register] = checkpoint
		return
	}
	of := l.signed[leaf.Applicant]
	if len(of) > 0 {
		switch last := of[len(of)-1]; {
		case last.Leaf == leaf:
			return
		case leaf.Seq <= last.Seq:
			l.find(ledger.Forked, checkpointKey(checkpoint), "takes back what checkpoint %d signed of the ledger of %s", last.checkpoint, leaf.Applicant)
			return
		}
	}
	l.signed[leaf.Applicant] = append(of, signedHead{leaf, checkpoint})
}

func (l *Log) readRegisters(ctx context.Context, from Reader, keys []note.Verifier) error {
	found := map[string]bool{}
	for key, err := range from.List(ctx, registersPrefix) {
		if err != nil {
			return fmt.Errorf("witness: list the registers: %w", err)
		}
		body, err := from.Get(ctx, key)
		if err != nil && !altered(from, err) {
			return fmt.Errorf("witness: read %s: %w", key, err)
		}
		if err != nil {
			l.find(ledger.Altered, key, "altered: %v", err)
			continue
		}
		r, signed, err := ReadRegister(body, keys)
		switch {
		case err != nil || registerKey(r.At, digest(body)) != key:
			l.find(ledger.Altered, key, "altered: it is not the register that was stored there")
		case !signed && len(keys) > 0 && l.named[digest(body)] == 0: // one that a checkpoint has was signed by a key of its time
			l.find(ledger.Unsigned, key, "is not signed by a key that was given, nor by one that follows it")
		default:
			l.registers = append(l.registers, r)
		}
		found[digest(body)] = true
		if last, ok := l.Last(); ok && l.named[digest(body)] == 0 && r.At.Before(last.At.Add(-Late)) {
			l.find(ledger.BackDated, key, "names %s as its time, and no checkpoint up to %s has it", stamp(r.At), stamp(last.At))
		}
	}
	for sum, checkpoint := range l.named {
		if !found[sum] {
			l.find(ledger.Missing, registersPrefix, "the register %s, which checkpoint %d has, is not there as it was", sum, checkpoint)
		}
	}
	return nil
}

// MustBegin is for who was given a key: that there is no checkpoint at all is a finding
// then. A bucket without any is no older than its first hour, or somebody has dropped the
// whole log, so that nothing would hold the ledgers any more.
func (l *Log) MustBegin() {
	if len(l.Checkpoints) == 0 {
		l.find(ledger.Missing, checkpointsPrefix, "there is no checkpoint: nothing in this bucket is signed, or the log was dropped")
	}
}

// Contains shows that the log goes on from a checkpoint that somebody has kept: it
// must be a beginning of this one. What is wrong is a finding.
func (l *Log) Contains(kept Signed) {
	const where = "the checkpoint that was kept"
	if kept.Tree.N > l.size {
		l.find(ledger.Missing, where, "has %d leaves, and the log only %d: the newest were dropped", kept.Tree.N, l.size)
		return
	}
	if tree, err := l.tree.tree(kept.Tree.N); err != nil || tree != kept.Tree {
		l.find(ledger.Forked, where, "is not a beginning of this log: it was written anew")
		return
	}
	if kept.Number > len(l.Checkpoints) || l.Checkpoints[kept.Number-1].digest() != kept.digest() {
		l.find(ledger.Forked, where, "does not stand in this log under its number")
	}
}

var _ tlog.HashReader = hashes(nil)
