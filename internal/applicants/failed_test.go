package applicants

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// index is Temporal's as far as counting goes: how many stand under a tag.
type index struct {
	client.Client
	mu    sync.Mutex
	tags  map[string]int64
	asked []string
	// oldest is since when the one waits who has waited longest; dated counts what was
	// asked about that.
	oldest time.Time
	dated  int
	rows   []*workflowpb.WorkflowExecutionInfo // when all are asked for
	listed int
	others int64 // who has one of several tags
}

func (x *index) ListWorkflow(context.Context, *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.listed++
	return &workflowservice.ListWorkflowExecutionsResponse{Executions: x.rows}, nil
}

func (x *index) CountWorkflow(_ context.Context, r *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !strings.Contains(r.GetQuery(), "Since <") {
		x.asked = append(x.asked, r.GetQuery())
	}
	_, tag, one := strings.Cut(r.GetQuery(), "FailedChecks = ")
	if strings.Contains(r.GetQuery(), "FailedChecks IN (") {
		return &workflowservice.CountWorkflowExecutionsResponse{Count: x.others}, nil
	}
	if !one {
		return &workflowservice.CountWorkflowExecutionsResponse{Count: x.tags["all"]}, nil
	}
	if was, before, ok := strings.Cut(tag, " AND Since < "); ok { // the oldest has waited since then
		at, err := time.Parse("'"+time.RFC3339+"'", before)
		if err != nil || !x.oldest.Before(at) {
			return &workflowservice.CountWorkflowExecutionsResponse{}, err
		}
		tag = was
		x.dated++
	}
	return &workflowservice.CountWorkflowExecutionsResponse{Count: x.tags[strings.Trim(tag, "'")]}, nil
}

// TestFailedCounts: by vendor and kind of error, the largest first, and what has a
// code that nobody here knows is counted all the same. It stays cheap: an outage in
// which all fail alike is a question or two more.
func TestFailedCounts(t *testing.T) {
	x := &index{tags: map[string]int64{"all": 10009, "email@kickbox": 10003, "email@kickbox!VENDOR_UNREACHABLE": 10000, "email@kickbox!VENDOR_REFUSED": 1, "background@findly": 7, "background@findly!VENDOR_UNREACHABLE": 7}}
	programs, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	x.oldest = now.Add(-100 * time.Minute)
	s := New(Config{Temporal: x, Programs: programs, Now: func() time.Time { return now }})
	got, err := s.FailedCounts(t.Context(), "support-basics")
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if off := x.oldest.Sub(got[i].Since); off < 0 || off > 10*time.Minute {
			t.Errorf("%+v is off by %s", got[i], off)
		}
		got[i].Since = time.Time{}
	}
	dated, asked := x.dated, len(x.asked)
	again, err := s.failedCounts(t.Context(), Filter{Failed: true, Program: "support-basics"}, got)
	if err != nil || x.dated != dated || len(again) != len(got) {
		t.Errorf("asked again since when, %v, for %+v", err, again)
	}
	// The same pairs of check and vendor, their codes, all of them, and whether there are others.
	if n := len(x.asked) - asked; n > len(workflows.CheckProblems())+5 {
		t.Errorf("%d questions for what had failed before", n)
	}
	x.tags["phone@twilio"], x.tags["phone@twilio!VENDOR_BUSY"], x.others = 3, 3, 3
	if again, err = s.failedCounts(t.Context(), Filter{Failed: true, Program: "support-basics"}, got); err != nil || len(again) != len(got)+1 {
		t.Errorf("another vendor's failed too: %+v, %v", again, err)
	}
	x.asked = x.asked[:asked]
	at := func(check onboarding.CheckName, vendor string, e onboarding.Code, n int) FailedCount {
		return FailedCount{FailedAt: FailedAt{Check: check, Vendor: vendor, Error: e}, Count: n}
	}
	want := []FailedCount{at("email", "kickbox", onboarding.CodeVendorDown, 10000), at("background", "findly", onboarding.CodeVendorDown, 7),
		at("email", "kickbox", "", 2), at("email", "kickbox", onboarding.CodeVendorRefused, 1)}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	for _, q := range x.asked {
		if !strings.Contains(q, "Program = 'support-basics'") {
			t.Errorf("not of the program alone: %s", q)
		}
	}
	if most := len(s.doers()) + len(workflows.CheckProblems()) + 2; len(x.asked) > most {
		t.Errorf("%d questions, more than %d", len(x.asked), most)
	}
}

// TestMeans: a filter means the failed checks that its page and its run act upon.
func TestMeans(t *testing.T) {
	k := FailedAt{Check: onboarding.CheckEmail, Vendor: "kickbox", Error: onboarding.CodeVendorBusy}
	for _, f := range []Filter{{}, {Check: "email"}, {Vendor: "kickbox"}, {Error: "VENDOR_BUSY"}, {Check: "email", Vendor: "kickbox", Error: "VENDOR_BUSY"}} {
		if !f.Means(k) {
			t.Errorf("%+v does not mean it", f)
		}
	}
	for _, f := range []Filter{{Check: "phone"}, {Vendor: "twilio"}, {Error: "INTERNAL"}, {Check: "email", Vendor: "kickbox", Error: "INTERNAL"}} {
		if f.Means(k) {
			t.Errorf("%+v means it", f)
		}
	}
}

// TestFailedCountsOfFew: where one page lists them all, one question tells all groups,
// exactly and since when.
func TestFailedCountsOfFew(t *testing.T) {
	at := func(minutes int, checks ...onboarding.Check) map[string]any {
		var tags []string
		for _, k := range checks {
			k.Since = t0.Add(-time.Duration(minutes) * time.Minute)
			tags = append(tags, workflows.FailedCheckTags(k.Name, k.Vendor, k.Problem)...)
			tags = append(tags, workflows.FailedRoundTag(k))
		}
		return map[string]any{"FailedChecks": tags, "Since": t0}
	}
	email, phone := onboarding.Check{Name: "email", Vendor: "kickbox", Problem: "VENDOR_BUSY", Round: 1}, onboarding.Check{Name: "phone", Vendor: "twilio", Problem: "VENDOR_REFUSED", Round: 2}
	x := &index{tags: map[string]int64{"all": 3}}
	for i, attributes := range []map[string]any{at(5, email), at(7, email, phone), {"Since": t0, "FailedChecks": workflows.FailedCheckTags("email", "kickbox", "")}} {
		x.rows = append(x.rows, row(t, idOf(t0, i).WorkflowID(), attributes))
	}
	s := New(Config{Temporal: x, Programs: newWorld(t).Programs, Now: func() time.Time { return t0 }})
	var all sync.WaitGroup
	for range 8 { // who looks at the same time is told the same
		all.Go(func() {
			got, err := s.FailedCounts(t.Context(), "")
			want := []FailedCount{{FailedAt{"email", "kickbox", "VENDOR_BUSY"}, 2, t0.Add(-7 * time.Minute)}, {FailedAt{"email", "kickbox", ""}, 1, t0}, {FailedAt{"phone", "twilio", "VENDOR_REFUSED"}, 1, t0.Add(-7 * time.Minute)}}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
	all.Wait()
	if x.listed == 0 || x.listed > 2 || len(x.asked) != x.listed {
		t.Errorf("%d lists and %d counts for eight who look", x.listed, len(x.asked))
	}
	if got, err := New(Config{Temporal: &index{}}).FailedCounts(t.Context(), ""); err != nil || len(got) != 0 {
		t.Errorf("where nothing has failed: %+v, %v", got, err)
	}
}

// TestFailedLines: the list tells of a failed check all that its line shows, the round
// among it. A case whose line is of before rounds were listed is asked, and where no
// worker answers its line has no round.
func TestFailedLines(t *testing.T) {
	k := onboarding.Check{Name: "email", Vendor: "kickbox", Problem: "VENDOR_BUSY", Status: onboarding.StatusFailed, Round: 3, Since: t0.Add(-time.Minute)}
	tags := append(workflows.FailedCheckTags("phone", "twilio", "VENDOR_BUSY"), workflows.FailedCheckTags(k.Name, k.Vendor, k.Problem)...)
	now := onboarding.ApplicantID("0198c0de-0000-7000-8000-000000000001")
	old := onboarding.ApplicantID("0198c0de-0000-7000-8000-000000000002")
	v := &asking{visibility: visibility{t: t, rows: []*workflowpb.WorkflowExecutionInfo{
		row(t, now.WorkflowID(), map[string]any{"Program": "support-basics", "FailedChecks": append(slices.Clone(tags), workflows.FailedRoundTag(k)), "Since": t0}),
		row(t, old.WorkflowID(), map[string]any{"Program": "support-basics", "FailedChecks": tags, "Since": t0})}}}
	s := New(Config{Temporal: v, Objects: newWorld(t).Objects})
	lines, _, err := s.FailedLines(t.Context(), Filter{Vendor: "kickbox"})
	if err != nil || len(lines) != 2 || !slices.Equal(v.queried, []string{old.WorkflowID()}) {
		t.Fatalf("%+v, %v, having asked %v", lines, err, v.queried)
	}
	want := FailedLine{Applicant: now, Program: "support-basics", Check: k}
	if !reflect.DeepEqual(lines[0], want) {
		t.Errorf("got %+v, want %+v", lines[0], want)
	}
	want.Applicant, want.Check.Round, want.Check.Since = old, 0, t0
	if !reflect.DeepEqual(lines[1], want) {
		t.Errorf("got %+v, want %+v", lines[1], want)
	}
}

// asking is visibility whose cases no worker answers for.
type asking struct {
	visibility
	queried []string
}

func (a *asking) QueryWorkflow(_ context.Context, id, _, _ string, _ ...any) (converter.EncodedValue, error) {
	a.queried = append(a.queried, id)
	return nil, serviceerror.NewDeadlineExceeded("no worker")
}

// TestCountThatTakesLong: who looks while it goes on gets what was counted before, and
// who never had anything waits for it.
func TestCountThatTakesLong(t *testing.T) {
	x := &slowIndex{index: index{tags: map[string]int64{"all": 1}, rows: []*workflowpb.WorkflowExecutionInfo{
		row(t, idOf(t0, 1).WorkflowID(), map[string]any{"FailedChecks": workflows.FailedCheckTags("email", "kickbox", "VENDOR_BUSY")})}}, held: make(chan struct{})}
	s := New(Config{Temporal: x, Programs: newWorld(t).Programs})
	before := []FailedCount{{FailedAt: FailedAt{"phone", "twilio", "VENDOR_BUSY"}, Count: 7}}
	for age, took := range map[time.Duration]time.Duration{time.Second: time.Hour, 10 * time.Second: 0} {
		s.failed.kept.put(" ", sharedAnswer[[]FailedCount]{is: before, at: time.Now().Add(-age), took: took}, mostShared)
		if got, err := s.FailedCounts(t.Context(), ""); err != nil || !slices.Equal(got, before) {
			t.Errorf("after %s: %+v, %v", age, got, err)
		}
	}
	s.failed.kept.put(" ", sharedAnswer[[]FailedCount]{is: before, at: time.Now().Add(-time.Hour)}, mostShared)
	close(x.held)
	if got, err := s.FailedCounts(t.Context(), ""); err != nil || len(got) != 1 || got[0].Vendor != "kickbox" {
		t.Errorf("too old: %+v, %v", got, err)
	}
}

// slowIndex counts when it may.
type slowIndex struct {
	index
	held chan struct{}
}

func (x *slowIndex) CountWorkflow(ctx context.Context, r *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	<-x.held
	return x.index.CountWorkflow(ctx, r)
}
