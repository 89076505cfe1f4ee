package portal

import (
	"errors"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// visit is one request of one who is signed in, with what is known of the case.
type visit struct {
	id    onboarding.ApplicantID
	view  workflows.ApplicantView
	draft applicants.Draft // only while the application is being filled in
}

// action is a page of one who is signed in.
type action func(w http.ResponseWriter, r *http.Request, v *visit)

// session gives the live session of a request, if any.
func (p *Portal) session(r *http.Request) (identity.ApplicantSession, bool) {
	s, err := p.sessions.Get(r)
	return s, err == nil && s.Live(p.site.Now())
}

// signedIn lets those through who have a session; the others are told how to
// get one. Who came by an address that is not proved yet is led to do that.
func (p *Portal) signedIn(next action) http.HandlerFunc {
	return p.visiting(func(w http.ResponseWriter, r *http.Request, s identity.ApplicantSession, v *visit) {
		if s.Unproved {
			web.Redirect(w, r, provePath)
			return
		}
		next(w, r, v)
	})
}

// visiting loads what belongs to a session, whether or not it may be shown: only
// signedIn and proving come by here.
func (p *Portal) visiting(next func(http.ResponseWriter, *http.Request, identity.ApplicantSession, *visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, ok := p.session(r)
		if !ok {
			p.signedOut(w, r)
			return
		}
		r = p.spoken(r)
		view, err := p.service.View(r.Context(), s.Applicant)
		if err != nil {
			p.gone(w, r, err)
			return
		}
		if s.Unproved && overtaken(view, s.Since) {
			p.signedOut(w, r)
			return
		}
		proved := s.Unproved && !view.Unproved // on another device, by a link that came the same way
		if now := p.site.Now(); proved || s.Stale(now) {
			s.Renewed, s.Unproved = now, s.Unproved && !proved
			if err := p.sessions.Set(w, s); err != nil {
				p.site.Fail(w, r, err)
				return
			}
		}
		if r, ok = p.speak(w, r, s, view); ok {
			view.Edition = view.Edition.In(web.Language(r))
			next(w, staying(r, s), s, &visit{id: s.Applicant, view: view})
		}
	}
}

// gone answers when a case cannot be read; when it is not there any more the
// session ends too.
func (p *Portal) gone(w http.ResponseWriter, r *http.Request, err error) {
	switch onboarding.CodeOf(err) {
	case onboarding.CodeUnknownApplicant, onboarding.CodeKeyDestroyed:
		p.sessions.Clear(w)
		p.site.Refuse(w, r, http.StatusGone, "This application is no longer here: it ended and what you told us was removed.",
			"You can start a new application at any time.")
	default:
		p.site.Fail(w, r, err)
	}
}

// filling is for the pages of the form: they need every page before them, and
// an application that is not yet submitted.
func (p *Portal) filling(path string, next action) http.HandlerFunc {
	return p.signedIn(func(w http.ResponseWriter, r *http.Request, v *visit) {
		if v.view.Stage != onboarding.StageSignup {
			web.Redirect(w, r, "/apply/status")
			return
		}
		if !p.loadDraft(w, r, v) {
			return
		}
		for _, s := range steps() {
			if s.path == path {
				break
			}
			if !s.done(v) {
				web.Redirect(w, r, s.path)
				return
			}
		}
		next(w, r, v)
	})
}

// submitted is for the pages after the form; before, they lead to the first
// unfinished step.
func (p *Portal) submitted(next action) http.HandlerFunc {
	return p.signedIn(func(w http.ResponseWriter, r *http.Request, v *visit) {
		if v.view.Stage == onboarding.StageSignup {
			p.goOn(w, r, v)
			return
		}
		next(w, r, v)
	})
}

// goOn leads to where the applicant left off.
func (p *Portal) goOn(w http.ResponseWriter, r *http.Request, v *visit) {
	if v.view.Stage != onboarding.StageSignup {
		web.Redirect(w, r, "/apply/status")
		return
	}
	if p.loadDraft(w, r, v) {
		web.Redirect(w, r, firstUnfinished(v))
	}
}

func (p *Portal) loadDraft(w http.ResponseWriter, r *http.Request, v *visit) bool {
	d, err := p.service.Draft(r.Context(), v.id)
	if err != nil {
		p.gone(w, r, err)
		return false
	}
	if d.Profile == nil {
		d.Profile = onboarding.Profile{}
	}
	v.draft = d
	return true
}

// name is the applicant's name, for signatures; empty when the draft is gone.
func (p *Portal) name(r *http.Request, v *visit) (onboarding.Profile, error) {
	d, err := p.service.Draft(r.Context(), v.id)
	if err == nil {
		return d.Profile, nil
	}
	var known *onboarding.Error
	if errors.As(err, &known) {
		return nil, nil // no draft any more: the service has the profile as submitted and checks for itself
	}
	return nil, err
}

// notNow leads on when a form came too late, because another tab or another
// device was faster. It reports whether err was that.
func (p *Portal) notNow(w http.ResponseWriter, r *http.Request, err error) bool {
	if onboarding.CodeOf(err) != onboarding.CodeNotNow {
		return false
	}
	web.Redirect(w, r, "/apply/continue")
	return true
}
