package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const offersPath = "/apply/offers"

func (p *Portal) offerRoutes(on func(string, http.HandlerFunc)) {
	on("GET "+offersPath, p.submitted(p.showOffers))
	on("POST "+offersPath, p.submitted(p.askForOffers))
	on("POST "+offersPath+"/stop", p.submitted(p.stopOffers))
	on("GET "+identity.OfferPath("{token}"), p.showStopOffers)
	on("POST "+identity.OfferPath("{token}"), p.stopOffersByLetter)
}

// offersOpen reports whether the applicant can choose to be written to about other
// programs.
func offersOpen(v workflows.ApplicantView) bool {
	return (v.Stage.Open() || v.Stage == onboarding.StageCertified) && v.Stage != onboarding.StageSignup
}

func offersOn(v workflows.ApplicantView) bool {
	_, ok := live(v, consent.PurposeMarketing, consent.KindMarketing)
	return ok
}

// offersTodo leads to the page of the choice.
func offersTodo(v workflows.ApplicantView) (todo, bool) {
	switch {
	case !offersOpen(v):
		return todo{}, false
	case offersOn(v):
		return todo{Text: "Stop news of other programs", URL: offersPath}, true
	}
	return todo{Text: "Get news of other programs", URL: offersPath}, true
}

func offersNotice(r *http.Request) (consent.Notice, error) {
	return consent.CurrentNotice(consent.PurposeMarketing, consent.KindMarketing, web.Language(r))
}

// showOffers asks on a page of its own, or ends it by one press of a button. Nothing is
// ticked beforehand, and nothing hangs on it.
func (p *Portal) showOffers(w http.ResponseWriter, r *http.Request, v *visit) {
	if !offersOpen(v.view) {
		web.Redirect(w, r, "/apply/status")
		return
	}
	if offersOn(v.view) {
		p.show(w, r, "offers_on", web.Page{Title: "News of other programs", Back: dataPath})
		return
	}
	n, err := offersNotice(r)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	p.askAgain(w, r, v, n, nil, offersPath, "/apply/status", nil)
}

// askForOffers takes the consent; pressed twice it is one.
func (p *Portal) askForOffers(w http.ResponseWriter, r *http.Request, v *visit) {
	if !offersOpen(v.view) || offersOn(v.view) {
		web.Redirect(w, r, offersPath)
		return
	}
	n, err := offersNotice(r)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	req, ok := p.agreed(w, r, v, n, nil, offersPath, "/apply/status")
	if !ok {
		return
	}
	switch err := p.service.AskForOffers(r.Context(), v.id, req); {
	case err == nil:
		web.Redirect(w, r, offersPath)
	case p.notNow(w, r, err):
	default:
		p.site.Fail(w, r, err)
	}
}

// stopOffers takes it back by one press.
func (p *Portal) stopOffers(w http.ResponseWriter, r *http.Request, v *visit) {
	if err := p.service.StopOffers(r.Context(), v.id, ""); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, offersPath)
}

// showStopOffers asks once: mail scanners open every link that they see. It needs no
// sign-in, and works for as long as the letter lies in a mailbox.
func (p *Portal) showStopOffers(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := p.offerOf(w, r); ok {
		p.answer(w, r, "offers_stop", web.Page{Title: "Do not write to me about other programs"})
	}
}

// stopOffersByLetter is for the page's button, and for that of mail programs, which
// post "List-Unsubscribe=One-Click" without a page or a cookie (RFC 8058, 3.1).
func (p *Portal) stopOffersByLetter(w http.ResponseWriter, r *http.Request) {
	id, contact, ok := p.offerOf(w, r)
	if !ok {
		return
	}
	if err := p.service.StopOffers(r.Context(), id, contact); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	p.answer(w, r, "offers_stopped", web.Page{Title: "We do not write to you about other programs"})
}

func (p *Portal) offerOf(w http.ResponseWriter, r *http.Request) (onboarding.ApplicantID, string, bool) {
	id, contact, err := p.offers.Open(r.PathValue("token"))
	if err != nil {
		p.site.Render(w, r, http.StatusForbidden, p.pages, "invited_broken", web.Page{Title: "This link does not work"})
		return "", "", false
	}
	return id, contact, true
}
