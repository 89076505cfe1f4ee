package portal

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func TestStartErrors(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.get("/apply").silent(`name="email"`)
	b.submit().problem("program-0", "Choose the program you apply for")
	b.submit("program", "sales").at("/apply/email?program=sales").is(200).submit().problem("email", "Enter your e-mail address").says("Your e-mail address")
	b.submit("email", "no address").problem("email", "This is not an e-mail address")
	if b.value("email") != "no address" || b.value("program") != "sales" {
		t.Error("what was typed is lost")
	}
	b.submit("email", strings.Repeat("a", 300)+"@example.com").problem("email", "must be 254 characters or fewer")
	b.get("/apply/email").at("/apply").get("/apply/email?program=nope").at("/apply").is(200)
	b.get("/apply").post("/apply", url.Values{"program": {"nope"}, "email": {"a@example.com"}}).problem("program-0", "Choose one of the programs")
	if b.value("email") != "a@example.com" {
		t.Error("the address that was given already is lost")
	}
	b.post("/apply", url.Values{"program": {"sales"}, "email": {"a@example.com"}}).is(422).says("open for too long")
	if b.value("email") != "a@example.com" {
		t.Error("what was typed is lost")
	}
	if h.fake.calls["Begin"] != 1 {
		t.Errorf("Begin was called %d times", h.fake.calls["Begin"])
	}
}

// TestProgramIsPassedOver: a link that names the program, or a house that has one only,
// asks for the e-mail address at once.
func TestProgramIsPassedOver(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.get("/apply?program=sales").says("What you need", "Choose another program", "We use your e-mail address and your name").silent(`type="radio"`)
	b.submit().at("/apply?program=sales").problem("email", "Enter your e-mail address").says("What you need")
	b.submit("email", "a@example.com").is(200).says("Check your e-mail")
	b.get("/apply?program=nope").says("The program you apply for")
	h.portal.programs = fixedPrograms(h.fake.programs[:1])
	b.get("/apply").says("What you need").silent(`type="radio"`, "Choose another program").submit("email", "b@example.com").is(200).says("Check your e-mail")
	if got := h.fake.began; len(got) != 2 || got[0].Program != "sales" || got[1].Program != h.fake.programs[0].ID {
		t.Errorf("begun: %+v", got)
	}
}

// TestBothAtOnce: a form that gives program and e-mail address together, with what the
// first page hands out, begins as well.
func TestBothAtOnce(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.get("/apply").says("We use your e-mail address and your name")
	shown := b.value("shown")
	b.post("/apply", url.Values{"program": {"sales"}, "email": {"a@example.com"}, "shown": {shown}}).at("/apply").is(200).says("Check your e-mail", "a@example.com")
	b.post("/apply", url.Values{"program": {"sales"}, "email": {""}, "shown": {shown}}).problem("email", "Enter your e-mail address")
	if got := h.fake.began; len(got) != 1 || got[0].Program != "sales" || got[0].ShownAt.IsZero() {
		t.Errorf("begun: %+v", got)
	}
}

func TestDetailErrors(t *testing.T) {
	h := newHouse(t)
	b, c := h.begun()
	b.submit().problem("given_name", "Enter your first name").problem("family_name", "Enter your last name")
	b.submit("given_name", "12", "family_name", "L").problem("given_name", "no letter in it")
	if b.value("family_name") != "L" {
		t.Error("what was typed is lost")
	}
	b.submit("given_name", "Ada").at("/apply/birth").submit().problem("date_of_birth-month", "Enter your date of birth")
	for _, d := range []struct{ month, day, year, says string }{
		{"2", "30", "1990", "must be a day that February 1990 has"}, {"13", "1", "1990", "number from 1 to 12"}, {"1", "x", "1990", "must be a day"},
		{"1", "1", "90", "4 digits"}, {"1", "1", "2090", "in the past"}, {"1", "1", "1850", "less than 120 years ago"},
		{"1", "", "1990", "must have a day"}, {"", "", "1990", "must have a month and a day"},
	} {
		b.submit("date_of_birth-month", d.month, "date_of_birth-day", d.day, "date_of_birth-year", d.year).
			problem("date_of_birth-month", d.says)
		if b.value("date_of_birth-day") != d.day {
			t.Error("what was typed is lost")
		}
	}
	b.submit("date_of_birth-month", "feb", "date_of_birth-day", "3", "date_of_birth-year", "1990").at("/apply/contact")
	if c.profile[onboarding.FieldDateOfBirth] != "1990-02-03" {
		t.Errorf("date of birth: %q", c.profile[onboarding.FieldDateOfBirth])
	}
	b.submit().problem("phone", "Enter your phone number")
	b.submit("phone", "555").problem("phone", "not a phone number we can use").submit("phone", "+44 20 7946 0958").at("/apply/address")
	b.submit().problem("street", "Enter your street").problem("city", "Enter your city").problem("state", "Enter your state").problem("postal_code", "Enter your ZIP code")
	b.submit("street", "1 Main St", "city", "Austin", "state", "Bavaria", "postal_code", "1234", "past_addresses", strings.Repeat("x\n", 30)+"x").
		problem("state", "not a state we know").problem("postal_code", "five digits").problem("past_addresses", "at most 20 addresses")
	if b.value("state") != "Bavaria" {
		t.Error("what was typed is lost")
	}
	b.submit("state", "tx", "postal_code", "78701-1234", "past_addresses", "").at("/apply/national-id")
	b.submit().problem("national_id", "Enter your Social Security number").submit("national_id", "12-34").problem("national_id", "has nine digits")
	h.fake.failWith["SaveDraft"] = onboarding.Invalid("national_id", "This number cannot exist.", "Copy it from your card.")
	b.submit("national_id", "987654320").problem("national_id", "This number cannot exist. Copy it from your card.")
	b.submit("national_id", "987654320").at(consentPath(asked()[0]))
}

func TestPagesNeedThoseBeforeThem(t *testing.T) {
	h := newHouse(t)
	nobody := h.browser()
	b, c := h.begun()
	for _, s := range steps() {
		nobody.get(s.path).is(401)
		nobody.post(s.path, nil).is(401)
		b.get(s.path).at("/apply/about")
		b.post(s.path, nil)
		if s.path != "/apply/about" {
			b.at("/apply/about")
		}
	}
	after := []string{"/apply/submitted", "/apply/status", "/apply/quiz", "/apply/agreement", certificationPath, certificationPath + "/quiz", certificationPath + "/quiz/result", "/apply/certificate", "/apply/certificate.pdf", "/apply/dispute",
		assessmentPath, "/apply/correct/email", "/apply/checks/identity_document"}
	for _, path := range after {
		nobody.get(path).is(401)
		b.get(path).at("/apply/about")
	}
	fillDetails(b.get("/apply/about"))
	b.get(checkPath).at(consentPath(asked()[0]))
	b.get(consentPath(asked()[3])).at(consentPath(asked()[0]))
	b.get(consentPath(asked()[3]) + "/decline").at(consentPath(asked()[0]))
	consentAll(b).submit().at("/apply/submitted")
	for _, s := range steps() {
		b.get(s.path).at("/apply/status")
		b.post(s.path, nil).at("/apply/status")
	}
	for _, path := range []string{"/apply/quiz", "/apply/quiz/result", "/apply/agreement", certificationPath, "/apply/certificate", "/apply/dispute",
		assessmentPath, "/apply/correct/email", "/apply/checks/identity_document"} {
		b.get(path).at("/apply/status")
		b.post(path, nil)
	}
	b.get("/apply/certificate.pdf").is(404)
	for _, method := range []string{"HandInQuiz", "Sign", "Dispute", "Correct", "VendorPage", "Assessment"} {
		if h.fake.calls[method] != 0 {
			t.Errorf("%s was called", method)
		}
	}
	if c.view.Stage != onboarding.StageValidation {
		t.Errorf("stage %s", c.view.Stage)
	}
}

func TestDisclosureStandsAlone(t *testing.T) {
	h := newHouse(t)
	b, _ := h.begun()
	fillDetails(b)
	for _, n := range asked() {
		if n.Kind != consent.KindDisclosureShown {
			b.submit()
			continue
		}
		b.at(consentPath(n))
		// 15 USC 1681b(b)(2)(A)(i): a document that consists solely of the disclosure.
		got := strings.Join(strings.Fields(text(b.doc)), " ")
		want := strings.Join(strings.Fields(fmt.Sprintf("%s – Your application Skip to the main part Your application Back %s %s %s", n.Title, n.Title, n.Text, n.Action)), " ")
		if got != want {
			t.Errorf("the page says\n%s\nand not\n%s", got, want)
		}
		b.get(consentPath(n) + "/decline").at(consentPath(n))
		return
	}
	t.Error("there is no disclosure")
}

func TestConsents(t *testing.T) {
	h := newHouse(t)
	b, c := h.begun()
	fillDetails(b)
	first := consentPath(asked()[0])
	b.get(first+"/decline").says("You do not have to agree", "stays saved", "Withdraw my application").get(first).submit()
	b.get(first).says("You have agreed to this already").silent("I do not agree")
	b.post(first, nil).at(consentPath(asked()[1])) // pressed twice
	if n := len(h.fake.asked); n != 1 {
		t.Errorf("%d consents", n)
	}
	b.post(consentPath(asked()[1]), nil).is(422).says("open for too long")
	b.get(consentPath(asked()[1]))
	h.later(25 * time.Hour) // the session and the page are both too old
	b.submit().is(401)
	b, _ = h.browser(), c
	b.asks("ada0@example.com", "support")
	b.get(h.lastLink()).submit().at(consentPath(asked()[1]))
	for _, n := range asked()[1:] {
		if n.Kind == consent.KindFCRAAuthorization {
			b.submit().problem("signature", "Enter your full name")
			b.submit("signature", "Grace Hopper").problem("signature", "The name must be the one that you gave: Ada King O'Lovelace")
			if b.value("signature") != "Grace Hopper" {
				t.Error("what was typed is lost")
			}
			b.submit("signature", "ADA KING OLOVELACE").at(after(consentPath(n)))
			continue
		}
		b.submit()
	}
	b.at(checkPath)
}

func TestSignatures(t *testing.T) {
	p := func(given, middle, family string) onboarding.Profile {
		return onboarding.Profile{onboarding.FieldGivenName: given, onboarding.FieldMiddleName: middle, onboarding.FieldFamilyName: family}
	}
	for _, c := range []struct {
		profile onboarding.Profile
		typed   string
		want    bool
	}{
		{p("Ada", "King", "Lovelace"), "Ada King Lovelace", true}, {p("Ada", "King", "Lovelace"), "ada  lovelace", true},
		{p("Ada", "King", "Lovelace"), "Ada", false}, {p("Ada", "King", "Lovelace"), "", false}, {p("Ada", "King", "Lovelace"), "Lovelace Ada", false},
		{p("Suharto", "", "Suharto"), "Suharto", true}, {p("Suharto", "", "Suharto"), "suharto suharto", true},
		{p("José", "", "Núñez-Ortega"), "Jose Nunez Ortega", true}, {p("Siobhán", "", "O’Brien"), "Siobhán O'Brien", true},
		{p("مريم", "", "الزهراء"), "مريم الزهراء", true}, {p("明", "", "李"), "明 李", true}, {p("👩", "", "🚀"), "👩 🚀", false},
	} {
		if got := validate.Signs(c.typed, c.profile); got != c.want {
			t.Errorf("%q signs %v: %v", c.typed, c.profile, got)
		}
	}
	if got := fullName(p("Suharto", "", "Suharto")); got != "Suharto" {
		t.Errorf("a one-word name is %q", got)
	}
}

func TestTwoTabs(t *testing.T) {
	h := newHouse(t)
	b, c := h.begun()
	fillAbout(b).submit("phone", "415 555 0132").at("/apply/address")
	other := &browser{h: h, t: t, client: b.client}
	other.get("/apply/about")
	b.get("/apply/about").submit("given_name", "Augusta").at("/apply/birth")
	other.submit("given_name", "Byron").is(422).says("changed in another tab")
	if other.value("given_name") != "Augusta" || c.profile[onboarding.FieldGivenName] != "Augusta" {
		t.Error("the stored value is not shown")
	}
	other.submit("given_name", "Byron").at("/apply/birth")
	other.get("/apply/about").post("/apply/about", url.Values{"given_name": {"X"}, "family_name": {"Y"}}).is(422).says("changed in another tab")
	other.get("/apply/about")
	h.fake.failWith["SaveDraft"] = &onboarding.Error{Code: onboarding.CodeConflict} // saved between our reading and our writing
	other.submit().is(422).says("changed in another tab")
}

// Promise 28.
func TestUnderAge(t *testing.T) {
	h := newHouse(t) // it is November 2, 2026
	b, c := h.begun()
	named := func(b *browser) *browser { return b.submit("given_name", "Ada", "family_name", "L").at("/apply/birth") }
	born := func(b *browser, day, year string) *browser {
		return b.submit("date_of_birth-month", "11", "date_of_birth-day", day, "date_of_birth-year", year)
	}
	born(named(b), "3", "2008").is(200).says("You cannot apply yet", "18 or older", "removed what you told us")
	if h.fake.calls["SaveDraft"] != 1 || h.fake.calls["RefuseUnderAge"] != 1 || c.profile[onboarding.FieldDateOfBirth] != "" {
		t.Errorf("calls %v", h.fake.calls)
	}
	b.get("/apply/about").is(401)
	b, _ = h.begun()
	born(named(b), "2", "2008").at("/apply/contact")
	b = h.browser()
	b.asks("eve@example.com", "sales")
	born(named(b.get(h.lastLink()).submit()), "2", "2006").says("21 or older")
	b, _ = h.begun()
	consentAll(fillDetails(b))
	h.fake.failWith["Submit"] = &onboarding.Error{Code: onboarding.CodeUnderAge}
	b.submit().says("You cannot apply yet")
}

func TestSubmitErrors(t *testing.T) {
	h := newHouse(t)
	b, _ := h.begun()
	consentAll(fillDetails(b))
	h.fake.failWith["Submit"] = onboarding.Invalid("phone", "This number is not in use.", "Give another.")
	b.submit().is(422).says("This number is not in use. Give another.")
	if !strings.Contains(b.body, `<a href="/apply/contact?from=check">This number is not in use. Give another.</a>`) {
		t.Errorf("the summary does not lead to the page:\n%s", b.body)
	}
	h.fake.failWith["Submit"] = errors.New("dial tcp 10.0.0.3: refused")
	b.submit().is(500).says("went wrong on our side", "Reference").silent("10.0.0.3")
	h.fake.failWith["Submit"] = notNow()
	b.get(checkPath).submit().at(checkPath)
	b.get("/apply/check").submit().at("/apply/submitted")
}

func TestWithdrawing(t *testing.T) {
	h := newHouse(t)
	b, c := h.begun()
	b.get("/apply/withdraw").says("What you have filled in so far is removed").submit().at("/apply/status").says("was withdrawn", "Apply again").silent("/apply/withdraw\"")
	if c.view.Stage != onboarding.StageWithdrawn {
		t.Errorf("stage %s", c.view.Stage)
	}
	b.get("/apply/withdraw").at("/apply/status")
	b, c = h.handedIn()
	b.get("/apply/status").says("Get a background report about you", "Signed the authorization on November 2, 2026")
	spec, err := consent.SpecOf(consent.PurposeVetting)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.view.Checks {
		if k := &c.view.Checks[i]; k.Name == onboarding.CheckBackground {
			k.Status = onboarding.StatusWaiting
		}
	}
	b.get("/apply/consents/vetting/withdraw").says(spec.Stops, "What stays, and why").silent("Your certificate is revoked")
	if slices.ContainsFunc(c.view.Checks, func(k workflows.ApplicantCheck) bool { return k.Name == onboarding.CheckBackground }) {
		b.says("This is under way now, and is called off", "Background report: Findly")
	}
	stage := c.view.Stage
	c.view.Stage = onboarding.StageCertified
	b.get("/apply/consents/vetting/withdraw").says("Your certificate is revoked").silent("is called off")
	c.view.Stage = stage
	b.get("/apply/consents/vetting/withdraw").submit().at("/apply/status").says("taken back on November 2, 2026")
	if h.fake.calls["WithdrawConsent"] != 1 || c.view.Stage != onboarding.StageWithdrawn {
		t.Error("it was not taken back")
	}
	for _, purpose := range []string{"vetting", "nonsense", "%3Cscript%3E"} {
		b.get("/apply/consents/" + purpose + "/withdraw").at("/apply/status")
		b.post("/apply/consents/"+purpose+"/withdraw", nil).at("/apply/status")
	}
	if h.fake.calls["WithdrawConsent"] != 1 {
		t.Error("taken back more than once")
	}
}

func TestStatusInEveryState(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	for _, stage := range onboarding.Stages() {
		if stage == onboarding.StageSignup {
			continue
		}
		for _, attention := range onboarding.Attentions() {
			c.view.Stage, c.view.Attention = stage, attention
			b.get("/apply/status").is(200).silent("ops", "waive", "unclear", "cannot say")
			if wait := waitWords(c.view); (wait != nil) != stage.Open() {
				t.Errorf("%s %s: %+v", stage, attention, wait)
			}
		}
	}
	c.view.Stage = onboarding.StageVetting
	for _, status := range []onboarding.CheckStatus{onboarding.StatusPending, onboarding.StatusRunning, onboarding.StatusWaiting, onboarding.StatusPassed,
		onboarding.StatusFlagged, onboarding.StatusFailed, onboarding.StatusWaived, onboarding.StatusCanceled} {
		for i := range c.view.Checks {
			c.view.Checks[i].Status = status
			if l := lineOf(c.view.Checks[i], c.view.Edition); l.Tag == "Unclear" || l.Says == "" || l.Name == "Another check" {
				t.Errorf("%s: %+v", status, l)
			}
		}
		b.get("/apply/status").is(200)
	}
	c.view.Checks[0].Status = onboarding.StatusFailed
	b.get("/apply/status").says("Not completed", "This is not your fault")
	// A program that is offered no more, and a view that is nearly empty.
	c.view = workflows.ApplicantView{Applicant: c.view.Applicant, Program: "gone", Stage: onboarding.StageCertification}
	b.get("/apply/status").is(200)
}

func TestCertificateIsTheHoldersAlone(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	c.view.Stage = onboarding.StageCertified
	c.view.Credential = workflows.CredentialLine{ID: "cert-" + string(c.view.Applicant), Issued: h.fake.now(), Expires: h.fake.now().AddDate(1, 0, 0)}
	other, c2 := h.handedIn()
	c2.view.Stage = onboarding.StageCertified
	c2.view.Credential = c.view.Credential // as if it were theirs
	b.get("/apply/certificate.jwt").is(200)
	other.get("/apply/certificate.pdf").is(403).says("This is another's")
	h.browser().get("/apply/certificate.pdf").is(401)
	for state, says := range map[CredentialState]string{CredentialExpired: "has expired", CredentialRevoked: "was revoked", "odd": "cannot confirm"} {
		h.certs.state = state
		h.browser().get("/verify/" + c.view.Credential.ID).is(200).says(says)
	}
	for _, id := range []string{"unknown-certificate", "cert-nobody", "x", "%3Cscript%3E", strings.Repeat("a", 100)} {
		h.browser().get("/verify/" + id).is(404).says("We did not issue this certificate")
	}
	c.view.Credential.Revoked = h.fake.now()
	b.get("/apply/certificate").says("Revoked")
	b.get("/apply/status").says("Your certificate was revoked")
}

func TestFaultsOfTheServiceArePages(t *testing.T) {
	h := newHouse(t)
	b, _ := h.begun()
	for _, path := range []string{"/apply/about", "/apply/continue"} {
		for _, method := range []string{"View", "Draft"} {
			h.fake.failWith[method] = errors.New("secret inside")
			b.get(path).is(500).says("Reference").silent("secret inside")
			h.fake.failWith[method] = &onboarding.Error{Code: onboarding.CodeVendorDown, Message: "x"}
			b.get(path).is(503).says("did not answer in time")
		}
	}
	b.get("/apply/about")
	h.fake.failWith["SaveDraft"] = errors.New("secret inside")
	fillAbout(b).is(500).silent("secret inside")
	b.get("/apply/nowhere").is(404).says("There is no page at this address")
	b.get("/favicon.ico").is(404)
	r, err := http.NewRequest("PUT", h.url+"/apply", nil)
	if err != nil {
		t.Fatal(err)
	}
	b.do(r).is(405)
	h.fake.failWith["View"] = &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "x"}
	b.get("/apply/about").is(410).says("no longer here").get("/apply/about").is(401)
}
