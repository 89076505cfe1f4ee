package portal

import (
	"net/http"
	"strconv"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

type typingPage struct {
	Need  need
	Paper applicants.TypingPaper // of the text that is shown
	Form  web.Form
}

// showTyping says how the typing test goes. The clock does not run yet.
func (p *Portal) showTyping(w http.ResponseWriter, r *http.Request, _ *visit, n need) {
	p.show(w, r, "typing", web.Page{Title: n.Title, Said: true, Back: certificationPath, Body: typingPage{Need: n}})
}

// startTyping begins the test: from now on the clock runs.
func (p *Portal) startTyping(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if p.attempt(w, r, n) {
		p.beginTyping(w, r, v, n, false, 0)
	}
}

// startTypingAgain begins it anew with another text, which uses up no attempt.
func (p *Portal) startTypingAgain(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if !p.attempt(w, r, n) {
		return
	}
	start, err := strconv.Atoi(r.PostForm.Get("start"))
	if err != nil || n.Line.Started.IsZero() {
		web.Redirect(w, r, n.Path)
		return
	}
	p.beginTyping(w, r, v, n, true, start)
}

func (p *Portal) beginTyping(w http.ResponseWriter, r *http.Request, v *visit, n need, again bool, start int) {
	_, err := p.service.StartTyping(r.Context(), v.id, n.ID, again, start)
	switch {
	case err == nil:
		web.Redirect(w, r, n.Path+"/text")
	case again && onboarding.CodeOf(err) == onboarding.CodeNotNow:
		// Begun anew too often, or handed in elsewhere meanwhile: the page knows.
		web.Redirect(w, r, n.Path+"/text?again=no")
	case p.tooLate(w, r, n, err):
	default:
		p.site.Fail(w, r, err)
	}
}

func typedForm() web.Form {
	return web.Form{{ID: "typed", Label: "Type the text here", Noun: "the text", Rows: 8, Max: 10_000}}
}

// showPassage shows the text that is to be typed, once the test was begun.
func (p *Portal) showPassage(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	var more []web.Problem
	if r.URL.Query().Get("again") == "no" {
		more = []web.Problem{{Field: "typed", Text: "You have begun this attempt anew as often as you can. Type the text below and hand it in"}}
	}
	p.askTyping(w, r, v, n, typedForm(), more)
}

func (p *Portal) askTyping(w http.ResponseWriter, r *http.Request, v *visit, n need, f web.Form, more []web.Problem) {
	if n.Line.Started.IsZero() {
		web.Redirect(w, r, n.Path)
		return
	}
	paper, err := p.service.StartTyping(r.Context(), v.id, n.ID, false, 0) // it runs: this gives it as it stands
	switch {
	case err == nil:
	case p.tooLate(w, r, n, err):
		return
	default:
		p.site.Fail(w, r, err)
		return
	}
	p.show(w, r, "typing_text", web.Page{Title: n.Title, Said: true, Back: n.Path, Problems: append(more, f.Problems()...), Body: typingPage{Need: n, Paper: paper, Form: f}})
}

// takeTyping hands in what was typed. How long it took we know ourselves.
func (p *Portal) takeTyping(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if !p.attempt(w, r, n) {
		return
	}
	if n.Line.Started.IsZero() {
		web.Redirect(w, r, n.Path)
		return
	}
	f := typedForm()
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if len(f.Problems()) > 0 {
		p.askTyping(w, r, v, n, f, nil)
		return
	}
	_, err := p.service.HandInTyping(r.Context(), v.id, n.ID, n.Line.Attempt, f.Value("typed"))
	switch {
	case err == nil:
		web.Redirect(w, r, n.Path+"/result")
	case f.Blame(err):
		p.askTyping(w, r, v, n, f, nil)
	case p.tooLate(w, r, n, err):
	default:
		p.site.Fail(w, r, err)
	}
}

// Running is for how long the typing test has been under way, in whole minutes.
func (n need) Running() int { return int(n.Now.Sub(n.Line.Started) / time.Minute) }
