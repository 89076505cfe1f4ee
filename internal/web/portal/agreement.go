package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

type agreementPage struct {
	Need   need
	Blocks []block
	SHA256 string
	Stamp  string
	Form   web.Form
	Next   *need // what can be done after signing
	Done   bool  // nothing is left to do
}

func agreementForm() web.Form {
	return web.Form{{ID: "signature", Label: "Your full name", Hint: "Type your full name to sign, as you gave it in your application.", Autocomplete: "name", Max: 300}}
}

// showAgreement shows the agreement and asks for a typed signature.
func (p *Portal) showAgreement(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	p.askAgreement(w, r, v, n, agreementForm(), nil)
}

// shown is what a stamp says was shown of an agreement.
func (n need) shown() string { return n.ID + " " + n.Agreement.Version + " " + n.Agreement.SHA256() }

func (p *Portal) askAgreement(w http.ResponseWriter, r *http.Request, v *visit, n need, f web.Form, more []web.Problem) {
	stamp, err := p.site.Seal("agreement", web.Stamp{Whom: string(v.id), What: n.shown(), ShownAt: p.site.Now().UTC()})
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	p.show(w, r, "agreement", web.Page{Title: n.Agreement.Title, Said: true, Back: certificationPath, Problems: append(more, f.Problems()...),
		Body: agreementPage{Need: n, Blocks: blocks(n.Agreement.Text), SHA256: n.Agreement.SHA256(), Stamp: stamp, Form: f}})
}

// signAgreement signs the text that was shown, by its hash: when it has changed
// in between, it is shown again and nothing is signed.
func (p *Portal) signAgreement(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	f := agreementForm()
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	stamp, ok := p.site.Unseal("agreement", string(v.id), r.PostForm.Get("shown"))
	if !ok || stamp.What != n.shown() {
		p.askAgreement(w, r, v, n, f, []web.Problem{{Text: "This page was open for too long, or the agreement has changed since. Read it as it is now and sign again."}})
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
		p.askAgreement(w, r, v, n, f, nil)
		return
	}
	err = p.service.Sign(r.Context(), v.id, n.ID, n.Agreement.Version, n.Agreement.SHA256(), in.Value, p.origin(r))
	switch {
	case err == nil:
		web.Redirect(w, r, n.Path+"/signed")
	case f.Blame(err):
		p.askAgreement(w, r, v, n, f, nil)
	case p.tooLate(w, r, n, err):
	default:
		p.site.Fail(w, r, err)
	}
}

// showSigned confirms a signature and shows what was signed, for as long as one likes.
func (p *Portal) showSigned(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if n.State != needPassed {
		p.closed(w, r, n)
		return
	}
	p.show(w, r, "signed", web.Page{Title: "You have signed", Back: certificationPath,
		Body: agreementPage{Need: n, Blocks: blocks(n.Agreement.Text), SHA256: n.Agreement.SHA256(), Next: p.next(v), Done: p.done(v)}})
}
