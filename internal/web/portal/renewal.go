package portal

import (
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const renewalPath = "/apply/renewal"

// renewable reports whether the holder may ask for the renewal now.
func renewable(v workflows.ApplicantView) bool {
	return v.Stage == onboarding.StageCertified && !v.Renewal.Opened.IsZero() && v.Renewal.Confirmed.IsZero() && v.Renewal.Refused.IsZero()
}

type renewalPage struct {
	Expires  time.Time
	Answers  []answer
	Checks   []string         // that are made again, in words
	Again    bool             // parts of the certification are asked for again
	Consents []consent.Notice // to be read and agreed to first
	Contact  string
	Thanks   string // a detail was corrected from here
}

// fromRenewal says that a page to correct a detail was opened from that of the
// renewal, and comes back to it.
const fromRenewal = "renewal"

// renewalChanges are the pages on which what the renewal's page shows is corrected,
// by its label.
var renewalChanges = map[string]string{"Name": "name", "Date of birth": "date-of-birth", "E-mail address": "email", "Phone number": "phone", "Address": "address",
	"Social Security number": "national-id"}

// renewing is for the pages of a renewal that is open.
func (p *Portal) renewing(next action) http.HandlerFunc {
	return p.submitted(func(w http.ResponseWriter, r *http.Request, v *visit) {
		if !renewable(v.view) {
			web.Redirect(w, r, "/apply/status")
			return
		}
		next(w, r, v)
	})
}

// showRenewal shows what we have of the holder, what will be checked again, and
// what is to be agreed to anew since its text has changed.
func (p *Portal) showRenewal(w http.ResponseWriter, r *http.Request, v *visit) {
	p.askRenewal(w, r, v, nil)
}

func (p *Portal) askRenewal(w http.ResponseWriter, r *http.Request, v *visit, problems []web.Problem) {
	profile, err := p.service.Details(r.Context(), v.id)
	if err != nil {
		p.gone(w, r, err)
		return
	}
	page := renewalPage{Expires: v.view.Credential.Expires, Answers: answers(profile), Again: len(v.view.Renewal.Requirements) > 0, Contact: p.programOf(v.view).Contact}
	page.Thanks = thanks(r.URL.Query().Get("corrected"))
	for i := range page.Answers {
		a := &page.Answers[i]
		a.Change = ""
		if c, ok := correctionOf(renewalChanges[a.Label]); ok && c.open(v) {
			a.Change, a.What = c.path()+"?from="+fromRenewal, c.about
		}
	}
	for _, name := range v.view.Renewal.Checks {
		page.Checks = append(page.Checks, textOf(name).name)
	}
	for _, need := range v.view.Renewal.Reconsent {
		if n, err := consent.CurrentNotice(need.Purpose, need.Kind, web.Language(r)); err == nil {
			page.Consents = append(page.Consents, n)
		}
	}
	p.show(w, r, "renewal", web.Page{Title: "Renew your certificate", Back: "/apply/certificate", Problems: problems, Body: page})
}

// confirmRenewal asks for it.
func (p *Portal) confirmRenewal(w http.ResponseWriter, r *http.Request, v *visit) {
	err := p.service.ConfirmRenewal(r.Context(), v.id, workflows.ActorApplicant)
	switch {
	case err == nil:
		web.Redirect(w, r, "/apply/status")
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		p.askRenewal(w, r, v, []web.Problem{problemOf(err)})
	case p.notNow(w, r, err):
	default:
		p.site.Fail(w, r, err)
	}
}

// reconsenting finds the notice that the address names among those that are to be
// agreed to again.
func (p *Portal) reconsenting(next func(http.ResponseWriter, *http.Request, *visit, consent.Notice)) http.HandlerFunc {
	return p.renewing(func(w http.ResponseWriter, r *http.Request, v *visit) {
		for _, need := range v.view.Renewal.Reconsent {
			if n, err := consent.CurrentNotice(need.Purpose, need.Kind, web.Language(r)); err == nil && n.ID == r.PathValue("notice") {
				next(w, r, v, n)
				return
			}
		}
		web.Redirect(w, r, renewalPath) // agreed to already
	})
}

func (p *Portal) showReconsent(w http.ResponseWriter, r *http.Request, v *visit, n consent.Notice) {
	p.askAgain(w, r, v, n, signature(n), renewalPath+"/consent/"+n.ID, renewalPath, nil)
}

// askAgain shows a notice outside of the application's form.
func (p *Portal) askAgain(w http.ResponseWriter, r *http.Request, v *visit, n consent.Notice, f web.Form, path, back string, more []web.Problem) {
	stamp, err := p.site.Seal("consent/"+n.ID, web.Stamp{Whom: string(v.id), What: n.SHA256, ShownAt: p.site.Now().UTC()})
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	body := consentPage{Notice: n, Path: path, Stamp: stamp, Form: f, Decline: back}
	page := web.Page{Title: n.Title, Said: true, Back: back, Problems: append(more, f.Problems()...)}
	name := "consent"
	if n.Kind == consent.KindDisclosureShown {
		name, page.Bare, body.Decline = "disclosure", true, ""
	}
	page.Body = body
	p.show(w, r, name, page)
}

func (p *Portal) reconsent(w http.ResponseWriter, r *http.Request, v *visit, n consent.Notice) {
	path, f := renewalPath+"/consent/"+n.ID, signature(n)
	req, ok := p.agreed(w, r, v, n, f, path, renewalPath)
	if !ok {
		return
	}
	if in := f.Get("signature"); in != nil {
		profile, err := p.service.Details(r.Context(), v.id)
		if err != nil {
			p.gone(w, r, err)
			return
		}
		if !validate.Signs(in.Value, profile) {
			in.Problem = "The name must be the one that you gave: " + fullName(profile)
			p.askAgain(w, r, v, n, f, path, renewalPath, nil)
			return
		}
	}
	switch err := p.service.GiveConsent(r.Context(), v.id, req); {
	case err == nil:
		web.Redirect(w, r, renewalPath)
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		p.askAgain(w, r, v, n, f, path, renewalPath, []web.Problem{problemOf(err)})
	case p.notNow(w, r, err):
	default:
		p.site.Fail(w, r, err)
	}
}

// agreed reads the form of a notice that was shown; when it cannot be taken it has
// answered itself.
func (p *Portal) agreed(w http.ResponseWriter, r *http.Request, v *visit, n consent.Notice, f web.Form, path, back string) (applicants.ConsentRequest, bool) {
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return applicants.ConsentRequest{}, false
	}
	stamp, ok := p.site.Unseal("consent/"+n.ID, string(v.id), r.PostForm.Get("shown"))
	if !ok || stamp.What != n.SHA256 {
		p.askAgain(w, r, v, n, f, path, back, []web.Problem{{Text: "This page was open for too long, or its text has changed since. Read it as it is now and answer again."}})
		return applicants.ConsentRequest{}, false
	}
	if len(f.Problems()) > 0 {
		p.askAgain(w, r, v, n, f, path, back, nil)
		return applicants.ConsentRequest{}, false
	}
	signed := ""
	if f.Get("signature") != nil {
		signed = f.Value("signature")
	}
	return applicants.ConsentRequest{Purpose: n.Purpose, Kind: n.Kind, Language: n.Language, SHA256: n.SHA256, Signature: signed,
		ShownAt: stamp.ShownAt, Origin: p.origin(r)}, true
}

// renewalTask stands at the top of the status page while the renewal is open.
func renewalTask(v workflows.ApplicantView) (task, bool) {
	if !renewable(v) {
		return task{}, false
	}
	t := task{Title: "Renew your certificate", Says: "Look at your details and say that they are right. Then what the program names is checked again.", Until: v.Credential.Expires, URL: renewalPath, Action: "Renew your certificate"}
	return t, true
}

const namePath = "/apply/certificate/name"

// naming is for the pages on which the holder chooses whether their certificate's
// public page shows their name.
func (p *Portal) naming(next action) http.HandlerFunc {
	return p.submitted(func(w http.ResponseWriter, r *http.Request, v *visit) {
		if v.view.Stage != onboarding.StageCertified || v.view.Credential.ID == "" {
			web.Redirect(w, r, "/apply/certificate")
			return
		}
		next(w, r, v)
	})
}

func nameNotice(r *http.Request) (consent.Notice, error) {
	return consent.CurrentNotice(consent.PurposeCertification, consent.KindNameShown, web.Language(r))
}

func (p *Portal) showName(w http.ResponseWriter, r *http.Request, v *visit) {
	if v.view.Credential.Shown {
		p.show(w, r, "name_shown", web.Page{Title: "Your name on the public page", Back: "/apply/certificate", Body: v.view.Credential})
		return
	}
	n, err := nameNotice(r)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	p.askAgain(w, r, v, n, nil, namePath, "/apply/certificate", nil)
}

// chooseName puts the name on the page, or takes it off when it is there.
func (p *Portal) chooseName(w http.ResponseWriter, r *http.Request, v *visit) {
	if err := r.ParseForm(); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	var err error
	switch hide := r.PostForm.Get("hide") != ""; {
	case hide && !v.view.Credential.Shown, !hide && v.view.Credential.Shown: // pressed twice
	case hide:
		err = p.service.HideName(r.Context(), v.id, workflows.ActorApplicant)
	default:
		n, nerr := nameNotice(r)
		if nerr != nil {
			p.site.Fail(w, r, nerr)
			return
		}
		req, ok := p.agreed(w, r, v, n, nil, namePath, "/apply/certificate")
		if !ok {
			return
		}
		err = p.service.ShowName(r.Context(), v.id, req, workflows.ActorApplicant)
	}
	switch {
	case err == nil, onboarding.CodeOf(err) == onboarding.CodeNotNow:
		web.Redirect(w, r, "/apply/certificate")
	default:
		p.site.Fail(w, r, err)
	}
}
