package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// moved gives the applicant's browser, whose application has a new address since
// some minutes after it was opened, and the case.
func (h *house) moved() (*browser, *fakeCase) {
	h.t.Helper()
	b, c := h.doubtful(onboarding.FieldEmail)
	h.later(5 * time.Minute)
	b.correctMail("ada@example.net")
	return b, c
}

func (b *browser) correctMail(to string) *browser {
	b.t.Helper()
	return b.get("/apply/correct/email").submit("email", to).at("/apply/status?corrected=email").says("it asks for your date of birth")
}

// byLink opens the newest link in a browser of its own.
func (h *house) byLink() *browser {
	h.t.Helper()
	return h.browser().get(h.lastLink()).submit()
}

func (b *browser) born(month, day, year string) *browser {
	b.t.Helper()
	return b.submit("date_of_birth-month", month, "date_of_birth-day", day, "date_of_birth-year", year)
}

// TestNewAddressProvesItself: who comes by a link to a corrected address sees
// nothing of the application before the date of birth is told; who corrected it
// goes on.
func TestNewAddressProvesItself(t *testing.T) {
	h := newHouse(t)
	b, _ := h.moved()
	s := h.byLink().at(provePath).is(200)
	s.says("This address is new. So that nobody else gets in by it, tell us your date of birth.", "Sign out").
		silent("Ada", "Lovelace", "ada0@", "example.net", "Support", "1990", "Main St")
	for _, path := range []string{"/apply/continue", "/apply/status", "/apply/about", "/apply/check", "/apply/submitted", "/apply/quiz", "/apply/quiz/result", "/apply/agreement", certificationPath, certificationPath + "/quiz",
		"/apply/certificate", "/apply/certificate.pdf", "/apply/certificate.jwt", reportPath, reportPath + ".json", assessmentPath, disputePath, "/apply/correct/email",
		"/apply/checks/identity_document", "/apply/withdraw", "/apply/consents/vetting/withdraw"} {
		s.get(path).at(provePath)
	}
	for _, path := range []string{"/apply/withdraw", "/apply/consents/vetting/withdraw", "/apply/correct/email", disputePath, certificationPath + "/quiz", certificationPath + "/agreement", "/apply/about"} {
		s.post(path, url.Values{"email": {"eve@example.com"}}).at(provePath)
	}
	for _, method := range []string{"Withdraw", "WithdrawConsent", "Dispute", "Report", "HandInQuiz"} {
		if h.fake.calls[method] != 0 {
			t.Errorf("%s was called", method)
		}
	}
	if h.fake.calls["Correct"] != 1 {
		t.Error("it was corrected by a stranger")
	}
	b.get("/apply/status").at("/apply/status").get(provePath).at("/apply/status")
	h.browser().get(provePath).is(http.StatusUnauthorized)
	h.browser().post(provePath, nil).is(http.StatusUnauthorized)

	s.get(provePath).submit().problem("date_of_birth-month", "Enter your date of birth")
	s.born("2", "30", "1990").problem("date_of_birth-month", "must be a day that February 1990 has")
	s.born("12", "11", "1990").problem("date_of_birth-month", "not the date of birth of this application")
	if s.value("date_of_birth-day") != "11" || h.fake.calls["ProveContact"] != 1 {
		t.Error("what was typed is lost, or what is no date was counted")
	}
	s.born("Dec", "10", "1990").at("/apply/status").get(provePath).at("/apply/status")
	// The address is the applicant's now: links to it open the application as any.
	h.byLink().at("/apply/status")
	s.post("/apply/sign-out", nil).at("/apply/signed-out")
	for _, mark := range []string{"1990-12-10", "example.net", "Lovelace"} {
		if strings.Contains(h.log.String(), mark) {
			t.Errorf("the log holds %q", mark)
		}
	}
}

// TestStrangerAtANewAddress: five wrong answers are the last; when the address is
// corrected again, neither the stranger's link nor their session leads anywhere.
func TestStrangerAtANewAddress(t *testing.T) {
	h := newHouse(t)
	b, c := h.moved()
	link := h.lastLink()
	s := h.byLink()
	for range 5 {
		s.born("1", "2", "1990").problem("date_of_birth-month", "not the date of birth")
	}
	s.born("12", "10", "1990").is(http.StatusConflict).says("answered wrongly too often", "Write to")
	s.get(provePath).born("12", "10", "1990").is(http.StatusConflict)
	s.post("/apply/sign-out", nil).at("/apply/signed-out")
	s.get(link).submit().at(provePath)

	h.later(5 * time.Minute)
	c.view.Correctable, c.view.Editable = []onboarding.Field{onboarding.FieldEmail}, []onboarding.Field{onboarding.FieldEmail}
	b.correctMail("ada@example.org")
	h.byLink().at(provePath).born("12", "10", "1990").at("/apply/status")
	s.get("/apply/status").is(http.StatusUnauthorized)
	sent := len(h.fake.outbox)
	s.get(link).submit().is(200).says("Check your e-mail").silent("example.org", "Ada")
	if len(h.fake.outbox) != sent+1 {
		t.Error("no link went to the address that the application has now")
	}
	s.get("/apply/status").is(http.StatusUnauthorized)
}

// TestLinksToTheOldAddress send one to the new one, and open nothing.
func TestLinksToTheOldAddress(t *testing.T) {
	h := newHouse(t)
	h.handedIn()
	h.fake.outbox = nil
	b, _ := h.doubtful(onboarding.FieldEmail)
	old := h.lastLink()
	h.later(5 * time.Minute)
	b.correctMail("ada@example.net")
	h.browser().get(old).submit().is(200).says("Check your e-mail").silent("example.net")
	h.byLink().at(provePath)
}

// TestProvedOnAnotherDevice: whoever else came by a link to that address goes on
// too, and stays when it is corrected again from there.
func TestProvedOnAnotherDevice(t *testing.T) {
	h := newHouse(t)
	_, c := h.moved()
	phone, desk, tab := h.byLink(), h.byLink(), h.byLink()
	phone.born("12", "10", "1990").at("/apply/status")
	phone.post(provePath, nil).at("/apply/status") // pressed twice
	desk.born("1", "1", "1990").at("/apply/status")
	tab.get("/apply/status").at("/apply/status")
	for _, b := range []*browser{phone, desk, tab} {
		h.later(5 * time.Minute)
		c.view.Correctable, c.view.Editable, c.view.Unproved = []onboarding.Field{onboarding.FieldEmail}, []onboarding.Field{onboarding.FieldEmail}, false
		b.correctMail("ada" + string(rune('a'+len(h.fake.outbox))) + "@example.org")
		b.get("/apply/status").at("/apply/status")
	}
}

func TestProofThatGoesWrong(t *testing.T) {
	h := newHouse(t)
	_, c := h.moved()
	s := h.byLink()
	for _, text := range hostile {
		if s.get(provePath).born(text, text, text); s.status >= 500 || strings.Contains(s.body, "<script>") || strings.Contains(s.body, "<img") {
			t.Errorf("%q: %d\n%s", text, s.status, s.body)
		}
	}
	s.get(provePath).submit("date_of_birth-day", strings.Repeat("5", 5<<20)).is(413)
	h.fake.failWith["ProveContact"] = errors.New("secret inside")
	s.get(provePath).born("12", "10", "1990").is(500).silent("secret inside")
	// Proved between our reading and our writing.
	h.fake.failWith["ProveContact"] = notNow()
	s.get(provePath)
	c.view.Unproved = false
	s.born("12", "10", "1990").at("/apply/status")
	c.view.Unproved = true
	s = h.byLink().at(provePath)
	c.view.Stage = onboarding.StageWithdrawn
	s.get("/apply/status").is(http.StatusConflict).says("has ended", "Write to us").silent("Ada")
	s.post(provePath, nil).is(http.StatusConflict)
	c.view.Stage = onboarding.StageValidation
	h.fake.failWith["ProveContact"] = &onboarding.Error{Code: onboarding.CodeKeyDestroyed, Message: "x"}
	s.get(provePath).born("12", "10", "1990").is(http.StatusGone)
	s.get("/apply/status").is(http.StatusUnauthorized)
}
