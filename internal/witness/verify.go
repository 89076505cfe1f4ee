package witness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Late is how long after its time a record may be stored and signed without a fault,
// where nothing else is said: pages wait for a queue or a store that is down, and what
// no note told of is found once a day.
const Late = 48 * time.Hour

// Report is what a ledger was found to be.
type Report struct {
	ledger.Report
	Signed   uint64 `json:"signed"`   // its records up to this one stand in a signed checkpoint
	Unsigned int    `json:"unsigned"` // behind that, and too young to be a fault
}

// Verify proves one ledger of a bucket against itself, the log and the registers. want
// is the head that its workflow knows, where somebody can ask.
func (l *Log) Verify(ctx context.Context, from Reader, id onboarding.ApplicantID, want ledger.Chain, late time.Duration) (Report, error) {
	w := &watch{log: l, signed: l.signed[id], late: late}
	if last, ok := l.Last(); ok {
		w.until, w.next = last.At, last.At.Add(late)
		if n := len(l.Checkpoints); n > 1 { // where they are rarer than that
			w.next = w.next.Add(max(0, last.At.Sub(l.Checkpoints[n-2].At)))
		}
	}
	report, err := ledger.NewBook(readOnly{from}).Watch(ctx, id, want, w)
	return Report{Report: report, Signed: w.sure, Unsigned: w.unsigned}, err
}

// watch holds a ledger against what was signed of it.
type watch struct {
	log    *Log
	signed []signedHead // still to come
	until  time.Time    // of the newest checkpoint; zero: there is none
	next   time.Time    // when there should be another at the latest
	late   time.Duration

	tree     hashes
	count    int64 // records shown
	page     int
	waiting  []waiting // since the last signed head
	program  string
	sure     uint64
	unsigned int
	faults   []ledger.Fault
}

// waiting is a record that no checkpoint was found for yet.
type waiting struct {
	page int
	seq  uint64
	at   time.Time
}

func (w *watch) fault(kind ledger.FaultKind, page int, seq uint64, format string, args ...any) {
	w.faults = append(w.faults, ledger.Fault{Kind: kind, Page: page, Seq: seq, What: fmt.Sprintf(format, args...)})
}

func (w *watch) taken() []ledger.Fault {
	out := w.faults
	w.faults = nil
	return out
}

// Record is ledger.Watcher's.
func (w *watch) Record(page int, r ledger.Record, hash [sha256.Size]byte) []ledger.Fault {
	w.page = page
	if r.Kind == ledger.KindOpened {
		if program, ok := strings.CutPrefix(r.Detail, "program "); ok {
			w.program = program
		}
	}
	if r.Kind == ledger.KindUse {
		w.use(page, r)
	}
	if len(w.signed) == 0 && w.until.IsZero() {
		w.unsigned++
		return w.taken()
	}
	if err := w.tree.push(w.count, recordHash(hash)); err != nil {
		w.fault(ledger.Altered, page, r.Seq, "%v", err)
	}
	w.count++
	w.waiting = append(w.waiting, waiting{page, r.Seq, r.At})
	for len(w.signed) > 0 && r.Seq > w.signed[0].Seq {
		w.fault(ledger.Missing, page, w.signed[0].Seq, "is not there, and checkpoint %d signed it", w.signed[0].checkpoint)
		w.signed = w.signed[1:]
	}
	if len(w.signed) > 0 && r.Seq == w.signed[0].Seq {
		w.head(page, r, hash)
		w.signed = w.signed[1:]
	}
	return w.taken()
}

// head holds a record against the signed head of its number.
func (w *watch) head(page int, r ledger.Record, hash [sha256.Size]byte) {
	s := w.signed[0]
	tree, err := w.tree.tree(w.count)
	switch {
	case hex.EncodeToString(hash[:]) != s.Head:
		w.fault(ledger.Forked, page, r.Seq, "is not the record that checkpoint %d signed under this number: the ledger was altered and linked anew", s.checkpoint)
	case err != nil || tree.N != int64(s.Seq) || tree.Hash != s.Root:
		w.fault(ledger.Altered, page, r.Seq, "the records up to here are not those that checkpoint %d signed", s.checkpoint)
	default:
		w.sure = r.Seq
		w.dated(s.checkpoint)
	}
	w.waiting = w.waiting[:0]
}

// dated holds the times of records against when they were signed first: not long after
// the time that they name, and not before it.
func (w *watch) dated(checkpoint int) {
	at, ok := w.log.at(checkpoint)
	if !ok {
		return
	}
	before, hasBefore := w.log.at(checkpoint - 1)
	for _, r := range w.waiting {
		switch {
		case hasBefore && r.at.Before(before.Add(-w.late)):
			w.fault(ledger.BackDated, r.page, r.seq, "names %s as its time, and checkpoint %d of %s does not have it: it was written later",
				stamp(r.at), checkpoint-1, stamp(before))
		case r.at.After(at.Add(postDated)):
			w.fault(ledger.BackDated, r.page, r.seq, "names %s as its time, and checkpoint %d of %s has it already", stamp(r.at), checkpoint, stamp(at))
		}
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (l *Log) at(checkpoint int) (time.Time, bool) {
	if i := checkpoint - 1; i >= 0 && i < len(l.Checkpoints) && l.Checkpoints[i].Number == checkpoint {
		return l.Checkpoints[i].At, true
	}
	return time.Time{}, false
}

// End is ledger.Watcher's.
func (w *watch) End() []ledger.Fault {
	for _, s := range w.signed {
		w.fault(ledger.Missing, max(w.page, 1), s.Seq, "is not there, and checkpoint %d signed it: the newest records are missing", s.checkpoint)
	}
	for _, r := range w.waiting {
		if !w.until.IsZero() && r.at.Before(w.until.Add(-w.late)) {
			w.fault(ledger.Unsigned, r.page, r.seq, "names %s as its time, and no checkpoint up to %s has it: it was added later", stamp(r.at), stamp(w.until))
			continue
		}
		if !w.until.IsZero() && r.at.After(w.next) {
			w.fault(ledger.Unsigned, r.page, r.seq, "names %s as its time, and the last checkpoint is of %s: those behind it are missing, or none was made", stamp(r.at), stamp(w.until))
			continue
		}
		w.unsigned++
	}
	return w.taken()
}

// use holds a use against the registers that were in force: the last one that was
// published before it, and those that it followed within the time that a rollout may
// take. What one of them allows is allowed; a use of before there was any is held
// against the first.
func (w *watch) use(page int, r ledger.Record) {
	all := w.log.registers
	if len(all) == 0 {
		return
	}
	last := 0
	for last+1 < len(all) && !all[last+1].At.After(r.At.Add(postDated)) {
		last++
	}
	var kind ledger.FaultKind
	var what string
	for i := last; i >= 0; i-- {
		k, says := all[i].allows(r, w.program)
		if says == "" {
			return
		}
		if kind == "" {
			kind, what = k, says
		}
		if all[i].At.Before(r.At.Add(-rollout)) && w.names(all[i]) {
			break
		}
	}
	w.fault(kind, page, r.Seq, "%s", what)
}

// rollout is how long processes of two versions may work side by side.
const rollout = 24 * time.Hour

// names says whether a register knows the ledger's program in its version. Who applied
// under an older one goes on by it.
func (w *watch) names(r Register) bool {
	_, ok := r.Agreements[w.program]
	return ok || w.program == ""
}

// Folders is what a bucket that can name the folders below a prefix offers besides: so
// the ledgers are found without a listing of all their pages.
type Folders interface {
	Folders(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// Ledgers lists the ledgers that a bucket has, and those of which the log has signed
// something, in the order of their IDs.
func (l *Log) Ledgers(ctx context.Context, from Reader) ([]onboarding.ApplicantID, error) {
	seen := map[onboarding.ApplicantID]bool{}
	list := from.List
	if f, ok := from.(Folders); ok {
		list = f.Folders
	}
	for key, err := range list(ctx, "ledger/") {
		if err != nil {
			return nil, fmt.Errorf("witness: list the ledgers: %w", err)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(key, "ledger/"), "/")
		if id, err := onboarding.ParseApplicantID(name); err == nil {
			seen[id] = true
		} else {
			l.find(ledger.Inserted, key, "lies among the ledgers and is none")
		}
	}
	for id := range l.signed {
		seen[id] = true
	}
	return slices.Sorted(maps.Keys(seen)), nil
}
