package portal

import (
	"net/http"
	"regexp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// credentialForm is what a credential's ID can look like. An ID is drawn at random
// from 2^122, so nobody comes to another's page by trying.
var credentialForm = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

type verifyPage struct {
	Status CredentialStatus
	Says   string
	Tag    string
}

// verify is the public page that a certificate's QR code leads to: whether it
// stands, for what, and from when to when. It says nothing else of anybody but the
// name of a holder who wants it there. No search engine is to list it.
func (p *Portal) verify(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	unknown := func() {
		p.site.Render(w, r, http.StatusNotFound, p.pages, "verify_unknown", web.Page{Title: "We did not issue this certificate"})
	}
	id := r.PathValue("credential")
	if !credentialForm.MatchString(id) {
		unknown()
		return
	}
	status, err := p.certs.Status(r.Context(), id)
	if err != nil {
		if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
			unknown()
			return
		}
		p.site.Fail(w, r, err)
		return
	}
	page := verifyPage{Status: status}
	switch status.State {
	case CredentialValid:
		page.Says, page.Tag = "This certificate is valid", "good"
	case CredentialExpired:
		page.Says, page.Tag = "This certificate has expired", "look"
	case CredentialRevoked:
		page.Says, page.Tag = "This certificate was revoked and is not valid", "bad"
	case CredentialErased:
		page.Says, page.Tag = "This certificate is not valid: its holder's data were erased", "bad"
	default:
		page.Says, page.Tag = "We cannot confirm this certificate", "bad"
	}
	p.answer(w, r, "verify", web.Page{Title: page.Says, Body: page})
}
