package console

import (
	"maps"
	"net/http"
	"net/url"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// perPage is how many applicants a page of a list has: as many as leave the page
// below 60 KiB with all that it loads.
const perPage = 25

type listPage struct {
	Stages    []tally // with how many are in each
	Attention []tally
	Lines     []listLine
	Assign    bool   // the reader may give cases to recruiters
	Next      string // address of the next page; empty on the last
	Filters   []choice
	Hidden    []hidden // parameters that the form has no input for
	Filtered  bool
	Search    string // of what is shown; empty when nothing was searched for
	Searches  bool   // the reader may search
	Views     []view
	Filter    string // the address's whole query, but for its page
	Query     string // of the list, as it can be kept; empty when it is the whole one
	Share     bool   // the reader may keep it for all
	CSV       string // address of all that match
	Temporal  string // of the same list in the Temporal Web UI; empty when there is none
	Outages   []workflows.VendorOutage
}

// listLine is one applicant in the table.
type listLine struct {
	applicants.Line
	Overdue bool
	Who     string // the recruiter in words; empty: nobody
	Mark    string // what the box of the line stands for; empty: it is over
}

// hidden is an input that nobody sees.
type hidden struct{ Name, Value string }

// tally is a named number that leads to what it counts.
type tally struct {
	Name    string
	Count   int
	URL     string
	Current bool
}

// choice is one select of the filter's form.
type choice struct {
	Name, Label, Value string
	Options            []web.Option
}

// showList shows applicants, by what the address asks for.
func (c *Console) showList(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.listCases(w, r, who, nil)
}

func (c *Console) listCases(w http.ResponseWriter, r *http.Request, who identity.Staff, problems []web.Problem) {
	q := r.URL.Query()
	names := c.called(r)
	choices, err := c.choices(r, q, who, names)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := listPage{Filtered: filtered(q), Filters: choices, Assign: who.MayAny(identity.AssignCase), Search: q.Get("look"), Searches: who.MayAny(identity.Search), Query: listQuery(q), Filter: listCSVQuery(q),
		Share: who.MayAny(identity.ShareViews)}
	for _, name := range []string{"error", "failed", "place", "look"} {
		if v := q.Get(name); v != "" {
			page.Hidden = append(page.Hidden, hidden{name, v})
		}
	}
	if page.Outages, err = c.outages(r, who); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if page.Views, err = c.views(r, who); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	f, err := c.filterOf(q)
	if err == nil && page.Search != "" {
		if err = c.searched(r, who); err != nil {
			c.site.Fail(w, r, err)
			return
		}
	}
	var listed applicants.Page
	if err == nil {
		listed, err = c.service.List(r.Context(), f)
	}
	if err != nil {
		c.listFailed(w, r, who, page, err)
		return
	}
	stages, attentions, err := c.service.Counts(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	for _, s := range onboarding.Stages() {
		if n := stages[s]; n > 0 || s == f.Stage {
			page.Stages = append(page.Stages, tally{Name: string(s), Count: n, URL: listPath + "?stage=" + string(s), Current: s == f.Stage})
		}
	}
	for _, a := range onboarding.Attentions() {
		if n := attentions[a]; a != onboarding.AttentionNone && (n > 0 || a == f.Attention) {
			page.Attention = append(page.Attention, tally{Name: attentionWords(a), Count: n, URL: listPath + "?attention=" + string(a), Current: a == f.Attention})
		}
	}
	for _, l := range listed.Items {
		line := listLine{Line: l, Overdue: !l.DueBy.IsZero() && l.DueBy.Before(c.site.Now()) && !l.Stage.Closed()}
		if l.Recruiter != "" {
			line.Who = staffWords(l.Recruiter, names)
		}
		if page.Assign && !l.Stage.Closed() {
			line.Mark = caseMark(l)
		}
		page.Lines = append(page.Lines, line)
	}
	page.Next = next(listPath, q, listed.NextCursor)
	page.CSV = csvPath + "?" + listCSVQuery(q)
	if query, err := f.Query(); err == nil && c.TemporalUI != "" {
		page.Temporal = c.workflowsURL() + "?query=" + url.QueryEscape(query)
	}
	shown := web.Page{Title: "Applicants", Problems: problems, Body: page, Scripts: []string{"console.js"}}
	if page.Search == "" && r.Method == http.MethodGet { // each look at what a search finds is recorded, so it is not looked at by itself
		shown = watched(shown, versionOf(listed, stages, attentions))
	}
	c.show(w, r, who, "list", shown)
}

// listFailed shows the filter again when it is what is wrong.
func (c *Console) listFailed(w http.ResponseWriter, r *http.Request, who identity.Staff, page any, err error) {
	if onboarding.CodeOf(err) != onboarding.CodeInvalid {
		c.site.Fail(w, r, err)
		return
	}
	name, title := "list", "Applicants"
	if _, ok := page.(failedPageBody); ok {
		name, title = "failed", "Failed checks"
	}
	c.show(w, r, who, name, web.Page{Title: title, Problems: []web.Problem{{Text: err.Error()}}, Body: page})
}

func next(path string, q url.Values, cursor string) string {
	if cursor == "" {
		return ""
	}
	to := maps.Clone(q)
	to.Set("cursor", cursor)
	return path + "?" + to.Encode()
}
