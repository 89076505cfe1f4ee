package portal

import (
	"net/http"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type resultPage struct {
	Need     need
	PassMark int
	Next     *need // what can be done now, when this is passed
	Done     bool  // nothing is left to do
	Topics   []string
}

// showResult tells how the last attempt went. It is a page of its own, so that to
// load it again sends nothing. It never says which answers were right.
func (p *Portal) showResult(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if !n.Tried() || n.State == needLocked || n.State == needNowhere || n.State == needWaived || n.Kind == program.KindCourse && n.Course.Quiz == nil {
		web.Redirect(w, r, certificationPath+"?about="+n.ID)
		return
	}
	body := resultPage{Need: n, Done: p.done(v)}
	for _, topic := range n.Line.Topics {
		body.Topics = append(body.Topics, p.edition(v.view).Say(web.Language(r), topic))
	}
	switch {
	case n.Questions() != nil:
		body.PassMark = n.Questions().PassMark
	case n.Listening != nil:
		body.PassMark = n.Listening.PassMark
	}
	if n.Met() {
		body.Next = p.next(v)
	}
	p.show(w, r, "result", web.Page{Title: resultTitle(n), Back: certificationPath, Body: body})
}

func resultTitle(n need) string {
	switch {
	case n.Met():
		return "You passed"
	case n.State == needPerson:
		return "A person looks at your answers"
	case n.State == needSpent:
		return "You did not pass"
	}
	return "You have not passed yet"
}

// next is what can be done now, in the program's order; nil when nothing can.
func (p *Portal) next(v *visit) *need {
	for _, n := range p.needs(v) {
		if n.State == needReady || n.State == needBegun {
			return &n
		}
	}
	return nil
}

// done reports whether everything that was asked for is done.
func (p *Portal) done(v *visit) bool {
	needs := p.needs(v)
	return met(needs) == len(needs)
}

// TooFast reports whether the last typing test was not typed.
func (n need) TooFast() bool { return n.Line.Detail == workflows.DetailTooFast }

// NoShow reports whether the applicant did not come to the last appointment.
func (n need) NoShow() bool { return n.Line.Detail == workflows.DetailNoShow }

// ByWord reports whether the last answer about the equipment was the applicant's own
// word and no measurement.
func (n need) ByWord() bool { return n.Line.Declared }

// Nouns gives what comes first as one phrase.
func (n need) Nouns() string { return strings.Join(n.First, ", ") }
