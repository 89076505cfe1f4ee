package portal

import (
	"encoding/json"
	"net/http"
	"testing"

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
