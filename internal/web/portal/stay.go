package portal

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// stayPath is where app.js asks how long the session lasts (GET), and has it
// last longer (POST), so that nobody loses a half-filled page to the time.
const stayPath = "/apply/stay"

// staying has every page of one who is signed in say until when that holds.
func staying(r *http.Request, s identity.ApplicantSession) *http.Request {
	until, longer := s.Ends()
	return web.Staying(r, "/apply", stayPath, until, longer)
}

// stay answers with the seconds that are left. To ask moves nothing on: a tab
// that was forgotten must not keep a session alive.
func (p *Portal) stay(w http.ResponseWriter, r *http.Request) {
	s, ok := p.session(r)
	var until time.Time
	if ok {
		if r.Method == http.MethodPost {
			s.Renewed = p.site.Now()
			if err := p.sessions.Set(w, s); err != nil {
				p.site.Fail(w, r, err)
				return
			}
		}
		until, _ = s.Ends()
	}
	p.site.AnswerStay(w, until)
}

// signedOutPage tells who is not signed in how to get in again.
type signedOutPage struct {
	Path string      // where the form went that was sent too late
	Sent []sentField // what it said; empty when no form was sent
	Lost bool        // it could not be kept
}

type sentField struct{ Name, Value string }

// signedOut answers who is not signed in, or not any more. What was sent too
// late is not lost: the page holds it, as the page before it did, until the
// person has signed in again in another tab and sends it anew. Nothing of it is
// stored, by us or by the browser, and nobody else can have sent it: forms
// from other sites are refused before.
func (p *Portal) signedOut(w http.ResponseWriter, r *http.Request) {
	p.sessions.Clear(w)
	page := web.Page{Title: "You are not signed in", Body: signedOutPage{}}
	if r.Method == http.MethodPost {
		page.Title, page.Body = "You have been signed out", sentTooLate(r)
	}
	p.site.Render(w, r, http.StatusUnauthorized, p.pages, "signed_out", page)
}

func sentTooLate(r *http.Request) signedOutPage {
	if err := r.ParseForm(); err != nil || r.ContentLength > 0 && len(r.PostForm) == 0 {
		return signedOutPage{Lost: true} // files among it, which a page cannot hold, or no form at all
	}
	out := signedOutPage{Path: r.URL.Path}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, v := range r.PostForm[name] {
			out.Sent = append(out.Sent, sentField{name, v})
		}
	}
	return out
}
