package applicants

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// DueItem is something that is due by the retention table. It names nobody but by ID.
type DueItem struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Program   string                 `json:"program"`
	Category  onboarding.Category    `json:"category"` // workflows.PurgeWhole: everything
	Rule      string                 `json:"rule"`     // by which it is due
	Due       time.Time              `json:"due"`      // since when
	Profile   string                 `json:"profile,omitempty"`
	Held      []string               `json:"held,omitempty"` // the holds that keep it
}

// DueAnswer is what came of one of them.
type DueAnswer struct {
	DueItem
	Outcome string `json:"outcome"` // erased, purged, kept, locked or failed
	Says    string `json:"says"`
}

// The outcomes of a DueAnswer.
const (
	DueErased = "erased" // the erasure was begun
	DuePurged = "purged" // the category was removed
	DueKept   = "kept"   // by a hold
	DueLocked = "locked" // by S3's own retention
	DueFailed = "failed"
)

const (
	// purgeLooks is how many cases are looked at at a time.
	purgeLooks = 16
	// purgeRate is how many erasures and removals are begun in a second, and
	// purgeAtOnce how many at a time: others have work to do too.
	purgeRate   = 20
	purgeAtOnce = 8
)

const purgePrefix = "retention/reports/"

func purgeHeadKey(id string) string { return purgePrefix + id + "/head" }
func purgeListKey(id string) func(shard int) string {
	return func(shard int) string { return fmt.Sprintf("%s%s/list-%06d", purgePrefix, id, shard) }
}
func purgeAnswersKey(id string, from int) string {
	return fmt.Sprintf("%s%s/answers-%08d", purgePrefix, id, from)
}

// FindDue looks at every case that has ended and stores the list of what is due by the
// program files of today, with what a hold keeps. Nothing is destroyed by it.
func (s *Service) FindDue(ctx context.Context, in workflows.FindDueIn, beat func()) (workflows.PurgeFound, error) {
	var ids []onboarding.ApplicantID
	for key, err := range s.Objects.List(ctx, "summaries/") {
		if err != nil {
			return workflows.PurgeFound{}, err
		}
		if id, err := onboarding.ParseApplicantID(strings.TrimPrefix(key, "summaries/")); err == nil {
			ids = append(ids, id)
		}
	}
	held, err := s.Holds.Standing(ctx)
	if err != nil {
		return workflows.PurgeFound{}, err
	}
	var one sync.Mutex
	items := []DueItem{}
	if err := Paced(ctx, len(ids), purgeLooks, rate.NewLimiter(rate.Inf, 1), beat, func(ctx context.Context, i int) error {
		due, err := s.dueOf(ctx, ids[i], in.At, in.Pace)
		if err != nil {
			return fmt.Errorf("applicants: what is due of %s: %w", ids[i], err)
		}
		one.Lock()
		defer one.Unlock()
		for _, d := range due {
			for _, h := range held[ids[i]] {
				d.Held = append(d.Held, h.ID)
			}
			items = append(items, d)
		}
		return nil
	}); err != nil {
		return workflows.PurgeFound{}, err
	}
	slices.SortFunc(items, func(a, b DueItem) int {
		return cmp.Or(cmp.Compare(a.Program, b.Program), cmp.Compare(a.Applicant, b.Applicant), cmp.Compare(a.Category, b.Category))
	})
	if err := putList(context.WithoutCancel(ctx), s, purgeListKey(in.ID), items); err != nil {
		return workflows.PurgeFound{}, err
	}
	return countDue(items, len(ids)), nil
}

func countDue(items []DueItem, looked int) workflows.PurgeFound {
	out := workflows.PurgeFound{Total: len(items), Looked: looked, Counts: []workflows.PurgeCount{}}
	for _, d := range items {
		i := slices.IndexFunc(out.Counts, func(c workflows.PurgeCount) bool { return c.Program == d.Program && c.Category == d.Category })
		if i < 0 {
			i = len(out.Counts)
			out.Counts = append(out.Counts, workflows.PurgeCount{Program: d.Program, Category: d.Category})
		}
		out.Counts[i].Due++
		if len(d.Held) > 0 {
			out.Counts[i].Held++
			out.Held++
		}
	}
	return out
}

// dueOf gives what is due of one case that has ended.
func (s *Service) dueOf(ctx context.Context, id onboarding.ApplicantID, at time.Time, pace workflows.Pace) ([]DueItem, error) {
	name := onboarding.SummaryKey(id)
	body, err := s.Objects.Get(ctx, name)
	if s.Objects.IsMissing(err) { // gone meanwhile
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var kept workflows.Kept
	if err := json.Unmarshal(body, &kept); err != nil {
		return nil, errors.New("the last view of the case is not readable") // the cause would quote it
	}
	if kept.Stage == onboarding.StageErased || !kept.Stage.Closed() {
		return nil, nil
	}
	p := s.programOf(kept.Program)
	if due := dueIn(p, kept.StaffView, "", at, pace); len(due) == 0 {
		return nil, nil // no place keeps anything for a shorter time
	}
	law := kept.Law
	if len(kept.Sealed) > 0 {
		var whole workflows.StaffView
		switch err := s.opened(ctx, id, name, kept.Sealed, &whole); {
		case onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed: // nothing is left that could go
			return nil, nil
		case err != nil:
			return nil, err
		}
		law = whole.Law
	}
	out := []DueItem{}
	for _, d := range dueIn(p, kept.StaffView, law, at, pace) {
		if d.Category != workflows.PurgeWhole {
			there, err := s.anyOf(ctx, id, d.Category)
			if err != nil {
				return nil, err
			}
			if !there {
				continue
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// programOf gives a program as its file is today; one that is no more keeps as the law
// asks.
func (s *Service) programOf(id string) program.Program {
	for _, p := range s.Programs.All() {
		if p.ID == id {
			return p
		}
	}
	return program.Program{ID: id}
}

// dueIn gives what is due of a case by a program's table, whether anything of it is left
// or not: everything when the last category is due, else each that is.
func dueIn(p program.Program, v workflows.StaffView, law string, at time.Time, pace workflows.Pace) []DueItem {
	item := DueItem{Applicant: v.Applicant, Program: v.Program, Profile: v.Profile}
	if v.Submitted.IsZero() { // a draft whose end came while a hold stood
		item.Category, item.Rule, item.Due = workflows.PurgeWhole, "the program's drafts: never handed in", v.UpdatedAt
		return []DueItem{item}
	}
	closed, ended := v.UpdatedAt, v.UpdatedAt
	for _, c := range append(slices.Clone(v.Past), v.Credential) {
		if c.Expires.After(ended) {
			ended = c.Expires
		}
	}
	var out []DueItem
	for _, c := range onboarding.Categories() {
		rule := p.Keeps(c, law)
		began := closed
		if rule.After == program.AfterCertificateEnded {
			began = ended
		}
		due := began.Add(pace.Scale(rule.Due(began).Sub(began)))
		if due.After(at) {
			continue
		}
		d := item
		d.Category, d.Due, d.Rule = c, due, rule.Period()+" after "+rule.After.Words()+": "+rule.Source
		out = append(out, d)
	}
	if len(out) < len(onboarding.Categories()) {
		return out
	}
	last := slices.MaxFunc(out, func(a, b DueItem) int { return a.Due.Compare(b.Due) })
	last.Rule = string(last.Category) + ", the last of all: " + last.Rule
	last.Category = workflows.PurgeWhole
	return []DueItem{last}
}

// anyOf reports whether something of a category is left that can go by itself.
func (s *Service) anyOf(ctx context.Context, id onboarding.ApplicantID, c onboarding.Category) (bool, error) {
	vault, locked := c.Objects(id)
	for _, in := range []struct {
		from     Lister
		prefixes []string
	}{{s.Objects, vault}, {s.Locked, locked}} {
		for _, prefix := range in.prefixes {
			for _, err := range in.from.List(ctx, prefix) {
				return err == nil, err
			}
		}
	}
	return false, nil
}
