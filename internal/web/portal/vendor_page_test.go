package portal

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// elsewhere gives an application that waits for its person on a vendor's page.
func (h *house) elsewhere(check onboarding.CheckName, vendor string) (*browser, *fakeCase) {
	h.t.Helper()
	b, c := h.handedIn()
	c.view.Stage, c.view.Attention = check.Stage(), onboarding.AttentionApplicant
	c.view.Wait = workflows.Wait{For: "the applicant to do it", Until: h.fake.now().AddDate(0, 0, 7)}
	for i := range c.view.Checks {
		k := &c.view.Checks[i]
		k.Status = onboarding.StatusPassed
		if k.Name == check {
			k.Status, k.Vendor, k.Yours = onboarding.StatusWaiting, vendor, true
		}
	}
	h.fake.page = "https://verify.example.com/start/once_a-b?x=1&y=2"
	return b, c
}

func TestShowingADocument(t *testing.T) {
	h := newHouse(t)
	b, c := h.elsewhere(onboarding.CheckIdentity, "stripe")
	b.get("/apply/status").says("Show Stripe your identity document", "Please do it until Monday, November 9, 2026", "Waiting for you", "We wait for you. Show Stripe your identity document.").
		silent("Your last try", h.fake.page, "verify.example.com")
	if h.fake.calls["VendorPage"] != 0 {
		t.Error("the status page asked for an address")
	}
	b.get("/apply/checks/identity_document").is(200).says("Stripe is a company", "We have sent Stripe nothing about you", "pictures of your passport", "We get no picture",
		"Continue to Stripe", "do not pass it on", "another way").silent("Your last try")
	if n := strings.Count(b.body, "https://"); n != 1 || !strings.Contains(b.body, `href="https://verify.example.com/start/once_a-b?x=1&amp;y=2" rel="noreferrer"`) {
		t.Errorf("%d addresses:\n%s", n, b.body)
	}
	h.fake.page = "https://verify.example.com/start/twice"
	if b.get("/apply/checks/identity_document"); !strings.Contains(b.body, h.fake.page) { // each time anew
		t.Error("the page has an old address")
	}
	for i := range c.view.Checks {
		if c.view.Checks[i].Yours {
			c.view.Checks[i].Note = "document_unverified_other"
		}
	}
	b.get("/apply/checks/identity_document").says("Your last try: Stripe could not read the picture. Try again with more light")
	b.get("/apply/status").says("Your last try: Stripe could not read the picture").silent("document_unverified_other")
}

func TestGivingTheAgencyWhatItAsksFor(t *testing.T) {
	h := newHouse(t)
	b, c := h.elsewhere(onboarding.CheckBackground, "checkr")
	b.get("/apply/status").says("Give Checkr what it asks for")
	b.get("/apply/checks/background").says("Checkr is the agency", "your name, date of birth, Social Security number", "Continue to Checkr")
	c.view.Edition = h.fake.programs[0]
	c.view.Edition.Vetting.Flow = program.FlowInvitation
	b.get("/apply/checks/background").says("your e-mail address and your place of work", "The rest it asks from you itself").silent("Social Security number, e-mail")
}

// TestOnlySafeAddressesAreLinks: https, or in development http on this machine.
func TestOnlySafeAddressesAreLinks(t *testing.T) {
	h := newHouse(t)
	b, _ := h.elsewhere(onboarding.CheckIdentity, "stripe")
	for address, ok := range map[string]bool{
		"https://verify.example.com/a": true, "http://127.0.0.1:9000/stripe/verify/x": true, "http://localhost:9000/x": true, "http://[::1]:9000/x": true,
		"http://verify.example.com/a": false, "http://127.0.0.1.example.com/": false, "javascript:alert(1)": false, "//verify.example.com/a": false, "/apply/withdraw": false,
		"data:text/html,x": false, "https://": false, "https://user:pass@verify.example.com/": false, "": false, "ftp://127.0.0.1/": false, "\x00": false, "HTTPS://verify.example.com/": true,
	} {
		h.fake.page = address
		if !ok {
			b.get("/apply/checks/identity_document").is(503).silent("verify.example.com", "alert(1)", `rel="noreferrer"`)
			continue
		}
		if p := (&Portal{reserved: true}); !p.mayLead(address) {
			t.Errorf("%q is no link", address)
		}
	}
	if p := (&Portal{}); p.mayLead("http://127.0.0.1:9000/x") || !p.mayLead("https://verify.example.com/a") {
		t.Error("production leads to http, or not to https")
	}
	for _, log := range []string{"verify.example.com", "user:pass"} {
		if strings.Contains(h.log.String(), log) {
			t.Errorf("the log holds %q", log)
		}
	}
}

func TestVendorPageAtTheWrongTime(t *testing.T) {
	h := newHouse(t)
	b, c := h.elsewhere(onboarding.CheckIdentity, "stripe")
	for _, path := range []string{"/apply/checks/email", "/apply/checks/background", "/apply/checks/nothing", "/apply/checks/%3Cscript%3E"} {
		b.get(path).at("/apply/status")
	}
	h.browser().get("/apply/checks/identity_document").is(401)
	h.fake.failWith["VendorPage"] = notNow()
	b.get("/apply/checks/identity_document").at("/apply/status")
	h.fake.failWith["VendorPage"] = &onboarding.Error{Code: onboarding.CodeVendorDown, Message: "x"}
	b.get("/apply/checks/identity_document").is(503)
	h.fake.failWith["VendorPage"] = errors.New("secret inside")
	b.get("/apply/checks/identity_document").is(500).silent("secret inside")
	for i := range c.view.Checks {
		c.view.Checks[i].Yours = false
	}
	b.get("/apply/checks/identity_document").at("/apply/status").silent("Show Stripe your identity document.")
}

// TestEveryNoteHasWords: no code is shown as it is.
func TestEveryNoteHasWords(t *testing.T) {
	seen := map[string]string{}
	for _, code := range []string{"document_expired", "document_type_not_supported", "document_unverified_other", "under_supported_age", "consent_declined",
		"country_not_supported", "device_not_supported", "abandoned", "other"} {
		says := noteWords(code)
		if says == "" || strings.Contains(says, "_") || seen[says] != "" {
			t.Errorf("%s: %q, as %s", code, says, seen[says])
		}
		seen[says] = code
	}
	if noteWords("") != "" {
		t.Error("nothing went wrong, and that is told")
	}
	if got := vendorOf("unknown", program.Program{}); got.Name == "" || got.Who == "" || len(got.Asks) == 0 || got.Sent == "" || got.Gives == "" || got.Then == "" {
		t.Errorf("%+v", got)
	}
}

// TestSubmittedNamesTheDocument: who has to show one is told so at once.
func TestSubmittedNamesTheDocument(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	b.get("/apply/submitted").says("You do not have to do anything now").silent("identity document")
	c.view.Edition = h.fake.programs[0]
	c.view.Edition.Checks = []program.CheckSpec{{Name: onboarding.CheckIdentity, Vendor: "stripe"}}
	b.get("/apply/submitted").says("You show Stripe an identity document").silent("You do not have to do anything now")
	c.view.Wait.Until = h.fake.now().Add(time.Hour)
	b.get("/apply/status").is(200)
}
