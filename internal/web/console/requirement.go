package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// duty is something that staff do about one requirement of a certification.
type duty struct {
	name    string // in its address, and of what was done in the address after it
	heading string
	explain string // what happens then
	button  string
	danger  bool
	form    func(program.Requirement) web.Form
	// open reports whether it can be done now.
	open func(workflows.RequirementLine) bool
	do   func(ctx context.Context, s Service, id onboarding.ApplicantID, r program.Requirement, attempt int, f web.Form, by workflows.Actor) error
}

// pointsPrefix stands before a rubric's ID in its input's.
const pointsPrefix = "points-"

var (
	scoring = duty{name: "score", heading: "Score the live assessment", button: "Record these scores", form: scoreForm,
		explain: "Give the points that you saw, line by line. The remark is kept, sealed, in the applicant's ledger.",
		open:    func(l workflows.RequirementLine) bool { return !l.Slot.IsZero() },
		do: func(ctx context.Context, s Service, id onboarding.ApplicantID, r program.Requirement, attempt int, f web.Form, by workflows.Actor) error {
			score := applicants.LiveScore{NoShow: f.Value("came") == "no", Remark: f.Value("remark"), Scores: map[string]int{}}
			for _, line := range r.Live.Rubric {
				if n, err := strconv.Atoi(f.Value(pointsPrefix + line.ID)); err == nil {
					score.Scores[line.ID] = n
				}
			}
			return s.ScoreLive(ctx, id, r.ID, attempt, score, by)
		}}
	judging = duty{name: "judge", heading: "Look at what was declared", button: "Record this", form: judgeForm,
		explain: "The applicant could not have the line measured and answered every question about it with yes. Decide whether that is enough, perhaps after a call.",
		open:    workflows.RequirementLine.Undecided,
		do: func(ctx context.Context, s Service, id onboarding.ApplicantID, r program.Requirement, attempt int, f web.Form, by workflows.Actor) error {
			return s.JudgeRequirement(ctx, id, r.ID, attempt, f.Value("pass") == "yes", f.Value("reason"), by)
		}}
	answering = duty{name: "answer", heading: "Answer the wish for another way", button: "Send this answer",
		explain: "The applicant asks for another way of doing this; what they wrote is among the documents. To let the requirement go, waive it instead.",
		form: func(program.Requirement) web.Form {
			return web.Form{{ID: "words", Label: "Your answer", Noun: "your answer", Rows: 4, Max: reasonMax, Spellcheck: true, Hint: "The applicant reads it on their page."}}
		},
		open: asksOtherWay,
		do: func(ctx context.Context, s Service, id onboarding.ApplicantID, r program.Requirement, _ int, f web.Form, by workflows.Actor) error {
			return s.AnswerOtherWay(ctx, id, r.ID, f.Value("words"), by)
		}}
	letting = duty{name: "let-go", heading: "Go on without this requirement", button: "Waive this requirement", danger: true,
		explain: "The certification goes on as if this had not been asked for: an accommodation, such as for who does not hear and a listening exercise. That it was waived, by whom and why stands in the ledger for good.",
		form:    func(program.Requirement) web.Form { return reasonForm(workflows.StaffView{}) },
		open:    func(l workflows.RequirementLine) bool { return !l.Status.Met() },
		do: func(ctx context.Context, s Service, id onboarding.ApplicantID, r program.Requirement, _ int, f web.Form, by workflows.Actor) error {
			return s.WaiveRequirement(ctx, id, r.ID, f.Value("reason"), by)
		}}
)

func asksOtherWay(l workflows.RequirementLine) bool {
	return !l.Status.Met() && l.Asked.After(l.Answered)
}

// scoreForm asks for the points of each line. Who did not come gets none, so the
// lines are optional here and the service says which one is missing.
func scoreForm(r program.Requirement) web.Form {
	f := web.Form{{ID: "came", Label: "Did the applicant come?", Noun: "whether the applicant came", Options: []web.Option{{Value: "yes", Label: "Yes"},
		{Value: "no", Label: "No", Hint: "It uses up an attempt, and they can book another time if there is one left."}}}}
	for _, line := range r.Live.Rubric {
		in := &web.Input{ID: pointsPrefix + line.ID, Label: line.Text, Noun: "the points for: " + line.Text, Optional: true}
		for n := range line.Max + 1 {
			in.Options = append(in.Options, web.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n)})
		}
		f = append(f, in)
	}
	return append(f, &web.Input{ID: "remark", Label: "Remark", Noun: "a remark", Rows: 4, Max: reasonMax, Spellcheck: true, Hint: "What you saw, in a few words. The applicant may ask to read it."})
}

func judgeForm(program.Requirement) web.Form {
	return append(web.Form{{ID: "pass", Label: "Is it enough?", Noun: "whether it is enough", Options: []web.Option{{Value: "yes", Label: "Yes"}, {Value: "no", Label: "No", Hint: "The applicant can try again."}}}},
		reasonForm(workflows.StaffView{})...)
}

// requirementLine is a requirement on an applicant's page.
type requirementLine struct {
	Line                          workflows.RequirementLine
	Title                         string
	Score, Judge, Answer, Letting string // addresses; empty when it is not to be done, or not by the reader
}

// requirementLines lists what the certification asks for, once it has begun.
func requirementLines(v workflows.StaffView, asked []program.Requirement, who identity.Staff) []requirementLine {
	var out []requirementLine
	for _, l := range v.Required {
		line := requirementLine{Line: l, Title: workflows.KindWords(l.Kind)}
		if i := slices.IndexFunc(asked, func(r program.Requirement) bool { return r.ID == l.ID }); i >= 0 {
			line.Title = asked[i].Title
		}
		at := casePath(v.Applicant) + "/requirements/" + l.ID + "/"
		if v.Ended() {
			out = append(out, line)
			continue
		}
		for _, d := range []struct {
			duty   duty
			action identity.Action
			to     *string
		}{{scoring, identity.Assess, &line.Score}, {judging, identity.Assess, &line.Judge}, {answering, identity.Accommodate, &line.Answer}, {letting, identity.Accommodate, &line.Letting}} {
			if d.duty.open(l) && identity.Allowed(who.Role, d.action) {
				*d.to = at + d.duty.name
			}
		}
		out = append(out, line)
	}
	return out
}

type dutyPage struct {
	Heading, Explain, Button string
	Danger                   bool
	View                     workflows.StaffView
	Title                    string
	Line                     workflows.RequirementLine
	Form                     web.Form
	PassMark, Of             int  // of a rubric; 0 when there is none
	Documents                bool // the reader may open some, such as what was written
}

// askDuty shows what will happen and asks for what it needs.
func (c *Console) askDuty(d duty) func(http.ResponseWriter, *http.Request, identity.Staff) {
	return func(w http.ResponseWriter, r *http.Request, who identity.Staff) {
		if v, l, q, ok := c.readyFor(w, r, d); ok {
			c.showDuty(w, r, who, d, v, l, q, d.form(q))
		}
	}
}

func (c *Console) showDuty(w http.ResponseWriter, r *http.Request, who identity.Staff, d duty, v workflows.StaffView, l workflows.RequirementLine, q program.Requirement, f web.Form) {
	page := dutyPage{Heading: d.heading, Explain: d.explain, Button: d.button, Danger: d.danger, View: v, Title: q.Title, Line: l, Form: f, Documents: mayOpen(who, v.Program)}
	if q.Live != nil && d.name == scoring.name {
		page.PassMark, page.Of = q.Live.PassMark, q.Live.MaxScore()
	}
	c.show(w, r, who, "duty", web.Page{Title: d.heading, Back: casePath(v.Applicant), Problems: f.Problems(), Body: page})
}

// actDuty does it and leads back to the applicant.
func (c *Console) actDuty(d duty) func(http.ResponseWriter, *http.Request, identity.Staff) {
	return func(w http.ResponseWriter, r *http.Request, who identity.Staff) {
		v, l, q, ok := c.readyFor(w, r, d)
		if !ok {
			return
		}
		f := d.form(q)
		if err := f.Fill(r); err != nil {
			c.site.Fail(w, r, err)
			return
		}
		if shown := r.PostForm.Get("attempt"); shown != "" && shown != strconv.Itoa(l.Attempt) {
			c.site.Refuse(w, r, http.StatusConflict, "Somebody was faster: that attempt has been dealt with since you opened the page.",
				"Look at the applicant's page as it is now: "+casePath(v.Applicant))
			return
		}
		if d.name == scoring.name && f.Value("came") == "yes" {
			for _, in := range f {
				if in.Optional && in.Value == "" {
					in.Problem = "Choose " + in.Noun
				}
			}
		}
		if len(f.Problems()) > 0 {
			c.showDuty(w, r, who, d, v, l, q, f)
			return
		}
		err := d.do(r.Context(), c.service, v.Applicant, q, l.Attempt, f, actor(who))
		switch {
		case err == nil:
			web.Redirect(w, r, casePath(v.Applicant)+"?done="+d.name)
		case f.Blame(err):
			c.showDuty(w, r, who, d, v, l, q, f)
		default:
			c.site.Fail(w, r, err)
		}
	}
}

// readyFor finds the applicant and the requirement that the address names, and holds
// back what cannot be done now.
func (c *Console) readyFor(w http.ResponseWriter, r *http.Request, d duty) (v workflows.StaffView, l workflows.RequirementLine, q program.Requirement, ok bool) {
	if v, ok = c.applicant(w, r); !ok {
		return v, l, q, false
	}
	at := slices.IndexFunc(v.Required, func(l workflows.RequirementLine) bool { return l.ID == r.PathValue("requirement") })
	if at < 0 || v.Ended() || !d.open(v.Required[at]) {
		c.site.Refuse(w, r, http.StatusConflict, "This does not wait for anybody: perhaps somebody else has just dealt with it.",
			"Look at the applicant's page as it is now: "+casePath(v.Applicant))
		return v, l, q, false
	}
	l = v.Required[at]
	asked, err := c.service.Asked(r.Context(), v.Applicant)
	if err != nil {
		c.site.Fail(w, r, err)
		return v, l, q, false
	}
	i := slices.IndexFunc(asked, func(q program.Requirement) bool { return q.ID == l.ID })
	if i < 0 {
		c.site.Refuse(w, r, http.StatusConflict, "The program does not ask for this any more.", "Look at the applicant's page as it is now: "+casePath(v.Applicant))
		return v, l, q, false
	}
	return v, l, asked[i], true
}

// requirementTag is the look of a requirement's status.
func requirementTag(s workflows.RequirementStatus) string {
	switch s {
	case workflows.RequirementPassed, workflows.RequirementWaived:
		return "good"
	case workflows.RequirementFailed:
		return "bad"
	case workflows.RequirementOpen, workflows.RequirementWaiting:
		return "busy"
	case workflows.RequirementLocked:
	}
	return ""
}
