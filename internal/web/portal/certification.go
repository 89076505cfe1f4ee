package portal

import (
	"net/http"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// certificationPath lists what the certification asks for; below it each requirement
// has its pages, by its ID in the program file.
const certificationPath = "/apply/certification"

// need is one requirement as the program has it and as it stands.
type need struct {
	program.Requirement
	Line  workflows.RequirementLine
	Path  string
	State string   // one of the need… below
	First []string // titles of what comes first and is not done
	Now   time.Time
}

// What a requirement's line says of it, for the templates.
const (
	needLocked  = "locked"
	needReady   = "ready"   // nothing of it is begun
	needBegun   = "begun"   // some of it is done, or an attempt was not passed
	needPause   = "pause"   // the next attempt comes later
	needBooked  = "booked"  // an appointment is to come
	needHeld    = "held"    // the appointment is over, and its score is not there
	needPerson  = "person"  // somebody looks at what was declared
	needPassed  = "passed"  //
	needWaived  = "waived"  //
	needSpent   = "spent"   // every attempt is used up
	needNowhere = "nowhere" // the case is at another point
)

// needs lists what the certification asks for, in the program's order.
func (p *Portal) needs(v *visit) []need {
	steps := p.edition(v.view).Certification.Steps()
	now := p.site.Now()
	titles, open := map[string]string{}, map[string]bool{}
	var out []need
	for _, step := range steps {
		i := slices.IndexFunc(v.view.Required, func(l workflows.RequirementLine) bool { return l.ID == step.ID })
		if i < 0 {
			continue
		}
		n := need{Requirement: step, Line: v.view.Required[i], Path: certificationPath + "/" + step.ID, Now: now}
		titles[step.ID], open[step.ID] = step.Title, !n.Line.Status.Met()
		for _, id := range step.After {
			if open[id] {
				n.First = append(n.First, titles[id])
			}
		}
		n.State = stateOf(n, v.view.Stage, now)
		out = append(out, n)
	}
	return out
}

func stateOf(n need, stage onboarding.Stage, now time.Time) string {
	l := n.Line
	switch {
	case l.Status == workflows.RequirementWaived:
		return needWaived
	case l.Status == workflows.RequirementPassed:
		return needPassed
	case stage != onboarding.StageCertification && stage != onboarding.StageCertified:
		return needNowhere
	case l.Status == workflows.RequirementFailed:
		return needSpent
	case l.Status == workflows.RequirementLocked:
		return needLocked
	case !l.Slot.IsZero() && now.Before(l.Slot):
		return needBooked
	case !l.Slot.IsZero():
		return needHeld
	case l.NotBefore.After(now):
		return needPause
	case l.Undecided():
		return needPerson
	case l.Page > 0 || l.Attempts > 0 || l.Missed > 0 || !l.Started.IsZero():
		return needBegun
	}
	return needReady
}

// Met reports whether nothing more is asked for.
func (n need) Met() bool { return n.State == needPassed || n.State == needWaived }

// Doable reports whether there is a page on which the applicant can go on now.
func (n need) Doable() bool {
	return n.State == needReady || n.State == needBegun || n.State == needBooked || n.State == needHeld
}

// URL is where the requirement's line in the list leads; empty for nowhere.
func (n need) URL() string {
	switch {
	case n.Doable(), n.State == needPause, n.State == needPerson, n.State == needSpent:
		return n.Path
	case n.State == needPassed && n.Kind != program.KindTax && n.Kind != program.KindLive:
		return n.Path // to read it again
	}
	return ""
}

// Tried reports whether an attempt was handed in whose result can be shown.
func (n need) Tried() bool {
	return n.Line.Attempts > 0 || n.Line.Attempt > 1 || n.State == needPerson || n.Met()
}

// Last reports whether the attempt that comes next is the last one.
func (n need) Last() bool { return n.Line.Left == 1 }

// met counts those of which nothing more is asked.
func met(needs []need) int {
	n := 0
	for _, one := range needs {
		if one.Met() {
			n++
		}
	}
	return n
}

// only gives the requirement of that ID.
func (p *Portal) only(v *visit, id string) (need, bool) {
	for _, n := range p.needs(v) {
		if n.ID == id {
			return n, true
		}
	}
	return need{}, false
}

type certificationPage struct {
	Needs []need
	Done  int
	About *need // why the last address led here; nil when it did not
	Over  bool  // the stage is over
	Help  string
}

// showCertification lists what is asked for, each with how far it is.
func (p *Portal) showCertification(w http.ResponseWriter, r *http.Request, v *visit) {
	needs := p.needs(v)
	if len(needs) == 0 || v.view.Stage != onboarding.StageCertification && v.view.Stage != onboarding.StageCertified {
		web.Redirect(w, r, "/apply/status")
		return
	}
	page := certificationPage{Needs: needs, Over: met(needs) == len(needs), Help: p.programOf(v.view).Contact}
	about := r.URL.Query().Get("about")
	page.Done = met(needs)
	for i, n := range needs {
		if n.ID == about {
			page.About = &needs[i]
		}
	}
	p.show(w, r, "certification", web.Page{Title: "Get certified", Back: "/apply/status", Body: page})
}

// certificationRoutes registers the certification's pages. The measurement of a line
// may take longer than a page, and asks no service.
func (p *Portal) certificationRoutes(mux web.Router, on func(string, http.HandlerFunc)) {
	on("GET "+certificationPath, p.submitted(p.showCertification))
	for _, below := range []string{"/{requirement}", "/{requirement}/{part}", "/{requirement}/{part}/{item}"} {
		on("GET "+certificationPath+below, p.submitted(p.needed))
		on("POST "+certificationPath+below, p.submitted(p.needed))
	}
	mux.HandleFunc("GET "+LinePath, p.measuring(p.sendLine))
	mux.HandleFunc("POST "+LinePath, p.measuring(p.takeLine))
	on("GET /apply/quiz", p.submitted(p.oldAddress(program.KindQuiz, "")))
	on("GET /apply/quiz/result", p.submitted(p.oldAddress(program.KindQuiz, "/result")))
	on("GET /apply/agreement", p.submitted(p.oldAddress(program.KindAgreement, "")))
}

// exercise is the pages of one kind of requirement. show and take are of its first
// page; parts are below it.
type exercise struct {
	show, take needAction
	parts      map[string]part
}

// part is a page below a requirement's own. any says that it is there whatever the
// requirement's state; else it needs one that can be done now.
type part struct {
	show, take needAction
	any        bool
}

type needAction func(w http.ResponseWriter, r *http.Request, v *visit, n need)

// exercises gives the pages of each kind.
func (p *Portal) exercises() map[program.RequirementKind]exercise {
	result := part{show: p.showResult, any: true}
	other := part{show: p.showOtherWay, take: p.askOtherWay, any: true}
	return map[program.RequirementKind]exercise{
		program.KindCourse: {show: p.showCourse, parts: map[string]part{"page": {show: p.showCoursePage, take: p.readCoursePage, any: true},
			"quiz": {show: p.showQuiz, take: p.takeQuiz}, "result": result, "other-way": other}},
		program.KindQuiz: {show: p.showQuiz, take: p.takeQuiz, parts: map[string]part{"result": result, "other-way": other}},
		program.KindTyping: {show: p.showTyping, take: p.startTyping, parts: map[string]part{"text": {show: p.showPassage, take: p.takeTyping},
			"again": {take: p.startTypingAgain}, "result": result, "other-way": other}},
		program.KindListening: {show: p.showListening, take: p.takeListening, parts: map[string]part{"result": result, "other-way": other}},
		program.KindEquipment: {show: p.showEquipment, take: p.takeEquipment, parts: map[string]part{"result": result, "other-way": other}},
		program.KindAgreement: {show: p.showAgreement, take: p.signAgreement, parts: map[string]part{"signed": {show: p.showSigned, any: true}, "other-way": other}},
		program.KindTax:       {show: p.showTax, parts: p.taxParts(part{show: p.showOtherWay, take: p.askOtherWay, any: true})},
		program.KindLive: {show: p.showLive, parts: map[string]part{"day": {show: p.showTimes, take: p.bookTime}, "cancel": {show: p.showCancelTime, take: p.cancelTime},
			"other-way": other}},
	}
}

// needed finds the requirement that the address names and the page of its kind. A
// page that cannot be used now leads to the list, which says why.
func (p *Portal) needed(w http.ResponseWriter, r *http.Request, v *visit) {
	n, ok := p.only(v, r.PathValue("requirement"))
	kind, known := p.kinds[n.Kind]
	name := r.PathValue("part")
	at := part{show: kind.show, take: kind.take}
	if ok && known && name != "" {
		at, known = kind.parts[name]
	}
	do := at.show
	if r.Method == http.MethodPost {
		do = at.take
	}
	switch {
	case !ok || !known:
		p.site.Refuse(w, r, http.StatusNotFound, "There is no page at this address.", "Your certification page lists everything that is asked for.")
	case v.view.Stage != onboarding.StageCertification && v.view.Stage != onboarding.StageCertified:
		web.Redirect(w, r, "/apply/status")
	case do == nil:
		web.Redirect(w, r, n.Path)
	case at.any || n.Doable():
		do(w, r, v, n)
	default:
		p.closed(w, r, n)
	}
}

// closed leads away from a requirement that cannot be worked on now: to what there is
// to see of it, else to the list with a word on why.
func (p *Portal) closed(w http.ResponseWriter, r *http.Request, n need) {
	switch {
	case n.Kind == program.KindCourse && n.Met() && r.PathValue("part") == "":
		web.Redirect(w, r, n.coursePath(0))
	case n.Kind == program.KindAgreement && n.State == needPassed:
		web.Redirect(w, r, n.Path+"/signed")
	case n.Tried() && p.kinds[n.Kind].parts["result"].show != nil && n.State != needLocked && n.State != needWaived:
		web.Redirect(w, r, n.Path+"/result")
	default:
		web.Redirect(w, r, certificationPath+"?about="+n.ID)
	}
}

// tooLate leads on when a form came too late, because another tab or device was
// faster. It reports whether err was that.
func (p *Portal) tooLate(w http.ResponseWriter, r *http.Request, n need, err error) bool {
	if code := onboarding.CodeOf(err); code != onboarding.CodeNotNow && code != onboarding.CodeConflict {
		return false
	}
	web.Redirect(w, r, n.Path)
	return true
}

// oldAddress leads from where the quiz and the agreement used to be to where they are.
func (p *Portal) oldAddress(kind program.RequirementKind, below string) action {
	return func(w http.ResponseWriter, r *http.Request, v *visit) {
		for _, n := range p.needs(v) {
			if n.Kind == kind {
				web.Redirect(w, r, n.Path+below)
				return
			}
		}
		web.Redirect(w, r, certificationPath)
	}
}
