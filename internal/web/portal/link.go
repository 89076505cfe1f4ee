package portal

import (
	"errors"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// showLink is where a letter's link leads: a page with one button. Opening it
// does nothing yet, since mail scanners open every link that they see.
func (p *Portal) showLink(w http.ResponseWriter, r *http.Request) {
	_, err := p.links.Open(r.PathValue("token"))
	switch {
	case err == nil:
		p.answer(w, r, "link", web.Page{Title: "Open your application"})
	case errors.Is(err, identity.ErrLinkExpired):
		p.site.Render(w, r, http.StatusGone, p.pages, "link_expired", web.Page{Title: "This link has expired"})
	default:
		p.site.Render(w, r, http.StatusForbidden, p.pages, "link_broken", web.Page{Title: "This link does not work"})
	}
}

// openLink begins the session, or for an expired link sends a fresh one to the
// address of the application. So does one that went to an address which it has no
// more. A session that begins by an address which nobody has proved shows nothing
// before that is done.
func (p *Portal) openLink(w http.ResponseWriter, r *http.Request) {
	id, err := p.links.Open(r.PathValue("token"))
	if errors.Is(err, identity.ErrLinkExpired) {
		p.sendAnew(w, r, id)
		return
	}
	if err != nil {
		p.site.Render(w, r, http.StatusForbidden, p.pages, "link_broken", web.Page{Title: "This link does not work"})
		return
	}
	view, err := p.service.View(r.Context(), id)
	if err != nil {
		p.gone(w, r, err)
		return
	}
	if overtaken(view, p.links.Sent(r.PathValue("token"))) {
		p.sendAnew(w, r, id)
		return
	}
	s := identity.NewApplicantSession(id, p.site.Now())
	s.Unproved, s.Language = view.Unproved, web.Chosen(r)
	if err := p.sessions.Set(w, s); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, "/apply/continue")
}

func (p *Portal) sendAnew(w http.ResponseWriter, r *http.Request, id onboarding.ApplicantID) {
	if err := p.service.SendLink(r.Context(), id); err != nil && !ended(err) {
		p.site.Fail(w, r, err)
		return
	}
	p.answer(w, r, "sent", web.Page{Title: "Check your e-mail", Back: "/apply" + web.Keep(r), Body: ""})
}

// ended reports errors that mean that there is nobody to write to any more;
// they are not told, as little as whether an address is known.
func ended(err error) bool {
	switch onboarding.CodeOf(err) {
	case onboarding.CodeUnknownApplicant, onboarding.CodeKeyDestroyed, onboarding.CodeNotNow:
		return true
	default:
		return false
	}
}
