package portal

import (
	"context"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type certificatePage struct {
	Credential workflows.CredentialLine
	State      CredentialState
	Program    string
	Proof      LedgerProof // zero while there is none
	Name       bool        // the choice whether the public page shows the name can be made now
	Renew      bool        // it can be renewed now
}

// showCertificate shows the holder their certificate.
func (p *Portal) showCertificate(w http.ResponseWriter, r *http.Request, v *visit) {
	c := v.view.Credential
	if c.ID == "" {
		web.Redirect(w, r, "/apply/status")
		return
	}
	state := CredentialValid
	switch {
	case !c.Revoked.IsZero():
		state = CredentialRevoked
	case !c.Expires.IsZero() && !p.site.Now().Before(c.Expires):
		state = CredentialExpired
	}
	proof, err := p.proofs.Certificate(r.Context(), v.id, c.ID)
	p.show(w, r, "certificate", web.Page{Title: "Your certificate", Back: "/apply/status",
		Body: certificatePage{Credential: c, State: state, Program: p.programOf(v.view).Name, Proof: p.proved(r, proof, err),
			Name: v.view.Stage == onboarding.StageCertified, Renew: renewable(v.view)}})
}

func (p *Portal) downloadPDF(w http.ResponseWriter, r *http.Request, v *visit) {
	p.download(w, r, v, p.certs.PDF, "application/pdf", "certificate.pdf")
}

func (p *Portal) downloadJWT(w http.ResponseWriter, r *http.Request, v *visit) {
	p.download(w, r, v, p.certs.JWT, "application/jwt", "certificate.jwt")
}

// download gives the holder, and nobody else, a form of their certificate.
func (p *Portal) download(w http.ResponseWriter, r *http.Request, v *visit,
	get func(context.Context, onboarding.ApplicantID, string) ([]byte, error), kind, file string) {
	if v.view.Credential.ID == "" {
		p.site.Refuse(w, r, http.StatusNotFound, "You do not have a certificate yet.", "Your status page says what is still to do.")
		return
	}
	body, err := get(r.Context(), v.id, v.view.Credential.ID)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	web.Download(w, kind, file, body)
}
