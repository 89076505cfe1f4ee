package portal

import (
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	catalog "github.com/vouchsafe/vouchsafe/internal/words"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestDocumentIsAnnounced: who needs an identity document and a camera is told
// before they begin, for each program that asks for it.
func TestDocumentIsAnnounced(t *testing.T) {
	h := newHouse(t)
	h.browser().get("/apply").silent("camera")
	for i := range h.fake.programs {
		if h.fake.programs[i].ID == "sales" {
			h.fake.programs[i].Checks = []program.CheckSpec{{Name: onboarding.CheckIdentity, Vendor: "stripe"}}
		}
	}
	h.browser().get("/apply").says("for Sales line: a passport, driver's license or identity card, and a phone or computer with a camera").silent("for Support line: a passport")
	if got := documents([]programCard{{Name: "Sales line", Document: "Stripe"}}); len(got) != 1 || strings.HasPrefix(got[0], "for ") {
		t.Errorf("of the only program: %q", got)
	}
}

// TestPartNotDoneInTime: where the applicant had a part on the vendor's page, a check
// that failed is not put down to somebody else.
func TestPartNotDoneInTime(t *testing.T) {
	invited := program.Program{Vetting: program.Vetting{Flow: program.FlowInvitation}}
	for _, c := range []struct {
		name onboarding.CheckName
		p    program.Program
		part bool
	}{
		{onboarding.CheckIdentity, program.Program{}, true},
		{onboarding.CheckBackground, invited, true},
		{onboarding.CheckBackground, program.Program{}, false},
		{onboarding.CheckEmail, invited, false},
	} {
		says := lineOf(workflows.ApplicantCheck{Name: c.name, Status: onboarding.StatusFailed}, c.p).Says
		if strings.Contains(says, "not completed in time") != c.part || strings.Contains(says, "not your fault") == c.part {
			t.Errorf("%s: %q", c.name, says)
		}
	}
}

// TestAfterAnswer: a new notice is promised only after an agency has looked again at
// what the last answer disputed.
func TestAfterAnswer(t *testing.T) {
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	looked := workflows.Reinvestigation{Started: noon, Ended: noon.Add(time.Hour)}
	unheard := looked
	unheard.Outcome = workflows.ReinvestigatedUnheard
	for name, c := range map[string]struct {
		a     workflows.Adverse
		again bool
	}{
		"looked again":            {workflows.Adverse{Disputed: true, AnsweredAt: noon, Reinvestigation: looked}, true},
		"never heard of":          {workflows.Adverse{Disputed: true, AnsweredAt: noon, Reinvestigation: unheard}, false},
		"a statement":             {workflows.Adverse{Disputed: true, AnsweredAt: noon}, false},
		"answered after the look": {workflows.Adverse{Disputed: true, AnsweredAt: noon.Add(2 * time.Hour), Reinvestigation: looked}, false},
		"no answer":               {workflows.Adverse{}, false},
	} {
		if got := afterAnswer(c.a); strings.Contains(got, "new notice") != c.again {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestSettled: of what a person has decided on nobody is told that a person will look.
func TestSettled(t *testing.T) {
	for _, c := range []struct {
		stage onboarding.Stage
		name  onboarding.CheckName
		want  bool
	}{
		{onboarding.StageValidation, onboarding.CheckDuplicate, false}, {onboarding.StageVetting, onboarding.CheckDuplicate, true},
		{onboarding.StageVetting, onboarding.CheckBackground, false}, {onboarding.StageCertification, onboarding.CheckBackground, true},
		{onboarding.StageDeclined, onboarding.CheckBackground, true}, {onboarding.StageWithdrawn, onboarding.CheckBackground, false},
	} {
		if got := settled(workflows.ApplicantView{Stage: c.stage}, c.name); got != c.want {
			t.Errorf("%s, %s: %t", c.stage, c.name, got)
		}
	}
	final := workflows.Adverse{Disputed: true, Answer: workflows.AnswerStatement, FinalAt: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	if got := answerWords(final, "Findly"); !strings.Contains(got, "read it before the decision") {
		t.Errorf("a statement: %q", got)
	}
	if final.Answer = workflows.AnswerDispute; !strings.Contains(answerWords(final, "Findly"), "read what you wrote before the decision") {
		t.Errorf("a dispute: %q", answerWords(final, "Findly"))
	}
}

// TestAgencyWords: an agency's codes and dates as people write them, and whatever
// else stands there as it is.
func TestAgencyWords(t *testing.T) {
	for got, want := range map[string]string{
		plainWord("ssn_trace"): "SSN trace", plainWord("county_criminal"): "county criminal", dateWords("2025-10-28"): "October 28, 2025", dateWords("about 2020"): "about 2020",
		resultWords("clear"): "clear, which means that nothing was found", resultWords("not_known"): "not known",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// TestHeldByAPause: who waits because ops have paused a vendor is told that nobody is
// asked, not that an answer is on its way; in every language.
func TestHeldByAPause(t *testing.T) {
	email := workflows.ApplicantCheck{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusRunning, Held: true}
	line := lineOf(email, program.Program{})
	if line.Tag != "Waiting" || !strings.Contains(line.Next, "We are not asking Kickbox at the moment.") {
		t.Errorf("%+v", line)
	}
	v := workflows.ApplicantView{Stage: onboarding.StageValidation, Attention: onboarding.AttentionNone, Checks: []workflows.ApplicantCheck{email}}
	all := waitWords(v)
	if !strings.HasPrefix(all.For, "For a while we are not asking anybody about: ") {
		t.Errorf("%+v", all)
	}
	v.Checks = append(v.Checks, workflows.ApplicantCheck{Name: onboarding.CheckPhone, Vendor: "twilio", Status: onboarding.StatusRunning})
	if some := waitWords(v); !strings.HasPrefix(some.For, "We wait for answers about: ") {
		t.Errorf("%+v", some)
	}
	for _, l := range catalog.Languages()[1:] {
		for _, words := range []string{line.Tag, line.Next, all.For, all.Next} {
			if !catalog.In(l.Tag).Has(words) {
				t.Errorf("%s has no words for %q", l.Tag, words)
			}
		}
	}
}
