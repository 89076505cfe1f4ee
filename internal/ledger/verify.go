package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Fault is one thing that is wrong with a ledger.
type Fault struct {
	Page int    `json:"page"`
	Seq  uint64 `json:"seq"`  // of the record concerned; 0 when the page itself is at fault
	What string `json:"what"` // in plain words
}

// String gives the fault on one line.
func (f Fault) String() string {
	if f.Seq == 0 {
		return fmt.Sprintf("page %d: %s", f.Page, f.What)
	}
	return fmt.Sprintf("page %d, record %d: %s", f.Page, f.Seq, f.What)
}

// Report is the result of a verification.
type Report struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     int                    `json:"pages"`
	Records   int                    `json:"records"`
	Head      string                 `json:"head"`
	Faults    []Fault                `json:"faults"`
	// Beyond counts the records behind the head that was given: they are on their
	// way while a case lives, and nobody's when it has ended.
	Beyond int `json:"beyond,omitempty"`
}

// Whole reports whether no fault was found.
func (r Report) Whole() bool { return len(r.Faults) == 0 }

// Verify reads an applicant's ledger and proves it: numbers without gaps, each
// record linked to the one before, no time running backwards, every use under a
// consent that was given before and not withdrawn, and nothing else among the
// pages. want is the head that the workflow knows of (zero Chain when nothing is
// known): without it the loss of the newest records, or a chain that somebody
// computed anew, cannot be seen from the chain alone. Records behind that head
// are no fault, since a living case goes on while it is read.
func (b *Book) Verify(ctx context.Context, id onboarding.ApplicantID, want Chain) (Report, error) {
	_, report, err := b.Proved(ctx, id, want)
	return report, err
}

// Proved is Verify that gives what it has read as well: every record that can be
// read, in the order of their pages, also where the report finds faults. So whoever
// shows a ledger shows what was proved, and says with it what is wrong.
func (b *Book) Proved(ctx context.Context, id onboarding.ApplicantID, want Chain) ([]Record, Report, error) {
	v := newVerifier(id, want)
	next := 1
	for ; ; next++ {
		found, err := b.prove(ctx, v, next)
		if err != nil {
			return v.read, v.report, err
		}
		if !found {
			break
		}
	}
	if lister, ok := b.objects.(Lister); ok {
		for key, err := range lister.List(ctx, Prefix(id)) {
			if err != nil {
				return v.read, v.report, fmt.Errorf("ledger: list the pages: %w", err)
			}
			n, ok := pageNumber(id, key)
			if !ok {
				v.fault(n, 0, "%s lies among the pages and is none", key)
			}
			if !ok || n < next {
				continue
			}
			// Pages are put in their order, so one behind the first number that
			// was missing is younger than our look, or shows that others are gone.
			if _, err := b.prove(ctx, v, n); err != nil {
				return v.read, v.report, err
			}
		}
	}
	v.end()
	return v.read, v.report, nil
}

// prove reads and proves one page; false when there is none.
func (b *Book) prove(ctx context.Context, v *verifier, n int) (bool, error) {
	body, err := b.objects.Get(ctx, PageKey(v.report.Applicant, n))
	if b.objects.IsMissing(err) {
		return false, nil
	}
	teller, ok := b.objects.(interface{ IsAltered(error) bool })
	if err != nil && (!ok || !teller.IsAltered(err)) {
		return false, fmt.Errorf("ledger: read page %d: %w", n, err)
	}
	var page Page
	if err == nil {
		page, err = DecodePage(n, body)
	}
	if err != nil {
		v.fault(n, 0, "altered: %v", err)
		page = Page{Number: n}
	}
	v.page(page)
	return true, nil
}

// pageNumber is PageKey's inverse.
func pageNumber(id onboarding.ApplicantID, key string) (int, bool) {
	digits, _, _ := strings.Cut(strings.TrimPrefix(key, Prefix(id)), ".")
	n, err := strconv.Atoi(digits)
	return n, err == nil && n > 0 && PageKey(id, n) == key
}

// VerifyPages proves pages that are already read; see Verify.
func VerifyPages(id onboarding.ApplicantID, pages []Page, want Chain) Report {
	v := newVerifier(id, want)
	for _, p := range pages {
		v.page(p)
	}
	v.end()
	return v.report
}

type consentState struct {
	purpose   string
	withdrawn bool
}

type verifier struct {
	report   Report
	want     Chain
	chain    Chain
	at       time.Time
	consents map[string]consentState
	intents  map[uint64]bool // uses by their number
	read     []Record
}

func newVerifier(id onboarding.ApplicantID, want Chain) *verifier {
	return &verifier{report: Report{Applicant: id, Faults: []Fault{}}, want: want, chain: NewChain(id),
		consents: map[string]consentState{}, intents: map[uint64]bool{}}
}

func (v *verifier) fault(page int, seq uint64, format string, args ...any) {
	v.report.Faults = append(v.report.Faults, Fault{Page: page, Seq: seq, What: fmt.Sprintf(format, args...)})
}

func (v *verifier) page(p Page) {
	v.report.Pages++
	if p.Number != v.chain.Page {
		v.fault(p.Number, 0, "page %d should stand here: one is missing or out of order", v.chain.Page)
	}
	v.chain.Page = p.Number + 1
	for _, r := range p.Records {
		v.record(p.Number, r)
	}
	v.read = append(v.read, p.Records...)
}

func (v *verifier) record(page int, r Record) {
	v.report.Records++
	if r.Applicant != v.report.Applicant {
		v.fault(page, r.Seq, "belongs to another applicant")
	}
	if r.Seq != v.chain.Seq+1 {
		v.fault(page, r.Seq, "number %d should stand here: a record is missing, added or out of order", v.chain.Seq+1)
	}
	if r.Prev != v.chain.Head {
		v.fault(page, r.Seq, "is not linked to the record before: that one or this one was altered")
	}
	if r.At.Before(v.at) {
		v.fault(page, r.Seq, "is dated before the record before it")
	}
	v.consent(page, r)
	v.chain.Seq, v.chain.Head, v.at = r.Seq, r.Hash(), r.At
	switch {
	case v.want.Applicant == "":
	case r.Seq == v.want.Seq && v.chain.Head != v.want.Head:
		v.fault(page, r.Seq, "is not the record that the workflow wrote under this number")
	case r.Seq > v.want.Seq:
		v.report.Beyond++
	}
}

// consent holds obligation 36: consent's time is before disclosure's.
func (v *verifier) consent(page int, r Record) {
	switch r.Kind {
	case KindConsentGiven, KindInstructed:
		if _, ok := v.consents[r.Receipt]; !ok { // one that was withdrawn never comes back
			v.consents[r.Receipt] = consentState{purpose: r.Purpose}
		}
	case KindConsentWithdrawn, KindObjected:
		c, ok := v.consents[r.Receipt]
		if !ok {
			v.fault(page, r.Seq, "withdraws a consent that was never given")
		}
		c.withdrawn = true
		v.consents[r.Receipt] = c
	case KindUse:
		v.intents[r.Seq] = true
		if r.Receipt == "" {
			v.fault(page, r.Seq, "is a use without a receipt")
			return
		}
		c, ok := v.consents[r.Receipt]
		switch {
		case !ok:
			v.fault(page, r.Seq, "is a use under a consent that was not given before it")
		case c.withdrawn:
			v.fault(page, r.Seq, "is a use under a consent that had been withdrawn")
		case c.purpose != r.Purpose:
			v.fault(page, r.Seq, "is a use for purpose %q under a consent for %q", r.Purpose, c.purpose)
		}
	case KindUseDone, KindUseFailed:
		if !v.intents[r.Of] {
			v.fault(page, r.Seq, "is the outcome of record %d, which is no use", r.Of)
		}
	default: // needs no consent
	}
}

func (v *verifier) end() {
	v.report.Head = v.chain.Head
	if v.want.Applicant != "" && v.chain.Seq < v.want.Seq {
		v.fault(v.chain.Page, 0, "ends at record %d, but %d were written: the newest are missing", v.chain.Seq, v.want.Seq)
	}
}
