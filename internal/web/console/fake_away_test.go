package console

import (
	"cmp"
	"context"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func (f *fake) BulkOthers(_ context.Context, p workflows.BulkProgress, most int) ([]applicants.BulkAnswer, error) {
	out := slices.DeleteFunc(slices.Clone(f.runs[p.ID].answers), func(a applicants.BulkAnswer) bool { return a.Outcome == applicants.BulkDone })
	return out[:min(most, len(out))], f.enter("BulkOthers", "")
}

// Listed is the case's line, with the tags that its failed checks have.
func (f *fake) Listed(ctx context.Context, id onboarding.ApplicantID) (applicants.Line, error) {
	if err := f.enter("Listed", id); err != nil {
		return applicants.Line{}, err
	}
	page, err := f.List(ctx, applicants.Filter{Limit: 500})
	i := slices.IndexFunc(page.Items, func(l applicants.Line) bool { return l.ID == id })
	if err != nil || i < 0 {
		return applicants.Line{}, cmp.Or(err, applicants.Unknown(nil))
	}
	l := page.Items[i]
	l.Rounds = map[onboarding.CheckName]applicants.FailedRound{}
	for _, k := range meant(f.cases[id], applicants.Filter{}) {
		l.FailedAt = append(l.FailedAt, failedAt(k))
		l.Rounds[k.Name] = applicants.FailedRound{Round: k.Round, Since: k.Since}
	}
	return l, nil
}
