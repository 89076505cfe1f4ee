package portal

import (
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestJourney walks a whole application, from the start page to the
// certificate, by forms and links alone.
func TestJourney(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.get("/apply/").at("/apply")
	b.get("/").at("/apply").says("What you need", "about 10 minutes", "We use your e-mail address and your name to keep your application")
	b.submit("program", "support").at("/apply/email?program=support").says("Your e-mail address", "Support line", "We use your e-mail address and your name").submit("email", "ada@example.com").is(200).says("Check your e-mail", "ada@example.com", "spam")
	if got := h.fake.began[0]; got.Program != "support" || got.Language != "en" || got.ShownAt.IsZero() || got.Origin.Address != "127.0.0.1" || got.Origin.UserAgent == "" {
		t.Errorf("begin: %+v", got)
	}
	b.get(h.lastLink()).says("Open your application")
	if h.fake.calls["View"] != 0 {
		t.Error("opening the link did something already")
	}
	b.submit().at("/apply/about")
	consentAll(fillDetails(b))
	b.says("Ada King O'Lovelace", "12/10/1990", "ada@example.com", "+14155550132", "1 Main St", "Austin, TX 78701", "2 High St", "Ends in 4329").
		silent("123-45", "123454329")
	b.submit().at("/apply/submitted").says("What happens next")
	b.get("/apply/status").says("We are doing the first checks", "We wait for answers about: your e-mail address", "What happens then").silent("waive", "ops")

	c := h.fake.cases[h.fake.byEmail["ada@example.comsupport"]]
	if c.profile[onboarding.FieldNationalID] != "123454329" || c.profile[onboarding.FieldCountry] != "US" || c.profile[onboarding.FieldState] != "TX" {
		t.Errorf("profile: %v", c.profile)
	}
	if n := len(h.fake.asked); n != len(asked()) {
		t.Errorf("%d consents, want %d", n, len(asked()))
	}
	for i, req := range h.fake.asked {
		n := asked()[i]
		if req.Purpose != n.Purpose || req.Kind != n.Kind || req.SHA256 != n.SHA256 || req.ShownAt.IsZero() || req.Origin.Address == "" {
			t.Errorf("consent %d: %+v", i, req)
		}
		if signed := req.Signature != ""; signed != (n.Kind == consent.KindFCRAAuthorization) {
			t.Errorf("consent %d: signature %q", i, req.Signature)
		}
	}

	h.fake.mu.Lock()
	for i := range c.view.Checks {
		c.view.Checks[i].Status = onboarding.StatusPassed
	}
	h.fake.certifying(c)
	h.fake.mu.Unlock()
	quiz, agreement := certificationPath+"/quiz", certificationPath+"/agreement"
	b.get("/apply/status").says("You can get certified now", "Your certification", "Quiz", "Contractor agreement", "You have 2 attempts")
	b.get("/apply/quiz").at(quiz).submit("question-1", "b").problem("question-2-0", "Choose an answer to question 2")
	if b.value("question-1") != "b" {
		t.Error("the answer is lost")
	}
	b.submit("question-2", "b").at(quiz+"/result").says("You have not passed yet", "1 of 2", "You have one attempt left")
	b.get(quiz).says("This is your last attempt").submit("question-1", "b", "question-2", "a").at(quiz+"/result").says("You passed", "2 of 2")
	b.get(quiz).at(quiz + "/result")
	b.get("/apply/quiz/result").at(quiz + "/result")
	b.get("/apply/agreement").at(agreement).says("independent contractor", "Version 2026-11-01").submit("signature", "Somebody Else").problem("signature", "The name must be the one that you gave")
	b.submit("signature", "Ada King O'Lovelace").at(agreement+"/signed").says("You have signed", "independent contractor", "version 2026-11-01")
	b.get("/apply/status").says("You are certified", "See your certificate")
	b.get("/apply/certificate").says("Support line", "Valid", "Download as PDF")
	if b.get("/apply/certificate.pdf").is(200); b.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(b.body, "%PDF") {
		t.Errorf("PDF: %v", b.header)
	}
	b.get("/apply/certificate.jwt").is(200)
	b.get("/verify/"+c.view.Credential.ID).is(200).says("This certificate is valid", "Support line").silent("Ada", "Lovelace")
	b.get("/apply/status")
	b.post("/apply/sign-out", nil).at("/apply/signed-out").says("You are signed out")
	b.get("/apply/status").is(401)
	for _, mark := range []string{"Lovelace", "ada@example.com", "123454329", "Main St", "127.0.0.1", h.fake.outbox[0]} {
		if strings.Contains(h.log.String(), mark) {
			t.Errorf("the log holds %q", mark)
		}
	}
}

// TestDraftGoesOnElsewhere: a draft is saved at each page and taken up on
// another device by a new link.
func TestDraftGoesOnElsewhere(t *testing.T) {
	h := newHouse(t)
	b, _ := h.begun()
	fillAbout(b).at("/apply/contact")
	other := h.browser()
	other.asks("ada0@example.com", "support").is(200)
	other.get(h.lastLink()).submit().at("/apply/contact")
	name := other.get("/apply/about").value("family_name")
	if other.get("/apply/birth"); name != "O'Lovelace" || other.value("date_of_birth-month") != "12" {
		t.Error("the draft did not come along")
	}
	if len(h.fake.cases) != 1 {
		t.Errorf("%d cases", len(h.fake.cases))
	}
}

// TestStartNeverTellsWhoIsKnown: the answer to a known and to an unknown
// address is the same.
func TestStartNeverTellsWhoIsKnown(t *testing.T) {
	h := newHouse(t)
	answer := func() string {
		b := h.browser()
		return b.asks("ada@example.com", "support").is(200).body
	}
	first := answer()
	if again := answer(); first != again {
		t.Errorf("the answers differ:\n%s\n%s", first, again)
	}
	h.fake.failWith["Begin"] = notNow()
	if ending := answer(); first != ending {
		t.Errorf("the answers differ:\n%s\n%s", first, ending)
	}
}

// TestSummaryLinksReturn: a change from check your answers comes back there.
func TestSummaryLinksReturn(t *testing.T) {
	h := newHouse(t)
	b, c := h.begun()
	consentAll(fillDetails(b))
	b.get("/apply/contact?from=check").submit("phone", "212 555 0123").at(checkPath).says("+12125550123")
	b.get("/apply/national-id?from=check").says("ends in 4329").silent("123-45").submit("national_id", "").at(checkPath)
	if c.profile[onboarding.FieldNationalID] != "123454329" {
		t.Error("the number was not kept")
	}
	b.get("/apply/national-id?from=check").submit("national_id", "12").problem("national_id", "has nine digits").submit("national_id", "987654320").at(checkPath).says("Ends in 4320")
	b.get("/apply/contact?from=https://evil.example").submit().at("/apply/address")
}

func TestSessionEnds(t *testing.T) {
	h := newHouse(t)
	b, _ := h.begun()
	for range 11 { // at work: the session goes on
		h.later(time.Hour)
		b.get("/apply/about").is(200)
	}
	h.later(time.Hour)
	b.get("/apply/about").is(401).says("have a new one sent", "Everything you saved is still there")
	b, _ = h.begun()
	h.later(2 * time.Hour)
	b.get("/apply/about").is(401)
}

func TestLinks(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.asks("ada@example.com", "support")
	link := h.lastLink()
	b.get("/apply/link/nonsense").is(403).says("This link does not work")
	b.get(link[:len(link)-3]).is(403)
	b.post("/apply/link/nonsense", nil).is(403)
	h.later(25 * time.Hour)
	b.get(link).is(410).says("This link has expired").submit().is(200).says("Check your e-mail").silent("ada@example.com")
	if len(h.fake.outbox) != 2 {
		t.Fatalf("%d letters", len(h.fake.outbox))
	}
	b.get(h.lastLink()).submit().at("/apply/about")
	h.fake.failWith["View"] = &onboarding.Error{Code: onboarding.CodeKeyDestroyed, Message: "erased"}
	b.get(h.lastLink()).submit().is(410).says("no longer here")
}
