package console

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// stayPath is where app.js asks how long the session lasts (GET), and has it last
// longer (POST), so that nobody loses a half-filled page to the time.
const stayPath = "/console/stay"

// session gives the session of a request that still stands, here and at the other
// replicas; ErrNoSession when there is none. Another error is the store's.
func (c *Console) session(r *http.Request) (identity.StaffSession, error) {
	s, err := c.sessions.Get(r)
	if err != nil {
		return s, err
	}
	live, err := c.Sessions.Live(r.Context(), s)
	if err == nil && !live {
		err = web.ErrNoSession
	}
	return s, err
}

// Staff tells who has signed in on the browser that a request comes from; ok is false
// for nobody. An error is the store's: then it is not known.
func (c *Console) Staff(r *http.Request) (who identity.StaffSession, ok bool, err error) {
	s, err := c.session(r)
	if errors.Is(err, web.ErrNoSession) {
		return s, false, nil
	}
	return s, err == nil, err
}

// followed reports whether a page is read by its own script that keeps it up to date,
// not by a person: that must not keep a session alive.
func followed(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream") || r.Header.Get(followHeader) != ""
}

// followHeader is sent by console.js with what it reads by itself.
const followHeader = "X-Vouchsafe-Live"

// staying has every page of one who is signed in say until when that holds.
func staying(r *http.Request, s identity.StaffSession) *http.Request {
	until, longer := s.Ends()
	return web.Staying(r, listPath, stayPath, until, longer)
}

// stay answers with the seconds that are left. To ask moves nothing on: a tab that
// was forgotten must not keep a session alive.
func (c *Console) stay(w http.ResponseWriter, r *http.Request) {
	s, err := c.session(r)
	if err != nil && !errors.Is(err, web.ErrNoSession) {
		c.site.Fail(w, r, err)
		return
	}
	var until time.Time
	if err == nil {
		if r.Method == http.MethodPost {
			s.Renewed = c.site.Now()
			if err := c.sessions.Set(w, s); err != nil {
				c.site.Fail(w, r, err)
				return
			}
		}
		until, _ = s.Ends()
	}
	c.site.AnswerStay(w, until)
}

// enter signs somebody in: the session begins, and is recorded.
func (c *Console) enter(w http.ResponseWriter, r *http.Request, who identity.Staff, how string) error {
	if err := c.used(r, who, access.Event{What: access.SignedIn, Detail: how}); err != nil {
		return err
	}
	s, err := c.Sessions.Begin(r.Context(), who)
	if err != nil {
		return err
	}
	return c.sessions.Set(w, s)
}

// signOut ends the session here and at every replica.
func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	if s, err := c.sessions.Get(r); err == nil {
		if err := c.Sessions.End(r.Context(), s.ID, s.Session); err != nil {
			c.site.Fail(w, r, err) // it would go on standing: the person must know
			return
		}
		if err := c.used(r, s.Staff, access.Event{What: access.SignedOut}); err != nil {
			c.site.Log().ErrorContext(r.Context(), "a sign-out could not be recorded", "who", s.Actor(), "error", err)
		}
	}
	c.sessions.Clear(w)
	c.signedOut(w, r, http.StatusOK, "You are signed out")
}

// signedOutPage tells how to sign in.
type signedOutPage struct {
	SignIn string // address of the provider's sign-in; empty: there is none
}

func (c *Console) signedOut(w http.ResponseWriter, r *http.Request, status int, title string) {
	page := signedOutPage{}
	if c.OIDC != nil {
		page.SignIn = signInPath
		if r.Method == http.MethodGet {
			page.SignIn += "?" + nextParameter(r.URL.RequestURI())
		}
	}
	c.site.Render(w, r, status, c.pages, "signed_out", web.Page{Title: title, Body: page})
}
