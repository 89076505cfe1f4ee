package applicants

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/temporald"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// listed is one applicant whom the real engine has in its index.
type listed struct {
	Line
	lookUp []string
	over   bool
}

// engineOf starts the real engine, and gives a service over it.
func engineOf(t *testing.T) *Service {
	t.Helper()
	ports, err := loopback.Free("", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { loopback.Release(ports...) })
	server, err := temporald.Start(t.Context(), temporald.Config{DBFile: filepath.Join(t.TempDir(), "temporal.db"), FrontendPort: ports[0], Namespace: "vouchsafe",
		SearchAttributes: workflows.SearchAttributes()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := client.Dial(client.Options{HostPort: server.Address(), Namespace: server.Namespace()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w := newWorld(t)
	return New(Config{Temporal: c, Vault: w.Vault, Programs: w.Programs, Now: func() time.Time { return t0 }})
}

func (l listed) start(ctx context.Context, c client.Client) error {
	set := []temporal.SearchAttributeUpdate{workflows.SearchProgram.ValueSet(l.Program), workflows.SearchStage.ValueSet(string(l.Stage)),
		workflows.SearchAttention.ValueSet(string(l.Attention))}
	if !l.Since.IsZero() {
		set = append(set, workflows.SearchSince.ValueSet(l.Since))
	}
	if !l.DueBy.IsZero() {
		set = append(set, workflows.SearchDueBy.ValueSet(l.DueBy))
	}
	if l.Recruiter != "" {
		set = append(set, workflows.SearchRecruiter.ValueSet(l.Recruiter))
	}
	if l.Outcome != "" {
		set = append(set, workflows.SearchOutcome.ValueSet(string(l.Outcome)))
	}
	if l.Jurisdiction != "" {
		set = append(set, workflows.SearchJurisdiction.ValueSet(l.Jurisdiction))
	}
	if len(l.lookUp) > 0 {
		set = append(set, workflows.SearchLookUp.ValueSet(l.lookUp))
	}
	if len(l.FailedAt) > 0 {
		var tags []string
		for _, k := range l.FailedAt {
			tags = append(tags, workflows.FailedCheckTags(k.Check, k.Vendor, string(k.Error))...)
		}
		set = append(set, workflows.SearchFailedChecks.ValueSet(tags))
	}
	_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: l.ID.WorkflowID(), TaskQueue: "nobody", TypedSearchAttributes: temporal.NewSearchAttributes(set...)},
		workflows.OnboardName)
	if err != nil || !l.over {
		return err
	}
	return c.TerminateWorkflow(ctx, l.ID.WorkflowID(), "", "over")
}

func idOf(at time.Time, n int) onboarding.ApplicantID {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(at.UnixMilli())<<16)
	binary.BigEndian.PutUint64(u[8:], uint64(n))
	u[6], u[8] = 0x70, 0x80
	return onboarding.ApplicantID(u.String())
}

// crowd is eighty applicants of all kinds, thirty of whom moved in the same second.
func crowd() (all []listed) {
	for i := range 80 {
		began := t0.Add(-time.Duration(i*i+1) * time.Hour).Truncate(time.Millisecond)
		l := listed{Line: Line{ID: idOf(began, i), StartedAt: began, Program: []string{"support-basics", "health-line"}[i%2], Stage: onboarding.Stages()[i%8],
			Attention: onboarding.AttentionNone, Failed: []string{}}}
		l.over = l.Stage.Closed()
		switch {
		case i < 30:
			l.Since = t0.Add(-50 * time.Hour)
		case i < 75:
			l.Since = began.Add(30 * time.Minute).Truncate(time.Second)
		}
		if i%3 == 0 && !l.over {
			l.DueBy = t0.Add(time.Duration(i-30) * 7 * time.Hour)
		}
		if i%4 == 0 {
			l.Recruiter = fmt.Sprintf("%08x", i%3+1)
		}
		if l.over {
			l.Outcome = onboarding.Outcome(l.Stage)
		}
		if l.Stage == onboarding.StageValidation {
			l.Attention, l.Jurisdiction = onboarding.AttentionOps, "US-CA"
			l.Failed, l.FailedAt = []string{"email"}, []FailedAt{{Check: "email", Vendor: "kickbox", Error: "VENDOR_UNREACHABLE"}}
		}
		all = append(all, l)
	}
	return all
}

// TestListsOfTheEngine holds filters, orders, counts and search against the real
// engine to what they should give.
func TestListsOfTheEngine(t *testing.T) {
	all := crowd()
	s := engineOf(t)
	for i := range all {
		all[i].lookUp = s.lookUp(onboarding.Profile{onboarding.FieldGivenName: "Zoë", onboarding.FieldFamilyName: "Van Example" + string(rune('a'+i/20)),
			onboarding.FieldEmail: fmt.Sprintf("p%d@example.com", i), onboarding.FieldPhone: fmt.Sprintf("+121255501%02d", i)})
		if err := all[i].start(t.Context(), s.Temporal); err != nil {
			t.Fatal(err)
		}
	}
	for n := 0; n != 80; {
		var err error
		if n, err = s.count(t.Context(), "Stage IS NOT NULL AND (Outcome IS NULL OR ExecutionStatus = 'Terminated')"); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("filters", func(t *testing.T) { filtersOf(t, s, all) })
	t.Run("orders", func(t *testing.T) { ordersOf(t, s, all) })
	t.Run("search", func(t *testing.T) { searchOf(t, s, all) })
	t.Run("saved queries", func(t *testing.T) { savedQueries(t, s) })
	t.Run("board", func(t *testing.T) { boardOf(t, s, all) })
}

// walk reads a listing to its end.
func walk(t *testing.T, s *Service, f Filter) (ids []onboarding.ApplicantID) {
	t.Helper()
	for range 200 {
		page, err := s.List(t.Context(), f)
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		if len(page.Items) > f.Limit || page.NextCursor != "" && len(page.Items) == 0 {
			t.Fatalf("%+v: a page of %d", f, len(page.Items))
		}
		for _, l := range page.Items {
			ids = append(ids, l.ID)
		}
		if f.Cursor = page.NextCursor; f.Cursor == "" {
			return ids
		}
	}
	t.Fatalf("%+v does not end", f)
	return nil
}

func filtersOf(t *testing.T, s *Service, all []listed) {
	for name, tt := range map[string]struct {
		f    Filter
		want func(listed) bool
	}{
		"all":          {Filter{}, func(listed) bool { return true }},
		"stage":        {Filter{Stage: "vetting"}, func(l listed) bool { return l.Stage == "vetting" }},
		"under way":    {Filter{Stage: UnderWay, Attention: Others}, func(l listed) bool { return l.Stage.Open() && l.Stage != "signup" }},
		"open":         {Filter{Open: true}, func(l listed) bool { return !l.over }},
		"outcome":      {Filter{Outcome: "declined"}, func(l listed) bool { return l.Outcome == "declined" }},
		"recruiter":    {Filter{Recruiter: "00000002"}, func(l listed) bool { return l.Recruiter == "00000002" }},
		"nobody's":     {Filter{Recruiter: Nobody, Open: true}, func(l listed) bool { return l.Recruiter == "" && !l.over }},
		"jurisdiction": {Filter{Jurisdiction: "US-CA", Program: "health-line"}, func(l listed) bool { return l.Jurisdiction == "US-CA" && l.Program == "health-line" }},
		"overdue":      {Filter{Due: Span{To: t0}}, func(l listed) bool { return !l.DueBy.IsZero() && l.DueBy.Before(t0) }},
		"due later":    {Filter{Due: Span{From: t0}}, func(l listed) bool { return !l.DueBy.Before(t0) && !l.DueBy.IsZero() }},
		"due then":     {Filter{Due: Span{From: all[33].DueBy, To: all[33].DueBy.Add(time.Second)}}, func(l listed) bool { return l.DueBy.Equal(all[33].DueBy) }},
		"stuck":        {Filter{Changed: Span{To: t0.Add(-49 * time.Hour)}}, func(l listed) bool { return !l.Since.IsZero() && l.Since.Before(t0.Add(-49*time.Hour)) }},
		"applied": {Filter{Applied: Span{From: t0.Add(-100 * time.Hour), To: t0.Add(-3 * time.Hour)}}, func(l listed) bool {
			return !l.StartedAt.Before(t0.Add(-100*time.Hour)) && l.StartedAt.Before(t0.Add(-3*time.Hour))
		}},
		"failed": {Filter{Vendor: "kickbox", Error: "VENDOR_UNREACHABLE"}, func(l listed) bool { return len(l.FailedAt) > 0 }},
	} {
		f := tt.f
		f.Limit = 9
		var want []onboarding.ApplicantID
		for _, l := range all {
			if tt.want(l) {
				want = append(want, l.ID)
			}
		}
		for _, o := range append(Orders(), Unsorted) {
			f.Order = o
			got := walk(t, s, f)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s by %q gives %d, not %d", name, o, len(got), len(want))
			}
		}
		if len(want) == 0 {
			t.Errorf("%s: the crowd has none", name)
		}
	}
}

func ordersOf(t *testing.T, s *Service, all []listed) {
	for _, o := range Orders() {
		a, desc := o.axis()
		want := slices.Clone(all)
		slices.SortFunc(want, func(x, y listed) int {
			if none := cmp.Compare(b2i(a.at(x.Line).IsZero()), b2i(a.at(y.Line).IsZero())); none != 0 {
				return none
			}
			c := cmp.Or(a.at(x.Line).Compare(a.at(y.Line)), cmp.Compare(x.ID, y.ID))
			if desc {
				c = -c
			}
			return c
		})
		have := slices.IndexFunc(want, func(l listed) bool { return a.at(l.Line).IsZero() }) // who lack it come last, in no order
		if have < 0 {
			have = len(want)
		}
		for _, limit := range []int{1, 7, 40, 500} {
			got := walk(t, s, Filter{Order: o, Limit: limit})
			if len(got) != len(want) {
				t.Errorf("%s by %d: %d lines", o, limit, len(got))
				continue
			}
			for i := range have {
				if got[i] != want[i].ID {
					t.Errorf("%s by %d: line %d is %s at %s, not %s at %s", o, limit, i, got[i], a.at(all[slices.IndexFunc(all, func(l listed) bool { return l.ID == got[i] })].Line), want[i].ID, a.at(want[i].Line))
					break
				}
			}
		}
	}
	if _, err := s.List(t.Context(), Filter{Order: "name"}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("by name: %v", err)
	}
	for _, forged := range []string{"*", "e30=", "bnVsbA x", "Ww"} {
		if _, err := s.List(t.Context(), Filter{Order: BySince, Cursor: forged}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%q: %v", forged, err)
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func searchOf(t *testing.T, s *Service, all []listed) {
	for typed, want := range map[string]int{"P7@Example.com": 1, "(212) 555-0142": 1, "zoe": 80, "Van Exampleb": 20, "vanexampleb ZOË": 20, "vanexampleb": 20, "zoevanexamplec": 20,
		"nobody": 0, "p99@example.com": 0} {
		sought, err := s.Sought(typed)
		if err != nil {
			t.Fatalf("%q: %v", typed, err)
		}
		again, err := ParseSought(sought.String())
		if err != nil || again.String() != sought.String() {
			t.Errorf("%q in an address: %v, %v", typed, again, err)
		}
		for _, o := range []Order{Unsorted, BySince} {
			if got := walk(t, s, Filter{Sought: again, Limit: 30, Order: o}); len(got) != want {
				t.Errorf("%q by %q finds %d, not %d", typed, o, len(got), want)
			}
		}
	}
	sought, err := s.Sought("p7@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if got := walk(t, s, Filter{Sought: sought, Limit: 5}); len(got) != 1 || got[0] != all[7].ID {
		t.Errorf("found %v", got)
	}
	for _, forged := range []string{"x", "abc.def", "'", sought.String() + "'", sought.String() + ".", "~" + sought.Contact, "0123456789abcdef01234567~' OR"} {
		if _, err := ParseSought(forged); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%q: %v", forged, err)
		}
	}
	if _, err := (Filter{Sought: Sought{All: []string{"' OR 'a' = 'a"}}}).query(); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("a forged search: %v", err)
	}
}

func boardOf(t *testing.T, s *Service, all []listed) {
	for _, program := range []string{"", "health-line"} {
		b, err := s.Board(t.Context(), program)
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, c := range b.Columns {
			want := Column{Stage: c.Stage, Attention: map[onboarding.Attention]int{}}
			for _, l := range all {
				if l.Stage != c.Stage || program != "" && l.Program != program {
					continue
				}
				want.Count++
				if l.Attention != onboarding.AttentionNone {
					want.Attention[l.Attention]++
				}
				old := t0.Sub(l.Since)
				switch {
				case l.Since.IsZero() || old <= day:
					want.UnderDay++
				default:
					want.OverDay++
					want.OverWeek += b2i(old > 7*day)
				}
				want.Overdue += b2i(!l.DueBy.IsZero() && l.DueBy.Before(t0))
			}
			if fmt.Sprint(c) != fmt.Sprint(want) {
				t.Errorf("%q: %+v, not %+v", program, c, want)
			}
			seen += c.Count
		}
		for _, n := range b.Ends {
			seen += n
		}
		if want := map[string]int{"": 80, "health-line": 40}[program]; seen != want || len(b.Columns) != 5 {
			t.Errorf("%q: %d on the board, in %d columns", program, seen, len(b.Columns))
		}
	}
}

// savedQueries tries each query to which the README has a link.
func savedQueries(t *testing.T, s *Service) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`workflows\?query=([^)]+)\)`).FindAllStringSubmatch(string(readme), -1)
	if len(links) < 5 {
		t.Fatalf("the README has %d queries", len(links))
	}
	for _, l := range links {
		query, err := url.QueryUnescape(l[1])
		if err != nil {
			t.Errorf("%s: %v", l[1], err)
			continue
		}
		if _, err := s.count(t.Context(), query); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}
