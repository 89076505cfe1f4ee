package portal

import (
	"net/http"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// todo is one thing that the applicant can do now.
type todo struct {
	Text string
	URL  string
}

// task is one thing that the application waits for, which only the applicant can
// do: it stands at the top of the page.
type task struct {
	Title  string
	Says   string
	Note   string    // what went wrong at the last try
	Until  time.Time // zero when there is no limit
	URL    string
	Action string
}

type statusPage struct {
	View      workflows.ApplicantView
	Program   programCard
	Heading   string
	Says      string // what the stage means
	Stages    []stageLine
	Checks    []checkLine
	Wait      *wait // nil when nothing is waited for
	Thanks    string
	Course    *course  // of an adverse action; nil when there is none
	Usual     *usually // of the stage
	Contested bool     // nothing is decided in it yet
	Tasks     []task
	Needs     []need // what the certification asks for, once it is its turn
	Met       int    // of them
	Todo      []todo
	Consents  []consentLine
	Withdraw  bool
	Again     bool // one may apply again
	Coming    []coming
}

type stageLine struct {
	Name, Tag, Class string
}

type checkLine struct {
	Name, Says, Tag, Class string
	Usual                  *usually // nil when the check is not under way
	Next                   string   // whom it waits for, and what comes then
	Dated                  string   // the word before the date of its status; empty when it has none
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
		Wait: waitWords(v.view), Todo: append(todos(v), p.friendTodo(v.view)...), Consents: consentLines(v.view), Withdraw: v.view.Stage.Open(),
		Again: v.view.Stage.Closed(), Contested: contested(v.view), Tasks: p.tasks(v), Thanks: thanks(r.URL.Query().Get("corrected"))}
	page.Coming, page.Tasks = changesToCome(r, v.view), append(changeTasks(r, v.view), page.Tasks...)
	page.Usual = p.stageUsual(r.Context(), v.view)
	if page.Wait != nil {
		page.Wait.Usual = p.waitUsual(r.Context(), v.view)
	}
	assessed := false
	if mayBeAssessed(v.view) {
		_, ok, err := p.service.Assessment(r.Context(), v.id)
		assessed = ok || err != nil // its own page says what is the matter
	}
	page.Course = p.courseOf(v.view, assessed)
	if v.view.Stage == onboarding.StageCertification {
		page.Needs = p.needs(v)
		page.Met = met(page.Needs)
	}
	for _, c := range v.view.Checks {
		line := lineOf(c, v.view.Edition)
		line.Usual = p.checkUsual(r.Context(), c)
		if i := slices.IndexFunc(corrections, func(k correction) bool { return k.check == c.Name }); i >= 0 && corrections[i].asked(v) {
			line.Next = "You can correct it, above on this page."
			if c.Status == onboarding.StatusFailed {
				line.Next = "If it is wrong, you can correct it, above on this page."
			}
		}
		if c.Status == onboarding.StatusFlagged && settled(v.view, c.Name) {
			line.Tag, line.Class, line.Says = "Looked at", "", "This check brought something up, and a person has looked at it."
		}
		page.Checks = append(page.Checks, line)
	}
	p.show(w, r, "status", web.Page{Title: "Where your application stands", Body: page})
}

// settled reports whether a person has decided on what a check brought up: the
// application has gone on beyond the check's stage, or was declined.
func settled(v workflows.ApplicantView, name onboarding.CheckName) bool {
	switch v.Stage {
	case onboarding.StageVetting:
		return name.Stage() == onboarding.StageValidation
	case onboarding.StageCertification, onboarding.StageCertified, onboarding.StageDeclined:
		return true
	case onboarding.StageSignup, onboarding.StageValidation, onboarding.StageWithdrawn, onboarding.StageExpired, onboarding.StageErased:
	}
	return false
}

// tasks lists what to do on other companies' pages, and what to correct.
func (p *Portal) tasks(v *visit) []task {
	var out []task
	if t, ok := renewalTask(v.view); ok {
		out = append(out, t)
	}
	if !v.view.Stage.Open() {
		return out
	}
	for _, c := range v.view.Checks {
		if !c.Yours {
			continue
		}
		t := task{Title: taskTitle(c), Says: vendorOf(c.Vendor, v.view.Edition).Who, Note: noteWords(c.Note), URL: "/apply/checks/" + string(c.Name), Action: "See what it asks for"}
		if v.view.Attention == onboarding.AttentionApplicant && !contested(v.view) {
			t.Until = v.view.Wait.Until
		}
		out = append(out, t)
	}
	for _, c := range corrections {
		if c.asked(v) {
			out = append(out, c.task(v))
		}
	}
	return out
}

// todos leaves out what has a place of its own at the top of the page.
func todos(v *visit) []todo {
	var out []todo
	if v.view.Report && !contested(v.view) && v.view.Adverse.FinalAt.IsZero() { // else the card at the top has it
		out = append(out, todo{Text: "Read the report about you", URL: reportPath})
	}
	if v.view.Credential.ID != "" {
		out = append(out, todo{Text: "See your certificate", URL: "/apply/certificate"})
	}
	if t, ok := textsTodo(v.view); ok {
		out = append(out, t)
	}
	if t, ok := offersTodo(v.view); ok {
		out = append(out, t)
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
