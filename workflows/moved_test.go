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

// mistyped lets the e-mail check find that mail does not arrive, in so many rounds.
func (w *world) mistyped(rounds int) {
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckEmail && k.Round <= rounds {
			return workflows.CheckAnswer{Findings: []onboarding.Finding{{Code: "email_undeliverable", Verdict: onboarding.VerdictConsider, Source: onboarding.SourceProprietary}}}, nil
		}
		return workflows.CheckAnswer{}, nil
	}
}

// act is one step of a script: what is done when something holds.
type act struct {
	when func(workflows.StaffView) bool
	do   func(v workflows.StaffView, send func(string, any))
}

// script does its steps in order, each once, and tells how many are left.
func script(left *int, acts ...act) player {
	*left = len(acts)
	return func(v workflows.StaffView, send func(string, any)) {
		if len(acts) > 0 && acts[0].when(v) {
			do := acts[0].do
			acts = acts[1:]
			*left = len(acts)
			do(v, send)
		}
	}
}

func reviewed(v workflows.StaffView) bool { return v.Review }
func unproved(v workflows.StaffView) bool { return v.Unproved }

// correctTo gives another address, in the profile of that number.
func correctTo(profile int, contact string) func(workflows.StaffView, func(string, any)) {
	return func(v workflows.StaffView, send func(string, any)) {
		send(workflows.UpdateCorrectDetails, workflows.CorrectDetails{Profile: onboarding.ProfileKey(applicant, profile),
			Fields: []onboarding.Field{onboarding.FieldEmail}, Place: v.Place, Contact: contact, Actor: workflows.ActorApplicant})
	}
}

// answers proves the address, with these answers.
func answers(right ...bool) func(workflows.StaffView, func(string, any)) {
	return func(_ workflows.StaffView, send func(string, any)) {
		for _, r := range right {
			send(workflows.UpdateProveContact, workflows.ProveContact{Right: r})
		}
	}
}

// moved are the letters to old addresses.
func (w *world) moved() (out []workflows.SendMessageIn) {
	for _, m := range w.sent {
		if m.Message == workflows.MessageMoved {
			out = append(out, m)
		}
	}
	return out
}

// TestMoved: a corrected address is unproved until the right answer comes; five
// wrong ones are the last, until it is corrected again. The old address is told,
// once, and one that never was proved is not.
func TestMoved(t *testing.T) {
	w := newWorld(t)
	w.expect = "answered wrongly too often"
	w.mistyped(2)
	var left int
	var since []time.Time
	v := w.play(workflows.UpdateApply, application(t), both(script(&left,
		act{reviewed, correctTo(2, "second")},
		act{unproved, func(v workflows.StaffView, send func(string, any)) {
			since = append(since, v.ContactSince)
			answers(false, false, false, false, false, true)(v, send)
		}},
		act{func(v workflows.StaffView) bool { return v.Review && v.Unproved }, correctTo(3, "third")},
		act{unproved, func(v workflows.StaffView, send func(string, any)) {
			since = append(since, v.ContactSince)
			answers(false, true)(v, send)
		}},
	), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if left != 0 || w.refusals != 1 || v.Unproved {
		t.Errorf("%d steps left, %d refusals, unproved %v", left, w.refusals, v.Unproved)
	}
	if since[0].IsZero() || !since[1].After(since[0]) || !v.ContactSince.Equal(since[1]) {
		t.Errorf("corrected at %v, last at %s", since, v.ContactSince)
	}
	told := w.moved()
	if len(told) != 1 || told[0].Use.Profile != onboarding.ProfileKey(applicant, 1) || told[0].Purpose != consent.PurposeAccount || told[0].Contact == "" {
		t.Errorf("old addresses were told by %+v", told)
	}
	for _, m := range w.sent {
		if m.Message == workflows.MessageOffer && m.Use.Profile != onboarding.ProfileKey(applicant, 3) {
			t.Errorf("the offer went by %s", m.Use.Profile)
		}
	}
	records := w.whole(v)
	if count(records, ledger.KindCorrected, workflows.OutcomeProved) != 1 || count(records, ledger.KindUseDone, "letter: moved") != 1 {
		t.Error("the ledger does not say that the address was proved, or that the old one was told")
	}
}

// TestProofAllowed: when every try is used up, and not before, staff give five new
// ones; the reason stands in the ledger.
func TestProofAllowed(t *testing.T) {
	w := newWorld(t)
	w.expect = "answered wrongly too often"
	w.mistyped(1)
	allow := func(_ workflows.StaffView, send func(string, any)) {
		send(workflows.UpdateAllowProof, workflows.AllowProof{Reason: []byte("sealed"), Actor: "staff:recruiter:1"})
	}
	var left int
	v := w.play(workflows.UpdateApply, application(t), both(script(&left,
		act{reviewed, correctTo(2, "second")},
		act{unproved, answers(false, false, false, false, false, true)},
		act{func(v workflows.StaffView) bool { return v.ProofSpent }, allow},
		act{func(v workflows.StaffView) bool { return !v.ProofSpent }, answers(false, false, false, false, true)},
	), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if left != 0 || w.refusals != 1 || v.Unproved || v.ProofSpent {
		t.Errorf("%d steps left, %d refusals, unproved %v, spent %v", left, w.refusals, v.Unproved, v.ProofSpent)
	}
	records := w.whole(v)
	if count(records, ledger.KindCorrected, workflows.OutcomeProofAllowed) != 1 || count(records, ledger.KindCorrected, workflows.OutcomeProved) != 1 {
		t.Error("the ledger does not say that tries were given, or that the address was proved")
	}
}

// TestMovedAgain: one who has proved an address and corrects it is told there.
func TestMovedAgain(t *testing.T) {
	w := newWorld(t)
	w.mistyped(2)
	var left int
	v := w.play(workflows.UpdateApply, application(t), both(script(&left,
		act{reviewed, correctTo(2, "second")},
		act{unproved, answers(true)},
		act{func(v workflows.StaffView) bool { return v.Review && !v.Unproved }, correctTo(3, "third")},
		act{unproved, answers(false, false, false, false, true)},
	), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	var profiles []string
	for _, m := range w.moved() {
		profiles = append(profiles, m.Use.Profile)
	}
	if want := []string{onboarding.ProfileKey(applicant, 1), onboarding.ProfileKey(applicant, 2)}; left != 0 || v.Unproved || !slices.Equal(profiles, want) {
		t.Errorf("%d steps left, unproved %v, told were %v", left, v.Unproved, profiles)
	}
	w.whole(v)
}

// TestMovedIsForAddresses: who corrects something else has nothing to prove, and
// nobody is told.
func TestMovedIsForAddresses(t *testing.T) {
	for name, contact := range map[string]string{"no address": "", "the same address": "hash"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.expect = "no new e-mail address"
			w.mistyped(1)
			var left int
			v := w.play(workflows.UpdateApply, application(t), both(script(&left,
				act{reviewed, correctTo(2, contact)},
				act{func(workflows.StaffView) bool { return true }, answers(true, false)},
			), finish(t)))
			wantStage(t, v, onboarding.StageExpired)
			if left != 0 || w.refusals != 2 || v.Unproved || !v.ContactSince.IsZero() || len(w.moved()) != 0 {
				t.Errorf("%d steps left, %d refusals, view %+v, letters %v", left, w.refusals, v.Unproved, w.letters)
			}
			if count(w.whole(v), ledger.KindCorrected, workflows.OutcomeProved) != 0 {
				t.Error("something was proved")
			}
		})
	}
}

// TestOldAddressStopsNothing: a relay that refuses the old address, or is down for
// it, holds neither the correction's answer nor the checks up.
func TestOldAddressStopsNothing(t *testing.T) {
	for name, out := range map[string]func(*world){
		"refused": func(w *world) { w.refuses[workflows.MessageMoved] = true },
		"down": func(w *world) {
			w.relay = func(m workflows.Message, try int) error {
				if m == workflows.MessageMoved && try < 4 {
					return downFor(6 * time.Hour)
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.mistyped(1)
			out(w)
			var left int
			v := w.play(workflows.UpdateApply, application(t), both(script(&left,
				act{reviewed, correctTo(2, "second")},
				act{func(v workflows.StaffView) bool {
					return slices.ContainsFunc(v.Checks, func(k onboarding.Check) bool {
						return k.Name == onboarding.CheckEmail && k.Round == 2 && k.Status == onboarding.StatusPassed
					})
				}, func(_ workflows.StaffView, send func(string, any)) {
					if len(w.moved()) != 0 {
						t.Error("the checks have waited for the letter")
					}
					answers(true)(workflows.StaffView{}, send)
				}},
			), finish(t)))
			wantStage(t, v, onboarding.StageExpired)
			if left != 0 || v.Unproved || v.Profile != onboarding.ProfileKey(applicant, 2) {
				t.Errorf("%d steps left, unproved %v, profile %s", left, v.Unproved, v.Profile)
			}
			failed := count(w.whole(v), ledger.KindUseFailed, "letter: moved")
			if refused := name == "refused"; refused != (failed == 1) || refused == (len(w.moved()) == 1) {
				t.Errorf("%d failed, letters %v", failed, w.letters)
			}
		})
	}
}

// TestNothingIsProvedInTheEnd: of a case that has ended nobody gets more to see.
func TestNothingIsProvedInTheEnd(t *testing.T) {
	w := newWorld(t)
	w.expect = "This application has ended"
	w.mistyped(1)
	w.relay = func(m workflows.Message, try int) error {
		if m == workflows.MessageEnded && try < 3 {
			return downFor(6 * time.Hour)
		}
		return nil
	}
	var left int
	v := w.play(workflows.UpdateApply, application(t), script(&left,
		act{reviewed, correctTo(2, "second")},
		act{unproved, func(_ workflows.StaffView, send func(string, any)) {
			send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
		}},
		act{func(v workflows.StaffView) bool { return v.Stage.Closed() }, answers(true)},
	))
	wantStage(t, v, onboarding.StageWithdrawn)
	if left != 0 || w.refusals != 1 || !v.Unproved {
		t.Errorf("%d steps left, %d refusals, unproved %v", left, w.refusals, v.Unproved)
	}
	w.whole(v)
}
