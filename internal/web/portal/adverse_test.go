package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// noticed gives an application with a notice out that rests on a report.
func (h *house) noticed(vendor string) (*browser, *fakeCase) {
	h.t.Helper()
	b, c := h.handedIn()
	c.view.Stage, c.view.Attention, c.view.Report = onboarding.StageVetting, onboarding.AttentionApplicant, true
	for i := range c.view.Checks {
		c.view.Checks[i].Status = onboarding.StatusPassed
		if c.view.Checks[i].Name == onboarding.CheckBackground {
			c.view.Checks[i].Status, c.view.Checks[i].Vendor = onboarding.StatusFlagged, vendor
		}
	}
	c.view.Edition = h.fake.programs[0]
	c.view.Edition.Vendors = map[string]program.Vendor{
		"findly": {Agency: program.Agency{Name: "Findly", Address: "1 Example Plaza, Salem, OR 97301", Phone: "+1 503 555 0100"}},
		"checkr": {Agency: program.Agency{Name: "Checkr", Address: "2 Example Plaza, Salem, OR 97301", Phone: "+1 503 555 0101"}},
	}
	c.view.Adverse = workflows.Adverse{Contemplated: true, PreNoticeAt: h.fake.now(), WaitEnds: h.fake.now().AddDate(0, 0, 5)}
	return b, c
}

func TestDisputingEntries(t *testing.T) {
	h := newHouse(t)
	b, _ := h.noticed("findly")
	b.get("/apply/status").says("Nothing is decided", "You have until Saturday, November 7, 2026, 9:00 AM UTC: 5 days left", "Say what is wrong, or add a statement",
		"We wait for you. You can say what is wrong or add a statement", "If you send none, a person decides")
	h.later(26 * time.Hour)
	b.get("/apply/status").is(401) // the session is over
	b, c := h.noticed("findly")
	b.get(disputePath).says("Is something in the report wrong?", "You can answer once, until Sunday", "You give up no right", "dispute the report with Findly",
		"Findly then looks again, free of charge. It has 30 days for it, and 45 if you add information", "nothing is decided",
		"county criminal: criminal, misdemeanor, guilty, 2023-11-01, Example <b>County</b> Court, CR-1", "If you tick none").silent("<b>County", "must take a dispute from you yourself").
		submit().problem("kind-0", "Choose how you want to answer").problem("statement", "Enter what is wrong")
	b.submit("kind", "dispute", "items", "rec_2").problem("statement", "Enter what is wrong")
	if !strings.Contains(b.body, `value="rec_2" checked`) || b.value("kind") != "dispute" {
		t.Error("what was chosen is lost")
	}
	b.submit("statement", strings.Repeat("x", 6000)).problem("statement", "5000 characters or fewer")
	b.submit("kind", "statement", "statement", "It was long ago.").problem("items-0", "Choose that something is wrong, or take the ticks away")
	b.submit("kind", "dispute", "statement", "It is another person's.\nLook again.").at("/apply/status").says("What happens with your answer", "You disputed what was found on")
	if got := h.fake.answered; len(got) != 1 || got[0].Kind != workflows.AnswerDispute || !slices.Equal(got[0].Items, []string{"rec_2"}) ||
		got[0].Words != "It is another person's.\nLook again." {
		t.Errorf("answered: %+v", got)
	}
	b.get(disputePath).at("/apply/status")
	b.post(disputePath, url.Values{"kind": {"dispute"}, "statement": {"once more"}}).is(http.StatusConflict).says("was not taken", "Your status page")
	if len(h.fake.answered) != 1 || c.view.Adverse.Answer != workflows.AnswerDispute {
		t.Error("answered twice")
	}
}

func TestDisputingTheWholeReport(t *testing.T) {
	h := newHouse(t)
	b, _ := h.noticed("findly")
	b.get(disputePath).submit("kind", "dispute", "statement", "None of it is mine.").at("/apply/status")
	if got := h.fake.answered; len(got) != 1 || got[0].Items != nil {
		t.Errorf("answered: %+v", got)
	}
}

func TestAddingAStatement(t *testing.T) {
	h := newHouse(t)
	b, _ := h.noticed("findly")
	b.get(disputePath).submit("kind", "statement", "statement", "It was long ago.").at("/apply/status").says("You sent a statement on November 2, 2026", "with 5 days left", "stands still")
	if got := h.fake.answered; len(got) != 1 || got[0].Kind != workflows.AnswerStatement {
		t.Errorf("answered: %+v", got)
	}
}

// TestTwoAnswersAtOnce: the one that comes second is told so.
func TestTwoAnswersAtOnce(t *testing.T) {
	h := newHouse(t)
	b, _ := h.noticed("findly")
	other := &browser{h: h, t: t, client: b.client}
	other.get(disputePath)
	b.get(disputePath).submit("kind", "statement", "statement", "First.").at("/apply/status")
	other.submit("kind", "dispute", "statement", "Second.").is(http.StatusConflict).says("you have answered before")
}

// TestSecondLook: since when, until when, what came of it, and information that
// can be added once (15 USC 1681i(a)(1)(B)).
func TestSecondLook(t *testing.T) {
	h := newHouse(t)
	b, c := h.noticed("findly")
	a := &c.view.Adverse
	a.Disputed, a.Answer, a.AnsweredAt = true, workflows.AnswerDispute, h.fake.now()
	a.Reinvestigation = workflows.Reinvestigation{Started: h.fake.now(), Due: h.fake.now().AddDate(0, 0, 30), Told: true}
	c.view.Attention = onboarding.AttentionNone
	b.get("/apply/status").says("Findly looks again", "Since November 2, 2026. It has until Wednesday, December 2, 2026", "is not used against you", "Add information",
		"We wait for the agency to look again").silent("must take a dispute from you yourself", "Say what is wrong")
	b.get(disputePath).says("45 days instead of 30", "once").silent("kind-0", "checkbox").submit().problem("statement", "Enter what you want to add")
	b.get(reportPath).says("Add information")
	b.get(disputePath).submit("statement", "Here is the court's letter.").at("/apply/status").says("15 days more").silent("/apply/dispute\"")
	if got := h.fake.answered; len(got) != 1 || got[0].Kind != workflows.AnswerDispute || got[0].Items != nil {
		t.Errorf("answered: %+v", got)
	}
	b.get(disputePath).at("/apply/status")
	b.post(disputePath, url.Values{"statement": {"again"}}).is(http.StatusConflict)
	for outcome, says := range map[string]string{workflows.ReinvestigatedChanged: "has changed its report", workflows.ReinvestigatedUnchanged: "stands as it was",
		workflows.ReinvestigatedOverdue: "has not confirmed in time", "odd": "It ended on"} {
		a.Reinvestigation.Ended, a.Reinvestigation.Outcome = h.fake.now(), outcome
		b.get("/apply/status").says(says, "It ended on November 2, 2026")
	}
	// A new notice with the report as it is now: it can be answered, and the agency
	// does not have to look once more.
	a.Disputed, a.Answer, a.AnsweredAt = false, "", time.Time{}
	c.view.Attention = onboarding.AttentionApplicant
	b.get("/apply/status").says("It ended on", "Say what is wrong")
	b.get(disputePath).says("Findly has looked again at this report once").silent("It has 30 days")
}

// TestAgencyThatHearsThePersonAlone: Checkr takes disputes from nobody but them.
func TestAgencyThatHearsThePersonAlone(t *testing.T) {
	h := newHouse(t)
	b, c := h.noticed("checkr")
	const yourself = "Checkr takes disputes from you alone, so we cannot pass yours on. Dispute it there too, if you have not, free of charge. Write to Checkr, 2 Example Plaza, Salem, OR 97301, or call +1 503 555 0101."
	b.get(disputePath).says(yourself, "When you have disputed it there too, Checkr then looks again")
	a := &c.view.Adverse
	a.Disputed, a.Answer, a.AnsweredAt = true, workflows.AnswerDispute, h.fake.now()
	a.Reinvestigation = workflows.Reinvestigation{Started: h.fake.now(), Due: h.fake.now().AddDate(0, 0, 30)}
	b.get("/apply/status").says(yourself)
	b.get(disputePath).says(yourself)
	a.Reinvestigation.Ended, a.Reinvestigation.Outcome = h.fake.now(), workflows.ReinvestigatedUnchanged
	b.get("/apply/status").silent("Dispute it there too")
	// One that hears us was not told, since it did not answer: the person can all the same.
	b, c = h.noticed("findly")
	c.view.Adverse.Disputed, c.view.Adverse.Answer = true, workflows.AnswerDispute
	c.view.Adverse.Reinvestigation = workflows.Reinvestigation{Started: h.fake.now(), Due: h.fake.now().AddDate(0, 0, 30)}
	b.get("/apply/status").says("Dispute it with Findly too, if you have not", "1 Example Plaza", "We have your answer")
}

// TestNoticeWithoutAReport speaks of what we found ourselves.
func TestNoticeWithoutAReport(t *testing.T) {
	h := newHouse(t)
	b, c := h.noticed("findly")
	c.view.Stage, c.view.Report = onboarding.StageValidation, false
	b.get("/apply/status").says("No report from an agency is part of it")
	b.get(disputePath).says("Is something in what we found wrong?", "A person reads it before anything is decided").silent("Findly", "checkbox", "Read the report").
		submit("kind", "dispute", "statement", "I am not that person.").at("/apply/status")
	if h.fake.calls["Report"] != 0 {
		t.Error("a report was asked for")
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	view := func(change func(*workflows.ApplicantView)) workflows.ApplicantView {
		v := workflows.ApplicantView{Stage: onboarding.StageVetting, Attention: onboarding.AttentionReviewer,
			Adverse: workflows.Adverse{Contemplated: true, PreNoticeAt: now.AddDate(0, 0, -2), WaitEnds: now.AddDate(0, 0, 3)}}
		change(&v)
		return v
	}
	answered := func(v *workflows.ApplicantView) {
		v.Adverse.Disputed, v.Adverse.AnsweredAt = true, now.AddDate(0, 0, -1)
	}
	for name, tt := range map[string]struct {
		change func(*workflows.ApplicantView)
		want   string
	}{
		"running":           {func(*workflows.ApplicantView) {}, "3 days left"},
		"nearly over":       {func(v *workflows.ApplicantView) { v.Adverse.WaitEnds = now.Add(90 * time.Minute) }, "1 hour left"},
		"at the last":       {func(v *workflows.ApplicantView) { v.Adverse.WaitEnds = now.Add(time.Second) }, "less than an hour left"},
		"over":              {func(v *workflows.ApplicantView) { v.Adverse.WaitEnds = now }, "you can still answer"},
		"stopped":           {answered, "on Sunday, November 1, 2026, 9:00 AM UTC, with 4 days left. It stands still"},
		"stopped when over": {func(v *workflows.ApplicantView) { answered(v); v.Adverse.AnsweredAt = v.Adverse.WaitEnds }, "The clock stands still"},
		"going on": {func(v *workflows.ApplicantView) {
			answered(v)
			v.Attention, v.Wait.Until = onboarding.AttentionNone, now.AddDate(0, 0, 4)
		}, "the clock goes on until Friday, November 6, 2026"},
		"of no known end": {func(v *workflows.ApplicantView) { v.Adverse.WaitEnds = time.Time{} }, "Nothing is decided before"},
	} {
		if got := clockWords(view(tt.change), now); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestAssessmentCopy: where the law gives the applicant a copy, it is there with
// the notice and stays.
func TestAssessmentCopy(t *testing.T) {
	h := newHouse(t)
	b, c := h.noticed("findly")
	b.get(assessmentPath).at("/apply/status").silent(assessmentPath)
	c.view.Adverse.Assessment = []byte("sealed")
	b.get("/apply/status").silent(assessmentPath) // the place gives no copy
	b.get(assessmentPath).at("/apply/status")
	h.fake.written = applicants.Assessment{Title: "Individualized assessment: Example", Citation: "Example Code 1", WrittenAt: h.fake.now(),
		Lines: []applicants.AssessmentLine{{Text: "How much time has passed", Answer: "Two years <script>alert(1)</script>."}}}
	b.get("/apply/status").says("Read how your case was weighed")
	b.get(assessmentPath).at(assessmentPath).says("Example Code 1", "How much time has passed", "Two years <script>alert(1)</script>.", "Written on November 2, 2026",
		"Answer before anything is decided").silent("<script>")
	h.browser().get(assessmentPath).is(401)
	h.fake.failWith["Assessment"] = errors.New("secret inside")
	b.get(assessmentPath).is(500).silent("secret inside")
	h.fake.failWith["Assessment"] = errors.New("secret inside")
	b.get("/apply/status").is(200).says("Read how your case was weighed")
	c.view.Adverse.PreNoticeAt = time.Time{} // the notice has not gone out yet
	b.get(assessmentPath).at("/apply/status")
	c.view.Stage, c.view.Adverse.Contemplated, c.view.Adverse.FinalAt = onboarding.StageDeclined, false, h.fake.now()
	b.get("/apply/status").says("How it was decided", "A person declined your application. We wrote to you on November 2, 2026", "Read the copy of the report", "Read how your case was weighed").
		silent("/apply/dispute")
	b.get(assessmentPath).at(assessmentPath).silent("Answer before")
}

func TestHostileAnswers(t *testing.T) {
	h := newHouse(t)
	b, c := h.noticed("findly")
	for _, text := range hostile {
		b.post(disputePath, url.Values{"kind": {text}}).problem("kind-0", "hoose how you want to answer")
		b.post(disputePath, url.Values{"kind": {"dispute"}, "items": {text, "rec_1"}, "statement": {text}}).problem("items-0", "The report has changed")
		b.post(disputePath, url.Values{"kind": {"dispute"}, "statement": {text}})
		if b.status >= 500 || strings.Contains(b.body, "<script>") || strings.Contains(b.body, "<img") {
			t.Errorf("with %q: %d\n%s", text, b.status, b.body)
		}
		c.view.Adverse.Disputed = false
	}
	fill := []string{"kind", "dispute", "statement", "x"}
	b.get(disputePath).submit("statement", strings.Repeat("paste ", 5<<20/6)).is(413)
	h.fake.failWith["Dispute"] = onboarding.Invalid("statement", "That is 6000 characters.", "Shorten it.")
	b.get(disputePath).submit(fill...).problem("statement", "That is 6000 characters. Shorten it.")
	h.fake.failWith["Dispute"] = onboarding.Invalid("items", "That is no entry of the report.", "Name entries.")
	b.get(disputePath).submit(fill...).is(422).says("That is no entry of the report.")
	h.fake.failWith["Dispute"] = errors.New("secret inside")
	b.get(disputePath).submit(fill...).is(500).silent("secret inside")
	h.fake.failWith["Report"] = errors.New("secret inside")
	b.get(disputePath).is(500).silent("secret inside")
	h.browser().get(disputePath).is(401)
	h.browser().post(disputePath, nil).is(401)
	// Entries that no dispute can name stay on the page's other ways.
	got, whole := ticks(onboarding.Report{Searches: []onboarding.Search{{Type: "x", Entries: []onboarding.Entry{{ID: "a b"}, {ID: "rec_1"}, {ID: "rec_1"}, {}}}}})
	if len(got) != 1 || got[0].ID != "rec_1" || !whole {
		t.Errorf("%+v %v", got, whole)
	}
}
