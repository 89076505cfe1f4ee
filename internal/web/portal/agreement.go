package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

type agreementPage struct {
	Agreement agreementCard
	Stamp     string
	Form      web.Form
}

func agreementForm() web.Form {
	return web.Form{{ID: "signature", Label: "Your full name", Hint: "Type your full name to sign, as you gave it in your application.", Autocomplete: "name", Max: 300}}
}

func (p *Portal) agreementOpen(v *visit) (agreementCard, bool) {
	a := p.programOf(v.view).Agreement
	return a, v.view.Stage == onboarding.StageCertification && a.Text != "" && v.view.Requirements.AgreementSigned.IsZero()
}

// showAgreement shows the contractor agreement and asks for a typed signature.
func (p *Portal) showAgreement(w http.ResponseWriter, r *http.Request, v *visit) {
	a, open := p.agreementOpen(v)
	if !open {
		web.Redirect(w, r, "/apply/status")
		return
	}
	p.askAgreement(w, r, v, a, agreementForm(), nil)
}

func (p *Portal) askAgreement(w http.ResponseWriter, r *http.Request, v *visit, a agreementCard, f web.Form, more []web.Problem) {
	stamp, err := p.site.Seal("agreement", web.Stamp{Whom: string(v.id), What: a.Version + " " + a.SHA256, ShownAt: p.site.Now().UTC()})
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	p.show(w, r, "agreement", web.Page{Title: a.Title, Said: true, Back: "/apply/status", Problems: append(more, f.Problems()...),
		Body: agreementPage{Agreement: a, Stamp: stamp, Form: f}})
}

// signAgreement signs the text that was shown, by its hash: when it has changed
// in between, it is shown again and nothing is signed.
func (p *Portal) signAgreement(w http.ResponseWriter, r *http.Request, v *visit) {
	a, open := p.agreementOpen(v)
	if !open {
		web.Redirect(w, r, "/apply/status")
		return
	}
	f := agreementForm()
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	stamp, ok := p.site.Unseal("agreement", string(v.id), r.PostForm.Get("shown"))
	if !ok || stamp.What != a.Version+" "+a.SHA256 {
		p.askAgreement(w, r, v, a, f, []web.Problem{{Text: "This page was open for too long, or the agreement has changed since. Read it as it is now and sign again."}})
		return
	}
	in := f.Get("signature")
	profile, err := p.name(r, v)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if in.Problem == "" && fullName(profile) != "" && !validate.Signs(in.Value, profile) {
		in.Problem = "The name must be the one that you gave: " + fullName(profile)
	}
	if in.Problem != "" {
		p.askAgreement(w, r, v, a, f, nil)
		return
	}
	err = p.service.SignAgreement(r.Context(), v.id, a.Version, a.SHA256, in.Value, p.origin(r))
	switch {
	case err == nil:
		web.Redirect(w, r, "/apply/status")
	case f.Blame(err):
		p.askAgreement(w, r, v, a, f, nil)
	case p.notNow(w, r, err):
	default:
		p.site.Fail(w, r, err)
	}
}
