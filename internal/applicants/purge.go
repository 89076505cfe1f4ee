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
	// Locked is until when S3's own lock keeps some of it, the longest, and Stuck that
	// nothing of it can go before: a later purge comes back to it. A Stuck one without a
	// time is under a legal hold of S3's own.
	Locked time.Time `json:"locked,omitzero"`
	Stuck  bool      `json:"stuck,omitempty"`
}

// Locked is a bucket in which S3 itself keeps objects; *evidence.Store is one.
type Locked interface {
	Lister
	// Kept tells until when S3 keeps an object, and whether a legal hold is on it.
	Kept(ctx context.Context, key string) (until time.Time, held bool, err error)
}

// DueAnswer is what came of one of them.
type DueAnswer struct {
	DueItem
	Outcome string `json:"outcome"` // erased, purged, kept, locked, gone or failed
	Says    string `json:"says"`
}

// The outcomes of a DueAnswer.
const (
	DueErased = "erased" // the erasure was begun
	DuePurged = "purged" // the category was removed
	DueKept   = "kept"   // by a hold
	DueLocked = "locked" // some of it or all is kept by S3's own lock
	DueGone   = "gone"   // before this purge came to it
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
		switch {
		case len(d.Held) > 0:
			out.Counts[i].Held++
			out.Held++
		case d.Stuck:
			out.Counts[i].Locked++
			out.Locked++
		}
	}
	return out
}

// dueOf gives what is due of one case that has ended, and of which something is left.
func (s *Service) dueOf(ctx context.Context, id onboarding.ApplicantID, at time.Time, pace workflows.Pace) ([]DueItem, error) {
	all, _, err := s.dueByTable(ctx, id, at, pace)
	if err != nil {
		return nil, err
	}
	out := []DueItem{}
	for _, d := range all {
		if d.Category != workflows.PurgeWhole {
			l, err := s.leftOf(ctx, id, d.Category)
			if err != nil {
				return nil, err
			}
			if l.none() {
				continue
			}
			d.Locked, d.Stuck = l.until, !l.free
		}
		out = append(out, d)
	}
	return out, nil
}

// dueByTable gives what is due of one case by the program files of today; known is false
// where nothing is left by which it could be said.
func (s *Service) dueByTable(ctx context.Context, id onboarding.ApplicantID, at time.Time, pace workflows.Pace) (due []DueItem, known bool, err error) {
	name := onboarding.SummaryKey(id)
	body, err := s.Objects.Get(ctx, name)
	if s.Objects.IsMissing(err) { // gone meanwhile
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	var kept workflows.Kept
	if err := json.Unmarshal(body, &kept); err != nil {
		return nil, false, errors.New("the last view of the case is not readable") // the cause would quote it
	}
	if kept.Stage == onboarding.StageErased || !kept.Stage.Closed() {
		return nil, kept.Stage != onboarding.StageErased, nil
	}
	p := s.programOf(kept.Program)
	if len(dueIn(p, kept.StaffView, "", at, pace)) == 0 {
		return nil, true, nil // no place keeps anything for a shorter time
	}
	law := kept.Law
	if len(kept.Sealed) > 0 {
		var whole workflows.StaffView
		switch err := s.opened(ctx, id, name, kept.Sealed, &whole); {
		case onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed: // nothing is left that could go
			return nil, false, nil
		case err != nil:
			return nil, false, err
		}
		law = whole.Law
	}
	return dueIn(p, kept.StaffView, law, at, pace), true, nil
}

// stillDue reports whether what a report found due is so by the table of today. Days lie
// between the two: who has seen by the report that the table is wrong may have put it right
// since, and what goes now comes back by nothing.
func (s *Service) stillDue(ctx context.Context, d DueItem) (bool, error) {
	now, known, err := s.dueByTable(ctx, d.Applicant, s.Now(), s.Pace)
	return !known || slices.ContainsFunc(now, func(n DueItem) bool { return n.Category == d.Category || n.Category == workflows.PurgeWhole }), err
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

// left is what is left of a category that can go by itself.
type left struct {
	free   bool      // some of it can go now
	locked int       // objects that S3 itself keeps
	until  time.Time // until when, the longest; zero: by a legal hold alone
}

func (l left) none() bool { return !l.free && l.locked == 0 }

// says is what people read of what cannot go.
func (l left) says() string {
	if l.until.IsZero() {
		return fmt.Sprintf("S3 keeps %d objects by a legal hold of its own", l.locked)
	}
	return fmt.Sprintf("S3 keeps %d objects until %s; a later purge removes them", l.locked, l.until.UTC().Format(time.RFC3339))
}

// leftOf looks for what is left of a category. Nothing is removed by it.
func (s *Service) leftOf(ctx context.Context, id onboarding.ApplicantID, c onboarding.Category) (left, error) {
	var out left
	vault, locked := c.Objects(id)
	for _, prefix := range vault {
		for _, err := range s.Objects.List(ctx, prefix) {
			if err != nil {
				return out, err
			}
			out.free = true
			break
		}
	}
	for _, prefix := range locked {
		for key, err := range s.Locked.List(ctx, prefix) {
			if err != nil {
				return out, err
			}
			until, held, err := s.Locked.Kept(ctx, key)
			switch {
			case s.Objects.IsMissing(err): // gone meanwhile
			case err != nil:
				return out, err
			case held || until.After(s.Now()):
				out.locked++
				if until.After(out.until) {
					out.until = until
				}
			default:
				out.free = true
			}
		}
	}
	return out, nil
}
