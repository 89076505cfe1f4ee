package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

type consentPage struct {
	Notice  consent.Notice
	Path    string
	Stamp   string // sealed: what was shown, to whom, when
	Given   bool
	Next    string
	Form    web.Form // the signature, where the kind is signed
	From    string
	Decline string // address of the page that says what declining means; empty on the disclosure
}

// showConsent asks for one consent on a page of its own. The FCRA disclosure's
// page has nothing but the disclosure and one button: 15 USC
// 1681b(b)(2)(A)(i), "in a document that consists solely of the disclosure".
func (p *Portal) showConsent(n consent.Notice) action {
	return func(w http.ResponseWriter, r *http.Request, v *visit) {
		n := inLanguage(n, r)
		p.askConsent(w, r, n, v, signature(n), nil)
	}
}

func signature(n consent.Notice) web.Form {
	if n.Kind != consent.KindFCRAAuthorization {
		return nil
	}
	return web.Form{{ID: "signature", Label: "Your full name", Hint: n.Action + ". Write it as you gave it on the page “Your name”.", Autocomplete: "name", Max: 300}}
}

func (p *Portal) askConsent(w http.ResponseWriter, r *http.Request, n consent.Notice, v *visit, f web.Form, more []web.Problem) {
	stamp, err := p.site.Seal("consent/"+n.ID, web.Stamp{Whom: string(v.id), What: n.SHA256, ShownAt: p.site.Now().UTC()})
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	path := consentPath(n)
	body := consentPage{Notice: n, Path: path, Stamp: stamp, Given: held(v.view, n), Next: after(path), Form: f, Decline: path + "/decline"}
	page := web.Page{Title: n.Title, Said: true, Back: before(path), Problems: append(more, f.Problems()...)}
	name := "consent"
	if n.Kind == consent.KindDisclosureShown {
		name, page.Bare, body.Decline = "disclosure", true, ""
	}
	page.Body = body
	p.show(w, r, name, page)
}

func (p *Portal) giveConsent(n consent.Notice) action {
	return func(w http.ResponseWriter, r *http.Request, v *visit) {
		n := inLanguage(n, r)
		f := signature(n)
		if err := f.Fill(r); err != nil {
			p.site.Fail(w, r, err)
			return
		}
		if held(v.view, n) {
			web.Redirect(w, r, after(consentPath(n))) // pressed twice, or come back: one receipt is enough
			return
		}
		stamp, ok := p.site.Unseal("consent/"+n.ID, string(v.id), r.PostForm.Get("shown"))
		if !ok || stamp.What != n.SHA256 {
			p.askConsent(w, r, n, v, f, []web.Problem{{Text: "This page was open for too long, or its text has changed since. Read it as it is now and answer again."}})
			return
		}
		if in := f.Get("signature"); in != nil && in.Problem == "" && !validate.Signs(in.Value, v.draft.Profile) {
			in.Problem = "The name must be the one that you gave: " + fullName(v.draft.Profile)
		}
		if len(f.Problems()) > 0 {
			p.askConsent(w, r, n, v, f, nil)
			return
		}
		err := p.service.GiveConsent(r.Context(), v.id, applicants.ConsentRequest{Purpose: n.Purpose, Kind: n.Kind, Language: n.Language,
			SHA256: n.SHA256, Signature: f.Value("signature"), ShownAt: stamp.ShownAt, Origin: p.origin(r)})
		switch {
		case err == nil:
			web.Redirect(w, r, after(consentPath(n)))
		case f.Blame(err):
			p.askConsent(w, r, n, v, f, nil)
		case onboarding.CodeOf(err) == onboarding.CodeInvalid:
			p.askConsent(w, r, n, v, f, []web.Problem{{Text: err.Error()}})
		case p.notNow(w, r, err):
		default:
			p.site.Fail(w, r, err)
		}
	}
}

type declinePage struct {
	Notice consent.Notice
	Path   string
	Days   int // that the draft is kept
}

// showDecline says what follows when one does not agree. Nothing is recorded
// and nothing is used: the draft waits (obligation 3).
func (p *Portal) showDecline(n consent.Notice) action {
	return func(w http.ResponseWriter, r *http.Request, v *visit) {
		if n.Kind == consent.KindDisclosureShown {
			web.Redirect(w, r, consentPath(n))
			return
		}
		n := inLanguage(n, r)
		p.show(w, r, "decline", web.Page{Title: "If you do not agree", Back: consentPath(n),
			Body: declinePage{Notice: n, Path: consentPath(n), Days: p.programOf(v.view).DraftDays}})
	}
}
