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

func (p patient) Retry(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, reason string, by workflows.Actor) error {
	p.note(ctx, "Retry")
	return p.fake.Retry(ctx, id, check, round, reason, by)
}

func (p patient) RetryAll(ctx context.Context, f applicants.Filter, reason string, by workflows.Actor, progress func(int, int, onboarding.ApplicantID, error)) (int, int, error) {
	p.note(ctx, "RetryAll")
	return p.fake.RetryAll(ctx, f, reason, by, progress)
}

// TestPatience: one page waits as long as a person does; an outage's thousands
// have the time that they take.
func TestPatience(t *testing.T) {
	h := newHouse(t)
	p := patient{fake: h.fake, t: t, within: map[string]time.Duration{}}
	h.console.service = p
	d := h.desk(identity.RoleOps)
	d.get(casePath(failedID)).is(http.StatusOK)
	d.post(failedPath, form("mark", markOf(2), "confirmed", "yes", "reason", "x")).is(http.StatusOK)
	h.fake.many(1)
	d.post(failedPath, form("which", "all", "confirmed", "yes", "reason", "x")).is(http.StatusOK)
	for method, most := range map[string]time.Duration{"StaffView": patience, "Retry": bulkWithin, "RetryAll": bulkWithin} {
		if got := p.within[method]; got <= most/2 || got > most {
			t.Errorf("%s has %s, not %s", method, got, most)
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
