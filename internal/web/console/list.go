package console

import (
	"net/http"
	"net/url"
	"reflect"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// perPage is how many applicants a page of a list has.
const perPage = 50

type listPage struct {
	Stages    []tally // with how many are in each
	Attention []tally
	Lines     []applicants.Line
	Next      string // address of the next page; empty on the last
	Filters   []choice
	Filtered  bool
	Outages   []workflows.VendorOutage
}

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
	q := r.URL.Query()
	f := filterOf(q)
	page := listPage{Filtered: !reflect.DeepEqual(f, applicants.Filter{Limit: perPage}), Filters: c.choices(f)}
	var err error
	if page.Outages, err = c.outages(r, who); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	listed, err := c.service.List(r.Context(), f)
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
	page.Lines = listed.Items
	page.Next = next(listPath, q, listed.NextCursor)
	c.show(w, r, who, "list", watched(web.Page{Title: "Applicants", Body: page}, versionOf(listed, stages, attentions)))
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

// filterOf reads the filter from an address. Whatever stands there is checked
// by the service.
func filterOf(q url.Values) applicants.Filter {
	return applicants.Filter{Stage: onboarding.Stage(q.Get("stage")), Attention: onboarding.Attention(q.Get("attention")), Program: q.Get("program"),
		Check: onboarding.CheckName(q.Get("check")), Vendor: q.Get("vendor"), Failed: q.Get("failed") == "yes", Limit: perPage, Cursor: q.Get("cursor")}
}

func next(path string, q url.Values, cursor string) string {
	if cursor == "" {
		return ""
	}
	to := url.Values{}
	for k, v := range q {
		to[k] = v
	}
	to.Set("cursor", cursor)
	return path + "?" + to.Encode()
}

// choices are the filter's selects, as they stand.
func (c *Console) choices(f applicants.Filter) []choice {
	stage := choice{Name: "stage", Label: "Stage", Value: string(f.Stage)}
	for _, s := range onboarding.Stages() {
		stage.Options = append(stage.Options, web.Option{Value: string(s), Label: string(s)})
	}
	attention := choice{Name: "attention", Label: "Waits for", Value: string(f.Attention)}
	for _, a := range onboarding.Attentions() {
		attention.Options = append(attention.Options, web.Option{Value: string(a), Label: attentionWords(a)})
	}
	programs := choice{Name: "program", Label: "Program", Value: f.Program}
	for _, p := range c.Programs.All() {
		programs.Options = append(programs.Options, web.Option{Value: p.ID, Label: p.Title})
	}
	checks := choice{Name: "check", Label: "Failed check", Value: string(f.Check)}
	for _, k := range onboarding.CheckNames() {
		checks.Options = append(checks.Options, web.Option{Value: string(k), Label: workflows.CheckWords(k)})
	}
	return []choice{stage, attention, programs, checks}
}
