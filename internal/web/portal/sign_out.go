package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/web"
)

func (p *Portal) signOut(w http.ResponseWriter, r *http.Request) {
	p.sessions.Clear(w)
	web.Redirect(w, r, "/apply/signed-out"+web.Keep(p.spoken(r)))
}

func (p *Portal) showSignedOut(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, "signed_out", web.Page{Title: "You are signed out", Body: signedOutPage{}})
}
