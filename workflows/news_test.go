package workflows_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestNewsOfWhatLasts: that the application is here is written when its checks take
// longer than a breath, once; that a check holds it up, after a day, once a stage;
// and a notice that is called off is said to be in the letter that follows.
func TestNewsOfWhatLasts(t *testing.T) {
	w := newWorld(t)
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckPhone && k.Round < 3 {
			return workflows.CheckAnswer{}, errors.New("no answer")
		}
		return workflows.CheckAnswer{}, nil
	}
	hours := 0
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Stage != onboarding.StageValidation || v.Attention != onboarding.AttentionOps {
			return
		}
		if hours++; hours == 30 || hours == 60 {
			send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckPhone, Actor: "staff:ops:1"})
		}
	}, both(decide(onboarding.RulingAdverse, onboarding.RulingProceed), finish(t))))
	wantStage(t, v, onboarding.StageExpired)
	want := []workflows.Message{workflows.MessageReceived, workflows.MessageDelayed, workflows.MessageOffer, workflows.MessageReview,
		workflows.MessagePreAdverse, workflows.MessageTraining, workflows.MessageAgreement, workflows.MessageCertified,
		workflows.MessageRenewal, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageCredentialEnded}
	if !slices.Equal(w.letters, want) {
		t.Errorf("letters %v", w.letters)
	}
	for _, m := range w.sent {
		if m.Cleared != (m.Message == workflows.MessageTraining) {
			t.Errorf("%s says that the notice is off: %t", m.Message, m.Cleared)
		}
	}
	open := map[uint64]bool{}
	for _, r := range w.whole(v) {
		if r.Kind == ledger.KindUse {
			open[r.Seq] = r.Recipient == consent.RecipientMail
		}
		if r.Kind == ledger.KindUseDone || r.Kind == ledger.KindUseFailed {
			delete(open, r.Of)
		}
	}
	for seq, letter := range open {
		if letter {
			t.Errorf("record %d has no outcome", seq)
		}
	}
}

// TestNoNewsOfWhatPasses: what is over in a breath has no letter of its own.
func TestNoNewsOfWhatPasses(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, try int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckPhone && try == 1 { // the next try comes seconds later
			return workflows.CheckAnswer{}, errors.New("no answer")
		}
		return workflows.CheckAnswer{}, nil
	}
	v := w.play(workflows.UpdateApply, application(t), finish(t))
	wantStage(t, v, onboarding.StageExpired)
	if !slices.Equal(w.letters, []workflows.Message{workflows.MessageOffer, workflows.MessageTraining, workflows.MessageAgreement, workflows.MessageCertified,
		workflows.MessageRenewal, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageCredentialEnded}) {
		t.Errorf("letters %v", w.letters)
	}
}
