package portal

import (
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// provePath is where a link to a corrected e-mail address leads first: a second
// slip of the keys must not give somebody's application to a stranger.
const provePath = "/apply/prove"

// clocksApart is how far the clocks of those who mint links, serve pages and keep
// the case may be apart.
const clocksApart = time.Minute

// overtaken reports whether what came to an address at that time came before the
// application got the one that it has now.
func overtaken(v workflows.ApplicantView, at time.Time) bool {
	return at.Add(clocksApart).Before(v.ContactSince)
}

// proving lets those through who came by an address that nobody has proved yet; the
// others go on.
func (p *Portal) proving(next func(http.ResponseWriter, *http.Request, identity.ApplicantSession, *visit)) http.HandlerFunc {
	return p.visiting(func(w http.ResponseWriter, r *http.Request, s identity.ApplicantSession, v *visit) {
		switch {
		case !s.Unproved:
			web.Redirect(w, r, "/apply/continue")
		case v.view.Stage.Closed():
			p.site.Refuse(w, r, http.StatusConflict, "This application has ended, and nobody has proved this e-mail address, so we do not show it here.",
				"Write to us if you need something of it: a person will help.")
		default:
			next(w, r, s, v)
		}
	})
}

func (p *Portal) showProve(w http.ResponseWriter, r *http.Request, _ identity.ApplicantSession, _ *visit) {
	p.askProof(w, r, web.Form{birthInput("")})
}

// askProof shows the question and nothing of the application.
func (p *Portal) askProof(w http.ResponseWriter, r *http.Request, f web.Form) {
	p.show(w, r, "prove", web.Page{Title: "Tell us that it is you", Problems: f.Problems(), Body: f})
}

// prove takes the answer. The service counts how often it is wrong; what is no date
// is not counted.
func (p *Portal) prove(w http.ResponseWriter, r *http.Request, s identity.ApplicantSession, v *visit) {
	f := web.Form{birthInput("")}
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	born := readDate(f[0], p.site.Now())
	if len(f.Problems()) > 0 {
		p.askProof(w, r, f)
		return
	}
	err := p.service.ProveContact(r.Context(), v.id, born)
	if f.Blame(err) {
		p.askProof(w, r, f)
		return
	}
	if onboarding.CodeOf(err) == onboarding.CodeNotNow {
		if now, err := p.service.View(r.Context(), v.id); err == nil && (!now.Unproved || overtaken(now, s.Since)) { // in another tab, or on another device
			web.Redirect(w, r, "/apply/continue")
			return
		}
	}
	if err != nil {
		p.gone(w, r, err)
		return
	}
	s.Unproved = false
	if err := p.sessions.Set(w, s); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, "/apply/continue")
}
