package applicants

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// HeldLines gives one page of the checks that wait while a vendor is paused, newest
// applicants first, with the cursor of the next one: those that f.Vendor, f.Check and
// f.Program let through. The list knows who waits for which vendor; which check that is
// the case says, so a case that cannot be asked now is left out. Errors: CodeInvalid for
// a filter that is none.
func (s *Service) HeldLines(ctx context.Context, f Filter) ([]FailedLine, string, error) {
	q, err := heldFilter(f)
	if err != nil {
		return nil, "", err
	}
	page, err := s.List(ctx, q)
	if err != nil {
		return nil, "", err
	}
	reading, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	found, err := s.heldOf(reading, page.Items, f, func(error) error { return ctx.Err() })
	return found, page.NextCursor, err
}

// HeldCount is how many applicants have a check that waits while the vendor f.Vendor is
// paused. Errors: as HeldLines.
func (s *Service) HeldCount(ctx context.Context, f Filter) (int, error) {
	q, err := heldFilter(f)
	if err != nil {
		return 0, err
	}
	q, some := q.scoped(ctx)
	query, err := q.query()
	if err != nil || !some {
		return 0, err
	}
	return s.count(ctx, query)
}

// heldFilter gives the listing that finds those whose checks wait for a paused vendor.
func heldFilter(f Filter) (Filter, error) {
	if err := knownVendor(f.Vendor); err != nil {
		return Filter{}, err
	}
	if f.Check != "" && !f.Check.Known() {
		return Filter{}, onboarding.Invalid("check", "There is no such check.", "Use one of those that the API's document lists.")
	}
	return Filter{Held: f.Vendor, Program: f.Program, Programs: f.Programs, Open: true, Limit: f.Limit, Cursor: f.Cursor}, nil
}

// heldOf reads the cases of a listing and gives their checks that wait, in its order.
// trouble is told why a case could not be read, and says whether that is an error.
func (s *Service) heldOf(ctx context.Context, lines []Line, f Filter, trouble func(error) error) ([]FailedLine, error) {
	found := make([][]FailedLine, len(lines))
	all, reading := errgroup.WithContext(ctx)
	all.SetLimit(readAtOnce)
	for i, l := range lines {
		all.Go(func() error {
			v, err := s.StaffView(reading, l.ID)
			switch code := onboarding.CodeOf(err); {
			case code == onboarding.CodeUnknownApplicant || code == onboarding.CodeKeyDestroyed: // gone since it was listed
				return nil
			case err != nil:
				return trouble(err)
			}
			for _, k := range v.Checks {
				if k.Held() && k.Vendor == f.Vendor && (f.Check == "" || f.Check == k.Name) {
					found[i] = append(found[i], FailedLine{Applicant: l.ID, Program: v.Program, Check: k})
				}
			}
			return nil
		})
	}
	err := all.Wait()
	return slices.Concat(found...), err
}

// heldItems finds the checks of a run that acts on those that wait for a paused vendor.
func (s *Service) heldItems(ctx context.Context, m workflows.BulkMatch, beat func()) ([]workflows.BulkItem, error) {
	f := Filter{Vendor: m.Vendor, Check: m.Check}
	q, err := heldFilter(Filter{Vendor: m.Vendor, Check: m.Check, Program: m.Program, Programs: m.Programs, Limit: heldAtOnce})
	if err != nil {
		return nil, err
	}
	var items []workflows.BulkItem
	err = s.everyPage(ctx, q, beat, func(listed []Line) error {
		lines, err := s.heldOf(ctx, listed, f, func(err error) error { return err })
		for _, l := range lines {
			items = append(items, workflows.BulkItem{Applicant: l.Applicant, Check: l.Check.Name, Round: l.Check.Round, Program: l.Program})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return items, nil
}

// heldAtOnce is how many cases are read between two beats.
const heldAtOnce = 100

// checkHeld is check for a run on checks that wait for a paused vendor.
func (q BulkRequest) checkHeld() error {
	if q.Action == workflows.BulkRetry {
		return onboarding.Invalid("action", "What waits for a paused vendor has not failed, so there is nothing to retry.", "Resume the vendor, use another one, or waive the checks.")
	}
	if q.Match.Error != "" {
		return onboarding.Invalid("error", "What waits for a paused vendor was stopped by nothing else.", "Leave the kind of error out.")
	}
	f, err := heldFilter(filterOf(q.Match))
	if err == nil {
		_, err = f.query()
	}
	return err
}
