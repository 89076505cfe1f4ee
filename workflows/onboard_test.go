package workflows_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func wantStage(t *testing.T, v workflows.StaffView, stage onboarding.Stage) {
	t.Helper()
	if v.Stage != stage {
		t.Fatalf("stage %s, want %s; waits for %q; checks %+v", v.Stage, stage, v.Wait.For, v.Checks)
	}
}

// TestCertified is the way without a stone on it: applied, checked, offered,
// vetted, quizzed, certified; the certificate then expires by its own date.
func TestCertified(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), finish(t))
	wantStage(t, v, onboarding.StageExpired)
	var stages []onboarding.Stage
	for _, r := range w.runs {
		stages = append(stages, r.Stage)
	}
	want := []onboarding.Stage{onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified, onboarding.StageExpired}
	if !slices.Equal(stages, want) {
		t.Errorf("runs ended in %v, want %v: a run for each stage", stages, want)
	}
	if got := v.Credential.Expires.Sub(v.Credential.Issued); got != 365*24*time.Hour {
		t.Errorf("the credential is valid for %s", got)
	}
	records := w.whole(v)
	if n := count(records, ledger.KindOffered, ""); n != 1 {
		t.Errorf("%d conditional offers", n)
	}
	offered := slices.IndexFunc(records, func(r ledger.Record) bool { return r.Kind == ledger.KindOffered })
	ordered := slices.IndexFunc(records, func(r ledger.Record) bool { return r.Kind == ledger.KindUse && r.Recipient == "findly" })
	if offered > ordered {
		t.Error("the report was ordered before the offer")
	}
	if !slices.Equal(w.letters, []workflows.Message{workflows.MessageOffer, workflows.MessageTraining, workflows.MessageAgreement, workflows.MessageCertified, workflows.MessageRenewal,
		workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageCredentialEnded}) {
		t.Errorf("letters %v", w.letters)
	}
	if len(w.asked) > 24 {
		t.Errorf("%d activities for one applicant: %v", len(w.asked), w.asked)
	}
}

// TestEveryUseHasItsOutcome: intent, act, outcome, on every path; each use says whom it
// went to or came from, when, and under which consent given before.
//
// Promise 4.
func TestEveryUseHasItsOutcome(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), finish(t))
	outcomes := map[uint64]bool{}
	records := w.whole(v)
	for _, r := range records {
		outcomes[r.Of] = true
	}
	given, uses := map[string]bool{}, 0
	for _, r := range records {
		if r.Kind == ledger.KindConsentGiven {
			given[r.Receipt] = true
		}
		if r.Kind != ledger.KindUse {
			continue
		}
		uses++
		if !outcomes[r.Seq] {
			t.Errorf("record %d, a use of %s by %s, has no outcome", r.Seq, r.Purpose, r.Recipient)
		}
		if r.Recipient == "" || r.At.IsZero() || !given[r.Receipt] {
			t.Errorf("record %d, a use for %s: from %q at %s under receipt %q", r.Seq, r.Purpose, r.Recipient, r.At, r.Receipt)
		}
	}
	if uses == 0 {
		t.Error("no use at all")
	}
}

func begin(t *testing.T) workflows.Begin {
	return workflows.Begin{Receipt: receipts(t)[0], Profile: onboarding.DraftKey(applicant), Actor: workflows.ActorApplicant}
}

// TestDraftExpires: an abandoned draft is recalled by a letter, expires, and
// its data goes.
func TestDraftExpires(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateBegin, begin(t), nil)
	wantStage(t, v, onboarding.StageExpired)
	if !slices.Equal(w.letters, []workflows.Message{workflows.MessageLink, workflows.MessageReminder}) {
		t.Errorf("letters %v", w.letters)
	}
	if w.forgot != 1 {
		t.Error("the data of an abandoned draft is kept")
	}
	if lived := v.UpdatedAt.Sub(v.Begun); lived < 14*24*time.Hour || lived > 15*24*time.Hour {
		t.Errorf("the draft lived for %s", lived)
	}
	if count(w.whole(v), ledger.KindErased, "") != 1 {
		t.Error("the ledger does not say that the data went")
	}
}

// TestLinksAreNotPouredOut: whoever knows an address can ask for links, and does
// not fill its mailbox by it.
func TestLinksAreNotPouredOut(t *testing.T) {
	w := newWorld(t)
	rounds := 0
	w.play(workflows.UpdateBegin, begin(t), func(v workflows.StaffView, send func(string, any)) {
		if rounds++; rounds > 2 || v.Stage != onboarding.StageSignup {
			return
		}
		for range 20 {
			send(workflows.UpdateSendLink, workflows.SendLink{})
		}
	})
	links := 0
	for _, l := range w.letters {
		if l == workflows.MessageLink {
			links++
		}
	}
	if links != 3 { // at the start, a minute after it, and an hour later
		t.Errorf("%d links were sent upon being asked for 40", links)
	}
}

// TestUnderAge holds obligation 28: nothing is kept.
//
// Promise 28.
func TestUnderAge(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateBegin, begin(t), func(v workflows.StaffView, send func(string, any)) {
		if v.Stage == onboarding.StageSignup {
			send(workflows.UpdateRefuseUnderAge, workflows.RefuseUnderAge{})
		}
	})
	wantStage(t, v, onboarding.StageErased)
	if w.forgot != 1 {
		t.Error("the data of a minor is kept")
	}
	w.whole(v)
}

// TestPortalSignup gives consent by consent, then submits.
func TestPortalSignup(t *testing.T) {
	w := newWorld(t)
	rest, sent := receipts(t)[1:], false
	v := w.play(workflows.UpdateBegin, begin(t), both(func(v workflows.StaffView, send func(string, any)) {
		if sent {
			return
		}
		sent = true
		for _, r := range rest {
			send(workflows.UpdateGiveConsent, workflows.GiveConsent{Receipt: r, Actor: workflows.ActorApplicant})
		}
		send(workflows.UpdateSubmit, workflows.Submit{Profile: onboarding.ProfileKey(applicant, 1), Has: fields(), Place: workflows.Place{State: "CA", City: "Fresno"}, Actor: workflows.ActorApplicant})
	}, finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	records := w.whole(v)
	if n := count(records, ledger.KindConsentGiven, ""); n != 7 {
		t.Errorf("%d consents", n)
	}
	if n := count(records, ledger.KindNoticeShown, string(consent.KindDisclosureShown)); n != 1 {
		t.Errorf("%d disclosures shown", n)
	}
}

// TestFailureIsNotClear: a vendor that never answers leaves the check failed,
// with ops called, everything else done, and nothing read as clear.
func TestFailureIsNotClear(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckEmail && k.Round == 1 {
			return workflows.CheckAnswer{}, errors.New("down")
		}
		return workflows.CheckAnswer{}, nil
	}
	asked := 0
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Attention != onboarding.AttentionOps {
			return
		}
		asked++
		for _, k := range v.Checks {
			if k.Name == onboarding.CheckEmail && (k.Status != onboarding.StatusFailed || k.Verdict != onboarding.VerdictCouldNotComplete) {
				t.Errorf("e-mail is %s, %s", k.Status, k.Verdict)
			}
			if k.Name == onboarding.CheckPhone && k.Status != onboarding.StatusPassed {
				t.Errorf("phone did not go on: %s", k.Status)
			}
		}
		if asked == 2 {
			send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckEmail, Round: 1, Reason: []byte("sealed"), Actor: "staff:ops:1"})
		}
	}, finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if got := w.tries[onboarding.OrderKey(applicant, onboarding.CheckEmail, 1)]; got != 4 { // one in place, three durable
		t.Errorf("%d tries in the first round", got)
	}
	records := w.whole(v)
	if count(records, ledger.KindRetried, "email") != 1 || count(records, ledger.KindUseFailed, "email") != 2 {
		t.Error("the ledger does not tell of the failure and the retry")
	}
}

// TestWaive: ops may go on without a check, on record.
func TestWaive(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckPhone {
			return workflows.CheckAnswer{}, temporal.NewNonRetryableApplicationError("refused", string(onboarding.CodeVendorRefused), nil)
		}
		return workflows.CheckAnswer{}, nil
	}
	waived := false
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Attention == onboarding.AttentionOps && !waived {
			waived = true
			send(workflows.UpdateWaiveCheck, workflows.WaiveCheck{Check: onboarding.CheckPhone, Reason: []byte("sealed"), Actor: "staff:ops:1"})
		}
	}, finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if w.tries[onboarding.OrderKey(applicant, onboarding.CheckPhone, 1)] != 1 {
		t.Error("a final refusal was tried again")
	}
	if count(w.whole(v), ledger.KindWaived, "phone") != 1 {
		t.Error("the waiver is not in the ledger")
	}
}

// TestFlaggedGoesToAPerson in validation and lets a reviewer go on.
func TestFlaggedGoesToAPerson(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckSanctions {
			return consider("sanctions_match", "", 0), nil
		}
		return workflows.CheckAnswer{}, nil
	}
	v := w.play(workflows.UpdateApply, application(t), both(decide(onboarding.RulingProceed), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if count(w.whole(v), ledger.KindDecided, "proceed") != 1 {
		t.Error("the decision is not in the ledger")
	}
}

// TestAdverse walks the statutory course to its end: notice, wait of the place,
// a person's last word, final notice (15 USC 1681b(b)(3), 1681m).
func TestAdverse(t *testing.T) {
	w := newWorld(t)
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
	v := w.play(workflows.UpdateApply, application(t), decide(onboarding.RulingAdverse, onboarding.RulingAdverse))
	wantStage(t, v, onboarding.StageDeclined)
	if !slices.Equal(w.letters, []workflows.Message{workflows.MessageOffer, workflows.MessageReview, workflows.MessagePreAdverse, workflows.MessageFinal}) {
		t.Errorf("letters %v", w.letters)
	}
	want := policy.WaitEnds(policy.ForPlace("OR", "Salem", v.Adverse.PreNoticeAt), v.Adverse.PreNoticeAt, "email")
	if !v.Adverse.WaitEnds.Equal(want) || v.Adverse.FinalAt.Before(want) {
		t.Errorf("decided %s, the wait ends %s, want %s", v.Adverse.FinalAt, v.Adverse.WaitEnds, want)
	}
	w.whole(v)
}

// TestDisputeStopsTheClock: the applicant answers, a person looks, the case goes on.
func TestDisputeStopsTheClock(t *testing.T) {
	w := newWorld(t)
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
	disputed := false
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Adverse.Contemplated && !disputed && !v.Review {
			disputed = true
			send(workflows.UpdateDispute, workflows.Dispute{Statement: []byte("sealed")})
		}
	}, decide(onboarding.RulingAdverse, onboarding.RulingProceed), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if !v.Adverse.FinalAt.IsZero() {
		t.Error("it was decided after all")
	}
	if v.Reviews != 2 {
		t.Errorf("%d reviews are counted: one before the notice and one after the answer", v.Reviews)
	}
	if count(w.whole(v), ledger.KindClock, "stopped by a dispute") != 1 {
		t.Error("the ledger does not say that the clock stopped")
	}
}

// TestUndeliverableNoticeStartsNoClock: without notice no time runs.
func TestUndeliverableNoticeStartsNoClock(t *testing.T) {
	w := newWorld(t)
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
	w.refuses[workflows.MessagePreAdverse] = true
	v := w.play(workflows.UpdateApply, application(t), both(decide(onboarding.RulingAdverse, onboarding.RulingAdverse, onboarding.RulingProceed), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if !v.Adverse.PreNoticeAt.IsZero() {
		t.Error("a clock was started by a notice that was not delivered")
	}
	w.whole(v)
}

// TestOldRecordsAreDropped before anybody sees them (15 USC 1681c and the place's law).
func TestOldRecordsAreDropped(t *testing.T) {
	w := newWorld(t)
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "misdemeanor", 12), nil }
	apply := application(t)
	apply.Place = workflows.Place{State: "CA", City: "Fresno"}
	v := w.play(workflows.UpdateApply, apply, finish(t))
	wantStage(t, v, onboarding.StageExpired)
	if count(w.whole(v), ledger.KindRuled, "may not be used after 7 years") != 1 {
		t.Error("the rule that dropped the record is not in the ledger")
	}
}

// TestQuietVendorIsPolled: the word never comes, and the report is found all the same.
func TestQuietVendorIsPolled(t *testing.T) {
	w := newWorld(t)
	w.silent = true
	w.report = func(try int) (workflows.CheckAnswer, error) {
		if try < 3 {
			return workflows.CheckAnswer{Waiting: true}, nil
		}
		return clear("county_criminal_clear"), nil
	}
	v := w.play(workflows.UpdateApply, application(t), finish(t))
	wantStage(t, v, onboarding.StageExpired)
	w.whole(v)
}

// TestOverdueReportCallsOps at the vendor's stated time; the retry takes up the
// order of the first round.
func TestOverdueReportCallsOps(t *testing.T) {
	w := newWorld(t)
	w.silent = true
	w.report = func(try int) (workflows.CheckAnswer, error) {
		if len(w.orders) < 2 {
			return workflows.CheckAnswer{Waiting: true}, nil
		}
		return clear("county_criminal_clear"), nil
	}
	var failedAt time.Time
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Attention == onboarding.AttentionOps && failedAt.IsZero() {
			failedAt = v.UpdatedAt
			send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckBackground, Reason: []byte("sealed"), Actor: "staff:ops:1"})
		}
	}, finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if waited := failedAt.Sub(v.Submitted); waited < 10*24*time.Hour || waited > 11*24*time.Hour {
		t.Errorf("ops were called after %s", waited)
	}
	if len(w.orders) != 2 || !slices.Equal(w.orders[1].Earlier, []string{onboarding.OrderKey(applicant, onboarding.CheckBackground, 1)}) {
		t.Errorf("the second round does not ask for the first: %+v", w.orders)
	}
	w.whole(v)
}

// TestIncompleteReportIsNeverClear: one search could not complete.
func TestIncompleteReportIsNeverClear(t *testing.T) {
	w := newWorld(t)
	w.report = func(try int) (workflows.CheckAnswer, error) {
		a := clear("ssn_trace_clear")
		if try == 1 {
			a.Findings = append(a.Findings, onboarding.Finding{Code: "screening_canceled", Verdict: onboarding.VerdictCouldNotComplete, Source: onboarding.SourcePublicRecord})
		}
		return a, nil
	}
	failed := false
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Attention == onboarding.AttentionOps && !failed {
			failed = true
			send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckBackground, Reason: []byte("sealed"), Actor: "staff:ops:1"})
		}
	}, finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if !failed {
		t.Error("an incomplete report was read as clear")
	}
	w.whole(v)
}

// TestWithdrawnConsent in each stage: nothing more is used, the order is taken
// back, the application ends.
//
// Promise 3.
func TestWithdrawnConsent(t *testing.T) {
	for _, stage := range []onboarding.Stage{onboarding.StageSignup, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified} {
		t.Run(string(stage), func(t *testing.T) {
			w := newWorld(t)
			w.silent = stage == onboarding.StageVetting
			w.report = func(int) (workflows.CheckAnswer, error) {
				if w.silent {
					return workflows.CheckAnswer{Waiting: true}, nil
				}
				return clear("county_criminal_clear"), nil
			}
			name, first := workflows.UpdateApply, any(application(t))
			purpose := consent.PurposeVetting
			if stage == onboarding.StageSignup {
				name, first, purpose = workflows.UpdateBegin, begin(t), consent.PurposeAccount
			}
			act := []player{func(v workflows.StaffView, send func(string, any)) {
				if v.Stage == stage && len(w.marked) == 0 {
					send(workflows.UpdateWithdrawConsent, workflows.WithdrawConsent{Purpose: purpose, Actor: workflows.ActorApplicant})
				}
			}}
			if stage == onboarding.StageCertified {
				act = append(act, finish(t))
			}
			v := w.play(name, first, both(act...))
			wantStage(t, v, onboarding.StageWithdrawn)
			records := w.whole(v)
			gone := slices.IndexFunc(records, func(r ledger.Record) bool { return r.Kind == ledger.KindConsentWithdrawn })
			if gone < 0 || len(w.marked) == 0 {
				t.Fatal("the withdrawal is not recorded")
			}
			for _, r := range records[gone:] {
				if r.Kind == ledger.KindUse && r.Purpose == string(purpose) {
					t.Errorf("record %d uses the data after the withdrawal", r.Seq)
				}
			}
			if stage == onboarding.StageVetting && !slices.Equal(w.canceled, []string{"ord_1"}) {
				t.Errorf("orders taken back: %v", w.canceled)
			}
			if stage == onboarding.StageCertified && w.revoked != 1 {
				t.Error("the credential still stands")
			}
		})
	}
}

// TestRetryWithoutConsentSendsNothing: the refusal is recorded instead (obligation 20).
func TestQuizAttempts(t *testing.T) {
	w := newWorld(t)
	wrong := map[string]string{"card": "write", "identity": "help", "unknown": "guess", "desk": "dim"}
	taken := 0
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Stage == onboarding.StageCertification && taken < 3 {
			taken++
			send(workflows.UpdateTakeQuiz, workflows.TakeQuiz{Answers: wrong})
		}
	}, func(v workflows.StaffView, send func(string, any)) {
		if v.Review && v.Stage == onboarding.StageCertification {
			decide(onboarding.RulingAdverse)(v, send)
		}
	}))
	wantStage(t, v, onboarding.StageDeclined)
	if v.Requirements.QuizTaken != 3 {
		t.Errorf("%d attempts", v.Requirements.QuizTaken)
	}
	w.whole(v)
}

// TestRevoked: a credential is taken back by staff.
func TestRevoked(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), both(finish(t), func(v workflows.StaffView, send func(string, any)) {
		if v.Stage == onboarding.StageCertified {
			send(workflows.UpdateRevoke, workflows.Revoke{Reason: []byte("sealed"), Actor: "staff:reviewer:1"})
		}
	}))
	wantStage(t, v, onboarding.StageExpired)
	if w.revoked != 1 || v.Credential.Revoked.IsZero() {
		t.Error("the credential still stands")
	}
	w.whole(v)
}

// TestLedgerGoesOnBehindAnEarlierRun: a run was reset by hand, or died between
// act and record; its pages stand there already. Nothing is overwritten,
// nothing gets stuck, and the ledger says what happened.
func TestLedgerGoesOnBehindAnEarlierRun(t *testing.T) {
	w := newWorld(t)
	chain := ledger.NewChain(applicant)
	earlier := chain.Cut([]ledger.Record{chain.Append(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), ledger.Record{Kind: ledger.KindOpened, Actor: "api:test"})})
	if _, err := w.book.Store(t.Context(), []ledger.Page{earlier}); err != nil {
		t.Fatal(err)
	}
	v := w.play(workflows.UpdateApply, application(t), finish(t))
	wantStage(t, v, onboarding.StageExpired)
	records := w.whole(v)
	if records[0].At.Month() != time.November || records[1].Kind != ledger.KindResumed {
		t.Errorf("the second record is %s", records[1].Kind)
	}
	if count(records, ledger.KindResumed, "") != 1 {
		t.Error("the chain was re-based more than once")
	}
}
