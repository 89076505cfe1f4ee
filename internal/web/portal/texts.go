package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const textsPath = "/apply/texts"

// textsOffered reports whether the applicant can ask for text messages now, or has.
func textsOffered(v workflows.ApplicantView) bool {
	return v.Edition.Messages.SMS != "" && (v.Stage.Open() || v.Stage == onboarding.StageCertified) && v.Stage != onboarding.StageSignup
}

func textsOn(v workflows.ApplicantView) bool {
	for _, c := range v.Consents {
		if c.Purpose == consent.PurposeTextMessages && c.Withdrawn.IsZero() {
			return true
		}
	}
	return false
}

// textsTodo leads to the page that asks, or to the one that takes back.
func textsTodo(v workflows.ApplicantView) (todo, bool) {
	switch {
	case !textsOffered(v):
		return todo{}, false
	case textsOn(v):
		return todo{Text: "Stop text messages", URL: "/apply/consents/" + string(consent.PurposeTextMessages) + "/withdraw"}, true
	}
	return todo{Text: "Get text messages when there is news", URL: textsPath}, true
}

type textsPage struct {
	Notice consent.Notice
	Stamp  string
}

// showTexts asks, on a page of its own, whether the applicant wants text messages.
// Nothing is ticked beforehand, and nothing hangs on it (47 CFR 64.1200(f)(9)).
func (p *Portal) showTexts(w http.ResponseWriter, r *http.Request, v *visit) {
	if !textsOffered(v.view) || textsOn(v.view) {
		web.Redirect(w, r, "/apply/status")
		return
	}
	p.askTexts(w, r, v, nil)
}

func (p *Portal) textsNotice(r *http.Request) (consent.Notice, error) {
	n, err := consent.CurrentNotice(consent.PurposeTextMessages, consent.KindSMS, "en")
	if err != nil {
		return n, err
	}
	return inLanguage(n, r), nil
}

func (p *Portal) askTexts(w http.ResponseWriter, r *http.Request, v *visit, problems []web.Problem) {
	n, err := p.textsNotice(r)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	stamp, err := p.site.Seal("consent/"+n.ID, web.Stamp{Whom: string(v.id), What: n.SHA256, ShownAt: p.site.Now().UTC()})
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	p.show(w, r, "texts", web.Page{Title: n.Title, Said: true, Back: "/apply/status", Problems: problems, Body: textsPage{Notice: n, Stamp: stamp}})
}

// giveTexts takes the consent; pressed twice it is one.
func (p *Portal) giveTexts(w http.ResponseWriter, r *http.Request, v *visit) {
	if !textsOffered(v.view) || textsOn(v.view) {
		web.Redirect(w, r, "/apply/status")
		return
	}
	n, err := p.textsNotice(r)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if err := r.ParseForm(); err != nil {
		p.site.Fail(w, r, onboarding.Invalid("form", "The form could not be read.", "Open the page again."))
		return
	}
	stamp, ok := p.site.Unseal("consent/"+n.ID, string(v.id), r.PostForm.Get("shown"))
	if !ok || stamp.What != n.SHA256 {
		p.askTexts(w, r, v, []web.Problem{{Text: "This page was open for too long, or its text has changed since. Read it as it is now and answer again."}})
		return
	}
	err = p.service.GiveConsent(r.Context(), v.id, applicants.ConsentRequest{Purpose: n.Purpose, Kind: n.Kind, Language: n.Language, SHA256: n.SHA256,
		ShownAt: stamp.ShownAt, Origin: p.origin(r)})
	switch {
	case err == nil:
		web.Redirect(w, r, "/apply/status")
	case p.notNow(w, r, err):
	default:
		p.site.Fail(w, r, err)
	}
}
