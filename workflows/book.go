package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// book is the workflow's side of the ledger: it composes records and keeps
// those that are not known to be stored. Activities carry its pages.
type book struct {
	Chain ledger.Chain
	Open  []*entry // composed, on no page yet
	Sent  []sheet  // pages that were handed to an activity and are not confirmed
	Turn  int      // counts the rebases
	Took  []Took   // measured, and on no page yet

	Events []onboarding.Event // composed, and on no page yet

	// Began is where the ledger ended when a run behind a case's end took it up; nil for
	// the case itself.
	Began *ledger.Chain
}

// entry is a record whose number may still move, when the chain is rebased.
type entry struct {
	ledger.Record
	page int // that it was carried on; 0 before
}

type sheet struct {
	number  int
	entries []*entry
	took    []Took
	events  []onboarding.Event
}

// Stored is the chain's end as it is known to be stored.
func (b *book) Stored() ledger.Chain {
	c := b.Chain
	first := b.Open
	if len(b.Sent) > 0 {
		c.Page, first = b.Sent[0].number, b.Sent[0].entries
	}
	if len(first) > 0 {
		c.Seq, c.Head = first[0].Seq-1, first[0].Prev
	}
	return c
}

// Add composes the next record.
func (b *book) Add(now time.Time, r ledger.Record) *entry {
	e := &entry{Record: b.Chain.Append(now, r)}
	b.Open = append(b.Open, e)
	return e
}

// Carry gives every page that is not known to be stored, oldest first, and the
// turn in which it was made.
func (b *book) Carry() (Pages, int) {
	if len(b.Open) > 0 {
		page := b.Chain.Cut(nil)
		for _, e := range b.Open {
			e.page = page.Number
		}
		b.Sent = append(b.Sent, sheet{number: page.Number, entries: b.Open, took: b.Took, events: b.Events})
		b.Open, b.Took, b.Events = nil, nil, nil
	}
	var out Pages
	for _, s := range b.Sent {
		p := ledger.Page{Number: s.number}
		for _, e := range s.entries {
			p.Records = append(p.Records, e.Record)
		}
		out = append(out, Sheet{Page: p, Took: s.took, Events: s.events})
	}
	if len(out) > 0 {
		out[0].Began = b.Began
	}
	return out, b.Turn
}

// Confirm says that these pages, carried in that turn, are stored.
func (b *book) Confirm(pages Pages, turn int) {
	if len(pages) == 0 || turn != b.Turn {
		return
	}
	last := pages[len(pages)-1].Number
	for len(b.Sent) > 0 && b.Sent[0].number <= last {
		b.Sent = b.Sent[1:]
	}
}

// Idle reports whether everything is known to be stored.
func (b *book) Idle() bool { return len(b.Open) == 0 && len(b.Sent) == 0 }

// Rebase goes on behind head, which was written by an earlier run: first a
// record that says so, then everything that is not known to be stored, anew. An
// intent under a consent that is dead by now is recorded as refused: behind the
// withdrawal it must not stand as a use, and no activity will act upon it.
func (b *book) Rebase(now time.Time, head ledger.Chain, dead func(receipt string) bool) {
	var entries []*entry
	var events []onboarding.Event
	for _, s := range b.Sent {
		entries = append(entries, s.entries...)
		b.Took = append(b.Took, s.took...)
		events = append(events, s.events...)
	}
	b.Events = append(events, b.Events...)
	entries = append(entries, b.Open...)
	b.Chain, b.Open, b.Sent = head, nil, nil
	b.Turn++
	moved := map[uint64]uint64{}
	b.Add(now, ledger.Record{Kind: ledger.KindResumed, Actor: string(ActorSystem),
		Detail: "An earlier run of this process wrote up to here; what follows may repeat what it had begun."})
	for _, e := range entries {
		r, was := e.Record, e.Seq
		if to, ok := moved[r.Of]; ok {
			r.Of = to
		}
		if r.Kind == ledger.KindUse && dead(r.Receipt) {
			r.Kind, r.Outcome = ledger.KindUseRefused, string(onboarding.CodeConsentNotLive)
		}
		e.Record, e.page = b.Chain.Append(now, r), 0
		moved[was] = e.Seq
		b.Open = append(b.Open, e)
	}
}
