package portal

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const disputePath = "/apply/dispute"

// DisputePath is where files are handed in, and DisputeLimit the largest body there:
// three files that are each a little too large still get an answer on the page.
const (
	DisputePath  = disputePath
	DisputeLimit = 24 << 20
)

// tick is one entry of the report that can be disputed by itself.
type tick struct {
	ID, Type string
	Words    []tickWord
	On       bool
}

// tickWord is a part of an entry's line. What the agency says by codes is known in
// other languages too.
type tickWord struct {
	Text string
	Code bool
}

// disputePage asks how the notice is answered or, for an agency that is looking
// again, for more to go by.
type disputePage struct {
	More     bool
	Kind     *web.Input // nil when information is added
	Entries  []tick     // of the report
	Whole    bool       // some entries cannot be ticked by themselves
	Problem  string     // with what was ticked
	Words    *web.Input
	Until    string // when the time to answer is over
	Agency   string // who made the report; empty when there is none
	Again    bool   // the agency looks again if it is disputed
	Looked   bool   // it has looked again already
	Yourself string // that one has to dispute with the agency oneself
	Files    string // the problem with the files; empty for none
}

func (d disputePage) form() web.Form {
	if d.Kind == nil {
		return web.Form{d.Words}
	}
	return web.Form{d.Kind, d.Words}
}

// Problems says to the page that something is wrong on it.
func (d disputePage) Problems() bool { return len(d.problems()) > 0 }

func (d disputePage) problems() []web.Problem {
	var out []web.Problem
	if d.Kind != nil {
		out = web.Form{d.Kind}.Problems()
	}
	if d.Problem != "" {
		out = append(out, web.Problem{Field: "items-0", Text: d.Problem})
	}
	out = append(out, web.Form{d.Words}.Problems()...)
	if d.Files != "" {
		out = append(out, web.Problem{Field: "files", Text: d.Files})
	}
	return out
}

// kindInput asks which way the notice is answered. A notice that rests on no
// report speaks of what we found.
func (d disputePage) kindInput() *web.Input {
	what, then := "what we found", "A person reads it before anything is decided."
	if d.Agency != "" {
		what = "the report"
	}
	if d.Again {
		then = d.Agency + " then looks again, free of charge. It has 30 days for it, and 45 if you add information meanwhile."
		if d.Yourself != "" {
			then = "When you have disputed it there too, " + then
		}
	}
	return &web.Input{ID: "kind", Label: "Is something in " + what + " wrong?", Noun: "how you want to answer", Options: []web.Option{
		{Value: string(workflows.AnswerDispute), Label: "Yes, something is wrong or missing", Hint: "That is a dispute. " + then},
		{Value: string(workflows.AnswerStatement), Label: "No, but there is more that you should know", Hint: "That is a statement. A person reads it before anything is decided. You need no proof."},
	}}
}

// disputing makes the page for those who can answer now, and leads or turns the
// others away.
func (p *Portal) disputing(next func(w http.ResponseWriter, r *http.Request, v *visit, page disputePage)) http.HandlerFunc {
	return p.submitted(func(w http.ResponseWriter, r *http.Request, v *visit) {
		first, more := answering(v.view)
		switch {
		case first || more:
		case r.Method == http.MethodPost:
			p.refuseAnswer(w, r)
			return
		default:
			web.Redirect(w, r, "/apply/status")
			return
		}
		page := disputePage{More: more, Again: looksAgain(v.view), Looked: !v.view.Adverse.Reinvestigation.Started.IsZero()}
		vendor, agency := p.agency(v.view)
		if v.view.Report {
			page.Agency = agencyName(vendor, agency)
		}
		if takesYoursAlone(vendor) && (page.Again || more) {
			page.Yourself = yourselfWords(vendor, page.Agency, agency)
		}
		page.Words = &web.Input{ID: "statement", Label: "What you want to add", Rows: 8, Max: 5000, Spellcheck: true, Hint: "Up to 5,000 characters."}
		if !more {
			page.Kind = page.kindInput()
			page.Words.Label, page.Words.Noun = "What is wrong, or what we should know", "what is wrong, or what we should know"
			page.Words.Hint = "For example: the record is another person's, the case was dismissed, or what has changed since. Up to 5,000 characters."
			if ends := v.view.Adverse.WaitEnds; ends.After(p.site.Now()) {
				page.Until = moment(ends)
			}
		}
		if !more && v.view.Report {
			report, err := p.service.Report(r.Context(), v.id)
			if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow {
				p.site.Fail(w, r, err)
				return
			}
			page.Entries, page.Whole = ticks(report.Contents)
		}
		next(w, r, v, page)
	})
}

// itemForm is what a reference must look like to be named in a dispute.
var itemForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ticks lists the entries that the agency has references of; whole says that there
// are others.
func ticks(report onboarding.Report) (out []tick, whole bool) {
	for _, s := range report.Searches {
		for _, e := range s.Entries {
			if !itemForm.MatchString(e.ID) || slices.ContainsFunc(out, func(t tick) bool { return t.ID == e.ID }) {
				whole = true
				continue
			}
			line := tick{ID: e.ID, Type: plainWord(s.Type)}
			for i, part := range []string{plainWord(e.Kind), plainWord(e.Severity), plainWord(e.Disposition), e.DisposedOn, e.Court, e.CaseNumber} {
				if part != "" {
					line.Words = append(line.Words, tickWord{Text: part, Code: i < 3})
				}
			}
			out = append(out, line)
		}
	}
	return out, whole
}

// showDispute asks for an answer to the notice before an adverse action (15 USC
// 1681b(b)(3)). Nothing has to be signed away for it.
func (p *Portal) showDispute(w http.ResponseWriter, r *http.Request, _ *visit, page disputePage) {
	p.askDispute(w, r, page, nil)
}

func (p *Portal) askDispute(w http.ResponseWriter, r *http.Request, page disputePage, more []web.Problem) {
	title := "Answer before anything is decided"
	if page.More {
		title = "Add information"
	}
	p.show(w, r, "dispute", web.Page{Title: title, Back: "/apply/status", Problems: append(more, page.problems()...), Body: page})
}

// dispute takes the answer, which stops the clock, or for an agency that looks
// again already, gives it more to go by.
func (p *Portal) dispute(w http.ResponseWriter, r *http.Request, v *visit, page disputePage) {
	f := page.form()
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadPatience)) // a phone needs longer for files than the server has for others
	files, err := filesOf(r)
	if err == nil {
		err = f.Fill(r)
	}
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	a := applicants.Answer{Kind: workflows.AnswerDispute, Words: page.Words.Value, Files: files}
	if page.Files = tooMuch(files); page.Files != "" {
		a.Files = nil
	}
	if page.Kind != nil {
		page.read(&a, r.PostForm["items"])
	}
	if len(page.problems()) > 0 {
		p.askDispute(w, r, page, nil)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), scanPatience) // to read the files may have taken the page's own time
	defer cancel()
	err = p.service.Dispute(ctx, v.id, a)
	var known *onboarding.Error
	switch {
	case errors.As(err, &known) && known.Field == "files":
		page.Files = words(err)
		p.askDispute(w, r, page, nil)
	case err == nil:
		web.Redirect(w, r, "/apply/status")
	case onboarding.CodeOf(err) == onboarding.CodeNotNow:
		p.refuseAnswer(w, r)
	case f.Blame(err):
		p.askDispute(w, r, page, nil)
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		p.askDispute(w, r, page, []web.Problem{{Text: words(err)}})
	default:
		p.site.Fail(w, r, err)
	}
}

// read takes the kind of the answer and what was ticked. What contradicts itself
// is asked again: to drop one half of it would be to answer in their stead.
func (d *disputePage) read(a *applicants.Answer, chosen []string) {
	for i := range d.Entries {
		t := &d.Entries[i]
		if t.On = slices.Contains(chosen, t.ID); t.On {
			a.Items = append(a.Items, t.ID)
		}
	}
	if !offered(d.Kind, d.Kind.Value) {
		d.Kind.Problem = "Choose how you want to answer"
	}
	a.Kind = workflows.AnswerKind(d.Kind.Value)
	gone := slices.ContainsFunc(chosen, func(id string) bool { return !slices.Contains(a.Items, id) })
	switch {
	case gone && len(d.Entries) > 0:
		d.Problem = "The report has changed since this page was opened. Tick what is wrong in it as it is now"
	case gone:
		d.Words.Problem = "The report has changed since this page was opened. Write what is wrong"
	case a.Kind == workflows.AnswerStatement && len(a.Items) > 0:
		d.Problem = "You ticked entries as wrong. Choose that something is wrong, or take the ticks away"
	}
}

func (p *Portal) refuseAnswer(w http.ResponseWriter, r *http.Request) {
	p.site.Refuse(w, r, http.StatusConflict, "The time for this has passed or you have answered before, so this was not taken.",
		"Your status page says where things stand. You can still write to us.")
}
