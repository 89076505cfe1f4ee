package portal

import (
	"net/http"
	"strconv"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

type quizPage struct {
	Title    string
	Form     web.Form
	Taken    int
	Left     int
	PassMark int
	Of       int
}

// showQuiz asks the questions. It is open while certification waits for it.
func (p *Portal) showQuiz(w http.ResponseWriter, r *http.Request, v *visit) {
	quiz, open := p.quizOpen(v)
	if !open {
		web.Redirect(w, r, quizClosedTo(v))
		return
	}
	p.askQuiz(w, r, v, quiz, quiz.form(), nil)
}

func (p *Portal) quizOpen(v *visit) (quizCard, bool) {
	q := p.programOf(v.view).Quiz
	req := v.view.Requirements
	return q, v.view.Stage == onboarding.StageCertification && len(q.Questions) > 0 && !req.QuizPassed && req.QuizAttemptsLeft > 0
}

func quizClosedTo(v *visit) string {
	if v.view.Requirements.QuizTaken > 0 {
		return "/apply/quiz/result"
	}
	return "/apply/status"
}

func (p *Portal) askQuiz(w http.ResponseWriter, r *http.Request, v *visit, quiz quizCard, f web.Form, more []web.Problem) {
	req := v.view.Requirements
	p.show(w, r, "quiz", web.Page{Title: quiz.Title, Said: true, Back: "/apply/status", Problems: append(more, f.Problems()...),
		Body: quizPage{Title: quiz.Title, Form: f, Taken: req.QuizTaken, Left: req.QuizAttemptsLeft, PassMark: quiz.PassMark, Of: len(quiz.Questions)}})
}

// takeQuiz hands the answers in. The form says which attempt it is, so that a
// button pressed twice, or a page sent again, does not use up another one.
func (p *Portal) takeQuiz(w http.ResponseWriter, r *http.Request, v *visit) {
	quiz, open := p.quizOpen(v)
	if !open {
		web.Redirect(w, r, quizClosedTo(v))
		return
	}
	f := quiz.form()
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if r.PostForm.Get("taken") != strconv.Itoa(v.view.Requirements.QuizTaken) {
		web.Redirect(w, r, "/apply/quiz/result")
		return
	}
	answers := make(map[string]string, len(f))
	for i, in := range f {
		if in.Problem == "" && !offered(in, in.Value) {
			in.Problem = "Choose one of the answers"
		}
		if in.Problem != "" {
			in.Problem = "Choose an answer to question " + strconv.Itoa(i+1)
		}
		answers[quiz.Questions[i].ID] = in.Value
	}
	if len(f.Problems()) > 0 {
		p.askQuiz(w, r, v, quiz, f, nil)
		return
	}
	_, err := p.service.TakeQuiz(r.Context(), v.id, answers)
	switch {
	case err == nil:
		web.Redirect(w, r, "/apply/quiz/result")
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		p.askQuiz(w, r, v, quiz, f, []web.Problem{{Text: err.Error()}})
	case p.notNow(w, r, err):
	default:
		p.site.Fail(w, r, err)
	}
}

func offered(in *web.Input, value string) bool {
	for _, o := range in.Options {
		if o.Value == value {
			return true
		}
	}
	return false
}

type quizResultPage struct {
	Passed    bool
	Score     int
	Of        int
	PassMark  int
	Left      int
	Agreement bool // still to be signed
}

// showQuizResult tells how the last attempt went. It is a page of its own, so
// that to load it again sends nothing.
func (p *Portal) showQuizResult(w http.ResponseWriter, r *http.Request, v *visit) {
	req := v.view.Requirements
	if req.QuizTaken == 0 {
		web.Redirect(w, r, "/apply/status")
		return
	}
	quiz := p.programOf(v.view).Quiz
	title := "You have not passed the quiz yet"
	if req.QuizPassed {
		title = "You passed the quiz"
	} else if req.QuizAttemptsLeft == 0 {
		title = "You did not pass the quiz"
	}
	p.show(w, r, "quiz_result", web.Page{Title: title, Back: "/apply/status", Body: quizResultPage{Passed: req.QuizPassed, Score: req.QuizScore,
		Of: len(quiz.Questions), PassMark: quiz.PassMark, Left: req.QuizAttemptsLeft,
		Agreement: v.view.Stage == onboarding.StageCertification && req.AgreementSigned.IsZero()}})
}
