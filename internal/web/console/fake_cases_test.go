package console

import (
	"context"
	"maps"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// casesMeant are the open cases that a run which assigns is for: by stage, recruiter and
// program.
func (f *fake) casesMeant(m workflows.BulkMatch) (out []workflows.BulkItem) {
	x := m.Cases
	for _, id := range slices.Sorted(maps.Keys(f.cases)) {
		v := f.cases[id]
		if v.Stage.Closed() || m.Program != "" && m.Program != v.Program || x.Stage != "" && x.Stage != v.Stage ||
			x.Recruiter == applicants.Nobody && v.Recruiter != "" || x.Recruiter != "" && x.Recruiter != applicants.Nobody && x.Recruiter != v.Recruiter {
			continue
		}
		out = append(out, workflows.BulkItem{Applicant: id, Program: v.Program, Was: v.Recruiter})
	}
	return out
}

func (f *fake) CountCases(_ context.Context, m workflows.BulkMatch) (int, error) {
	return len(f.casesMeant(m)), f.enter("CountCases", "")
}

// heldMeant are the checks that wait while a vendor is paused.
func (f *fake) heldMeant(m workflows.BulkMatch) (out []workflows.BulkItem) {
	for _, id := range slices.Sorted(maps.Keys(f.cases)) {
		for _, k := range f.cases[id].Checks {
			if k.Held() && k.Vendor == m.Vendor && (m.Program == "" || m.Program == f.cases[id].Program) {
				out = append(out, workflows.BulkItem{Applicant: id, Check: k.Name, Round: k.Round})
			}
		}
	}
	return out
}

func (f *fake) HeldCount(_ context.Context, q applicants.Filter) (int, error) {
	return len(f.heldMeant(workflows.BulkMatch{Vendor: q.Vendor, Program: q.Program})), f.enter("HeldCount", "")
}

func (f *fake) HeldLines(_ context.Context, q applicants.Filter) (out []applicants.FailedLine, _ string, _ error) {
	for _, m := range f.heldMeant(workflows.BulkMatch{Vendor: q.Vendor, Program: q.Program}) {
		v := f.cases[m.Applicant]
		for _, k := range v.Checks {
			if k.Name == m.Check {
				out = append(out, applicants.FailedLine{Applicant: m.Applicant, Program: v.Program, Check: k})
			}
		}
	}
	return out, "", f.enter("HeldLines", "")
}
