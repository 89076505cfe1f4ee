package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

const (
	signInPath = "/console/sign-in"
	rolePath   = "/console/sign-in/role"
)

// SignInCallback is where the provider sends people back, below our own address.
const SignInCallback = "/console/sign-in/callback"

// loginTTL is how long a sign-in at the provider may take, and the choice of a role
// after it.
const loginTTL = 10 * time.Minute

// chosen is who has signed in at the provider and has not yet picked a role.
type chosen struct {
	ID      string            `json:"id"`
	Choices []identity.Choice `json:"choices"`
	Next    string            `json:"next"`
}

// How somebody signed in, as the access log has it.
const (
	byLink = "one-time link"
	byOIDC = "oidc"
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
	if err := c.enter(w, r, who, byLink); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, listPath)
}

// beginSignIn leads to the provider's page. What must come back with its answer waits
// in a sealed cookie of this browser.
func (c *Console) beginSignIn(w http.ResponseWriter, r *http.Request) {
	if c.OIDC == nil {
		c.signedOut(w, r, http.StatusOK, "Sign in to the console")
		return
	}
	at, login, err := c.OIDC.Begin(r.Context(), localNext(r.URL.Query().Get("next")))
	if err == nil {
		err = c.logins.Set(w, login)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, at, http.StatusSeeOther)
}

// finishSignIn takes the provider's answer: who has one role is signed in, who has
// several picks one.
func (c *Console) finishSignIn(w http.ResponseWriter, r *http.Request) {
	if c.OIDC == nil {
		c.signedOut(w, r, http.StatusNotFound, "Sign in to the console")
		return
	}
	login, _ := c.logins.Get(r) // none: Finish refuses an empty one
	c.logins.Clear(w)           // an answer counts once
	q := r.URL.Query()
	if q.Get("error") != "" { // OpenID Connect Core 1.0, 3.1.2.6; its words are a stranger's
		c.refuseSignIn(w, r, "The sign-in provider did not sign you in. Begin again.")
		return
	}
	person, err := c.OIDC.Finish(r.Context(), login, q.Get("state"), q.Get("code"))
	if onboarding.CodeOf(err) == onboarding.CodeNotAllowed {
		c.refuseSignIn(w, r, err.Error())
		return
	}
	if err == nil && c.Directory != nil {
		err = c.Directory.Note(r.Context(), person.ID, person.Entry)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	in := chosen{ID: person.ID, Choices: person.Choices, Next: login.Next}
	if len(in.Choices) == 1 {
		c.enterAs(w, r, in, in.Choices[0])
		return
	}
	if err := c.chosen.Set(w, in); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, rolePath)
}

func (c *Console) refuseSignIn(w http.ResponseWriter, r *http.Request, why string) {
	c.site.Render(w, r, http.StatusForbidden, c.pages, "link_refused", web.Page{Title: "You are not signed in", Body: why})
}

// roleForm asks which role somebody acts in for now.
func (c *Console) roleForm(in chosen) web.Form {
	input := &web.Input{ID: "role", Label: "Role", Noun: "a role", Hint: "You act in one role at a time. To act in another one, sign in again."}
	for _, choice := range in.Choices {
		o := web.Option{Value: string(choice.Role), Label: string(choice.Role), Hint: "for all programs"}
		if len(choice.Programs) > 0 {
			o.Hint = "for " + strings.Join(choice.Programs, ", ")
		}
		input.Options = append(input.Options, o)
	}
	return web.Form{input}
}

func (c *Console) askRole(w http.ResponseWriter, r *http.Request) {
	in, err := c.chosen.Get(r)
	if err != nil {
		c.signedOut(w, r, http.StatusUnauthorized, "You are not signed in")
		return
	}
	c.showRoles(w, r, c.roleForm(in))
}

func (c *Console) showRoles(w http.ResponseWriter, r *http.Request, f web.Form) {
	status := http.StatusOK
	if len(f.Problems()) > 0 {
		status = http.StatusUnprocessableEntity
	}
	c.site.Render(w, r, status, c.pages, "role", web.Page{Title: "In which role?", Problems: f.Problems(), Body: f})
}

// chooseRole begins the session in the role that was picked.
func (c *Console) chooseRole(w http.ResponseWriter, r *http.Request) {
	in, err := c.chosen.Get(r)
	if err != nil {
		c.signedOut(w, r, http.StatusUnauthorized, "You are not signed in")
		return
	}
	f := c.roleForm(in)
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	i := slices.IndexFunc(in.Choices, func(choice identity.Choice) bool { return string(choice.Role) == f.Value("role") })
	if i < 0 {
		f.Get("role").Problem = "Choose a role"
		c.showRoles(w, r, f)
		return
	}
	c.chosen.Clear(w)
	c.enterAs(w, r, in, in.Choices[i])
}

func (c *Console) enterAs(w http.ResponseWriter, r *http.Request, in chosen, as identity.Choice) {
	if err := c.enter(w, r, identity.Staff{ID: in.ID, Role: as.Role, Programs: as.Programs}, byOIDC); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, localNext(in.Next))
}

// localNext is where to go after the sign-in: a page of the console, and nowhere
// else, whatever the address says.
func localNext(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || strings.Contains(next, "\\") || u.Path != listPath && !strings.HasPrefix(u.Path, listPath+"/") ||
		strings.HasPrefix(u.Path, signInPath) || strings.Contains(u.Path, "..") {
		return listPath
	}
	return u.RequestURI()
}

func nextParameter(at string) string { return url.Values{"next": {localNext(at)}}.Encode() }
