package portal

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/invitations"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Invitations is what the portal does with invitations; *invitations.Service is one.
type Invitations interface {
	// Of is CodeNotNow when a newer one was sent, CodeUnknownApplicant when it is long over.
	Of(ctx context.Context, in identity.Invited) (workflows.InvitationView, error)
	Opened(ctx context.Context, in identity.Invited) error
	TakeUp(ctx context.Context, t invitations.TakeUp) (invitations.Begun, error)
	Decline(ctx context.Context, in identity.Invited) error
	// InviteFriend is CodeInvalid for an address that is none.
	InviteFriend(ctx context.Context, program, email, language string) error
}

const invitedPath = "/apply/invited/{token}"

// invitedRoutes registers the pages that an invitation's links lead to.
func (p *Portal) invitedRoutes(on func(string, http.HandlerFunc)) {
	if p.invitations == nil {
		return
	}
	on("GET "+friendPath, p.friendly(p.showFriend))
	on("POST "+friendPath, p.friendly(p.inviteFriend))
	on("GET "+invitedPath, p.showInvited)
	on("POST "+invitedPath, p.openInvited)
	on("GET "+invitedPath+"/start", p.showInvitedStart)
	on("POST "+invitedPath+"/start", p.startInvited)
	on("GET "+invitedPath+"/stop", p.showInvitedStop)
	on("POST "+invitedPath+"/stop", p.stopInvited)
}

type invitedPage struct {
	Program programCard
	Source  string // a sentence of the program's file, in the page's language
	Until   time.Time
	Path    string // of the invitation, without a slash at its end
	Started bool   // an application has been started by it
	Notice  consent.Notice
	Stamp   string
	Age     int
	// Documents says whether the program wants an identity document to be shown.
	Documents []string
}

// invitation opens the path's link; it answers itself and gives false when the link
// leads nowhere any more. By an expired one its reader can still say stop.
func (p *Portal) invitation(w http.ResponseWriter, r *http.Request) (identity.Invited, invitedPage, bool) {
	token := r.PathValue("token")
	in, err := p.invited.Open(token)
	page := invitedPage{Path: p.invited.Path(token)}
	if err != nil && !errors.Is(err, identity.ErrLinkExpired) {
		p.site.Render(w, r, http.StatusForbidden, p.pages, "invited_broken", web.Page{Title: "This link does not work"})
		return in, page, false
	}
	for _, pr := range p.programs.All() {
		if pr.ID == in.Ref.Program {
			page.describe(pr, web.Language(r))
		}
	}
	expired := err != nil
	view, err := p.invitations.Of(r.Context(), in)
	switch code := onboarding.CodeOf(err); {
	case expired || code == onboarding.CodeNotNow || code == onboarding.CodeUnknownApplicant:
		p.invitedOver(w, r, page)
		return in, page, false
	case err != nil:
		p.site.Fail(w, r, err)
		return in, page, false
	}
	page.Until, page.Started = view.Until, view.State == onboarding.InvitationStarted || view.State == onboarding.InvitationHandedIn
	if !view.State.Open() && !page.Started {
		p.invitedOver(w, r, page)
		return in, page, false
	}
	return in, page, true
}

func (v *invitedPage) describe(pr program.Program, language string) {
	v.Program, v.Source = cardOf(pr), pr.Invitations.SourceIn(language)
	v.Age, v.Documents = v.Program.MinimumAge, documents([]programCard{v.Program})
}

func (p *Portal) invitedOver(w http.ResponseWriter, r *http.Request, page invitedPage) {
	p.site.Render(w, r, http.StatusGone, p.pages, "invited_over", web.Page{Title: "This invitation has ended", Body: page})
}

// showInvited says who invites, for what and where the address comes from. Opening it
// does nothing yet, since mail scanners open every link that they see.
func (p *Portal) showInvited(w http.ResponseWriter, r *http.Request) {
	if _, page, ok := p.invitation(w, r); ok {
		p.answer(w, r, "invited", web.Page{Title: "You are invited to apply", Body: page})
	}
}

// openInvited is for somebody who wants to know more.
func (p *Portal) openInvited(w http.ResponseWriter, r *http.Request) {
	in, page, ok := p.invitation(w, r)
	if !ok {
		return
	}
	if err := p.invitations.Opened(r.Context(), in); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, page.Path+"/start"+web.Keep(r))
}

func (p *Portal) showInvitedStart(w http.ResponseWriter, r *http.Request) {
	if in, page, ok := p.invitation(w, r); ok {
		p.askInvited(w, r, in, page, nil)
	}
}

func (p *Portal) askInvited(w http.ResponseWriter, r *http.Request, in identity.Invited, page invitedPage, problems []web.Problem) {
	n, err := consent.CurrentNotice(consent.PurposeAccount, consent.KindPrivacy, web.Language(r))
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	page.Notice = n
	if page.Stamp, err = p.site.Seal("invited", web.Stamp{Whom: string(in.ID), What: n.SHA256, ShownAt: p.site.Now().UTC()}); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	p.answer(w, r, "invited_start", web.Page{Title: "Start your application", Back: page.Path + web.Keep(r), Problems: problems, Body: page})
}

// startInvited begins the application and signs its owner in: the letter's link has
// proved the address. The notice stands on the very page: to press the button is to
// agree to it.
func (p *Portal) startInvited(w http.ResponseWriter, r *http.Request) {
	if err := web.ParseForm(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	in, page, ok := p.invitation(w, r)
	if !ok {
		return
	}
	n, err := consent.CurrentNotice(consent.PurposeAccount, consent.KindPrivacy, web.Language(r))
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	stamp, ok := p.site.Unseal("invited", string(in.ID), r.PostForm.Get("shown"))
	if !ok || stamp.What != n.SHA256 {
		p.askInvited(w, r, in, page, []web.Problem{{Text: "This page was open for too long, or its text has changed since. Read it as it is now and send it again."}})
		return
	}
	begun, err := p.invitations.TakeUp(r.Context(), invitations.TakeUp{Invited: in, Language: web.Language(r), ShownAt: stamp.ShownAt, Origin: p.origin(r)})
	switch {
	case onboarding.CodeOf(err) == onboarding.CodeNotNow || onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed:
		p.invitedOver(w, r, page)
		return
	case err != nil && !ended(err):
		p.site.Fail(w, r, err)
		return
	case err != nil || !begun.SignIn: // there is an application already: its own link opens it
		p.answer(w, r, "sent", web.Page{Title: "Check your e-mail", Back: "/apply" + web.Keep(r), Body: ""})
		return
	}
	s := identity.NewApplicantSession(begun.Applicant, p.site.Now())
	s.Language = web.Chosen(r)
	if err := p.sessions.Set(w, s); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, "/apply/continue")
}

// showInvitedStop asks once. It works for as long as the letter lies in a mailbox,
// whatever has become of the invitation.
func (p *Portal) showInvitedStop(w http.ResponseWriter, r *http.Request) {
	if _, ok := p.stopping(w, r); ok {
		p.answer(w, r, "invited_stop", web.Page{Title: "Do not invite me again", Back: p.invited.Path(r.PathValue("token")) + web.Keep(r)})
	}
}

// stopInvited is for the page's button, and for that of mail programs, which post
// "List-Unsubscribe=One-Click" without a page or a cookie (RFC 8058, 3.1).
func (p *Portal) stopInvited(w http.ResponseWriter, r *http.Request) {
	in, ok := p.stopping(w, r)
	if !ok {
		return
	}
	if err := p.invitations.Decline(r.Context(), in); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	p.answer(w, r, "invited_stopped", web.Page{Title: "We do not invite you again"})
}

func (p *Portal) stopping(w http.ResponseWriter, r *http.Request) (identity.Invited, bool) {
	in, err := p.invited.Open(r.PathValue("token"))
	if err != nil && !errors.Is(err, identity.ErrLinkExpired) {
		p.site.Render(w, r, http.StatusForbidden, p.pages, "invited_broken", web.Page{Title: "This link does not work"})
		return in, false
	}
	return in, true
}
