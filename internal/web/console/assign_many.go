package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// caseMark names one case with who had it where it was marked, so that one that has
// changed hands since is left alone.
func caseMark(l applicants.Line) string { return string(l.ID) + "/" + l.Recruiter }

func parseCaseMarks(given []string) ([]workflows.BulkItem, error) {
	var marks []workflows.BulkItem
	for _, m := range given {
		at, was, ok := strings.Cut(m, "/")
		id, err := onboarding.ParseApplicantID(at)
		if err != nil || !ok || len(was) > 64 {
			return nil, onboarding.Invalid("mark", "A mark on that page is not one of ours.", "Load the page again and mark the cases again.")
		}
		if marked := (workflows.BulkItem{Applicant: id, Was: was}); !slices.Contains(marks, marked) {
			marks = append(marks, marked)
		}
	}
	return marks, nil
}

type assignManyPage struct {
	Marks  []string
	Which  string // button of the page before: all or marked
	Filter string
	Back   string
	Count  int
	Run    string // the ID of the run that the button starts: pressed twice it starts one
	Form   web.Form
}

// assignMany asks who is to have the marked cases, or all that match, and then has a run
// of its own give them.
func (c *Console) assignMany(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	filter, err := filterSent(r)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := assignManyPage{Marks: r.PostForm["mark"], Which: r.PostForm.Get("which"), Filter: filter.Encode(), Back: listPath, Run: r.PostForm.Get("run")}
	if page.Filter != "" {
		page.Back += "?" + page.Filter
	}
	refuse := func(text string) {
		r.URL.RawQuery = page.Filter
		c.listCases(w, r, who, []web.Problem{{Text: text}})
	}
	var match workflows.BulkMatch
	var marks []workflows.BulkItem
	if page.Which == "all" {
		f, ferr := c.filterOf(filter)
		if err = ferr; err == nil {
			match, err = f.ToAssign()
		}
		if err == nil {
			page.Count, err = c.service.CountCases(r.Context(), match)
		}
	} else {
		marks, err = parseCaseMarks(page.Marks)
		page.Count = len(marks)
	}
	confirmed := r.PostForm.Get("confirmed") == "yes" && page.Run != ""
	switch {
	case err != nil:
		c.site.Fail(w, r, err)
		return
	case page.Count == 0 && page.Which != "all":
		refuse("Mark at least one applicant, or choose all that match.")
		return
	case page.Count == 0 && !confirmed:
		refuse("None that matches is under way any more, so there is nothing to give.")
		return
	}
	if page.Form, err = c.assignManyForm(r, who, match.Program); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if confirmed {
		if err := page.Form.Fill(r); err != nil {
			c.site.Fail(w, r, err)
			return
		}
	}
	show := func() {
		page.Run = cmp.Or(page.Run, uuid.NewString())
		c.show(w, r, who, "assign_many", web.Page{Title: manyWords[workflows.BulkAssign].title, Back: page.Back, Problems: page.Form.Problems(), Body: page})
	}
	if !confirmed || len(page.Form.Problems()) > 0 {
		show()
		return
	}
	err = c.service.StartBulk(r.Context(), applicants.BulkRequest{ID: page.Run, Action: workflows.BulkAssign, To: page.Form.Value("to"), Match: match, Marked: marks, By: actor(who)})
	switch {
	case err == nil:
		web.Redirect(w, r, runPath(page.Run))
	case page.Form.Blame(err):
		show()
	default:
		c.site.Fail(w, r, err)
	}
}

// assignManyForm asks for one of those who may have cases of the program, or of any of
// the reader's own, who is always among them; or for a staff ID where nobody is known.
func (c *Console) assignManyForm(r *http.Request, who identity.Staff, program string) (web.Form, error) {
	known, anybody, err := c.recruiters(r, who, program)
	if err != nil {
		return nil, err
	}
	if anybody {
		return web.Form{{ID: "to", Label: "Staff ID of who gets them", Noun: "a staff ID", Width: "medium", Hint: "Eight or more of the letters a to f and digits. Yours is " + who.ID + "."}}, nil
	}
	in := &web.Input{ID: "to", Label: "Who gets them?", Noun: "who gets them", Hint: "Those who may have cases of these programs, and have signed in."}
	known[who.ID] = cmp.Or(known[who.ID], c.called(r)[who.ID], who.ID) + " (you)"
	for id, name := range known {
		in.Options = append(in.Options, web.Option{Value: id, Label: name, Said: true})
	}
	slices.SortFunc(in.Options, func(a, b web.Option) int { return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Value, b.Value)) })
	return web.Form{in}, nil
}

// recruiters gives who may have cases of the program, or without one of any of the
// reader's own, by staff ID, with their names. anybody says that nobody knows.
func (c *Console) recruiters(r *http.Request, who identity.Staff, program string) (known map[string]string, anybody bool, err error) {
	known = map[string]string{}
	if c.Directory == nil {
		return known, true, nil
	}
	for _, p := range c.ownPrograms(who) {
		if program != "" && program != p.ID {
			continue
		}
		names, none, err := c.Directory.Recruiters(r.Context(), p.ID)
		if err != nil {
			return nil, false, err
		}
		anybody = anybody || none
		for id, name := range names {
			known[id] = name
		}
	}
	return known, anybody, nil
}

// casesWords says in words which cases a run was for that gives them.
func casesWords(m workflows.BulkMatch, names map[string]string) string {
	var parts []string
	add := func(what, value string) {
		if value != "" {
			parts = append(parts, what+" "+value)
		}
	}
	span := func(what string, s workflows.TimeSpan) {
		if !s.From.IsZero() {
			add(what+" since", moment(s.From))
		}
		if !s.To.IsZero() {
			add(what+" before", moment(s.To))
		}
	}
	add("of", m.Program)
	if x := m.Cases; x != nil {
		add("stage", strings.ReplaceAll(string(x.Stage), "-", " "))
		if x.Attention != "" {
			add("waiting for", attentionWords(x.Attention))
		}
		switch x.Recruiter {
		case applicants.Nobody:
			add("whom", "nobody had")
		case "":
		default:
			add("of the recruiter", staffWords(x.Recruiter, names))
		}
		add("outcome", string(x.Outcome))
		add("in", x.Jurisdiction)
		span("due", x.Due)
		span("moved", x.Changed)
		span("applied", x.Applied)
		if x.Failed {
			parts = append(parts, "with a failed check")
		}
	}
	if m.Check != "" {
		add("where this failed:", workflows.CheckWords(m.Check))
	}
	if m.Vendor != "" {
		add("where a check failed at", workflows.VendorTitle(m.Vendor))
	}
	if m.Error != "" {
		add("stopped because", problemWords(string(m.Error)))
	}
	if len(parts) == 0 {
		return "every case that was not over at the start"
	}
	return "every case that matched at the start: " + strings.Join(parts, ", ")
}

// runWords is a run in one line, for staff.
func runWords(p workflows.BulkProgress, names map[string]string) string {
	if p.Action == workflows.BulkAssign {
		return "Give cases to " + staffWords(p.To, names)
	}
	return workflows.BulkSummary(workflows.BulkIn{Action: p.Action, Match: p.Match, To: p.To})
}
