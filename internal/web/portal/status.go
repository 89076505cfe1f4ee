package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// todo is one thing that the applicant can do now.
type todo struct {
	Text string
	URL  string
	Hint string
}

type statusPage struct {
	View      workflows.ApplicantView
	Program   programCard
	Heading   string
	Says      string // what the stage means
	Stages    []stageLine
	Checks    []checkLine
	Wait      *wait // nil when nothing is waited for
	Todo      []todo
	Consents  []consentLine
	Withdraw  bool
	Again     bool // one may apply again
	Contested bool // a pre-adverse notice is out
}

type stageLine struct {
	Name, Tag, Class string
}

type checkLine struct {
	Name, Says, Tag, Class string
	Dated                  bool // since when is worth saying
	Check                  workflows.ApplicantCheck
}

type consentLine struct {
	Title string
	Path  string // of the page that takes it back; empty when it cannot be
	Lines []workflows.ConsentLine
}

// showStatus says where the application stands, what is waited for and from
// whom, since when, what happens then, and what the applicant can do now.
func (p *Portal) showStatus(w http.ResponseWriter, r *http.Request, v *visit) {
	heading, says := stageWords(v.view)
	page := statusPage{View: v.view, Program: p.programOf(v.view), Heading: heading, Says: says, Stages: stageLines(v.view),
		Wait: waitWords(v.view), Todo: p.todos(v), Consents: consentLines(v.view), Withdraw: v.view.Stage.Open(),
		Again: v.view.Stage.Closed(), Contested: v.view.Adverse.Contemplated && v.view.Stage.Open()}
	for _, c := range v.view.Checks {
		page.Checks = append(page.Checks, lineOf(c))
	}
	p.show(w, r, "status", web.Page{Title: "Where your application stands", Body: page})
}

// todos leaves out the answer to a pre-adverse notice: it has a place of its
// own at the top of the page.
func (p *Portal) todos(v *visit) []todo {
	var out []todo
	if _, open := p.quizOpen(v); open {
		out = append(out, todo{Text: "Take the quiz", URL: "/apply/quiz", Hint: "Attempts left: " + count(v.view.Requirements.QuizAttemptsLeft)})
	}
	if _, open := p.agreementOpen(v); open {
		out = append(out, todo{Text: "Read and sign the contractor agreement", URL: "/apply/agreement"})
	}
	if v.view.Report && !v.view.Adverse.Contemplated { // while it is contested, the card at the top has it
		out = append(out, todo{Text: "Read the report about you", URL: reportPath})
	}
	if v.view.Credential.ID != "" {
		out = append(out, todo{Text: "See your certificate", URL: "/apply/certificate"})
	}
	return out
}

// stageLines gives every stage of the way with how far it is. An end that
// came early has no such list.
func stageLines(view workflows.ApplicantView) []stageLine {
	way := []onboarding.Stage{onboarding.StageSignup, onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified}
	at := -1
	for i, s := range way {
		if s == view.Stage {
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	var out []stageLine
	for i, s := range way {
		line := stageLine{Name: stageNames[s], Tag: "Not started"}
		switch {
		case i < at, view.Stage == onboarding.StageCertified:
			line.Tag, line.Class = "Done", "good"
		case i == at:
			line.Tag, line.Class = "In progress", "busy"
		}
		out = append(out, line)
	}
	return out
}

// consentLines groups the live consents by purpose. What cannot be taken back
// any more, because the application ended, has no address.
func consentLines(view workflows.ApplicantView) []consentLine {
	var out []consentLine
	for _, spec := range consent.Specs() {
		line := consentLine{Title: spec.Title}
		for _, c := range view.Consents {
			if c.Purpose != spec.ID {
				continue
			}
			line.Lines = append(line.Lines, c)
			if c.Withdrawn.IsZero() && (view.Stage.Open() || view.Stage == onboarding.StageCertified) {
				line.Path = "/apply/consents/" + string(spec.ID) + "/withdraw"
			}
		}
		if len(line.Lines) > 0 {
			out = append(out, line)
		}
	}
	return out
}
