package console

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// only lets those through who are signed in in a role that may do the action. What
// follows sees applicants of their own programs alone, and an address that names
// another's is answered as one that names nobody. Both refusals are recorded.
func (c *Console) only(action identity.Action, next func(http.ResponseWriter, *http.Request, identity.Staff)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := bounded(r)
		defer cancel()
		r = r.WithContext(ctx)
		session, err := c.session(r)
		switch {
		case errors.Is(err, web.ErrNoSession):
			c.signedOut(w, r, http.StatusUnauthorized, "You are not signed in")
			return
		case err != nil:
			c.site.Fail(w, r, err)
			return
		}
		if now := c.site.Now(); session.Stale(now) && !followed(r) {
			session.Renewed = now
			if err := c.sessions.Set(w, session); err != nil {
				c.site.Fail(w, r, err)
				return
			}
		}
		who := session.Staff
		r = staying(r, session)
		unscoped := r
		if !who.MayAny(action) {
			c.refuse(w, r, who, action)
			return
		}
		r = r.WithContext(applicants.Within(access.Begin(r.Context(), access.Event{Who: who.Actor(), Action: string(action), Route: r.Pattern}), who.Programs))
		if r.Method == http.MethodGet {
			r = r.WithContext(applicants.Soon(r.Context()))
		}
		if len(who.Programs) > 0 && strings.Contains(r.Pattern, "/applicants/{id}") {
			if _, err := c.find(r); err != nil {
				c.noteOutside(unscoped, who, action)
				c.site.Fail(w, r, err)
				return
			}
		}
		next(w, r, who)
	}
}

// bounded limits how long a request may take. A stream lasts for as long as somebody
// looks.
func bounded(r *http.Request) (context.Context, context.CancelFunc) {
	if r.URL.Path == livePath {
		return context.WithCancel(r.Context())
	}
	return context.WithTimeout(r.Context(), patience)
}

// refuse answers what is not for the person's role, and records it.
func (c *Console) refuse(w http.ResponseWriter, r *http.Request, who identity.Staff, action identity.Action) {
	e := c.event(r, who, action)
	e.Detail = access.ByRole
	c.Access.Refuse(r.Context(), e)
	c.site.Refuse(w, r, http.StatusForbidden, "You are signed in as "+string(who.Role)+", and this is not for that role.",
		"Ask somebody whose role it is, or sign in in another role.")
}

// reads gives the leave to read for a purpose; one that is not the role's is refused,
// and recorded.
func (c *Console) reads(w http.ResponseWriter, r *http.Request, who identity.Staff, action identity.Action, p identity.Purpose) (identity.Reading, bool) {
	as, err := who.Reads(p)
	if err != nil {
		e := c.event(r, who, action)
		e.Detail, e.Purpose = access.ByPurpose, string(p)
		c.Access.Refuse(r.Context(), e)
		c.site.Fail(w, r, err)
		return identity.Reading{}, false
	}
	return as, true
}

// noteOutside records that somebody has asked for an applicant of another program;
// the answer is the same as for one that there is not.
func (c *Console) noteOutside(r *http.Request, who identity.Staff, action identity.Action) {
	e := c.event(r, who, action)
	if e.Applicant == "" {
		return
	}
	v, err := c.service.StaffView(r.Context(), e.Applicant)
	if err != nil || who.May(action, v.Program) {
		return
	}
	e.Program, e.Detail = v.Program, access.ByScope
	c.Access.Refuse(r.Context(), e)
}

// event begins an access event of what somebody asks for now.
func (c *Console) event(r *http.Request, who identity.Staff, action identity.Action) access.Event {
	e := access.Event{Who: who.Actor(), Action: string(action), Route: r.Pattern}
	if id, err := onboarding.ParseApplicantID(r.PathValue("id")); err == nil && strings.Contains(r.Pattern, "/applicants/{id}") {
		e.Applicant = id
	}
	return e
}

// used records a use that is not about one applicant, such as a search or an export,
// before it happens. When it fails the use must not happen.
func (c *Console) used(r *http.Request, who identity.Staff, e access.Event) error {
	e.Who, e.Route = who.Actor(), r.Pattern
	return c.Access.Record(r.Context(), e)
}
