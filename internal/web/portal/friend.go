package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const friendPath = "/apply/friend"

// friendsOpen reports whether the applicant can have a friend invited.
func (p *Portal) friendsOpen(v workflows.ApplicantView) bool {
	return p.invitations != nil && v.Edition.Invitations.Open() && offersOpen(v)
}

// outcome is an error's code; "" for none.
func outcome(err error) onboarding.Code {
	if err == nil {
		return ""
	}
	return onboarding.CodeOf(err)
}

// friendTodo leads to that page.
func (p *Portal) friendTodo(v workflows.ApplicantView) []todo {
	if !p.friendsOpen(v) {
		return nil
	}
	return []todo{{Text: "Tell a friend of this program", URL: friendPath}}
}

type friendPage struct {
	Form web.Form
	Most int
	Sent bool
}

// friendly is for the page on which a friend is invited.
func (p *Portal) friendly(next action) http.HandlerFunc {
	return p.submitted(func(w http.ResponseWriter, r *http.Request, v *visit) {
		if !p.friendsOpen(v.view) {
			web.Redirect(w, r, "/apply/status")
			return
		}
		next(w, r, v)
	})
}

func friendForm() web.Form {
	return web.Form{{ID: "email", Label: "Your friend's e-mail address", Noun: "your friend's e-mail address", Type: "email", InputMode: "email", Max: 254}}
}

// showFriend says what is done with a friend's address, and asks for it.
func (p *Portal) showFriend(w http.ResponseWriter, r *http.Request, _ *visit) {
	p.askFriend(w, r, friendForm(), nil)
}

func (p *Portal) askFriend(w http.ResponseWriter, r *http.Request, f web.Form, problems []web.Problem) {
	p.show(w, r, "friend", web.Page{Title: "Tell a friend of this program", Back: "/apply/status", Problems: append(f.Problems(), problems...),
		Body: friendPage{Form: f, Most: workflows.MostFriends, Sent: r.URL.Query().Get("done") == "sent"}})
}

// inviteFriend has one letter sent. What becomes of it is not told: it would tell of
// another person.
func (p *Portal) inviteFriend(w http.ResponseWriter, r *http.Request, v *visit) {
	f := friendForm()
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	email, err := validate.Email(f.Value("email"))
	if in := f.Get("email"); in.Problem == "" && err != nil {
		in.Problem = "Write an e-mail address like name@example.com"
	}
	if len(f.Problems()) > 0 {
		p.askFriend(w, r, f, nil)
		return
	}
	if err = p.service.CountFriend(r.Context(), v.id); err == nil {
		err = p.invitations.InviteFriend(r.Context(), v.view.Program, email, web.Language(r))
	}
	switch outcome(err) { //nolint:exhaustive // all else is a fault
	case "":
		web.Redirect(w, r, friendPath+"?done=sent")
	case onboarding.CodeNotNow, onboarding.CodeInvalid:
		p.askFriend(w, r, f, []web.Problem{problemOf(err)})
	default:
		p.site.Fail(w, r, err)
	}
}
