package applicants

import (
	"context"
	"encoding/json"
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
	sealed, err := s.Evidence.Get(ctx, check.Result)
	if err != nil {
		return ReportCopy{}, fmt.Errorf("applicants: read the report: %w", err)
	}
	plain, err := s.Vault.Open(ctx, id, check.Result, sealed)
	if err != nil {
		return ReportCopy{}, err
	}
	var results map[onboarding.CheckName]onboarding.Result
	if err := json.Unmarshal(plain, &results); err != nil {
		return ReportCopy{}, fmt.Errorf("applicants: the result %s is not readable", check.Result) // the cause would quote it
	}
	out := ReportCopy{Raw: results[check.Name].Raw}
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
