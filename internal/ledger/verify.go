package ledger

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// FaultKind says in a word what is wrong.
type FaultKind string

// The kinds of fault.
const (
	Altered        FaultKind = "altered"         // bytes are not those that were written
	Missing        FaultKind = "missing"         // a page or record that was written is not there
	Inserted       FaultKind = "inserted"        // something stands there that was not written there
	Reordered      FaultKind = "reordered"       // all is there, in another order
	Forked         FaultKind = "forked"          // the chain goes on otherwise than it went on before
	BackDated      FaultKind = "back-dated"      // the time it names is not the time it was written
	Unsigned       FaultKind = "unsigned"        // no signed checkpoint has it, and one should
	NoConsent      FaultKind = "no live consent" // a use without a consent that was live
	InactiveVendor FaultKind = "inactive vendor" // a use by a vendor with whom there was no agreement
	OutsidePurpose FaultKind = "outside purpose" // a field or recipient that the purpose does not have
	NoApprover     FaultKind = "no approver"     // a disclosure by law without a second person
	NoUse          FaultKind = "no use"          // an outcome of what was no use
)

// Fault is one thing that is wrong with a ledger.
type Fault struct {
	Kind FaultKind `json:"kind"`
	Page int       `json:"page"`
	Seq  uint64    `json:"seq"`  // of the record concerned; 0 when the page itself is at fault
	What string    `json:"what"` // in plain words
}

// String gives the fault on one line, without its kind.
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
	v.keep = true
	if err := b.walk(ctx, v); err != nil {
		return v.read, v.report, err
	}
	v.end()
	return v.read, v.report, nil
}

// Watcher knows more of a ledger than stands in it, such as what of it was signed.
type Watcher interface {
	// Record is shown each record in the order of the pages, with the hash of its
	// stored form, and gives the faults that it finds in it.
	Record(page int, r Record, hash [sha256.Size]byte) []Fault
	// End is called behind the last one.
	End() []Fault
}

// Watch is Verify that shows every record that can be read to a Watcher as well.
func (b *Book) Watch(ctx context.Context, id onboarding.ApplicantID, want Chain, w Watcher) (Report, error) {
	v := newVerifier(id, want)
	v.watcher = w
	if err := b.walk(ctx, v); err != nil {
		return v.report, err
	}
	v.end()
	v.report.Faults = append(v.report.Faults, w.End()...)
	return v.report, nil
}

// walk shows the verifier every page that there is.
func (b *Book) walk(ctx context.Context, v *verifier) error {
	id := v.report.Applicant
	next := 1
	for ; ; next++ {
		found, err := b.prove(ctx, v, next)
		if err != nil {
			return err
		}
		if !found {
			break
		}
	}
	if lister, ok := b.objects.(Lister); ok {
		for key, err := range lister.List(ctx, Prefix(id)) {
			if err != nil {
				return fmt.Errorf("ledger: list the pages: %w", err)
			}
			n, ok := pageNumber(id, key)
			if !ok {
				v.fault(Inserted, max(n, 1), 0, "%s lies among the pages and is none", key)
			}
			if !ok || n < next {
				continue
			}
			// Pages are put in their order, so one behind the first number that
			// was missing is younger than our look, or shows that others are gone.
			if _, err := b.prove(ctx, v, n); err != nil {
				return err
			}
		}
	}
	return nil
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
	var hashes [][sha256.Size]byte
	if err == nil {
		page, hashes, err = decodePage(n, body)
	}
	if err != nil {
		v.fault(Altered, n, 0, "altered: %v", err)
		page, hashes = Page{Number: n}, nil
	}
	v.page(page, hashes)
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
		hashes := make([][sha256.Size]byte, len(p.Records))
		for i, r := range p.Records {
			hashes[i] = sha256.Sum256(r.Encode())
		}
		v.page(p, hashes)
	}
	v.end()
	return v.report
}
