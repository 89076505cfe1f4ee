package portal

import (
	"strconv"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Programs lists the programs that one may apply for; *program.Set is one.
type Programs interface {
	All() []program.Program
}

// programCard is what applicants see of a program.
type programCard struct {
	ID, Name   string
	For        string // who decides and whom to ask: the controller's name
	Contact    string // how to reach them
	MinimumAge int
	DraftDays  int    // how long an unfinished application is kept
	Document   string // who looks at an identity document that one shows it; empty when nobody does
	Quiz       quizCard
	Agreement  agreementCard
}

type quizCard struct {
	Title     string
	PassMark  int
	Questions []questionCard
}

type questionCard struct {
	ID, Text string
	Options  []web.Option
}

type agreementCard struct {
	Title, Version, SHA256, Text string
	Paragraphs                   []string
}

// cards lists what one may apply for.
func (p *Portal) cards() []programCard {
	var out []programCard
	for _, pr := range p.programs.All() {
		out = append(out, cardOf(pr))
	}
	return out
}

func (p *Portal) offers(id string) bool {
	for _, c := range p.cards() {
		if c.ID == id {
			return true
		}
	}
	return false
}

// programOf gives a case's program as it stood when the application began,
// whatever its file says by now. When the workflow is gone it is the present
// one, or where that is offered no more, its ID for a name and neither quiz
// nor agreement.
func (p *Portal) programOf(v workflows.ApplicantView) programCard {
	if v.Edition.ID != "" {
		return cardOf(v.Edition)
	}
	for _, pr := range p.programs.All() {
		if pr.ID == v.Program {
			return cardOf(pr)
		}
	}
	return programCard{ID: v.Program, Name: v.Program, MinimumAge: minimumAge}
}

func cardOf(pr program.Program) programCard {
	c := programCard{ID: pr.ID, Name: pr.Title, For: pr.Controller.Name, Contact: pr.Controller.Contact, MinimumAge: max(pr.MinimumAge, minimumAge),
		DraftDays: pr.Drafts.ExpireAfterDays}
	for _, k := range pr.Checks {
		if k.Name == onboarding.CheckIdentity {
			c.Document = vendorOf(k.Vendor, pr).Name
		}
	}
	quiz := pr.Certification.Quiz.Public() // without the right answers
	c.Quiz = quizCard{Title: quiz.Title, PassMark: quiz.PassMark}
	for _, q := range quiz.Questions {
		card := questionCard{ID: q.ID, Text: q.Text}
		for _, o := range q.Options {
			card.Options = append(card.Options, web.Option{Value: o.ID, Label: o.Text})
		}
		c.Quiz.Questions = append(c.Quiz.Questions, card)
	}
	a := pr.Certification.Agreement
	c.Agreement = agreementCard{Title: a.Title, Version: a.Version, SHA256: a.SHA256(), Text: a.Text,
		Paragraphs: strings.Split(strings.TrimSpace(a.Text), "\n\n")}
	return c
}

// form has one choice for each question.
func (q quizCard) form() web.Form {
	var f web.Form
	for i, question := range q.Questions {
		f = append(f, &web.Input{ID: "question-" + strconv.Itoa(i+1), Label: strconv.Itoa(i+1) + ". " + question.Text, Said: true, Options: question.Options})
	}
	return f
}
