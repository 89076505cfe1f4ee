package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Objects is the write-once bucket as the ledger needs it.
type Objects interface {
	// PutOnce stores body under key; identical bytes that are there already
	// are success, others an error for which IsConflict is true.
	PutOnce(ctx context.Context, key string, body []byte) error
	// Get gives the bytes; IsMissing is true for its error when there are none.
	Get(ctx context.Context, key string) ([]byte, error)
	IsConflict(err error) bool
	IsMissing(err error) bool
}

// Fresher is what a bucket that can tell its first put of some bytes from a
// repeated one offers besides.
type Fresher interface {
	// PutFresh is PutOnce; it gives false when the bytes stood there already.
	PutFresh(ctx context.Context, key string, body []byte) (bool, error)
}

// Lister is what a bucket that can say what it holds offers besides. With it
// Verify sees what lies behind a page that is gone.
type Lister interface {
	// List gives the keys that begin with prefix, in their order.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// Book stores and reads ledgers.
type Book struct {
	objects Objects
	mark    func(context.Context, onboarding.ApplicantID)
}

// NewBook makes a Book upon the evidence bucket.
func NewBook(objects Objects) *Book { return &Book{objects: objects} }

// Marking gives a Book that says before it puts an applicant's pages that their
// ledger moves: before, so that nothing is stored of which nobody was told.
func (b *Book) Marking(mark func(context.Context, onboarding.ApplicantID)) *Book {
	return &Book{objects: b.objects, mark: mark}
}

// Stored is a record that is known to lie in the bucket. Only a Book makes one,
// so whoever holds it may act: intent comes before the act by type. It keeps a
// copy of its own, so that nothing can be changed between the intent and the act.
type Stored struct {
	record *Record
	fresh  bool
}

func stored(r Record) Stored {
	r = r.settled()
	return Stored{record: &r}
}

// Fresh reports whether it was stored by this very call, and not by an earlier try
// of the same step. It is true once at most, and never in a bucket that cannot tell.
func (s Stored) Fresh() bool { return s.fresh }

// Record gives a copy of the record and true, or false for a Stored that no Book
// made.
func (s Stored) Record() (Record, bool) {
	if s.record == nil {
		return Record{}, false
	}
	return s.record.settled(), true
}

// Store puts the pages in their order and gives every record of theirs as
// stored. It may be called again with the same pages (a retry): what is there
// already counts as stored. When another's bytes stand under a page's number,
// nothing further is put and the error has CodeLedgerConflict: the caller must
// not act, and the workflow goes on behind the chain's head.
func (b *Book) Store(ctx context.Context, pages []Page) ([]Stored, error) {
	var out []Stored
	for i, p := range pages {
		if len(p.Records) == 0 {
			return nil, fmt.Errorf("ledger: page %d has no records", p.Number)
		}
		if i == 0 && b.mark != nil {
			b.mark(ctx, p.Records[0].Applicant)
		}
		fresh, err := b.put(ctx, p)
		if err != nil {
			if b.objects.IsConflict(err) {
				return nil, &onboarding.Error{Code: onboarding.CodeLedgerConflict, Cause: err,
					Message: fmt.Sprintf("Page %d of this ledger was written by an earlier run.", p.Number),
					Hint:    "The workflow reads the ledger's head and goes on behind it."}
			}
			return nil, fmt.Errorf("ledger: store page %d: %w", p.Number, err)
		}
		for _, r := range p.Records {
			s := stored(r)
			s.fresh = fresh
			out = append(out, s)
		}
	}
	return out, nil
}

func (b *Book) put(ctx context.Context, p Page) (fresh bool, err error) {
	if f, ok := b.objects.(Fresher); ok {
		return f.PutFresh(ctx, p.Key(), p.Encode())
	}
	return false, b.objects.PutOnce(ctx, p.Key(), p.Encode())
}

// Recall finds a record that was stored before, by its page and number.
func (b *Book) Recall(ctx context.Context, id onboarding.ApplicantID, page int, seq uint64) (Stored, error) {
	p, err := b.page(ctx, id, page)
	if err != nil {
		return Stored{}, fmt.Errorf("ledger: recall record %d: %w", seq, err)
	}
	for _, r := range p.Records {
		if r.Seq == seq {
			return stored(r), nil
		}
	}
	return Stored{}, fmt.Errorf("ledger: page %d has no record %d", page, seq)
}

// Head reads the chain's end as stored, looking from page number from on
// (which must be no greater than the first missing one; 1 always serves).
func (b *Book) Head(ctx context.Context, id onboarding.ApplicantID, from int) (Chain, error) {
	chain := NewChain(id)
	for n := max(from, 1); ; n++ {
		page, err := b.page(ctx, id, n)
		if b.objects.IsMissing(err) {
			if n == from && from > 1 {
				return b.Head(ctx, id, 1)
			}
			return chain, nil
		}
		if err != nil {
			return Chain{}, err
		}
		last := page.Records[len(page.Records)-1]
		chain.Seq, chain.Head, chain.Page = last.Seq, last.Hash(), n+1
	}
}

// Read gives an applicant's pages in their order, up to the first number that
// is missing. An applicant without any has none, which is no error.
func (b *Book) Read(ctx context.Context, id onboarding.ApplicantID) ([]Page, error) {
	return b.ReadFrom(ctx, id, 1)
}

// ReadFrom is Read from a page's number on, for who has the pages before it.
func (b *Book) ReadFrom(ctx context.Context, id onboarding.ApplicantID, number int) ([]Page, error) {
	var pages []Page
	for n := number; ; n += readAhead {
		var got [readAhead]Page
		var fail [readAhead]error
		var all sync.WaitGroup
		for i := range readAhead {
			all.Go(func() { got[i], fail[i] = b.page(ctx, id, n+i) })
		}
		all.Wait()
		for i := range readAhead {
			if b.objects.IsMissing(fail[i]) {
				return pages, nil
			}
			if fail[i] != nil {
				return pages, fail[i]
			}
			pages = append(pages, got[i])
		}
	}
}

// readAhead is how many pages are asked for at once: most ledgers have about as many,
// and a person who looks waits for one answer of the bucket in place of that many.
const readAhead = 4

// Page reads one page. The error is the bucket's when there is none, and wraps
// ErrNotCanonical when what lies there is not in the form in which pages are written.
func (b *Book) Page(ctx context.Context, id onboarding.ApplicantID, number int) (Page, error) {
	return b.page(ctx, id, number)
}

func (b *Book) page(ctx context.Context, id onboarding.ApplicantID, n int) (Page, error) {
	body, err := b.objects.Get(ctx, PageKey(id, n))
	if err != nil {
		return Page{}, err
	}
	page, err := DecodePage(n, body)
	if err != nil {
		return Page{}, err
	}
	return page, nil
}

// DecodePage reads a page's stored form. Bytes that Encode would not have
// written (unknown members, other order or spacing) are refused: what cannot be
// hashed the same way was not written by us.
func DecodePage(number int, body []byte) (Page, error) {
	page, _, err := decodePage(number, body)
	return page, err
}

// decodePage is DecodePage that gives the hash of each record besides: that of the
// bytes as they stand, which are those that Encode would write.
func decodePage(number int, body []byte) (Page, [][sha256.Size]byte, error) {
	lines, ended := bytes.CutSuffix(body, []byte("\n"))
	if !ended {
		return Page{}, nil, fmt.Errorf("ledger: page %d does not end with a line's end: %w", number, ErrNotCanonical)
	}
	count := bytes.Count(lines, []byte("\n")) + 1
	page := Page{Number: number, Records: make([]Record, 0, count)}
	hashes := make([][sha256.Size]byte, 0, count)
	for line := range bytes.SplitSeq(lines, []byte("\n")) {
		r, err := decodeRecord(line)
		if err != nil {
			return Page{}, nil, fmt.Errorf("ledger: page %d, line %d: %w", number, len(page.Records)+1, err)
		}
		page.Records = append(page.Records, r)
		hashes = append(hashes, sha256.Sum256(line))
	}
	return page, hashes, nil
}

// decodeRecord reads one line. What Encode would not have written, such as a member
// that is unknown or stands twice, does not come back as it was and is refused.
func decodeRecord(line []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(line, &r); err != nil {
		return Record{}, fmt.Errorf("it is not a record: %w: %w", ErrNotCanonical, err)
	}
	if !bytes.Equal(r.Encode(), line) {
		return Record{}, ErrNotCanonical
	}
	return r, nil
}

// ErrNotCanonical: a stored line is not in the form in which records are written.
var ErrNotCanonical = errors.New("not in canonical form")
