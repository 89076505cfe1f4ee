package ledger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

// TestUsesNeedConsent is what Verify says of chains that nobody tampered with:
// we ourselves wrote them, and did what we may not.
//
// Promise 36.
func TestUsesNeedConsent(t *testing.T) {
	given := ledger.Record{Kind: ledger.KindConsentGiven, Purpose: "validation", Receipt: "r1"}
	withdrawn := ledger.Record{Kind: ledger.KindConsentWithdrawn, Purpose: "validation", Receipt: "r1"}
	use := ledger.Record{Kind: ledger.KindUse, Purpose: "validation", Recipient: "kickbox", Receipt: "r1"}
	vetting, without, unknown := use, use, use
	vetting.Purpose, without.Receipt, unknown.Receipt = "vetting", "", "r9"
	done := func(of uint64) ledger.Record { return ledger.Record{Kind: ledger.KindUseDone, Of: of} }
	failed := func(of uint64) ledger.Record { return ledger.Record{Kind: ledger.KindUseFailed, Of: of} }
	refused := ledger.Record{Kind: ledger.KindUseRefused, Purpose: "validation", Outcome: "CONSENT_NOT_LIVE"}

	for _, c := range []struct {
		name    string
		records []ledger.Record
		says    []string // the faults, in their order; none: whole
	}{
		{"36: consent, then use", []ledger.Record{given, use, done(2)}, nil},
		{"36: use, then consent", []ledger.Record{use, given}, []string{"record 1: is a use under a consent that was not given before it"}},
		{"36: use under another's receipt", []ledger.Record{given, unknown}, []string{"record 2: is a use under a consent that was not given before it"}},
		{"1: use without a receipt", []ledger.Record{given, without}, []string{"record 2: is a use without a receipt"}},
		{"20: use for another purpose", []ledger.Record{given, vetting}, []string{`record 2: is a use for purpose "vetting" under a consent for "validation"`}},
		{"20: a refusal needs no consent", []ledger.Record{refused}, nil},
		{"3: use, then withdrawal", []ledger.Record{given, use, withdrawn, done(2)}, nil},
		{"3: use after withdrawal", []ledger.Record{given, withdrawn, use}, []string{"record 3: is a use under a consent that had been withdrawn"}},
		{"3: what was withdrawn does not come back", []ledger.Record{given, withdrawn, given, use}, []string{"record 4: is a use under a consent that had been withdrawn"}},
		{"3: a new receipt does", []ledger.Record{given, withdrawn, {Kind: ledger.KindConsentGiven, Purpose: "validation", Receipt: "r9"}, unknown}, nil},
		{"given twice by a run that was repeated", []ledger.Record{given, given, use}, nil},
		{"withdrawn without having been given", []ledger.Record{withdrawn}, []string{"record 1: withdraws a consent that was never given"}},
		{"outcome of nothing", []ledger.Record{given, done(0)}, []string{"record 2: is the outcome of record 0, which is no use"}},
		{"outcome of what is no use", []ledger.Record{given, failed(1)}, []string{"record 2: is the outcome of record 1, which is no use"}},
		{"outcome before its use", []ledger.Record{given, done(3), use}, []string{"record 2: is the outcome of record 3, which is no use"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := newApplicant()
			pages, chain := compose(id, [][]ledger.Record{c.records})
			r := ledger.VerifyPages(id, pages, chain)
			var says []string
			for _, f := range r.Faults {
				says = append(says, strings.TrimPrefix(f.String(), "page 1, "))
			}
			if !slices.Equal(says, c.says) || r.Whole() != (len(c.says) == 0) {
				t.Errorf("says %q; want %q", says, c.says)
			}
		})
	}
}

// TestTimeRunsForward: a chain may be dated as its workflow was, but not back.
func TestTimeRunsForward(t *testing.T) {
	id := newApplicant()
	for _, c := range []struct {
		step  time.Duration
		whole bool
	}{{time.Minute, true}, {0, true}, {-time.Millisecond, false}} {
		chain := ledger.NewChain(id)
		page := chain.Cut([]ledger.Record{chain.Append(start, ledger.Record{}), chain.Append(start.Add(c.step), ledger.Record{})})
		if r := ledger.VerifyPages(id, []ledger.Page{page}, chain); r.Whole() != c.whole {
			t.Errorf("%s later: %v", c.step, r.Faults)
		}
	}
}

// TestNothingWritten: no ledger is whole, unless somebody knows that there was one.
func TestNothingWritten(t *testing.T) {
	id := newApplicant()
	_, chain := compose(id, story())
	for _, c := range []struct {
		name  string
		head  ledger.Chain
		whole bool
	}{{"nothing is known", ledger.Chain{}, true}, {"known to be empty", ledger.NewChain(id), true}, {"known to have records", chain, false}} {
		if r := ledger.VerifyPages(id, nil, c.head); r.Whole() != c.whole || r.Head != ledger.Genesis(id) || r.Faults == nil {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

// TestResumed is design decision 2: a workflow that was reset finds its pages
// taken, reads the head and goes on behind it, with a record that says so.
func TestResumed(t *testing.T) {
	id, m := newApplicant(), memory{}
	book := ledger.NewBook(m)
	pages, _ := compose(id, story())
	if _, err := book.Store(t.Context(), pages); err != nil {
		t.Fatal(err)
	}
	head, err := book.Head(t.Context(), id, 2) // it had got as far as page 1
	if err != nil {
		t.Fatal(err)
	}
	page := head.Cut([]ledger.Record{head.Append(start.Add(time.Hour), ledger.Record{Kind: ledger.KindResumed, Actor: "system"})})
	if _, err := book.Store(t.Context(), []ledger.Page{page}); err != nil {
		t.Fatal(err)
	}
	if r, err := book.Verify(t.Context(), id, head); err != nil || !r.Whole() || r.Pages != len(pages)+1 {
		t.Errorf("%+v, %v", r, err)
	}
}
