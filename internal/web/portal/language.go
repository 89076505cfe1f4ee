package portal

import (
	"cmp"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// speak settles the language of a page of one who is signed in: the one that its
// address asks for, the session's, the application's, or the browser's. One that
// was chosen goes into the session and, when the address of the application is
// proved, with the application, so that letters and other devices follow. False
// means that an error was answered.
func (p *Portal) speak(w http.ResponseWriter, r *http.Request, s identity.ApplicantSession, v workflows.ApplicantView) (*http.Request, bool) {
	chosen := web.Chosen(r)
	if chosen == "" {
		if kept := cmp.Or(s.Language, v.Language); kept != "" {
			r = web.Speak(r, kept)
		}
		return r, true
	}
	if chosen != s.Language {
		s.Language = chosen
		if err := p.sessions.Set(w, s); err != nil {
			p.site.Fail(w, r, err)
			return r, false
		}
	}
	if chosen != v.Language && !s.Unproved && !v.Stage.Closed() {
		if err := p.service.SetLanguage(r.Context(), s.Applicant, chosen); err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow {
			p.site.Fail(w, r, err)
			return r, false
		}
	}
	return web.Speak(r, chosen), true
}

// inLanguage is a notice as one reads it on the page: in its language.
func inLanguage(n consent.Notice, r *http.Request) consent.Notice {
	if said, err := consent.CurrentNotice(n.Purpose, n.Kind, web.Language(r)); err == nil {
		return said
	}
	return n
}

// spoken gives a request with its session's language, for pages that need nobody
// to be signed in.
func (p *Portal) spoken(r *http.Request) *http.Request {
	if s, ok := p.session(r); ok && s.Language != "" {
		return web.Speak(r, s.Language)
	}
	return r
}
