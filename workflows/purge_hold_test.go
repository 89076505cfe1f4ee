package workflows_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// taken tells when an update was taken, and goes on when it is answered.
type taken struct {
	refusal
	taken chan struct{}
	then  func()
}

func (t taken) Accept() { close(t.taken) }

func (t taken) Complete(out any, err error) {
	t.refusal.Complete(out, err)
	t.then()
}

// TestHoldWhilePurging: a hold that is asked for while a category is being removed is
// answered when that has been removed, so that whoever is told that it stands knows that
// nothing goes any more; and a removal that a hold has stopped says in the ledger that
// nothing was removed.
//
// Promise 24.
func TestHoldWhilePurging(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), func(v workflows.StaffView, send func(string, any)) {
		if v.Stage == onboarding.StageVetting {
			send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
		}
	})
	wantStage(t, v, onboarding.StageWithdrawn)
	env := newEnvironment()
	env.SetCurrentHistoryLength(historyOf)
	env.RegisterWorkflowWithOptions(workflows.Afterword, workflow.RegisterOptions{Name: workflows.AfterwordName})
	w.register(env)
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.KeepAfterwordIn) (workflows.Nothing, error) {
		return workflows.Nothing{}, w.store(ctx, "afterword", in.Pages)
	}, activity.RegisterOptions{Name: workflows.ActivityKeepAfterword})
	asked, removed := make(chan struct{}), false
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.PurgeObjectsIn) (workflows.PurgedOut, error) {
		if removed {
			return workflows.PurgedOut{}, temporal.NewApplicationErrorWithOptions("a hold stands", string(onboarding.CodeNotNow), temporal.ApplicationErrorOptions{NonRetryable: true})
		}
		<-asked
		for range 100 { // time enough for a hold that does not wait
			time.Sleep(time.Millisecond)
			if len(w.holds) > 0 {
				t.Error("the hold was set while something was removed")
				break
			}
		}
		removed = true
		return workflows.PurgedOut{Objects: 1}, w.store(ctx, "purge", in.Pages)
	}, activity.RegisterOptions{Name: workflows.ActivityPurgeObjects})
	purge := workflows.PurgeCategory{Category: onboarding.KeptLetters, Rule: "seven years", Purge: "1"}
	env.RegisterDelayedCallback(func() {
		env.UpdateWorkflow(workflows.UpdatePurgeCategory, "1", refusal{world: w, name: "purge"}, purge)
	}, 0)
	again := func() {
		env.UpdateWorkflow(workflows.UpdatePurgeCategory, "3", refusal{w, "purge", "a hold stands"}, purge)
		env.UpdateWorkflow(workflows.UpdateWriteNote, "4", refusal{world: w, name: "note"}, workflows.WriteNote{Words: []byte("sealed"), Actor: "staff:privacy:" + mina})
	}
	env.RegisterDelayedCallback(func() {
		env.UpdateWorkflow(workflows.UpdateSetHold, "2", taken{refusal{world: w, name: "hold"}, asked, func() { env.RegisterDelayedCallback(again, 0) }}, workflows.SetHold{ID: "matter-1", Kind: onboarding.HoldLegal, Reason: []byte("sealed"), Actor: "staff:privacy:" + mina})
	}, 20*time.Millisecond)
	env.ExecuteWorkflow(workflows.AfterwordName, workflows.AfterwordInput{Applicant: applicant, Stage: v.Stage})
	if err := env.GetWorkflowError(); err != nil || !env.IsWorkflowCompleted() {
		t.Fatalf("%v, completed %v", err, env.IsWorkflowCompleted())
	}
	if len(w.holds) != 1 {
		t.Errorf("holds %v", w.holds)
	}
	pages, err := w.book.Read(t.Context(), applicant)
	if err != nil {
		t.Fatal(err)
	}
	var came []string
	var about []uint64
	for _, p := range pages {
		for _, r := range p.Records {
			if r.Kind == ledger.KindPurged {
				came, about = append(came, r.Detail), append(about, r.Of)
			}
		}
	}
	if len(came) != 4 || !strings.HasPrefix(came[1], "removed: 1") || !strings.HasPrefix(came[3], "nothing was removed") || about[3] == 0 {
		t.Errorf("the ledger says %q", came)
	}
}

// TestOffersOfAProvedAddress: who has given another address is written to for advertising
// when they have proved that it is theirs: its owner may have said that they do not want
// to be, and a stranger does not take that back.
//
// Promise 15, 60.
func TestOffersOfAProvedAddress(t *testing.T) {
	w := newWorld(t)
	w.expect = "Confirm your new e-mail address first"
	w.mistyped(1)
	n, err := consent.CurrentNotice(consent.PurposeMarketing, consent.KindMarketing, "en")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	ask := workflows.GiveConsent{Actor: workflows.ActorApplicant, Receipt: consent.Receipt{ID: "offers-receipt", Applicant: applicant, Kind: n.Kind, Purpose: n.Purpose,
		Notice: n.Ref(), Method: "button", ShownAt: at, GivenAt: at}}
	var left int
	v := w.play(workflows.UpdateApply, application(t), both(script(&left,
		act{reviewed, correctTo(2, "second")},
		act{unproved, func(_ workflows.StaffView, send func(string, any)) { send(workflows.UpdateGiveConsent, ask) }},
		act{unproved, answers(true)},
		act{func(v workflows.StaffView) bool { return !v.Unproved }, func(_ workflows.StaffView, send func(string, any)) {
			w.expect = ""
			send(workflows.UpdateGiveConsent, ask)
		}},
	), finish(t)))
	if given := count(w.whole(v), ledger.KindConsentGiven, ""); left != 0 || w.refusals != 1 || given == 0 {
		t.Errorf("%d steps left, %d refusals", left, w.refusals)
	}
	receipts := 0
	for _, r := range w.whole(v) {
		if r.Receipt == "offers-receipt" {
			receipts++
		}
	}
	if receipts != 1 {
		t.Errorf("%d records of the consent", receipts)
	}
}
