package applicants

import (
	"context"
	"fmt"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Retry asks for another round of a failed check. round is the failed round
// that is meant (0: whichever it is), so that a button pressed twice retries once.
func (s *Service) Retry(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateRetryCheck, "", workflows.RetryCheck{Check: check, Round: round, Reason: sealed, Actor: by,
		Agreements: s.agreementsToday(v.Program)}, &workflows.Ack{})
}

// Waive goes on without a failed check.
func (s *Service) Waive(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateWaiveCheck, "", workflows.WaiveCheck{Check: check, Reason: sealed, Actor: by}, &workflows.Ack{})
}

// Revoke takes a credential back; when it returns, our page and the status list say
// so. The holder is told the category and never the reason's words. Errors:
// CodeInvalid for a category that there is not and for no reason, CodeNotNow when
// nothing stands.
func (s *Service) Revoke(ctx context.Context, id onboarding.ApplicantID, category workflows.RevocationReason, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateRevoke, "revoke", workflows.Revoke{Category: category, Reason: sealed, Actor: by}, &workflows.Ack{})
}

func (s *Service) reason(ctx context.Context, id onboarding.ApplicantID, words string) ([]byte, error) {
	words = strings.TrimSpace(words)
	if err := checkWords("reason", words); err != nil {
		return nil, err
	}
	return s.seal(ctx, id, sealReason, words)
}

// Timeline is an applicant's ledger as staff read it: what was done, without what
// people wrote about it.
func (s *Service) Timeline(ctx context.Context, id onboarding.ApplicantID) ([]Event, error) {
	pages, err := s.pages.read(ctx, s.Book, id)
	if err != nil {
		return nil, err
	}
	if len(pages) == 0 {
		return nil, &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no ledger of that applicant.", Hint: "Check the ID."}
	}
	out := []Event{}
	gone, asked := false, false
	for _, p := range pages {
		for _, r := range p.Records {
			written := writtenKind(r) != ""
			if written && !asked { // one key for all of them
				gone, asked = s.unreadable(ctx, id, r.Sealed), true
			}
			out = append(out, Event{Record: r, Says: sentence(r), Written: written && !gone, Erased: written && gone})
		}
	}
	return out, nil
}

// VerifyLedger proves an applicant's ledger against the head that the workflow
// knows to be stored. Behind the head of a case that has ended there can be
// nothing but what somebody else has put there.
func (s *Service) VerifyLedger(ctx context.Context, id onboarding.ApplicantID) (ledger.Report, error) {
	_, report, err := s.proved(ctx, id)
	return report, err
}

func (s *Service) proved(ctx context.Context, id onboarding.ApplicantID) ([]ledger.Record, ledger.Report, error) {
	v, err := s.summary(ctx, id) // kept with the last page
	ended := err == nil && v.Stage.Closed()
	if !ended {
		if v, err = s.StaffView(ctx, id); err != nil {
			return nil, ledger.Report{}, err
		}
	}
	records, report, err := s.Book.Proved(ctx, id, v.Ledger)
	if err == nil && ended && report.Beyond > 0 {
		report.Faults = append(report.Faults, ledger.Fault{Page: report.Pages,
			What: fmt.Sprintf("%d records stand behind the last one that this case wrote before it ended", report.Beyond)})
	}
	return records, report, err
}
