package applicants

import (
	"context"
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
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

// monthCounts are a program's counts of one month by stage; a stage that nobody is in is
// left out.
type monthCounts map[onboarding.Stage]int

// keptCounts are the months that were counted, each under countsKey. They name nobody.
func (s *Service) keptCounts() shelf.Shelf[monthCounts] {
	return shelf.Shelf[monthCounts]{Objects: s.Objects, Sealer: s.Vault, In: "applicants", What: "the counts of a month"}
}

func countsKey(program string, month time.Time) string {
	return "statistics/" + program + "/" + month.Format(monthForm)
}

// Statistics counts applicants by program, stage and month, for whoever is not to see
// cases: for reports and for clients. Groups that are smaller than the program's minimum
// are left out, and so is nothing told of them, not even whether there is one. Nor can
// one be reckoned back from two answers: there are no sums, a count does not depend on
// what else was asked for, months are whole ones that are over, and a month is counted
// once, when anybody first asks for it. Its counts stay what they were then: else whoever
// asks today and tomorrow sees that one has come or gone, and often knows who.
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
		for m := first; !m.After(last); m = m.AddDate(0, 1, 0) {
			counts, err := s.countMonth(ctx, p.ID, m)
			if err != nil {
				return nil, err
			}
			for _, st := range onboarding.Stages() {
				if n, ok := policy.Group(counts[st], p.Statistics.MinimumGroup); ok {
					out = append(out, Statistic{Program: p.ID, Stage: st, Month: m.Format(monthForm), Count: n})
				}
			}
		}
	}
	if !known {
		return nil, onboarding.Invalid("program", "There is no such program of yours.", "Leave it out for all, or name one of those that are listed.")
	}
	return out, nil
}

// countMonth gives a month's counts as they were first taken. Of a month of which nobody
// is left there is nothing to keep.
func (s *Service) countMonth(ctx context.Context, program string, month time.Time) (monthCounts, error) {
	key := countsKey(program, month)
	kept, _, err := s.keptCounts().Get(ctx, key)
	if err != nil || kept != nil {
		return kept, err
	}
	var asked []number
	for _, st := range onboarding.Stages() {
		asked = append(asked, number{filter: Filter{Program: program, Stage: st, Changed: Span{From: month, To: month.AddDate(0, 1, 0)}}})
	}
	if err := s.countAll(ctx, asked); err != nil {
		return nil, err
	}
	fresh := monthCounts{}
	for _, a := range asked {
		if a.n > 0 {
			fresh[a.filter.Stage] = a.n
		}
	}
	if len(fresh) == 0 {
		return fresh, nil
	}
	return s.keptCounts().Change(ctx, key, func(was monthCounts) (monthCounts, error) {
		if was != nil {
			return was, nil // somebody else asked at the same time
		}
		return fresh, nil
	})
}
