package applicants

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// ToAssign gives the cases that a filter means as a run that assigns them takes it:
// those of them that are not over. Errors: CodeInvalid for a filter by what was searched
// for, which finds few: they are marked one by one.
func (f Filter) ToAssign() (workflows.BulkMatch, error) {
	if f.Sought.String() != "" {
		return workflows.BulkMatch{}, onboarding.Invalid("look", "What a search finds is not given to anybody as a whole.", "Mark those that are meant.")
	}
	return workflows.BulkMatch{Check: f.Check, Vendor: f.Vendor, Program: f.Program, Programs: f.Programs, Error: f.Error,
		Cases: &workflows.CaseMatch{Stage: f.Stage, Attention: f.Attention, Failed: f.Failed, Recruiter: f.Recruiter, Outcome: f.Outcome, Jurisdiction: f.Jurisdiction,
			Due: workflows.TimeSpan(f.Due), Changed: workflows.TimeSpan(f.Changed), Applied: workflows.TimeSpan(f.Applied)}}, nil
}

// casesOf is ToAssign's inverse.
func casesOf(m workflows.BulkMatch) Filter {
	f := Filter{Check: m.Check, Vendor: m.Vendor, Program: m.Program, Programs: m.Programs, Error: m.Error, Open: true}
	if c := m.Cases; c != nil {
		f.Stage, f.Attention, f.Failed, f.Recruiter, f.Outcome, f.Jurisdiction = c.Stage, c.Attention, c.Failed, c.Recruiter, c.Outcome, c.Jurisdiction
		f.Due, f.Changed, f.Applied = Span(c.Due), Span(c.Changed), Span(c.Applied)
	}
	return f
}

// CountCases is how many cases a run that assigns those of a match would begin with.
func (s *Service) CountCases(ctx context.Context, m workflows.BulkMatch) (int, error) {
	f, some := casesOf(m).scoped(ctx)
	query, err := f.query()
	if err != nil || !some {
		return 0, err
	}
	return s.count(ctx, query)
}

// CasesNow gives cases as a run that assigns them takes them, with who has them now.
// Errors: those of Listed.
func (s *Service) CasesNow(ctx context.Context, ids []onboarding.ApplicantID) ([]workflows.BulkItem, error) {
	out := make([]workflows.BulkItem, len(ids))
	for i, id := range ids {
		l, err := s.Listed(ctx, id)
		if err != nil {
			return nil, err
		}
		out[i] = workflows.BulkItem{Applicant: id, Program: l.Program, Was: l.Recruiter}
	}
	return out, nil
}

// caseItems finds the cases of a run that assigns them.
func (s *Service) caseItems(ctx context.Context, m workflows.BulkMatch, beat func()) ([]workflows.BulkItem, error) {
	f := casesOf(m)
	f.Limit = maxLimit
	var items []workflows.BulkItem
	err := s.everyPage(ctx, f, beat, func(lines []Line) error {
		for _, l := range lines {
			items = append(items, workflows.BulkItem{Applicant: l.ID, Program: l.Program, Was: l.Recruiter})
		}
		return nil
	})
	return items, err
}

// assignOnce gives one case to the run's recruiter, if they may have it and it is whose
// it was when the run began. Theirs it counts as given, whoever gave it: so a part that
// is done again finds what it has done. An error of its own means that it is not known
// what came of it.
func (s *Service) assignOnce(ctx context.Context, in workflows.ActInBulkIn, item workflows.BulkItem) (BulkAnswer, error) {
	a := BulkAnswer{BulkItem: item, Outcome: BulkDone}
	err := s.mayHave(ctx, item.Applicant, item.Program, in.Recruiter, in.Actor)
	if err == nil {
		err = s.update(ctx, item.Applicant, workflows.UpdateAssign, "", workflows.Assign{Recruiter: in.Recruiter, Was: item.Was, Actor: in.Actor, Bulk: in.ID}, &workflows.Ack{})
	}
	if err == nil {
		return a, nil
	}
	ours := refusal(ctx, err)
	if ours == nil {
		return a, err
	}
	if ours.Code == onboarding.CodeNotNow {
		v, verr := s.StaffView(ctx, item.Applicant)
		if verr != nil && (troubled(verr) || ctx.Err() != nil) {
			return a, verr
		}
		if verr == nil && v.Recruiter == in.Recruiter && !v.Stage.Closed() {
			return a, nil
		}
	}
	a.Outcome, a.Says = BulkFailed, said(ours)
	switch ours.Code {
	case onboarding.CodeInvalid, onboarding.CodeNotNow, onboarding.CodeUnknownApplicant, onboarding.CodeKeyDestroyed, onboarding.CodeConflict:
		a.Outcome = BulkRefused
	default:
	}
	return a, nil
}
