package portal

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// certified is a case with a certificate.
func (h *house) certified() (*browser, *fakeCase) {
	h.t.Helper()
	b, c := h.handedIn()
	c.view.Stage = onboarding.StageCertified
	c.view.Credential = workflows.CredentialLine{ID: "cert-" + string(c.view.Applicant), Issued: h.fake.now(), Expires: h.fake.now().AddDate(1, 0, 0)}
	return b, c
}

// TestVerifySaysNoMore than the state, and the name when the holder wants it.
func TestVerifySaysNoMore(t *testing.T) {
	h := newHouse(t)
	_, c := h.certified()
	page := "/verify/" + c.view.Credential.ID
	b := h.browser().get(page).is(200).says("This certificate is valid", "nothing about the person").silent("Revoked", "<dt>Name</dt>")
	if got := b.header.Get("X-Robots-Tag"); got != "noindex, nofollow" {
		t.Errorf("search engines are told %q", got)
	}
	if got := h.browser().get("/verify/unknown-certificate").header.Get("X-Robots-Tag"); got != "noindex, nofollow" {
		t.Errorf("on the page of no certificate they are told %q", got)
	}
	h.certs.name = "Ada <b>Lovelace</b>"
	h.browser().get(page).says("Ada <b>Lovelace</b>", "has chosen to show their name")
	h.certs.name, h.certs.state, h.certs.revoked = "", CredentialRevoked, h.fake.now()
	h.browser().get(page).says("was revoked and is not valid", "RevokedNovember 2, 2026")
}

// TestAchievement: the address that a badge names leads people to a page and
// programs to the achievement.
func TestAchievement(t *testing.T) {
	h := newHouse(t)
	pr := h.fake.programs[0]
	h.browser().get("/achievements/"+pr.ID).is(200).says(pr.Title, pr.Certification.Credential.Name)
	h.browser().get("/achievements/nothing").is(404)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/achievements/"+pr.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/ld+json, application/json")
	b := h.browser().do(r).is(200)
	var doc struct {
		ID, Name string
		Type     []string
		Criteria struct{ Narrative string }
	}
	if err := json.Unmarshal([]byte(b.body), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.ID != testURL+"/achievements/"+pr.ID || doc.Name != pr.Certification.Credential.Name || len(doc.Type) != 1 || doc.Criteria.Narrative == "" {
		t.Errorf("%+v", doc)
	}
}

// TestRenewalPage shows what we have and what is checked again; what has another
// text by now is read first, and only then there is a button.
func TestRenewalPage(t *testing.T) {
	h := newHouse(t)
	b, c := h.certified()
	b.get("/apply/renewal").at("/apply/status") // not open yet
	c.view.Renewal = workflows.RenewalView{Opens: h.fake.now(), Renewal: workflows.Renewal{Opened: h.fake.now()}, Checks: []onboarding.CheckName{onboarding.CheckBackground},
		Reconsent: []workflows.ConsentNeed{{Purpose: consent.PurposeScreening, Kind: consent.KindPrivacy}}}
	b.get("/apply/status").says("Renew your certificate")
	b.get("/apply/certificate").says("Renew your certificate")
	b.get("/apply/renewal").is(200).says("First read what has changed", c.profile[onboarding.FieldPhone], "Background report").silent("My details are right", "Sanctions")
	b.post("/apply/renewal", nil).says("has changed")
	if !c.view.Renewal.Confirmed.IsZero() {
		t.Fatal("it began under an old text")
	}
	b.get("/apply/renewal/consent/screening").is(200).submit().at("/apply/renewal")
	if last := h.fake.asked[len(h.fake.asked)-1]; last.Purpose != consent.PurposeScreening || last.ShownAt.IsZero() {
		t.Errorf("agreed to %+v", last)
	}
	b.get("/apply/renewal/consent/vetting").at("/apply/renewal") // nothing that is asked for
	b.says("My details are right").submit().at("/apply/status").silent("Look at your details and say")
	if c.view.Renewal.Confirmed.IsZero() {
		t.Error("nothing came of the button")
	}
	b.get("/apply/renewal").at("/apply/status")
}

// TestCorrectFromRenewal: what can be corrected has a link on the renewal's page and
// comes back to it; what cannot is a matter of the contact.
func TestCorrectFromRenewal(t *testing.T) {
	h := newHouse(t)
	b, c := h.certified()
	open := []onboarding.Field{onboarding.FieldPhone, onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName}
	c.view.Editable = open
	b.get("/apply/correct/phone?from=renewal").says("your certificate stands").silent("Your renewal goes on")
	b.submit("phone", "212 555 0188").at("/apply/status?corrected=phone") // no renewal is open
	c.view.Editable = open
	c.view.Renewal = workflows.RenewalView{Opens: h.fake.now(), Renewal: workflows.Renewal{Opened: h.fake.now()}, Checks: []onboarding.CheckName{onboarding.CheckBackground}}
	b.get("/apply/renewal").says("Change your phone number", "Change your name").silent("Change your home address", "Change your Social Security number", "Change your date of birth")
	b.get("/apply/correct/name?from=renewal").says("the one that you renew it with has the new name")
	b.get("/apply/correct/phone?from=renewal").says("Your renewal goes on with it").silent("Your background report is not made again")
	b.submit("phone", "555").problem("phone", "not a phone number we can use").submit("phone", "212 555 0199").at("/apply/renewal?corrected=phone").says("we check your phone number again now", "My details are right")
	if c.profile[onboarding.FieldPhone] != "+12125550199" {
		t.Errorf("the number is %s", c.profile[onboarding.FieldPhone])
	}
	c.view.Editable = open
	b.get("/apply/correct/phone").submit("phone", "212 555 0177").at("/apply/status?corrected=phone")
}

// TestNameChoice is off at first, on by a notice that was read, off again by a button.
func TestNameChoice(t *testing.T) {
	h := newHouse(t)
	b, c := h.certified()
	b.get("/apply/certificate").says("It does not show your name", "Show your name on the public page")
	b.get("/apply/certificate/name").is(200).says("Anybody who has the address can then read your name")
	b.submit().at("/apply/certificate").says("It shows your name", "Take your name off")
	if last := h.fake.asked[len(h.fake.asked)-1]; !c.view.Credential.Shown || last.Kind != consent.KindNameShown || last.SHA256 == "" {
		t.Errorf("agreed to %+v", last)
	}
	b.get("/apply/certificate/name").says("You can take it off now").submit().at("/apply/certificate").says("It does not show your name")
	b.post("/apply/certificate/name", url.Values{"shown": {"forged"}}).says("This page was open for too long")
	if c.view.Credential.Shown {
		t.Error("the name is shown by a forged form")
	}
	h.browser().get("/apply/certificate/name").is(401)
	c.view.Stage = onboarding.StageExpired
	b.get("/apply/certificate/name").at("/apply/certificate").silent("Show your name")
}
