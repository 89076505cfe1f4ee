package witness

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Which ledgers have moved is noted beside them, since a listing of 50,000 ledgers
// takes longer than a checkpoint may: an empty object in the vault bucket for each
// ledger and span of time, put before its pages. A process puts each once. A note that
// was lost costs nothing but time: once a day all ledgers are listed.

const movedPrefix = "witness/moved/"

// span is how long one note of a ledger holds.
const span = 5 * time.Minute

// kept is how many spans a note is looked at before it goes: its pages may still be on
// their way when the first checkpoint looks.
const kept = 3

type moved struct {
	mu    sync.Mutex
	span  int64
	noted map[onboarding.ApplicantID]bool
}

func spanOf(t time.Time) int64 { return t.Unix() / int64(span/time.Second) }

func movedKey(span int64, id onboarding.ApplicantID) string {
	return fmt.Sprintf("%s%010d/%s", movedPrefix, span, id)
}

// Moves notes that an applicant's ledger is about to move. That it could not be noted
// keeps nobody from acting: it is found once a day all the same.
func (w *Witness) Moves(ctx context.Context, id onboarding.ApplicantID) {
	now := spanOf(w.cfg.Now())
	w.moved.mu.Lock()
	if w.moved.span != now {
		w.moved.span, w.moved.noted = now, map[onboarding.ApplicantID]bool{}
	}
	known := w.moved.noted[id]
	w.moved.mu.Unlock()
	if known {
		return
	}
	if err := w.cfg.State.Put(ctx, movedKey(now, id), nil); err != nil {
		w.cfg.Log.WarnContext(ctx, "that a ledger moves could not be noted; it is found by the daily look at all", "applicant", string(id), "error", err)
		return
	}
	w.moved.mu.Lock()
	if w.moved.span == now {
		w.moved.noted[id] = true
	}
	w.moved.mu.Unlock()
}

// notes are what is known to have moved.
type notes struct {
	ids  []onboarding.ApplicantID
	done []string // keys of notes that have been looked at often enough, once a checkpoint stands
}

// noted reads which ledgers have moved lately.
func (w *Witness) noted(ctx context.Context) (notes, error) {
	var out notes
	seen := map[onboarding.ApplicantID]bool{}
	old := spanOf(w.cfg.Now()) - kept
	for key, err := range w.cfg.State.List(ctx, movedPrefix) {
		if err != nil {
			return notes{}, fmt.Errorf("witness: which ledgers have moved: %w", err)
		}
		when, name, _ := strings.Cut(strings.TrimPrefix(key, movedPrefix), "/")
		at, err := strconv.ParseInt(when, 10, 64)
		if err != nil || at < old {
			out.done = append(out.done, key)
		}
		id, err := onboarding.ParseApplicantID(name)
		if err != nil || seen[id] {
			continue
		}
		seen[id] = true
		out.ids = append(out.ids, id)
	}
	return out, nil
}

// everybody lists all ledgers, with the number of the last page of each.
func (w *Witness) everybody(ctx context.Context) (map[onboarding.ApplicantID]int, error) {
	out := map[onboarding.ApplicantID]int{}
	for key, err := range w.cfg.Evidence.List(ctx, "ledger/") {
		if err != nil {
			return nil, fmt.Errorf("witness: list all ledgers: %w", err)
		}
		name, page, _ := strings.Cut(strings.TrimPrefix(key, "ledger/"), "/")
		n, err := strconv.Atoi(strings.TrimSuffix(page, ".jsonl"))
		if err != nil {
			continue
		}
		id := onboarding.ApplicantID(name)
		out[id] = max(out[id], n)
	}
	return out, nil
}
