package console

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// showSignIn is where a sign-in link leads: a page with one button. Opening it
// does not use the link up, since chat programs and scanners open what they see.
func (c *Console) showSignIn(w http.ResponseWriter, r *http.Request) {
	c.site.Render(w, r, http.StatusOK, c.pages, "sign_in", web.Page{Title: "Sign in"})
}

// signIn uses the link up and begins the session.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	who, err := c.Links.Redeem(r.Context(), r.PathValue("token"))
	switch {
	case err == nil:
	case onboarding.CodeOf(err) == onboarding.CodeNotAllowed:
		c.site.Render(w, r, http.StatusForbidden, c.pages, "link_refused", web.Page{Title: "This link does not sign you in", Body: err.Error()})
		return
	default:
		c.site.Fail(w, r, err)
		return
	}
	if err := c.sessions.Set(w, who); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, listPath)
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	c.sessions.Clear(w)
	c.site.Render(w, r, http.StatusOK, c.pages, "signed_out", web.Page{Title: "You are signed out"})
}
