package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// calledOff rolls a text out that holds ten days from the start and is called off.
func (a *audience) calledOff(after time.Duration) workflows.NoticeRolloutState {
	a.t.Helper()
	began := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	a.SetStartTime(began)
	a.send(after, workflows.UpdateCancelRollout, workflows.AcceptRollout{Reason: []byte("sealed"), Actor: "staff:privacy:2"})
	a.ExecuteWorkflow(workflows.NoticeRolloutName, workflows.NoticeRolloutIn{Notice: "account", Version: "2026-12-15", Title: "Your e-mail address", Effective: began.Add(10 * day), PerSecond: 50, Actor: "staff:privacy:1"})
	if !a.IsWorkflowCompleted() || a.GetWorkflowError() != nil {
		a.t.Fatalf("the roll-out did not end well: %v", a.GetWorkflowError())
	}
	var out workflows.NoticeRolloutState
	if err := a.GetWorkflowResult(&out); err != nil {
		a.t.Fatal(err)
	}
	return out
}

// TestNoticeRolloutCalledOff: whenever it is called off before it holds, it never takes
// effect, it is shown no more, and those who were told are looked for once more.
//
// Promise 64.
func TestNoticeRolloutCalledOff(t *testing.T) {
	for name, c := range map[string]struct {
		refused int
		paused  bool
		after   time.Duration
		off     int
	}{
		"while it waits":             {0, false, 5 * day, 250},
		"while it is paused":         {0, true, 5 * day, 250},
		"while it is held, too late": {4, false, 20 * day, 246},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAudience(t, 250, c.off)
			a.refuses[1] = c.refused
			if c.paused {
				a.send(4*day, workflows.UpdatePauseRollout, workflows.Nothing{})
			}
			out := a.calledOff(c.after)
			if out.Phase != workflows.RolloutOff || !out.InForce.IsZero() || !a.effect.IsZero() || out.Off.IsZero() || out.OffBy != "staff:privacy:2" {
				t.Errorf("%+v, in effect on %s", out, a.effect)
			}
			if want := []string{"announced", "gathered", "told", "announced", "gathered", "told"}; !slices.Equal(a.steps, want) {
				t.Errorf("it went %v", a.steps)
			}
			if g := a.gathers[len(a.gathers)-1]; !g.Told || g.Pass != 2 || out.OffTally.Told != c.off || out.Tally.Told != 250-c.refused {
				t.Errorf("looked for %+v, %+v", g, out)
			}
		})
	}
}

// TestToldThatItIsOff: who was told that a text changes is told once that it does not, and
// is asked nothing; who was not told is not told that either.
//
// Promise 64.
func TestToldThatItIsOff(t *testing.T) {
	w := newWorld(t)
	next := ledger.NoticeRef{ID: "account", Version: "2026-12-15", Language: "en", SHA256: "00"}
	tell := workflows.TellNotice{Rollout: "account/2026-12-15", Texts: []ledger.NoticeRef{next}, Titles: map[string]string{"en": "Your e-mail address"},
		Purpose: consent.PurposeAccount, Kind: consent.KindPrivacy, Again: true, Effective: time.Date(2026, 12, 15, 0, 0, 0, 0, time.UTC)}
	off, other := tell, tell
	off.Off, other.Off, other.Rollout = true, true, "account/2026-12-16"
	step := 0
	var last workflows.StaffView
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		last = v
		switch {
		case v.Stage == onboarding.StageCertification && step == 0:
			step++
			send(workflows.UpdateTellNotice, refused{off, "not told"})
			send(workflows.UpdateTellNotice, tell)
		case len(v.Notices) == 1 && !v.Notices[0].At.IsZero() && step == 1:
			step++
			send(workflows.UpdateTellNotice, off)
			send(workflows.UpdateTellNotice, refused{other, "not told"})
		case len(v.Notices) == 1 && !v.Notices[0].Off.IsZero() && step == 2:
			step++
			send(workflows.UpdateTellNotice, refused{off, "told already"})
		}
	}, finishAfter(t, func() bool { return len(last.Notices) == 1 && !last.Notices[0].Off.IsZero() && step == 3 })))
	letters, told := 0, 0
	for _, m := range w.letters {
		if m == workflows.MessageNoticeOff {
			letters++
		}
	}
	for _, r := range w.whole(v) {
		if r.Kind == ledger.KindNotified && r.Notice != nil && *r.Notice == next {
			told++
		}
	}
	if letters != 1 || told != 2 || len(v.Notices) != 1 || v.Notices[0].OffTold.IsZero() {
		t.Errorf("%d letters, %d on record, it remembers %+v", letters, told, v.Notices)
	}
}
