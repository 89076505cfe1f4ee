package applicants

import (
	"context"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// History is what was done with an applicant's data, as their ledger tells it. It
// holds names of fields and codes, no values: a ledger has none.
type History struct {
	// Records are those that can be read, the oldest first, but for what an order forbids
	// to tell the applicant: that data were given by law, while the order stands.
	Records []ledger.Record
	Report  ledger.Report            // what the proof of the very same records came to, with those that are left out
	ByLaw   map[string]OwnDisclosure // what was given by law and may be told, by case
}

// History reads an applicant's ledger and proves it in the same breath, so that
// nothing is shown that was not looked at. Faults are no error: they stand in the
// report, beside what can be read. Errors: those of StaffView, and the store's.
func (s *Service) History(ctx context.Context, id onboarding.ApplicantID) (History, error) {
	records, report, err := s.proved(ctx, id)
	if err != nil {
		return History{Records: records, Report: report}, err
	}
	var cases []string
	for _, r := range records {
		if legal, ok := workflows.LegalCaseOf(r); ok && !slices.Contains(cases, legal) {
			cases = append(cases, legal)
		}
	}
	if len(cases) == 0 {
		return History{Records: records, Report: report}, nil
	}
	told, err := s.ownDisclosures(ctx, id, cases)
	if err != nil {
		return History{}, err
	}
	shown := slices.DeleteFunc(slices.Clone(records), func(r ledger.Record) bool {
		legal, ok := workflows.LegalCaseOf(r)
		_, may := told[legal]
		return ok && !may
	})
	return History{Records: shown, Report: report, ByLaw: told}, nil
}
