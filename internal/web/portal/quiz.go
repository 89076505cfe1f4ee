package portal

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

type quizPage struct {
	Need  need
	Paper applicants.QuizPaper
	Form  web.Form
	Read  string // the course's first page, when there is one to read again
}

// showQuiz asks the questions that are drawn for the attempt. They are the same
// however often the page is opened, and on whatever device.
func (p *Portal) showQuiz(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	paper, ok := p.quizPaper(w, r, v, n)
	if ok {
		p.askQuiz(w, r, n, paper, quizForm(paper), nil)
	}
}

// quizPaper gives the questions; false after an answer that leads elsewhere.
func (p *Portal) quizPaper(w http.ResponseWriter, r *http.Request, v *visit, n need) (applicants.QuizPaper, bool) {
	if n.Course != nil && (n.Course.Quiz == nil || n.Line.Page < len(n.Course.Pages)) {
		web.Redirect(w, r, n.onward(n.Line.Page))
		return applicants.QuizPaper{}, false
	}
	paper, err := p.service.QuizPaper(r.Context(), v.id, n.ID)
	switch {
	case err == nil:
		return n.spoken(paper), true
	case onboarding.CodeOf(err) == onboarding.CodeNotNow: // between our two looks at it
		web.Redirect(w, r, certificationPath+"?about="+n.ID)
	default:
		p.site.Fail(w, r, err)
	}
	return paper, false
}

// spoken gives the paper in the page's language, in which the requirement's own texts
// are.
func (n need) spoken(paper applicants.QuizPaper) applicants.QuizPaper {
	quiz := n.Questions()
	paper.Title = quiz.Title
	for i, asked := range paper.Questions {
		k := slices.IndexFunc(quiz.Questions, func(q program.Question) bool { return q.ID == asked.ID })
		if k < 0 {
			continue
		}
		said := quiz.Questions[k]
		options := slices.Clone(asked.Options)
		for o := range options {
			if at := slices.IndexFunc(said.Options, func(x program.Option) bool { return x.ID == options[o].ID }); at >= 0 {
				options[o].Text = said.Options[at].Text
			}
		}
		paper.Questions[i].Text, paper.Questions[i].Options = said.Text, options
	}
	return paper
}

func quizForm(paper applicants.QuizPaper) web.Form {
	var f web.Form
	for i, q := range paper.Questions {
		in := &web.Input{ID: "question-" + strconv.Itoa(i+1), Label: strconv.Itoa(i+1) + ". " + q.Text, Said: true}
		for _, o := range q.Options {
			in.Options = append(in.Options, web.Option{Value: o.ID, Label: o.Text})
		}
		f = append(f, in)
	}
	return f
}

func (p *Portal) askQuiz(w http.ResponseWriter, r *http.Request, n need, paper applicants.QuizPaper, f web.Form, more []web.Problem) {
	body := quizPage{Need: n, Paper: paper, Form: f}
	if n.Course != nil {
		body.Read = n.coursePath(0)
	}
	p.show(w, r, "quiz", web.Page{Title: paper.Title, Said: true, Back: certificationPath, Problems: append(more, f.Problems()...), Body: body})
}

// attempt reads the form and reports whether it speaks of the attempt that comes
// next. One that was handed in already, since a button was pressed twice or a page
// was sent again, leads to its result and uses up nothing.
func (p *Portal) attempt(w http.ResponseWriter, r *http.Request, n need) bool {
	if err := web.ParseForm(r); err != nil {
		p.site.Fail(w, r, err)
		return false
	}
	if r.PostForm.Get("attempt") == strconv.Itoa(n.Line.Attempt) {
		return true
	}
	if n.Tried() {
		web.Redirect(w, r, n.Path+"/result")
	} else {
		web.Redirect(w, r, n.Path)
	}
	return false
}

// takeQuiz hands the answers in.
func (p *Portal) takeQuiz(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if !p.attempt(w, r, n) {
		return
	}
	paper, ok := p.quizPaper(w, r, v, n)
	if !ok {
		return
	}
	f := quizForm(paper)
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	answers := make(map[string]string, len(f))
	for i, in := range f {
		if in.Problem != "" || !offered(in, in.Value) {
			in.Problem = "Choose an answer to question " + strconv.Itoa(i+1)
		}
		answers[paper.Questions[i].ID] = in.Value
	}
	if len(f.Problems()) > 0 {
		p.askQuiz(w, r, n, paper, f, nil)
		return
	}
	_, err := p.service.HandInQuiz(r.Context(), v.id, n.ID, n.Line.Attempt, answers)
	switch {
	case err == nil:
		web.Redirect(w, r, n.Path+"/result")
	case blameQuestion(f, paper, err):
		p.askQuiz(w, r, n, paper, f, nil)
	case p.tooLate(w, r, n, err):
	default:
		p.site.Fail(w, r, err)
	}
}

// blameQuestion notes at its question what the service found wrong.
func blameQuestion(f web.Form, paper applicants.QuizPaper, err error) bool {
	var e *onboarding.Error
	if !errors.As(err, &e) || e.Code != onboarding.CodeInvalid {
		return false
	}
	i := slices.IndexFunc(paper.Questions, func(q program.PublicQuestion) bool { return q.ID == e.Field })
	if i < 0 || i >= len(f) {
		i = 0
	}
	f[i].Problem = words(err)
	return true
}

func offered(in *web.Input, value string) bool {
	return slices.ContainsFunc(in.Options, func(o web.Option) bool { return o.Value == value })
}
