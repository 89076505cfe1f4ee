package workflows_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const day = 24 * time.Hour

// confirm asks for the renewal of the first certificate, as soon as it is open.
func confirm() player {
	asked := false
	return func(v workflows.StaffView, send func(string, any)) {
		if asked || v.Renewal.Opened.IsZero() || !v.Renewal.Confirmed.IsZero() || len(v.Past) > 0 {
			return
		}
		asked = true
		send(workflows.UpdateConfirmRenewal, workflows.ConfirmRenewal{Actor: workflows.ActorApplicant})
	}
}

func roundsOf(v workflows.StaffView) map[onboarding.CheckName]int {
	out := map[onboarding.CheckName]int{}
	for _, k := range v.Checks {
		out[k.Name] = k.Round
	}
	return out
}

// sentOn gives the days, counted back from a time, on which a letter was sent.
func sentOn(records []ledger.Record, m workflows.Message, before time.Time) []int {
	var out []int
	for _, r := range records {
		if r.Kind == ledger.KindUse && r.Detail == "letter: "+string(m) && r.At.Before(before.Add(time.Second)) {
			out = append(out, int((before.Sub(r.At)+time.Hour)/day))
		}
	}
	return out
}

// TestRenewedAYearLater: what the program names is checked again, in new rounds
// with orders of their own, and nothing else; the new certificate runs on from the
// old one's end.
func TestRenewedAYearLater(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), both(finish(t), confirm()))
	wantStage(t, v, onboarding.StageExpired)
	records := w.whole(v)
	if len(w.issued) != 2 || len(v.Past) != 1 {
		t.Fatalf("%d certificates were issued, %d are past", len(w.issued), len(v.Past))
	}
	old := v.Past[0]
	if got := old.Expires.Sub(v.Renewal.Opens); v.Renewal.Opens.IsZero() || got > 0 {
		t.Errorf("the next renewal opened %s before the first certificate's end", got)
	}
	if old.ID == v.Credential.ID || !v.Credential.Expires.Equal(old.Expires.Add(365*day)) || old.Expires.Sub(v.Credential.Issued) > 60*day || old.Expires.Sub(v.Credential.Issued) < 59*day {
		t.Errorf("the first %+v, the second %+v", old, v.Credential)
	}
	if !w.issued[1].From.Equal(v.Credential.Issued) || !w.issued[1].Until.Equal(v.Credential.Expires) {
		t.Errorf("the badge says %s to %s", w.issued[1].From, w.issued[1].Until)
	}
	for name, round := range roundsOf(v) {
		want := 1
		if slices.Contains(basics(t).Certification.Renewal.Checks, name) {
			want = 2
		}
		if round != want {
			t.Errorf("the check %s is in round %d, want %d", name, round, want)
		}
	}
	if len(w.orders) != 2 || w.orders[1].Round != 2 || len(w.orders[1].Earlier) != 0 {
		t.Errorf("the report of a year ago is taken for today's: %+v", w.orders)
	}
	if count(records, ledger.KindCredential, workflows.CredentialIssued) != 2 || count(records, ledger.KindCredential, workflows.CredentialSuperseded+" by "+v.Credential.ID) != 1 ||
		count(records, ledger.KindCredential, "it renews "+old.ID) != 1 {
		t.Error("the ledger does not link the two certificates")
	}
	if count(records, ledger.KindConsentGiven, "") != len(receipts(t))-1 { // one is the disclosure that was shown
		t.Error("consents were asked for again though no notice has changed")
	}
	want := []workflows.Message{workflows.MessageOffer, workflows.MessageTraining, workflows.MessageAgreement, workflows.MessageCertified, workflows.MessageRenewal, workflows.MessageRenewed,
		workflows.MessageRenewal, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageExpiring, workflows.MessageCredentialEnded}
	if !slices.Equal(w.letters, want) {
		t.Errorf("letters %v, want %v", w.letters, want)
	}
	if got := sentOn(records, workflows.MessageExpiring, v.Credential.Expires); !slices.Equal(got, []int{30, 7, 1}) {
		t.Errorf("reminders %v days before the end", got)
	}
	if got := sentOn(records, workflows.MessageRenewal, old.Expires); !slices.Equal(got, []int{60}) {
		t.Errorf("asked %v days before the first end", got)
	}
}

// TestReconsent: what has another text by now is agreed to again, and nothing else;
// before that the renewal does not begin.
func TestReconsent(t *testing.T) {
	w := newWorld(t)
	w.expect = "has changed"
	body, err := os.ReadFile("../internal/consent/notices/screening.en.2026-11-01.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(body), "\n\n")
	sum := sha256.Sum256([]byte(strings.TrimSpace(text)))
	apply := application(t)
	var again consent.Receipt
	for i, r := range apply.Receipts {
		if r.Purpose == consent.PurposeScreening {
			again = r
			apply.Receipts[i].Notice.Version, apply.Receipts[i].Notice.SHA256 = "2026-11-01", hex.EncodeToString(sum[:])
		}
	}
	again.ID = "receipt-again"
	var asked []workflows.ConsentNeed
	step := 0
	v := w.play(workflows.UpdateApply, apply, both(finish(t), func(v workflows.StaffView, send func(string, any)) {
		if v.Renewal.Opened.IsZero() || !v.Renewal.Confirmed.IsZero() || len(v.Past) > 0 {
			return
		}
		switch step++; step {
		case 1:
			asked = v.Renewal.Reconsent
			send(workflows.UpdateConfirmRenewal, workflows.ConfirmRenewal{Actor: workflows.ActorApplicant})
		case 2:
			again.ShownAt, again.GivenAt = v.Renewal.Opened.Add(time.Hour), v.Renewal.Opened.Add(time.Hour)
			send(workflows.UpdateGiveConsent, workflows.GiveConsent{Receipt: again, Actor: workflows.ActorApplicant})
		case 3:
			if len(v.Renewal.Reconsent) != 0 {
				t.Errorf("it is asked for still: %v", v.Renewal.Reconsent)
			}
			send(workflows.UpdateConfirmRenewal, workflows.ConfirmRenewal{Actor: workflows.ActorApplicant})
		}
	}))
	wantStage(t, v, onboarding.StageExpired)
	if !slices.Equal(asked, []workflows.ConsentNeed{{Purpose: consent.PurposeScreening, Kind: consent.KindPrivacy}}) {
		t.Errorf("asked for %v", asked)
	}
	if w.refusals != 1 || len(w.issued) != 2 {
		t.Errorf("%d refusals, %d certificates", w.refusals, len(w.issued))
	}
	for _, r := range w.whole(v) {
		if r.Kind == ledger.KindUse && r.Round == 2 && r.Purpose == string(consent.PurposeScreening) && r.Receipt != again.ID {
			t.Errorf("record %d uses the data under the old text", r.Seq)
		}
	}
}

// TestNothingIsDone: three reminders, a letter at the end, and the end.
func TestNothingIsDone(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), finish(t))
	wantStage(t, v, onboarding.StageExpired)
	records := w.whole(v)
	if got := sentOn(records, workflows.MessageExpiring, v.Credential.Expires); !slices.Equal(got, []int{30, 7, 1}) {
		t.Errorf("reminders %v days before the end", got)
	}
	if got := sentOn(records, workflows.MessageCredentialEnded, v.Credential.Expires); !slices.Equal(got, []int{0}) {
		t.Errorf("the last letter came %v days before the end", got)
	}
	if !v.UpdatedAt.Before(v.Credential.Expires.Add(time.Hour)) || count(records, ledger.KindCredential, workflows.CredentialExpired) != 1 {
		t.Error("it did not end on its day")
	}
	for _, m := range w.sent {
		if m.Message == workflows.MessageExpiring && (!m.Open || !m.Deadline.Equal(v.Credential.Expires)) {
			t.Errorf("the reminder says %s, open %v", m.Deadline, m.Open)
		}
	}
}

// TestRenewalFindsSomething: a person looks, with notice and time to answer, while
// the old certificate stands until its date.
func TestRenewalFindsSomething(t *testing.T) {
	for name, rulings := range map[string][]onboarding.Ruling{"let pass": {onboarding.RulingProceed}, "refused": {onboarding.RulingAdverse, onboarding.RulingAdverse}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.report = func(try int) (workflows.CheckAnswer, error) {
				if try == 1 {
					return clear("county_criminal_clear"), nil
				}
				return consider("criminal_record", "felony", 1), nil
			}
			v := w.play(workflows.UpdateApply, application(t), both(finish(t), confirm(), decide(rulings...)))
			wantStage(t, v, onboarding.StageExpired)
			records := w.whole(v)
			if refused := name == "refused"; refused {
				if len(w.issued) != 1 || v.Renewal.Refused.IsZero() || w.revoked != 0 || !v.Credential.Revoked.IsZero() {
					t.Errorf("%d issued, %d revoked, %+v", len(w.issued), w.revoked, v.Renewal)
				}
				if v.UpdatedAt.Before(v.Credential.Expires) {
					t.Error("the certificate did not stand until its date")
				}
				if v.Adverse.PreNoticeAt.IsZero() || v.Adverse.FinalAt.Sub(v.Adverse.PreNoticeAt) < 5*day {
					t.Errorf("no notice, or no time to answer: %+v", v.Adverse)
				}
				for _, m := range []workflows.Message{workflows.MessagePreAdverse, workflows.MessageFinal} {
					i := slices.IndexFunc(w.sent, func(s workflows.SendMessageIn) bool { return s.Message == m })
					if i < 0 || !w.sent[i].Open || w.sent[i].Purpose != consent.PurposeVetting || w.sent[i].Agency.Name == "" {
						t.Errorf("the letter %s: %d", m, i)
					}
				}
				if got := sentOn(records, workflows.MessageExpiring, v.Credential.Expires); !slices.Equal(got, []int{30, 7, 1}) {
					t.Errorf("reminders %v", got)
				}
			} else if len(w.issued) != 2 {
				t.Errorf("%d issued", len(w.issued))
			}
			if v.Reviews != len(rulings) {
				t.Errorf("%d reviews", v.Reviews)
			}
		})
	}
}

// TestRenewalOutlastsTheCertificate: it ends by its own date, and its holder is
// told that the renewal goes on.
func TestRenewalOutlastsTheCertificate(t *testing.T) {
	w := newWorld(t)
	failed := func(v workflows.StaffView) bool { return v.Attention == onboarding.AttentionOps }
	w.report = func(try int) (workflows.CheckAnswer, error) {
		if len(w.orders) == 2 {
			return workflows.CheckAnswer{Waiting: true}, nil
		}
		return clear("county_criminal_clear"), nil
	}
	v := w.play(workflows.UpdateApply, application(t), both(finish(t), confirm(), func(v workflows.StaffView, send func(string, any)) {
		if failed(v) && v.Credential.Lapsed {
			send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckBackground, Reason: []byte("sealed"), Actor: "staff:ops:1"})
		}
	}))
	wantStage(t, v, onboarding.StageExpired)
	w.whole(v)
	if len(w.issued) != 2 || !v.Past[0].Lapsed || v.Credential.Expires.Sub(v.Credential.Issued) != 365*day {
		t.Errorf("%d issued, %+v", len(w.issued), v.Credential)
	}
	i := slices.Index(w.letters, workflows.MessageCredentialEnded)
	if i < 0 || !w.sent[i].Open || !slices.Contains(w.letters[i:], workflows.MessageRenewed) {
		t.Errorf("letters %v", w.letters)
	}
	if last := w.orders[2]; !slices.Equal(last.Earlier, []string{onboarding.OrderKey(applicant, onboarding.CheckBackground, 2)}) {
		t.Errorf("the retry looks for %v: this renewal's own order, and none of before", last.Earlier)
	}
}

// TestRevokedInEachState: it takes effect at once whatever is under way.
func TestRevokedInEachState(t *testing.T) {
	for name, when := range map[string]func(workflows.StaffView) bool{
		"certified":     func(workflows.StaffView) bool { return true },
		"renewal open":  func(v workflows.StaffView) bool { return !v.Renewal.Opened.IsZero() },
		"being checked": func(v workflows.StaffView) bool { return v.Renewal.At == onboarding.StageVetting && !v.Review },
		"in review":     func(v workflows.StaffView) bool { return v.Review },
		"after notice":  func(v workflows.StaffView) bool { return v.Adverse.Contemplated && !v.Review },
		"refused":       func(v workflows.StaffView) bool { return !v.Renewal.Refused.IsZero() },
		"renewed early": func(v workflows.StaffView) bool { return len(v.Past) == 1 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.report = func(try int) (workflows.CheckAnswer, error) {
				switch {
				case try == 1 || name == "renewed early":
					return clear("county_criminal_clear"), nil
				case name == "being checked":
					return workflows.CheckAnswer{Waiting: true}, nil
				}
				return consider("criminal_record", "felony", 1), nil
			}
			rulings := map[string][]onboarding.Ruling{"after notice": {onboarding.RulingAdverse}, "refused": {onboarding.RulingAdverse, onboarding.RulingAdverse}}[name]
			var at time.Time
			done := false
			v := w.play(workflows.UpdateApply, application(t), both(finish(t), confirm(), func(v workflows.StaffView, send func(string, any)) {
				if !done && v.Stage == onboarding.StageCertified && when(v) {
					done, at = true, v.UpdatedAt
					send(workflows.UpdateRevoke, workflows.Revoke{Category: workflows.RevokedConduct, Reason: []byte("sealed"), Actor: "staff:reviewer:1"})
				}
			}, decide(rulings...)))
			wantStage(t, v, onboarding.StageExpired)
			records := w.whole(v)
			want := 1
			if name == "renewed early" {
				want = 2 // the first one is good until its own date
			}
			if w.revoked != want || v.Credential.Revoked.IsZero() || v.Credential.Why != workflows.RevokedConduct || count(records, ledger.KindCredential, workflows.CredentialRevoked) != want {
				t.Errorf("%d revoked since %s, %+v", w.revoked, at, v.Credential)
			}
			last := w.sent[len(w.sent)-1]
			if last.Message != workflows.MessageRevoked || last.Reason != string(workflows.RevokedConduct) {
				t.Errorf("letters %v, the last for %q", w.letters, last.Reason)
			}
			if name == "being checked" && !slices.Equal(w.canceled, []string{"ord_2"}) {
				t.Errorf("orders taken back: %v", w.canceled)
			}
			decided := slices.IndexFunc(records, func(r ledger.Record) bool { return r.Kind == ledger.KindDecided && r.Outcome == "revoke" })
			if r := records[decided]; string(r.Sealed) != "sealed" || r.Detail != string(workflows.RevokedConduct) {
				t.Errorf("the reason is kept as %q, %q", r.Sealed, r.Detail)
			}
		})
	}
}

// TestNameOnThePage is shown by a consent of its own, follows into the next
// certificate, and goes when that is taken back; the case goes on.
func TestNameOnThePage(t *testing.T) {
	w := newWorld(t)
	n, err := consent.CurrentNotice(consent.PurposeCertification, consent.KindNameShown, "en")
	if err != nil {
		t.Fatal(err)
	}
	show, hide := false, false
	v := w.play(workflows.UpdateApply, application(t), both(finish(t), confirm(), func(v workflows.StaffView, send func(string, any)) {
		switch {
		case v.Stage != onboarding.StageCertified:
		case !show:
			show = true
			at := v.UpdatedAt
			send(workflows.UpdateShowName, workflows.ShowName{Actor: workflows.ActorApplicant, Receipt: &consent.Receipt{ID: "choice", Applicant: applicant, Kind: n.Kind,
				Purpose: n.Purpose, Notice: n.Ref(), Method: "button", ShownAt: at, GivenAt: at}})
		case len(v.Past) == 1 && !hide:
			hide = true
			send(workflows.UpdateShowName, workflows.ShowName{Actor: workflows.ActorApplicant})
		}
	}))
	wantStage(t, v, onboarding.StageExpired)
	records := w.whole(v)
	first, second := v.Past[0].ID, v.Credential.ID
	if want := []string{"on " + first, "on " + second, "off " + second, "off " + first}; !slices.Equal(w.shown, want) {
		t.Errorf("%v, want %v", w.shown, want)
	}
	if v.Credential.Shown || !slices.Contains(w.marked, "choice") {
		t.Errorf("the choice stands: %v", w.marked)
	}
	uses := 0
	for _, r := range records {
		if r.Kind == ledger.KindUse && r.Recipient == consent.RecipientPublic {
			uses++
			if r.Receipt != "choice" || r.Purpose != string(consent.PurposeCertification) {
				t.Errorf("record %d names the receipt %s", r.Seq, r.Receipt)
			}
		}
	}
	if uses != 2 || count(records, ledger.KindConsentWithdrawn, "") != 1 {
		t.Errorf("%d uses are on record", uses)
	}
}

// TestRequirementsAgain: what the program asks for again is done again before the
// checks are paid for, and nothing else.
func TestRequirementsAgain(t *testing.T) {
	w := newWorld(t)
	answers := map[string]string{}
	for _, q := range basics(t).Certification.Quiz.Questions {
		answers[q.ID] = q.Answer
	}
	taken := false
	v := w.play(workflows.UpdateApply, application(t), both(finish(t), confirm(), func(v workflows.StaffView, send func(string, any)) {
		if v.Stage != onboarding.StageCertified || v.Renewal.Confirmed.IsZero() || taken {
			return
		}
		if len(w.orders) != 1 {
			t.Error("the checks were ordered before the applicant has done their part")
		}
		if v.Attention != onboarding.AttentionApplicant {
			t.Errorf("it waits for %s: %s", v.Attention, v.Wait.For)
		}
		taken = true
		send(workflows.UpdateTakeQuiz, workflows.TakeQuiz{Answers: answers})
	}), func(in *workflows.OnboardInput) {
		in.Program.Certification.Renewal.Requirements = []string{program.OldQuiz}
	})
	wantStage(t, v, onboarding.StageExpired)
	records := w.whole(v)
	if !taken || len(w.issued) != 2 || len(w.orders) != 2 {
		t.Errorf("taken %v, %d certificates, %d orders", taken, len(w.issued), len(w.orders))
	}
	if count(records, ledger.KindRequirementMet, "quiz: asked for anew") != 1 || count(records, ledger.KindRequirementMet, "agreement: signed") != 1 {
		t.Error("other things were asked for again than the program says")
	}
	i := slices.IndexFunc(w.sent, func(s workflows.SendMessageIn) bool { return s.Message == workflows.MessageTraining && s.Open })
	if i < 0 {
		t.Errorf("letters %v: nobody told them", w.letters)
	}
}
