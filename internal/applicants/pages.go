package applicants

import (
	"context"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// pages remembers ledgers that were shown. A page is written once and for years, so
// whoever looks again waits for what is new alone. Nobody proves anything by it:
// VerifyLedger and the witness read the bucket. What is personal in a page is sealed.
type pages struct {
	remembered[onboarding.ApplicantID, []ledger.Page]
}

// mostLedgers is how many; one of a hundred records takes about 80 KiB.
const mostLedgers = 300

// read gives an applicant's pages in their order; they are not the caller's to change.
func (p *pages) read(ctx context.Context, book *ledger.Book, id onboarding.ApplicantID) ([]ledger.Page, error) {
	had, _ := p.get(id)
	more, err := book.ReadFrom(ctx, id, len(had)+1)
	if err != nil || len(more) == 0 {
		return had, err
	}
	all := slices.Concat(had, more)
	p.put(id, all, mostLedgers)
	return all, nil
}
