package workflows_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// audience is a roll-out with its activities.
type audience struct {
	*testsuite.TestWorkflowEnvironment
	t       *testing.T
	mu      sync.Mutex
	sizes   []int       // how many each round finds
	refuses map[int]int // letters that are refused, by round
	gathers []workflows.GatherToTellIn
	told    []int // by round
	steps   []string
	held    []workflows.NoticeRolloutView
	effect  time.Time
}

func newAudience(t *testing.T, sizes ...int) *audience {
	a := &audience{TestWorkflowEnvironment: newEnvironment(), t: t, sizes: sizes, refuses: map[int]int{}}
	a.RegisterWorkflowWithOptions(workflows.NoticeRollout, workflow.RegisterOptions{Name: workflows.NoticeRolloutName})
	named := func(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }
	a.RegisterActivityWithOptions(func(_ context.Context, in workflows.AnnounceNoticeIn) (workflows.Nothing, error) {
		a.step("announced")
		if in.RollOut.Told {
			t.Error("announced as told")
		}
		return workflows.Nothing{}, nil
	}, named(workflows.ActivityAnnounceNotice))
	a.RegisterActivityWithOptions(func(_ context.Context, in workflows.AnnounceNoticeIn) (workflows.Nothing, error) {
		a.step("effect")
		a.effect = a.Now()
		if !in.RollOut.Told {
			t.Error("takes effect untold")
		}
		return workflows.Nothing{}, nil
	}, named(workflows.ActivityTakeEffect))
	a.RegisterActivityWithOptions(func(_ context.Context, in workflows.GatherToTellIn) (workflows.GatherBulkOut, error) {
		a.step("gathered")
		a.gathers = append(a.gathers, in)
		n := 0
		if in.Retry > 0 {
			n = a.refuses[in.Retry]
		} else if len(a.sizes) > 0 {
			n, a.sizes = a.sizes[0], a.sizes[1:]
		}
		return workflows.GatherBulkOut{Total: n}, nil
	}, named(workflows.ActivityGatherToTell))
	a.RegisterActivityWithOptions(func(_ context.Context, in workflows.TellNoticesIn) (workflows.RolloutTally, error) {
		a.step("told")
		a.told = append(a.told, in.Pass)
		failed := 0
		if in.From == 0 {
			failed = a.refuses[in.Pass]
		}
		return workflows.RolloutTally{Told: in.To - in.From - failed, Failed: failed}, nil
	}, named(workflows.ActivityTellNotices))
	return a
}

func (a *audience) step(s string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.steps) == 0 || a.steps[len(a.steps)-1] != s {
		a.steps = append(a.steps, s)
	}
}

func (a *audience) send(after time.Duration, name string, in any) {
	a.RegisterDelayedCallback(func() {
		a.UpdateWorkflow(name, "", &testsuite.TestUpdateCallback{OnAccept: func() {}, OnReject: func(err error) { a.t.Errorf("%s: %v", name, err) },
			OnComplete: func(any, error) {}}, in)
	}, after)
}

func (a *audience) look(after time.Duration) {
	a.RegisterDelayedCallback(func() {
		value, err := a.QueryWorkflow(workflows.QueryNoticeRollout)
		var v workflows.NoticeRolloutView
		if err == nil {
			err = value.Get(&v)
		}
		if err != nil {
			a.t.Error(err)
		}
		a.held = append(a.held, v)
	}, after)
}

// run rolls a text out that holds ten days from the start.
func (a *audience) run() workflows.NoticeRolloutState {
	a.t.Helper()
	began := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	a.SetStartTime(began)
	a.ExecuteWorkflow(workflows.NoticeRolloutName, workflows.NoticeRolloutIn{Notice: "account", Version: "2026-12-15", Title: "Your e-mail address", Effective: began.Add(10 * day), PerSecond: 50, Actor: "staff:privacy:1"})
	if !a.IsWorkflowCompleted() || a.GetWorkflowError() != nil {
		a.t.Fatalf("the roll-out did not end well: %v", a.GetWorkflowError())
	}
	var out workflows.NoticeRolloutState
	if err := a.GetWorkflowResult(&out); err != nil {
		a.t.Fatal(err)
	}
	if out.Phase != workflows.RolloutDone || out.InForce.IsZero() || a.effect.Before(began.Add(10*day)) {
		a.t.Errorf("%+v, in effect on %s", out, a.effect)
	}
	return out
}

// TestNoticeRollout: all are told first, then its day comes, then who came meanwhile is
// told, and only then it holds; who came in that very moment is told after it.
//
// Promise 64.
func TestNoticeRollout(t *testing.T) {
	a := newAudience(t, 250, 3, 1)
	a.look(5 * day)
	out := a.run()
	if want := []string{"announced", "gathered", "told", "gathered", "told", "effect", "gathered", "told"}; !slices.Equal(a.steps, want) {
		t.Errorf("it went %v", a.steps)
	}
	if out.Tally.Told != 254 || out.Tally.Failed != 0 {
		t.Errorf("tally %+v", out.Tally)
	}
	if v := a.held[0]; v.Phase != workflows.RolloutWaiting || v.Tally.Told != 250 || !v.InForce.IsZero() {
		t.Errorf("before its day: %+v", v)
	}
	for i, g := range a.gathers {
		if g.Pass != i+1 || g.Retry != 0 {
			t.Errorf("it looked for %+v", a.gathers)
		}
	}
}

// TestNoticeRolloutHeld: while letters are refused it does not take effect, for as long
// as nobody says what is done about them, whatever its day; nor while it is paused.
//
// Promise 64.
func TestNoticeRolloutHeld(t *testing.T) {
	a := newAudience(t, 250, 2)
	a.refuses[1], a.refuses[2] = 4, 1
	a.look(20 * day)
	a.send(21*day, workflows.UpdateRetryRollout, workflows.Nothing{})
	a.send(30*day, workflows.UpdateAcceptRollout, workflows.AcceptRollout{Reason: []byte("sealed"), Actor: "staff:privacy:1"})
	out := a.run()
	if v := a.held[0]; v.Phase != workflows.RolloutHeld || v.Failed != 4 || !v.InForce.IsZero() {
		t.Errorf("ten days after its day: %+v", v)
	}
	if out.Accepted != 1 || out.By != "staff:privacy:1" || a.gathers[1].Retry != 1 || a.effect.Before(out.Begun.Add(30*day)) {
		t.Errorf("%+v, in effect on %s, looked for %+v", out, a.effect, a.gathers)
	}

	a = newAudience(t, 250)
	a.send(time.Hour, workflows.UpdatePauseRollout, workflows.Nothing{})
	a.look(20 * day)
	a.send(25*day, workflows.UpdateResumeRollout, workflows.Nothing{})
	out = a.run()
	if !a.held[0].Paused || !a.held[0].InForce.IsZero() || a.effect.Before(out.Begun.Add(25*day)) {
		t.Errorf("paused: %+v, in effect on %s", a.held[0], a.effect)
	}

	// Let go on after the day, it looks once more for who came meanwhile before it takes effect.
	for name, retried := range map[string]bool{"at once": false, "after a retry": true} {
		a = newAudience(t, 250)
		a.refuses[1], a.refuses[2] = 4, 1
		if retried {
			a.send(19*day, workflows.UpdateRetryRollout, workflows.Nothing{})
		} else {
			delete(a.refuses, 2)
		}
		a.send(20*day, workflows.UpdateAcceptRollout, workflows.AcceptRollout{Reason: []byte("sealed"), Actor: "staff:privacy:1"})
		a.run()
		effect, looks := slices.Index(a.steps, "effect"), 0
		for _, s := range a.steps[:effect] {
			if s == "gathered" {
				looks++
			}
		}
		if want := map[bool]int{false: 2, true: 3}[retried]; looks != want || a.gathers[looks-1].Retry != 0 {
			t.Errorf("%s: it went %v, looked for %+v", name, a.steps, a.gathers)
		}
	}
}

// TestToldOfANotice: a case writes one letter however often it is asked, records it, and
// refuses what it is not owed; a letter that the mail server refuses counts as none.
//
// Promise 64, 34.
func TestToldOfANotice(t *testing.T) {
	w := newWorld(t)
	w.refuses[workflows.MessageNewOwner] = true
	next := ledger.NoticeRef{ID: "account", Version: "2026-12-15", Language: "en", SHA256: "00"}
	tell := workflows.TellNotice{Rollout: "account/2026-12-15", Texts: []ledger.NoticeRef{next}, Titles: map[string]string{"en": "Your e-mail address"},
		Purpose: consent.PurposeAccount, Kind: consent.KindPrivacy, Again: true, Effective: time.Date(2026, 12, 15, 0, 0, 0, 0, time.UTC)}
	older := tell
	older.Rollout, older.Texts = "account/2026-01-01", []ledger.NoticeRef{{ID: "account", Version: "2026-01-01", Language: "en"}}
	owner := tell
	owner.Rollout, owner.Texts, owner.Owner = "new-owner/2026-12-15", nil, &consent.Owner{Name: "Example Holdings", Contact: "write to new@example.com"}
	sent := false
	var last workflows.StaffView
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		last = v
		if v.Stage != onboarding.StageCertification {
			return
		}
		if !sent {
			sent = true
			send(workflows.UpdateTellNotice, tell)
			send(workflows.UpdateTellNotice, refused{tell, "told already"})
			send(workflows.UpdateTellNotice, refused{older, "not agreed to an older text"})
			send(workflows.UpdateTellNotice, owner)
			return
		}
		of := ofOwner(v)
		if of != nil && of.At.IsZero() && w.refuses[workflows.MessageNewOwner] {
			w.refuses[workflows.MessageNewOwner] = false
			send(workflows.UpdateTellNotice, owner)
		}
		if of != nil && !of.At.IsZero() && of.Answer == "" {
			send(workflows.UpdateAnswerNotice, workflows.AnswerNotice{Rollout: owner.Rollout, Answer: workflows.StaysWithOwner, Actor: workflows.ActorApplicant})
		}
	}, finishAfter(t, func() bool { return ofOwner(last) != nil && ofOwner(last).Answer != "" })))
	letters := 0
	for _, m := range w.letters {
		if m == workflows.MessageNoticeChanged {
			letters++
		}
	}
	told := 0
	for _, r := range w.whole(v) {
		if r.Kind == ledger.KindNotified && r.Outcome == "told" && r.Notice != nil && *r.Notice == next {
			told++
		}
	}
	if letters != 1 || told != 1 {
		t.Errorf("%d letters, %d on record", letters, told)
	}
	if n := v.Notices; len(n) != 2 || n[0].At.IsZero() || n[1].At.IsZero() || ofOwner(v).Answer != workflows.StaysWithOwner {
		t.Errorf("it remembers %+v", n)
	}
}

// ofOwner is what the case was told of a new owner; nil before.
func ofOwner(v workflows.StaffView) *workflows.ToldNotice {
	for i := range v.Notices {
		if v.Notices[i].Owner != nil {
			return &v.Notices[i]
		}
	}
	return nil
}

// finishAfter is finish, once something holds.
func finishAfter(t *testing.T, ready func() bool) player {
	p := finish(t)
	return func(v workflows.StaffView, send func(string, any)) {
		if ready() {
			p(v, send)
		}
	}
}
