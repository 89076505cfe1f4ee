package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

type otherWayPage struct {
	Need   need
	Open   bool   // one can still ask
	Answer string // the staff's, to what was asked last
	Form   web.Form
}

func otherWayForm() web.Form {
	return web.Form{{ID: "words", Label: "What do you need?", Noun: "what you need", Rows: 6, Max: 2000, Spellcheck: true,
		Hint: "Say what does not work for you and what would. You do not have to name an illness or a disability."}}
}

// showOtherWay is for who cannot do a requirement in the way it is asked: it says
// what was asked for and answered, and asks.
func (p *Portal) showOtherWay(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	p.tellOtherWay(w, r, v, n, otherWayForm(), nil)
}

func (p *Portal) tellOtherWay(w http.ResponseWriter, r *http.Request, v *visit, n need, f web.Form, more []web.Problem) {
	body := otherWayPage{Need: n, Open: !n.Met() && n.State != needNowhere, Form: f}
	if !n.Line.Answered.IsZero() {
		answer, err := p.service.OtherWay(r.Context(), v.id, n.ID)
		if err != nil {
			p.site.Fail(w, r, err)
			return
		}
		body.Answer = answer
	}
	p.show(w, r, "other_way", web.Page{Title: "Ask for another way", Back: n.home(), Problems: append(more, f.Problems()...), Body: body})
}

// home is where the requirement's pages lead back to.
func (n need) home() string {
	if n.Doable() {
		return n.Path
	}
	return certificationPath
}

// Waits reports whether what was asked for waits for an answer.
func (n need) Waits() bool { return n.Line.Asked.After(n.Line.Answered) }

// askOtherWay asks for it.
func (p *Portal) askOtherWay(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	f := otherWayForm()
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if n.Met() || n.State == needNowhere || n.Waits() { // pressed twice: the page says that it has come
		web.Redirect(w, r, n.Path+"/other-way")
		return
	}
	if len(f.Problems()) > 0 {
		p.tellOtherWay(w, r, v, n, f, nil)
		return
	}
	err := p.service.AskOtherWay(r.Context(), v.id, n.ID, f.Value("words"))
	switch {
	case err == nil, onboarding.CodeOf(err) == onboarding.CodeNotNow:
		web.Redirect(w, r, n.Path+"/other-way")
	case f.Blame(err):
		p.tellOtherWay(w, r, v, n, f, nil)
	default:
		p.site.Fail(w, r, err)
	}
}
