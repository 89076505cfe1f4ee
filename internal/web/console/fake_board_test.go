package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func (f *fake) Board(context.Context, string) (applicants.Board, error) {
	if err := f.enter("Board", ""); err != nil {
		return applicants.Board{}, err
	}
	b := applicants.Board{At: noon, Ends: map[onboarding.Stage]int{}}
	for _, s := range onboarding.Stages() {
		c := applicants.Column{Stage: s, Attention: map[onboarding.Attention]int{}}
		for _, v := range f.cases {
			if v.Stage == s {
				c.Count++
				c.OverDay++
				if v.Attention != onboarding.AttentionNone {
					c.Attention[v.Attention]++
				}
			}
		}
		if s.Closed() {
			b.Ends[s] = c.Count
		} else {
			b.Columns = append(b.Columns, c)
		}
	}
	return b, nil
}

// Sought takes the hash of an e-mail address; of the rest it says what the service says.
func (f *fake) Sought(typed string) (applicants.Sought, error) {
	if err := f.enter("Sought", ""); err != nil {
		return applicants.Sought{}, err
	}
	if !strings.Contains(typed, "@") {
		return applicants.Sought{}, onboarding.Invalid("q", "There is nothing to search for.", "Type an e-mail address, a phone number or a name.")
	}
	return applicants.Sought{All: []string{fmt.Sprintf("%024x", len(typed))}}, nil
}

func (f *fake) Views(_ context.Context, owner string) ([]applicants.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.kept[owner]), f.failIn["Views"]
}

func (f *fake) SaveView(_ context.Context, owner string, v applicants.View) error {
	if v.Name == "" {
		return onboarding.Invalid("name", "The list has no name.", "Give it one by which you know it again.")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil {
		f.kept = map[string][]applicants.View{}
	}
	f.kept[owner] = append(f.kept[owner], v)
	return nil
}

func (f *fake) DropView(_ context.Context, owner, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept[owner] = slices.DeleteFunc(f.kept[owner], func(v applicants.View) bool { return v.Name == name })
	return nil
}

func (f *fake) List(ctx context.Context, q applicants.Filter) (applicants.Page, error) {
	if err := f.enter("List", ""); err != nil {
		return applicants.Page{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.filters = append(f.filters, q)
	from, err := valid(q)
	if err != nil {
		return applicants.Page{}, err
	}
	var all []applicants.Line
	for id, v := range f.cases { // by the key: of an erased case the list still knows the ID
		if !applicants.InScope(ctx, v.Program) {
			continue
		}
		l := applicants.Line{ID: id, Program: v.Program, Stage: v.Stage, Attention: v.Attention, StartedAt: noon, Recruiter: v.Recruiter, Failed: []string{}}
		failed := meant(v, q)
		for _, k := range failed {
			l.Failed = append(l.Failed, string(k.Name))
		}
		stage := q.Stage == "" || q.Stage == v.Stage || q.Stage == applicants.UnderWay && v.Stage.Open() && v.Stage != onboarding.StageSignup
		waits := q.Attention == "" || q.Attention == v.Attention || q.Attention == applicants.Others && v.Attention != onboarding.AttentionApplicant
		if stage && waits && (q.Program == "" || q.Program == v.Program) &&
			(len(failed) > 0 || !q.Failed && q.Check == "" && q.Vendor == "") {
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b applicants.Line) int { return cmp.Compare(b.ID, a.ID) })
	all = all[min(from, len(all)):]
	size := cmp.Or(f.pageSize, q.Limit)
	if len(all) <= size {
		return applicants.Page{Items: all}, nil
	}
	return applicants.Page{Items: all[:size], NextCursor: "from-" + strconv.Itoa(from+size)}, nil
}

func (f *fake) Counts(context.Context) (map[onboarding.Stage]int, map[onboarding.Attention]int, error) {
	err := f.enter("Counts", "")
	stages, waits := map[onboarding.Stage]int{}, map[onboarding.Attention]int{}
	for _, v := range f.cases {
		stages[v.Stage]++
		waits[v.Attention]++
	}
	return stages, waits, err
}
