package portal

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// certifying gives a browser whose application is in the certification of a program
// that asks for one of each kind.
func (h *house) certifying() (*browser, *fakeCase) {
	h.t.Helper()
	b, c := h.begun()
	consentAll(fillDetails(b)).submit().at("/apply/submitted")
	h.fake.mu.Lock()
	c.view.Program = "works"
	h.fake.certifying(c)
	h.fake.mu.Unlock()
	return b, c
}

func (c *fakeCase) line(id string) *workflows.RequirementLine {
	i := slices.IndexFunc(c.view.Required, func(l workflows.RequirementLine) bool { return l.ID == id })
	return &c.view.Required[i]
}

// again is the same person in another tab.
func (b *browser) tab() *browser { return &browser{h: b.h, t: b.t, client: b.client} }

const at = certificationPath

// TestEveryKindOfRequirement walks through one of each kind, without JavaScript, to
// the certificate.
func TestEveryKindOfRequirement(t *testing.T) {
	h := newHouse(t)
	b, c := h.certifying()
	b.get("/apply/status").says("Your certification", "You have completed 0 of 7", "How we treat callers", "Cannot start yet", "This opens when you have completed: Line and microphone")
	b.get(at).says("You have completed 0 of 7.", "2 pages to read. A quiz of 2 questions comes after them.", "Not yet started")

	// The course, with its quiz.
	b.get(at+"/rules").at(at+"/rules/page/first").says("page 1 of 2", "Let them speak.", "Ask again")
	b.submit().at(at + "/rules/page/second").says("Go to the quiz")
	b.get(at).says("In progress", "You have read 1 of 2 pages.")
	b.get(at + "/rules").at(at + "/rules/page/second").submit().at(at + "/rules/quiz")
	b.submit("question-1", "b").problem("question-2-0", "Choose an answer to question 2")
	if b.value("question-1") != "b" {
		t.Error("the answer is lost")
	}
	b.submit("question-2", "a").at(at+"/rules/result").says("You passed", "2 of 2 answers were right", "What comes next: Typing")
	b.get(at + "/rules").at(at + "/rules/page/first").says("Continue")
	b.get(at + "/rules/page/second").says("Never write down")

	// Typing: the clock is the server's.
	b.get(at+"/typing").says("20 words a minute", "You have 2 attempts").submit().at(at + "/typing/text")
	text := passage(b)
	h.later(20 * time.Second)
	b.submit("typed", "").problem("typed", "Enter the text")
	b.submit("typed", text).at(at+"/typing/result").says("You passed", "% of the characters were right")
	b.get(at + "/typing/text").at(at + "/typing/result")

	// Listening.
	b.get(at+"/calls").says("Call 1", "as often as you like", "I cannot do this by ear", "1 of 2 answers right")
	if !strings.Contains(b.body, `<audio controls preload="none" src="/assets/call-order.en-`) || !strings.Contains(b.header.Get("Content-Security-Policy"), "media-src 'self'") {
		t.Errorf("no recording can be played:\n%s", b.body)
	}
	b.submit("order.number", "60 318").problem("order.price", "Call 1: write down what you heard")
	if b.value("order.number") != "60 318" {
		t.Error("the note is lost")
	}
	b.submit("order.price", "nothing").at(at+"/calls/result").says("You passed", "1 of 2 answers were right").silent("54.20", "60318")

	// Equipment, answered by hand: a person looks at it.
	b.get(at+"/line").says("at least 10 megabits a second", "A microphone", "Answer by hand")
	b.submit("declare-speed", "yes").problem("declare-headset-0", "Answer with yes or no: I have a headset")
	b.submit("declare-headset", "yes").at(at + "/line/result").says("A person looks at your answers")
	b.get(at + "/line").at(at + "/line/result")
	b.get(at).says("Waiting for us")
	h.fake.mu.Lock()
	h.fake.met(c, c.line("line"))
	h.fake.mu.Unlock()

	// The contract, which comes after it.
	b.get(at+"/contract").says("Contractor agreement", "fingerprint").submit("signature", "Somebody Else").problem("signature", "The name must be the one that you gave")
	b.submit("signature", "Ada King O'Lovelace").at(at+"/contract/signed").says("You have signed", "What you signed", "You work as an independent contractor.")
	b.get(at + "/contract").at(at + "/contract/signed")

	// Tax details: a consent of their own, a question a page, and the number masked.
	b.get(at + "/w9").at(at + "/w9/notice").says("Your tax details").submit().at(at + "/w9/name")
	b.submit().problem("name", "Enter your name")
	b.submit("name", "Ada O'Lovelace").at(at+"/w9/classification").submit().problem("classification-0", "Choose how you are taxed")
	b.submit("classification", "individual").at(at + "/w9/address")
	b.submit("street", "1 Main St", "city", "Austin", "state", "TX", "postal_code", "78701").at(at + "/w9/number")
	b.submit("number_kind", "ssn", "number", "123").problem("number", "This is not a taxpayer number")
	b.submit("number", "987-65-4321").at(at + "/w9/withholding")
	b.submit("withholding", "no").at(at+"/w9/check").says("Under penalties of perjury", "ends in 4321", "Individual or sole proprietor").silent("987-65", "987654321")
	b.get(at+"/w9/number").says("ends in 4321").silent("987-65", "987654321").submit("number_kind", "ssn").at(at + "/w9/withholding")
	b.get(at + "/w9").at(at + "/w9/check")
	b.get(at+"/w9/classification?from=check").submit("classification", "c_corporation").at(at+"/w9/exempt").submit("exempt", "yes").at(at + "/w9/address")
	b.get(at+"/w9/check").says("Exempt from backup withholding").get(at+"/w9/classification?from=check").submit("classification", "individual").at(at + "/w9/check")
	b.submit("signature", "Somebody").problem("signature", "Sign with the name that you gave")
	b.submit("signature", "Ada O'Lovelace").at(at+"?about=w9").says("Tax details:", "You completed this on")
	if len(c.given) != 1 || c.given[0].Number != "987-65-4321" || c.given[0].State != "TX" || c.given[0].Subject {
		t.Errorf("handed in: %+v", c.given)
	}

	// The conversation, in the applicant's own time zone.
	b.get(at+"/talk").says("Choose a day", "Tuesday, November 3, 2026", "2 times", "Eastern Time", "We call you on the phone.")
	b.get(at+"/talk?zone=America/Los_Angeles").says("Pacific Time").get(at+"/talk/day/2026-11-03?zone=America/Los_Angeles").
		says("Tuesday, November 3, 2026", "6:00 AM – 6:20 AM", "7:00 AM – 7:20 AM", "Pacific Time")
	b.submit().problem("slot-0", "Choose a time")
	first := time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC)
	b.submit("slot", unix(first)).at(at+"/talk?zone=America/Los_Angeles").says("Your appointment", "Tuesday, November 3, 2026, 6:00 AM – 6:20 AM", "Pacific Time")
	if !c.line("talk").Slot.Equal(first) {
		t.Errorf("booked for %s", c.line("talk").Slot)
	}
	b.get(at).says("Waiting for your appointment")
	b.get(at+"/talk?change=yes").get(at+"/talk/day/2026-11-03").says("Change to this time").submit("slot", unix(first.Add(time.Hour))).at(at + "/talk?zone=America/New_York").says("10:00 AM – 10:20 AM")
	b.get(at+"/talk/cancel").says("Cancel your appointment?", "10:00 AM").submit().at(at + "/talk?zone=America/New_York").says("Choose a day")
	b.get(at+"/talk/day/2026-11-03").submit("slot", unix(first))
	h.later(30 * time.Hour)
	b = h.browser()
	b.asks("ada0@example.com", "support")
	b.get(h.lastLink()).submit().get(at+"/talk").says("Your appointment was", "writes down the score")
	b.get(at + "/talk/cancel").at(at + "/talk")
	h.fake.mu.Lock()
	h.fake.met(c, c.line("talk"))
	h.fake.mu.Unlock()
	b.get("/apply/status").says("You are certified")
	b.get(at).says("Everything is done", "Completed")
	b.get(at + "/typing").at(at + "/typing/result").says("See where your application stands")
	for _, mark := range []string{"987654321", "987-65-4321", "60 318", "Lovelace"} {
		if strings.Contains(h.log.String(), mark) {
			t.Errorf("the log holds %q", mark)
		}
	}
}

func unix(at time.Time) string { return fmtInt(at.Unix()) }

func passage(b *browser) string {
	_, after, _ := strings.Cut(b.body, `aria-label="The text to type" translate="no"><p>`)
	text, _, _ := strings.Cut(after, "</p>")
	return strings.TrimSpace(text)
}

// TestRequirementsThatCannotBeWorkedOn: each leads to where the reason stands, and
// nothing of it is taken.
func TestRequirementsThatCannotBeWorkedOn(t *testing.T) {
	h := newHouse(t)
	b, c := h.certifying()
	b.get(at+"/contract").at(at+"?about=contract").says("Your contract:", "This opens when you have completed: Line and microphone")
	b.post(at+"/contract", url.Values{"signature": {"Ada O'Lovelace"}}).at(at + "?about=contract")
	b.get(at + "/rules/quiz").at(at + "/rules/page/first")
	b.get(at + "/rules/page/second").at(at + "/rules/page/first")
	b.get(at + "/rules/page/none").at(at + "/rules/page/first")
	b.get(at + "/typing/text").at(at + "/typing")
	b.post(at+"/typing/text", url.Values{"attempt": {"1"}, "typed": {"x"}}).at(at + "/typing")
	b.post(at+"/typing/again", url.Values{"attempt": {"1"}, "start": {"0"}}).at(at + "/typing")
	b.get(at + "/calls/result").at(at + "?about=calls")
	b.get(at + "/talk/day/2026-11-04").at(at + "/talk?change=yes&zone=America/New_York")
	b.get(at + "/talk/day/nonsense").at(at + "/talk?change=yes&zone=America/New_York")
	b.get(at + "/w9/check").at(at + "/w9/notice")
	b.post(at+"/w9/number", url.Values{"number": {"987654321"}}).at(at + "/w9/notice")
	for _, path := range []string{at + "/none", at + "/none/page", at + "/rules/none", at + "/calls/day/2026-11-03"} {
		b.get(path).is(404).says("Your certification page lists everything")
		b.post(path, nil).is(404)
	}
	b.get(at + "/typing/again").at(at + "/typing") // only a form leads there
	for _, method := range []string{"Sign", "HandInQuiz", "HandInTyping", "SaveTaxDraft", "BookSlot"} {
		if h.fake.calls[method] != 0 {
			t.Errorf("%s was called", method)
		}
	}
	// Between attempts there is a pause; the course can be read in it.
	fail := func() {
		b.get(at+"/rules/quiz").submit("question-1", "a", "question-2", "b").at(at + "/rules/result")
	}
	b.get(at + "/rules").submit().submit()
	fail()
	b.says("You have not passed yet", "0 of 2 answers were right", "You pass with 2", "What to read again", "Callers' data", "You can try again from", "November 3, 2026", "You have one attempt left", "Read the course again")
	b.get(at + "/rules/quiz").at(at + "/rules/result")
	b.get(at + "/rules/page/second").says("Continue").get(at).says("Waiting for a pause to end")
	h.later(25 * time.Hour)
	b = h.browser()
	b.asks("ada0@example.com", "support")
	b.get(h.lastLink()).submit().get(at + "/rules/quiz").says("This is your last attempt")
	fail()
	b.says("You did not pass", "You have no attempt left")
	b.get(at + "/rules").at(at + "/rules/result")
	b.get(at).says("Waiting for us", "A person of our team looks at it")
	c.line("calls").Status = workflows.RequirementWaived
	b.get(at + "/calls").at(at + "?about=calls").says("Not needed")
}

// TestPressedTwice: what is handed in twice counts once, and its second answer is
// that of the first.
func TestPressedTwice(t *testing.T) {
	h := newHouse(t)
	b, c := h.certifying()
	again := b.tab()
	b.get(at + "/rules").submit().submit().at(at + "/rules/quiz")
	again.get(at + "/rules/quiz")
	b.submit("question-1", "b", "question-2", "a").at(at + "/rules/result")
	again.submit("question-1", "b", "question-2", "a").at(at + "/rules/result")
	again.get(at+"/rules/page/first").post(at+"/rules/page/first", nil).at(at + "/rules/page/second")

	b.get(at + "/calls")
	again.get(at + "/calls")
	b.submit("order.number", "x", "order.price", "x").at(at+"/calls/result").says("You have not passed yet", "You have one attempt left")
	again.submit("order.number", "60318", "order.price", "x").at(at+"/calls/result").says("You have not passed yet", "You have one attempt left")

	b.get(at + "/typing")
	again.get(at + "/typing")
	b.submit().at(at + "/typing/text")
	began := c.line("typing").Started
	h.later(5 * time.Second)
	again.submit().at(at + "/typing/text")
	if !c.line("typing").Started.Equal(began) || passage(b) != passage(again) {
		t.Error("the clock began anew, or the text is another")
	}
	b.get(at + "/typing").says("Your typing test is under way").submit().at(at + "/typing/text")
	if passage(b) == passage(again) {
		t.Error("begun anew with the same text")
	}
	again.post(at+"/typing/again", url.Values{"attempt": {"1"}, "start": {"0"}}).at(at + "/typing/text")
	if c.line("typing").Starts != 1 {
		t.Errorf("begun anew %d times", c.line("typing").Starts)
	}
	b.post(at+"/typing/again", url.Values{"attempt": {"1"}, "start": {"1"}}).post(at+"/typing/again", url.Values{"attempt": {"1"}, "start": {"2"}}).
		at(at + "/typing/text?again=no").is(422).says("begun this attempt anew as often as you can")
	b.get(at + "/typing/text")
	b.submit("typed", passage(b)).at(at + "/typing/result").says("faster than anybody types")
	again.get(at + "/typing")
	b.get(at+"/typing").submit().submit("typed", "wrong all of it").at(at + "/typing/result").says("You did not pass")
	again.submit().at(at + "/typing/result")

	b.get(at + "/line")
	again.get(at + "/line")
	b.submit("declare-speed", "no", "declare-headset", "yes").at(at+"/line/result").says("You have not passed yet", "what you answered by hand")
	again.submit("declare-speed", "yes", "declare-headset", "yes").at(at + "/line/result").says("You have not passed yet")

	b.get(at + "/w9").submit().at(at + "/w9/name")
	again.get(at + "/w9/name")
	b.submit("name", "Ada O'Lovelace")
	again.submit("name", "Other").is(422).says("changed in another tab")
	if again.value("name") != "Ada O'Lovelace" {
		t.Error("what is saved is not shown")
	}
	again.get(at + "/w9/notice").at(at + "/w9/classification")
	again.post(at+"/w9/notice", nil).at(at + "/w9/classification")
	h.fake.failWith["SaveTaxDraft"] = &onboarding.Error{Code: onboarding.CodeConflict}
	b.get(at+"/w9/classification").submit("classification", "individual").is(422).says("changed in another tab")

	b.get(at + "/talk/day/2026-11-03")
	again.get(at + "/talk/day/2026-11-03")
	nine := unix(time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC))
	b.submit("slot", nine)
	again.submit("slot", nine).at(at + "/talk?zone=America/New_York")
	if h.fake.calls["BookSlot"] != 1 {
		t.Errorf("booked %d times", h.fake.calls["BookSlot"])
	}
	other, _ := h.certifying()
	other.get(at + "/talk/day/2026-11-03")
	h.fake.full = map[int64]bool{time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC).Unix(): true}
	other.submit("slot", nine).problem("slot-0", "Somebody else has just taken that time")
	h.fake.failWith["BookSlot"] = notNow()
	other.submit("slot", unix(time.Date(2026, 11, 3, 15, 0, 0, 0, time.UTC))).problem("slot-0", "Somebody else has just taken that time")
	for _, l := range c.view.Required {
		if l.Attempts > 2 {
			t.Errorf("%s: %d attempts", l.ID, l.Attempts)
		}
	}
}

// TestAnotherWay: who cannot do it as it is asked says so, and reads the answer.
func TestAnotherWay(t *testing.T) {
	h := newHouse(t)
	b, c := h.certifying()
	b.get(at+"/calls/other-way").says("Ask for another way").submit().problem("words", "Enter what you need")
	b.submit("words", strings.Repeat("x", 2001)).problem("words", "must be 2000 characters or fewer")
	b.submit("words", "I am deaf. <b>May I read the calls?</b>").at(at + "/calls/other-way").says("We have what you asked for")
	b.post(at+"/calls/other-way", url.Values{"words": {"again"}}).at(at + "/calls/other-way")
	if len(h.fake.wishes) != 1 {
		t.Errorf("asked %q", h.fake.wishes)
	}
	b.get(at).says("You have asked for another way")
	h.later(time.Minute)
	c.line("calls").Answered, h.fake.answer = h.fake.now(), "We <i>let</i> it go."
	b.get(at+"/calls/other-way").says("Our answer", "We <i>let</i> it go.", "What do you need?")
	c.line("calls").Status = workflows.RequirementWaived
	b.get(at + "/calls/other-way").says("nothing left to do here")
	b.post(at+"/calls/other-way", url.Values{"words": {"again"}}).at(at + "/calls/other-way")
}

// TestAgreementThatChangedIsShownAgain: what is signed is what was shown.
func TestAgreementThatChangedIsShownAgain(t *testing.T) {
	h := newHouse(t)
	b, c := h.certifying()
	c.line("line").Status = workflows.RequirementPassed
	b.get(at + "/contract")
	h.fake.programs[2].Certification.Requirements[4].Agreement.Text += "\n\nAnd more."
	b.submit("signature", "Ada O'Lovelace").is(422).says("the agreement has changed", "And more.")
	b.submit("signature", "Ada O'Lovelace").at(at + "/contract/signed")
	if len(h.fake.signed) != 1 {
		t.Errorf("signed %v", h.fake.signed)
	}
}

// TestHostileTextInRequirements: whatever is typed comes back as text.
func TestHostileTextInRequirements(t *testing.T) {
	h := newHouse(t)
	b, c := h.certifying()
	b.get(at + "/w9").submit()
	b.get(at + "/typing").submit()
	c.line("line").Status = workflows.RequirementPassed
	for _, text := range hostile {
		c.line("calls").Asked = time.Time{}
		for path, fields := range map[string][]string{at + "/typing/text": {"typed"}, at + "/calls": {"order.number"}, at + "/contract": {"signature"},
			at + "/calls/other-way": {"words"}, at + "/w9/name": {"name", "business"}} {
			var pairs []string
			for _, f := range fields {
				pairs = append(pairs, f, text)
			}
			if b.get(path); b.path != path {
				continue // it was taken as it is
			}
			b.submit(pairs...)
			if b.status >= 500 || strings.Contains(b.body, "<script>") || strings.Contains(b.body, "<img") {
				t.Errorf("%s with %q: %d\n%s", path, text, b.status, b.body)
			}
		}
		c.tax.Form, c.tax.Answered = applicants.TaxForm{Name: text, Classification: text, Street: text, City: text, State: text, Number: text}, []string{"name", "classification", "exempt", "address", "number", "withholding"}
		b.get(at + "/w9/check").is(200)
		if strings.Contains(b.body, "<script>") || strings.Contains(b.body, "<img") {
			t.Errorf("%q in the summary:\n%s", text, b.body)
		}
		c.tax.Form, c.tax.Answered = applicants.TaxForm{}, nil
		b.get(at + "/talk?zone=" + url.QueryEscape(text)).is(200).says("Eastern Time")
		b.get(at + "?about=" + url.QueryEscape(text)).is(200)
	}
	paste := strings.Repeat("paste ", 5<<20/6)
	b.post(at+"/calls", url.Values{"attempt": {"1"}, "order.number": {paste}}).is(413)
	b.post(at+"/typing/text", url.Values{"attempt": {"1"}, "typed": {paste}}).is(413)
}

// TestFaultsInRequirementsArePages: what goes wrong behind a page is a page.
func TestFaultsInRequirementsArePages(t *testing.T) {
	h := newHouse(t)
	b, c := h.certifying()
	c.line("line").Status = workflows.RequirementPassed
	b.get(at + "/w9").submit()
	for path, method := range map[string]string{at + "/rules/quiz": "QuizPaper", at + "/calls": "ListeningPaper", at + "/talk": "Slots", at + "/w9": "TaxDraft"} {
		if method == "QuizPaper" {
			c.line("rules").Page = 2
		}
		h.fake.failWith[method] = &onboarding.Error{Code: onboarding.CodeVendorDown, Message: "x"}
		b.get(path).is(503).says("did not answer in time")
		if method == "TaxDraft" {
			continue // it is never too late to read what one has answered
		}
		h.fake.failWith[method] = notNow()
		if b.get(path); b.status != 200 {
			t.Errorf("%s: %d", path, b.status)
		}
	}
}
