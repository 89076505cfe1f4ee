package applicants

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

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
}

func (x *index) CountWorkflow(_ context.Context, r *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !strings.Contains(r.GetQuery(), "Since <") {
		x.asked = append(x.asked, r.GetQuery())
	}
	_, tag, _ := strings.Cut(r.GetQuery(), "FailedChecks = ")
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
	x := &index{tags: map[string]int64{"email@kickbox": 10003, "email@kickbox!VENDOR_UNREACHABLE": 10000, "email@kickbox!VENDOR_REFUSED": 1, "background@findly": 7, "background@findly!VENDOR_UNREACHABLE": 7}}
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
	dated := x.dated
	if _, err := s.FailedCounts(t.Context(), "support-basics"); err != nil || x.dated != dated {
		t.Errorf("asked again since when, %v", err)
	}
	x.asked = x.asked[:len(x.asked)/2]
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
	if most := len(s.doers()) + len(workflows.CheckProblems()) + 1; len(x.asked) > most {
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
