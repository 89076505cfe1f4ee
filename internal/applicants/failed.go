package applicants

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// FailedAt is a failed check as the list knows it, without its case being read.
type FailedAt struct {
	Check  onboarding.CheckName `json:"check"`
	Vendor string               `json:"vendor"`
	// Error is the code of what stopped it. It is empty for one that failed before the
	// list knew codes.
	Error onboarding.Code `json:"error"`
}

// failedOf reads the tags of the search attribute FailedChecks.
func failedOf(tags []string) (names []string, failed []FailedAt) {
	names = []string{}
	at := map[string]int{} // by check and vendor
	for _, t := range tags {
		t, code, told := strings.Cut(t, "!")
		check, vendor, atVendor := strings.Cut(t, "@")
		switch {
		case check == "": // the vendor alone: for counting
		case !atVendor:
			names = append(names, check)
		default:
			if _, seen := at[t]; !seen {
				at[t] = len(failed)
				failed = append(failed, FailedAt{Check: onboarding.CheckName(check), Vendor: vendor})
			}
			if told {
				failed[at[t]].Error = onboarding.Code(code)
			}
		}
	}
	return names, failed
}

// Means reports whether the filter lets a failed check through. It says nothing of
// the applicant, whom the listing has found.
func (f Filter) Means(k FailedAt) bool {
	return (f.Check == "" || f.Check == k.Check) && (f.Vendor == "" || f.Vendor == k.Vendor) && (f.Error == "" || f.Error == k.Error)
}

func filterOf(m workflows.BulkMatch) Filter {
	return Filter{Check: m.Check, Vendor: m.Vendor, Program: m.Program, Programs: m.Programs, Error: m.Error, Failed: true}
}

// failedQuery is the part of a filter's query that is about failed checks; empty
// when it asks for none.
func (f Filter) failedQuery() (string, error) {
	if f.Check != "" && !f.Check.Known() {
		return "", onboarding.Invalid("check", "There is no such check.", "Use one of those that the API's document lists.")
	}
	if f.Vendor != "" && !word(f.Vendor) {
		return "", onboarding.Invalid("vendor", "There is no such vendor.", "Use a vendor's name, such as kickbox.")
	}
	if f.Error != "" && !code(f.Error) {
		return "", onboarding.Invalid("error", "There is no such kind of error.", "Use a code, such as VENDOR_UNREACHABLE.")
	}
	tag := string(f.Check)
	switch {
	case f.Error != "":
		vendors := []string{f.Vendor}
		if f.Vendor == "" {
			vendors = program.Doers(f.Check)
		}
		tags := make([]string, len(vendors))
		for i, v := range vendors {
			tags[i] = fmt.Sprintf("'%s@%s!%s'", tag, v, f.Error)
		}
		if len(tags) > 1 {
			return "FailedChecks IN (" + strings.Join(tags, ", ") + ")", nil
		}
		return "FailedChecks = " + tags[0], nil
	case f.Vendor != "":
		return fmt.Sprintf("FailedChecks = '%s@%s'", tag, f.Vendor), nil
	case tag != "":
		return fmt.Sprintf("FailedChecks = '%s'", tag), nil
	case f.Failed:
		return "FailedChecks IS NOT NULL", nil
	}
	return "", nil
}

// code reports whether it has the form of a code, which alone may stand in a query.
func code(c onboarding.Code) bool {
	for _, r := range c {
		if (r < 'A' || r > 'Z') && r != '_' {
			return false
		}
	}
	return len(c) <= 40
}

// FailedCount is how many applicants have one check failed at one vendor for one
// reason.
type FailedCount struct {
	FailedAt
	Count int `json:"count"`
	// Since is since when the one who waits longest does, to a minute or so; zero when
	// that is not known.
	Since time.Time `json:"since"`
}

// countAtOnce is how many questions of one count are on the way at a time.
const countAtOnce = 6

// FailedCounts counts the failed checks by check, vendor and kind of error, for
// those that the programs name, the largest first; groups of none are left out. With
// a program it counts that one's alone. It reads no case, however many there are.
func (s *Service) FailedCounts(ctx context.Context, program string) ([]FailedCount, error) {
	var pairs []FailedCount
	for _, k := range s.doers() {
		pairs = append(pairs, FailedCount{FailedAt: k})
	}
	if err := s.countEach(ctx, program, pairs); err != nil {
		return nil, err
	}
	pairs = slices.DeleteFunc(pairs, func(c FailedCount) bool { return c.Count == 0 })
	byPair := make([][]FailedCount, len(pairs))
	all, each := errgroup.WithContext(ctx)
	all.SetLimit(countAtOnce)
	for i, p := range pairs {
		all.Go(func() (err error) {
			byPair[i], err = s.countWhy(each, program, p)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	groups := slices.Concat(byPair...)
	if err := s.dateEach(ctx, program, groups); err != nil {
		return nil, err
	}
	slices.SortStableFunc(groups, func(a, b FailedCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Vendor, b.Vendor), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Error, b.Error))
	})
	return groups, nil
}

// countWhy splits a count by what stopped the checks. In an outage that is one
// question, since nearly all have the same.
func (s *Service) countWhy(ctx context.Context, program string, of FailedCount) ([]FailedCount, error) {
	var out []FailedCount
	for _, e := range workflows.CheckProblems() {
		if of.Count <= 0 {
			return out, nil
		}
		g := []FailedCount{{FailedAt: FailedAt{Check: of.Check, Vendor: of.Vendor, Error: e}}}
		if err := s.countEach(ctx, program, g); err != nil {
			return nil, err
		}
		if g[0].Count > 0 {
			out = append(out, g[0])
			of.Count -= g[0].Count
		}
	}
	if of.Count > 0 { // a code of a later release, or none yet
		out = append(out, of)
	}
	return out, nil
}

func (s *Service) countEach(ctx context.Context, program string, groups []FailedCount) error {
	return eachGroup(ctx, program, groups, func(ctx context.Context, g *FailedCount, query string) (err error) {
		g.Count, err = s.count(ctx, query)
		return err
	})
}

// eachGroup asks something of the engine for each group, some at a time. Who is bound
// to programs asks of those alone; where none is left nothing is asked.
func eachGroup(ctx context.Context, program string, groups []FailedCount, ask func(ctx context.Context, g *FailedCount, query string) error) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(countAtOnce)
	for i := range groups {
		all.Go(func() error {
			g := &groups[i]
			f, ok := Filter{Check: g.Check, Vendor: g.Vendor, Error: g.Error, Program: program}.scoped(ctx)
			if !ok {
				return nil
			}
			query, err := f.query()
			if err != nil {
				return err
			}
			return ask(ctx, g, query)
		})
	}
	return all.Wait()
}

// doers are the checks with the vendors that may do them by today's programs, each
// pair once.
func (s *Service) doers() (out []FailedAt) {
	for _, p := range s.Programs.All() {
		for _, c := range p.Checks {
			for _, vendor := range append([]string{c.Vendor}, c.Alternatives...) {
				if k := (FailedAt{Check: c.Name, Vendor: vendor}); !slices.Contains(out, k) {
					out = append(out, k)
				}
			}
		}
	}
	return out
}

// FailedLine is a failed check of one applicant, as their case has it.
type FailedLine struct {
	Applicant onboarding.ApplicantID
	Program   string
	Check     onboarding.Check
}

// readAtOnce is how many cases are read at a time.
const readAtOnce = 8

// FailedLines gives one page of the failed checks that a filter means, newest
// applicants first, with the cursor of the next one. It reads the cases of that page
// and no others; one that has gone since it was listed is left out.
func (s *Service) FailedLines(ctx context.Context, f Filter) ([]FailedLine, string, error) {
	f.Failed = true
	page, err := s.List(ctx, f)
	if err != nil {
		return nil, "", err
	}
	found := make([][]FailedLine, len(page.Items))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(readAtOnce)
	for i, l := range page.Items {
		all.Go(func() error {
			v, err := s.StaffView(ctx, l.ID)
			if code := onboarding.CodeOf(err); code == onboarding.CodeUnknownApplicant || code == onboarding.CodeKeyDestroyed {
				return nil
			}
			if err != nil {
				return err
			}
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
