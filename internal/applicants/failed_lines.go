package applicants

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// FailedLine is a failed check of one applicant. Of the check, its name, vendor,
// status, problem, round and since when are known.
type FailedLine struct {
	Applicant onboarding.ApplicantID
	Program   string
	// Check's round is 0 where the list does not know it and the case could not be
	// asked.
	Check onboarding.Check
}

const (
	// readAtOnce is how many cases are read at a time.
	readAtOnce = 8
	// readWithin is how long those of one page are waited for.
	readWithin = 2 * time.Second
)

// FailedLines gives one page of the failed checks that a filter means, newest
// applicants first, with the cursor of the next one. It takes them from the list. Only
// a case that has not moved since a release whose list did not know rounds is read.
func (s *Service) FailedLines(ctx context.Context, f Filter) ([]FailedLine, string, error) {
	f.Failed = true
	page, err := s.List(ctx, f)
	if err != nil {
		return nil, "", err
	}
	found := make([][]FailedLine, len(page.Items))
	all, reading := errgroup.WithContext(ctx)
	all.SetLimit(readAtOnce)
	reading, cancel := context.WithTimeout(reading, readWithin)
	defer cancel()
	for i, l := range page.Items {
		var whole bool
		if found[i], whole = l.failedLines(f); whole {
			continue
		}
		all.Go(func() error {
			v, err := s.StaffView(reading, l.ID)
			switch code := onboarding.CodeOf(err); {
			case code == onboarding.CodeUnknownApplicant || code == onboarding.CodeKeyDestroyed: // gone since it was listed
				found[i] = nil
				return nil
			case err != nil: // no worker answers: what the list knows is enough to look at
				return ctx.Err()
			}
			found[i] = nil
			for _, k := range v.Checks {
				if k.Status == onboarding.StatusFailed && f.Means(FailedAt{Check: k.Name, Vendor: k.Vendor, Error: onboarding.Code(k.Problem)}) {
					found[i] = append(found[i], FailedLine{Applicant: l.ID, Program: v.Program, Check: k})
				}
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return nil, "", err
	}
	return slices.Concat(found...), page.NextCursor, nil
}

// FailedChecks are the failed checks of a line, as far as the list knows them.
func (l Line) FailedChecks() (out []onboarding.Check) {
	lines, _ := l.failedLines(Filter{})
	for _, f := range lines {
		out = append(out, f.Check)
	}
	return out
}

// failedLines gives the failed checks of a line that a filter means. whole is false
// when a round is not known.
func (l Line) failedLines(f Filter) (out []FailedLine, whole bool) {
	whole = true
	for _, at := range l.FailedAt {
		if !f.Means(at) {
			continue
		}
		r, ok := l.Rounds[at.Check]
		if !ok {
			whole, r.Since = false, l.Since
		}
		out = append(out, FailedLine{Applicant: l.ID, Program: l.Program, Check: onboarding.Check{Name: at.Check, Vendor: at.Vendor, Status: onboarding.StatusFailed,
			Problem: string(at.Error), Round: r.Round, Since: r.Since}})
	}
	return out, whole
}
