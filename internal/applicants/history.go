package applicants

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// History is what was done with an applicant's data, as their ledger tells it. It
// holds names of fields and codes, no values: a ledger has none.
type History struct {
	Records []ledger.Record // every one that can be read, the oldest first
	Report  ledger.Report   // what the proof of the very same records came to
}

// History reads an applicant's ledger and proves it in the same breath, so that
// nothing is shown that was not looked at. Faults are no error: they stand in the
// report, beside what can be read. Errors: those of StaffView, and the store's.
func (s *Service) History(ctx context.Context, id onboarding.ApplicantID) (History, error) {
	records, report, err := s.proved(ctx, id)
	return History{Records: records, Report: report}, err
}
