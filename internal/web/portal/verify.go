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
	Proof  LedgerProof // zero while there is none
	Path   string      // of the proof
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
	page := verifyPage{Status: status, Path: verifyPath(id) + "/proof"}
	proof, err := p.proofs.Certificate(r.Context(), status.Holder, id)
	page.Proof = p.proved(r, proof, err)
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

func verifyPath(credential string) string { return "/verify/" + credential }

// verifyProof gives anybody who has a certificate's address the proof that its issue
// stands in a signed checkpoint. It names no person: an applicant's number, the record
// and its place.
func (p *Portal) verifyProof(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	id := r.PathValue("credential")
	var proof LedgerProof
	err := error(&onboarding.Error{Code: onboarding.CodeUnknownApplicant})
	if credentialForm.MatchString(id) {
		var status CredentialStatus
		if status, err = p.certs.Status(r.Context(), id); err == nil {
			proof, err = p.proofs.Certificate(r.Context(), status.Holder, id)
		}
	}
	switch code := onboarding.CodeOf(err); {
	case err == nil:
		web.Download(w, "application/json", "certificate-proof.json", proof.JSON)
	case code == onboarding.CodeUnknownApplicant, code == onboarding.CodeNotNow:
		p.site.Refuse(w, r, http.StatusNotFound, "There is no proof of such a certificate.", "A new certificate has one with the next signed checkpoint, as a rule within the hour.")
	default:
		p.site.Fail(w, r, err)
	}
}
