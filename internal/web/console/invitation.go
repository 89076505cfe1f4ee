package console

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/invitations"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func invitationPath(ref onboarding.InvitationRef) string { return InvitationsPath + "/" + ref.String() }

type invitationPage struct {
	Names      map[string]string // of staff, by ID
	Invitation workflows.InvitationView
	Tag        stateTagged
	Path       string
	ListPath   string
	Withdraw   bool // the reader may, and it is open
	Again      bool // the reader may invite this person again
	List       string
	Form       web.Form
	Applicant  string // path of the application that came of it; empty when there is none to be seen
	Workflow   string
}

// ref reads the invitation in the path; one of another program is answered as one
// that there is not.
func (c *Console) ref(r *http.Request, who identity.Staff, action identity.Action) (onboarding.InvitationRef, error) {
	ref, err := onboarding.ParseInvitationRef(r.PathValue("invitation"))
	if err == nil && !who.May(action, ref.Program) {
		e := c.event(r, who, action)
		e.Program, e.Detail = ref.Program, access.ByScope
		c.Access.Refuse(r.Context(), e)
		err = onboarding.NoInvitation(nil)
	}
	return ref, err
}

// showInvitation shows how far one is: nobody's name, nobody's address.
func (c *Console) showInvitation(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.answerInvitation(w, r, who, againForm(), uuid.NewString())
}

func (c *Console) answerInvitation(w http.ResponseWriter, r *http.Request, who identity.Staff, form web.Form, list string) {
	ref, err := c.ref(r, who, identity.ViewInvitations)
	var v workflows.InvitationView
	if err == nil {
		v, err = c.Invitations.Invitation(r.Context(), ref)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	may := who.May(identity.Invite, ref.Program)
	page := invitationPage{Names: c.called(r), Invitation: v, Tag: invitationTag(v.State), Path: invitationPath(ref), ListPath: invitationListPath(v.Batch), Withdraw: may && v.State.Open(),
		Again: may && v.State.Again(), List: list, Form: form, Workflow: c.workflowAt(ref.WorkflowID())}
	if v.Applicant != "" && !v.State.Open() && who.May(identity.ViewCase, ref.Program) {
		page.Applicant = casePath(v.Applicant)
	}
	shown := web.Page{Title: "Invitation to " + v.Program, Back: InvitationsPath, Problems: form.Problems(), Body: page}
	if r.Method == http.MethodGet {
		shown = watched(shown, versionOf(v))
	}
	c.show(w, r, who, "invitation", shown)
}

// againForm asks for the address anew: it was destroyed when the invitation ended.
func againForm() web.Form {
	return web.Form{
		{ID: invitations.ColumnEmail, Label: "E-mail address", Hint: "The same address as before: we know it again, and do not have it any more.", Type: "email", Max: 254},
		{ID: invitations.ColumnGivenName, Label: "First name", Optional: true, Max: 60},
	}
}

// inviteAgain invites the same person again.
func (c *Console) inviteAgain(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	form := againForm()
	ref, err := c.ref(r, who, identity.Invite)
	if err == nil {
		err = form.Fill(r)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	list := r.PostForm.Get("list")
	if len(form.Problems()) > 0 {
		c.answerInvitation(w, r, who, form, list)
		return
	}
	v, err := c.Invitations.InviteAgain(r.Context(), list, ref, map[string]string{invitations.ColumnEmail: form.Value(invitations.ColumnEmail),
		invitations.ColumnGivenName: form.Value(invitations.ColumnGivenName), invitations.ColumnLanguage: r.PostForm.Get("language")}, actor(who))
	switch {
	case err == nil:
		web.Redirect(w, r, invitationListPath(v.ID))
	case form.Blame(err):
		c.answerInvitation(w, r, who, form, uuid.NewString())
	default:
		c.site.Fail(w, r, err)
	}
}

// withdrawInvitation ends one that is open.
func (c *Console) withdrawInvitation(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	ref, err := c.ref(r, who, identity.Invite)
	if err == nil {
		_, err = c.Invitations.Withdraw(r.Context(), ref, actor(who))
	}
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow { // it has ended meanwhile: its page says so
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, invitationPath(ref))
}

// stateTagged is a state as a tag.
type stateTagged struct{ Text, Class string }

func invitationTag(s onboarding.InvitationState) stateTagged {
	class := ""
	switch s {
	case onboarding.InvitationWaiting, onboarding.InvitationSent, onboarding.InvitationOpened:
		class = "busy"
	case onboarding.InvitationStarted, onboarding.InvitationHandedIn:
		class = "good"
	case onboarding.InvitationUndeliverable:
		class = "look"
	case onboarding.InvitationDeclined, onboarding.InvitationExpired, onboarding.InvitationWithdrawn:
	}
	return stateTagged{invitationStateWords(s), class}
}

// invitationStateWords are the states as adjectives, for tags and counts.
func invitationStateWords(s onboarding.InvitationState) string {
	switch s {
	case onboarding.InvitationWaiting:
		return "waiting"
	case onboarding.InvitationSent:
		return "sent"
	case onboarding.InvitationOpened:
		return "opened"
	case onboarding.InvitationStarted:
		return "started"
	case onboarding.InvitationHandedIn:
		return "handed in"
	case onboarding.InvitationDeclined:
		return "declined"
	case onboarding.InvitationExpired:
		return "expired"
	case onboarding.InvitationUndeliverable:
		return "undeliverable"
	case onboarding.InvitationWithdrawn:
		return "withdrawn"
	}
	return string(s)
}

func phaseTag(s workflows.InvitationBatchState) stateTagged {
	switch s.Phase {
	case workflows.BatchAsking:
		return stateTagged{"to be confirmed", "look"}
	case workflows.BatchRunning:
		if s.Paused {
			return stateTagged{"paused", "look"}
		}
		return stateTagged{"under way", "busy"}
	case workflows.BatchDone:
		return stateTagged{"done", "good"}
	case workflows.BatchCanceled:
		return stateTagged{"called off", "look"}
	case workflows.BatchDiscarded, workflows.BatchLapsed:
		return stateTagged{"dropped", ""}
	}
	return stateTagged{string(s.Phase), ""}
}

func invitationClass(s onboarding.InvitationState) string { return invitationTag(s).Class }

// shortRef is an invitation's name as a list shows it.
func shortRef(ref onboarding.InvitationRef) string { return ref.Contact[:8] }
