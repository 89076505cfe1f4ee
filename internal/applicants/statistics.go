package applicants

import (
	"context"
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// Statistic is how many applicants of a program reached the stage where they are now in
// a month. It is a count, and never of fewer people than the program's minimum.
type Statistic struct {
	Program string           `json:"program"`
	Stage   onboarding.Stage `json:"stage"`
	Month   string           `json:"month"` // 2027-01
	Count   int              `json:"count"`
}

// mostMonths is how many months one question may span.
const mostMonths = 24

const monthForm = "2006-01"

// Statistics counts applicants by program, stage and month, for whoever is not to see
// cases: for reports and for clients. Groups that are smaller than the program's minimum
// are left out, and so is nothing told of them, not even whether there is one; there are
// no sums, from which one could be reckoned back. Months are whole ones that are over.
//
// Errors: CodeInvalid for a program, or months, that there are not.
func (s *Service) Statistics(ctx context.Context, program, from, to string) ([]Statistic, error) {
	now := s.Now().UTC()
	current := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	first, last := current.AddDate(-1, 0, 0), current.AddDate(0, -1, 0)
	for _, m := range []struct {
		field, value string
		into         *time.Time
	}{{"from", from, &first}, {"to", to, &last}} {
		if m.value == "" {
			continue
		}
		t, err := time.Parse(monthForm, m.value)
		if err != nil {
			return nil, onboarding.Invalid(m.field, "A month is written like 2027-01.", "Write it so, or leave it out.")
		}
		*m.into = t
	}
	if first.After(last) || !last.Before(current) || first.AddDate(0, mostMonths, 0).Before(last) {
		return nil, onboarding.Invalid("to", fmt.Sprintf("The months are over, in their order, and at most %d.", mostMonths), "Ask for other months.")
	}
	out, known := []Statistic{}, false
	for _, p := range s.Programs.All() {
		if program != "" && p.ID != program || !InScope(ctx, p.ID) {
			continue
		}
		known = true
		var asked []number
		for m := first; !m.After(last); m = m.AddDate(0, 1, 0) {
			for _, st := range onboarding.Stages() {
				asked = append(asked, number{filter: Filter{Program: p.ID, Stage: st, Changed: Span{From: m, To: m.AddDate(0, 1, 0)}}})
			}
		}
		if err := s.countAll(ctx, asked); err != nil {
			return nil, err
		}
		for _, a := range asked {
			if n, ok := policy.Group(a.n, p.Statistics.MinimumGroup); ok {
				out = append(out, Statistic{Program: p.ID, Stage: a.filter.Stage, Month: a.filter.Changed.From.Format(monthForm), Count: n})
			}
		}
	}
	if !known {
		return nil, onboarding.Invalid("program", "There is no such program of yours.", "Leave it out for all, or name one of those that are listed.")
	}
	return out, nil
}
