package console

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func TestAge(t *testing.T) {
	c := newHouse(t).console
	now := c.site.Now()
	for ago, want := range map[time.Duration]string{
		-time.Hour: "now", // another machine's clock is ahead of ours
		0:          "now", 59 * time.Second: "now", time.Minute: "1 min", 59*time.Minute + 59*time.Second: "59 min", time.Hour: "1 h", 47*time.Hour + 59*time.Minute: "47 h",
		48 * time.Hour: "2 days", 400 * 24 * time.Hour: "400 days",
	} {
		if got := c.age(now.Add(-ago)); got != want {
			t.Errorf("%s ago: %q, not %q", ago, got, want)
		}
	}
	if got := c.age(time.Time{}); got != "" {
		t.Errorf("at no time: %q", got)
	}
}

// TestTags: what went well and what did not look different, in each list.
func TestTags(t *testing.T) {
	known := map[string]bool{"": true, "good": true, "bad": true, "look": true, "busy": true} // classes of the style sheet
	for _, s := range onboarding.Stages() {
		if tag := stageTag(s); !known[tag] || (tag == "good") != (s == onboarding.StageCertified) || (tag == "busy") != s.Open() {
			t.Errorf("%s is shown as %q", s, tag)
		}
	}
	for _, s := range []onboarding.CheckStatus{onboarding.StatusPending, onboarding.StatusRunning, onboarding.StatusWaiting, onboarding.StatusPassed,
		onboarding.StatusFlagged, onboarding.StatusFailed, onboarding.StatusWaived, onboarding.StatusCanceled} {
		if tag := statusTag(s); !known[tag] || (tag == "good") != (s == onboarding.StatusPassed) || (tag == "bad") != (s == onboarding.StatusFailed) {
			t.Errorf("%s is shown as %q", s, tag) // a failed check must never pass for a good one
		}
	}
	if stageTag("new") != "" || statusTag("new") != "" {
		t.Error("what nobody knows has a colour")
	}
}

// TestShortID: also of what is no ID at all.
func TestShortID(t *testing.T) {
	for id, want := range map[onboarding.ApplicantID]string{failedID: "…00000000000a", "abc": "…abc", "": "…"} {
		if got := short(id); got != want {
			t.Errorf("%q: %q", id, got)
		}
	}
}

// patient notes how long the service is given.
type patient struct {
	*fake
	t      *testing.T
	within map[string]time.Duration
}

func (p patient) note(ctx context.Context, method string) {
	ends, ok := ctx.Deadline()
	if !ok {
		p.t.Errorf("%s may take for ever", method)
	}
	p.within[method] = time.Until(ends)
}

func (p patient) StaffView(ctx context.Context, id onboarding.ApplicantID) (workflows.StaffView, error) {
	p.note(ctx, "StaffView")
	return p.fake.StaffView(ctx, id)
}

func (p patient) StartBulk(ctx context.Context, q applicants.BulkRequest) error {
	p.note(ctx, "StartBulk")
	return p.fake.StartBulk(ctx, q)
}

// TestPatience: one page waits as long as a person does; an outage's thousands
// are a run's matter, which has the time that it takes.
func TestPatience(t *testing.T) {
	h := newHouse(t)
	p := patient{fake: h.fake, t: t, within: map[string]time.Duration{}}
	h.console.service = p
	d := h.desk(identity.RoleOps)
	d.get(casePath(failedID)).is(http.StatusOK)
	h.fake.many(1)
	d.post(failedPath, confirmed("which", "all", "reason", "x")).is(http.StatusOK)
	for _, method := range []string{"StaffView", "StartBulk"} {
		if got := p.within[method]; got <= patience/2 || got > patience {
			t.Errorf("%s has %s, not %s", method, got, patience)
		}
	}
}

// TestServiceOutOfTime: the page says that it was time, and not that we are broken.
func TestServiceOutOfTime(t *testing.T) {
	h := newHouse(t)
	h.fake.fail = context.DeadlineExceeded
	for _, path := range []string{listPath, failedPath, casePath(failedID), casePath(failedID) + "/ledger", casePath(failedID) + "/checks/email/retry"} {
		d := h.desk("")
		d.carry(identity.RoleAdmin)
		d.get(path).is(http.StatusServiceUnavailable, "did not answer in time", "Wait a minute")
	}
}

// TestApplied: an ID of version 7 begins with the time at which it was made; for
// another one the run's start stands in.
func TestApplied(t *testing.T) {
	for id, want := range map[onboarding.ApplicantID]time.Time{
		"019ab3c0-0000-7000-8000-00000000000a": time.UnixMilli(0x019ab3c00000).UTC(),
		"019ab3c0-0000-4000-8000-00000000000a": noon,
		"":                                     noon,
		"zzzzzzzz-zzzz-7000":                   noon,
	} {
		if got := applied(applicants.Line{ID: id, StartedAt: noon}); !got.Equal(want) {
			t.Errorf("%q: %v", id, got)
		}
	}
}

// TestFold: the searches that found nothing stand in one line, each once, and all
// else keeps a line of its own.
func TestFold(t *testing.T) {
	f := fold([]onboarding.Finding{{Code: "ssn_trace_clear", Screening: "ssn_trace"}, {Code: "county_criminal_clear", Screening: "county_criminal"},
		{Code: "criminal_record", Screening: "county_criminal"}, {Code: "county_criminal_clear", Screening: "county_criminal"}, {Code: "sanctions_clear"}})
	if f.Clear != "SSN trace, county criminal" || len(f.Told) != 2 || f.Told[0].Code != "criminal_record" || f.Told[1].Code != "sanctions_clear" {
		t.Errorf("%+v", f)
	}
	if f = fold(nil); f.Clear != "" || f.Told != nil {
		t.Errorf("of nothing: %+v", f)
	}
}

// TestWeighty: checks that only passed are counted, and what a rule says of the others
// is kept.
func TestWeighty(t *testing.T) {
	w := weighty([]onboarding.Reason{{Rule: "passed"}, {Rule: "flagged", Says: "a match needs a person"}, {Rule: "passed"}})
	if w.Passed != 2 || len(w.Told) != 1 || w.Told[0].Rule != "flagged" {
		t.Errorf("%+v", w)
	}
}

// TestReasonWords: a rule that begins with a finding's code has it in words too.
func TestReasonWords(t *testing.T) {
	for want, r := range map[string]onboarding.Reason{
		"A court record (criminal_record) is for a person to weigh.": {Finding: "criminal_record", Says: "criminal_record is for a person to weigh."},
		"a match needs a person":                                     {Finding: "sanctions_match", Says: "a match needs a person"},
		"of_tomorrow needs a person":                                 {Finding: "of_tomorrow", Says: "of_tomorrow needs a person"},
		"what no rule fits needs a look":                             {Says: "what no rule fits needs a look"},
	} {
		if got := reasonWords(r); got != want {
			t.Errorf("%+v: %q", r, got)
		}
	}
}
