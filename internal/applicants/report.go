package applicants

import (
	"context"
	"fmt"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// ReportReader reads a vendor's report as it came.
type ReportReader func(raw []byte) (onboarding.Report, error)

// ReportCopy is an applicant's copy of the report about them.
type ReportCopy struct {
	Agency   program.Agency
	Contents onboarding.Report
	Raw      []byte // as the agency sent it
	// Rests has the entries that a decision against the applicant would rest on: what
	// may not be used is not among them.
	Rests map[string]bool
}

// Report gives the copy of the report that goes with a notice before adverse
// action (15 USC 1681b(b)(3)(A)(i)). Before such a notice, or without a report,
// it is CodeNotNow.
func (s *Service) Report(ctx context.Context, id onboarding.ApplicantID) (ReportCopy, error) {
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return ReportCopy{}, err
	}
	check, ok := v.ReportToShow()
	if !ok {
		return ReportCopy{}, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "There is no report to show now.",
			Hint: "When a report may count against you, a message comes first, and then the report is here."}
	}
	result, err := s.result(ctx, id, check)
	if err != nil {
		return ReportCopy{}, err
	}
	out := ReportCopy{Raw: result.Raw, Rests: map[string]bool{}}
	for _, f := range check.Findings {
		if f.Verdict == onboarding.VerdictConsider && f.Entry != "" {
			out.Rests[f.Entry] = true
		}
	}
	read, ok := s.Reports[check.Vendor]
	if !ok {
		return ReportCopy{}, fmt.Errorf("applicants: nobody reads the reports of %s", check.Vendor)
	}
	if out.Contents, err = read(out.Raw); err != nil {
		return ReportCopy{}, err
	}
	p, err := s.Programs.Get(v.Program)
	if err != nil {
		return ReportCopy{}, err
	}
	out.Agency = p.Vendors[check.Vendor].Agency
	return out, nil
}
