package console

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// listParams are the parameters of the list's address, in the form's order; cursor
// and look are not among them, since they are no part of a list that is kept.
var listParams = []string{"stage", "attention", "program", "check", "vendor", "error", "failed", "recruiter", "outcome", "place", "due", "age", "applied", "sort"}

// span is a choice of a stretch of time that moves with the present.
type span struct {
	value, label string
	from, to     func(now time.Time) time.Time
}

const day = 24 * time.Hour

func ago(d time.Duration) func(time.Time) time.Time {
	return func(now time.Time) time.Time { return now.Add(-d) }
}

func midnight(days int) func(time.Time) time.Time {
	return func(now time.Time) time.Time { return now.UTC().Truncate(day).AddDate(0, 0, days) }
}

var (
	dues = []span{{"overdue", "overdue", nil, ago(0)}, {"today", "today", midnight(0), midnight(1)}, {"week", "within a week", ago(0), midnight(8)}}
	old  = []span{{"under-day", "under a day", ago(day), nil}, {"hour", "over an hour", nil, ago(time.Hour)}, {"day", "over a day", nil, ago(day)}, {"week", "over a week", nil, ago(7 * day)},
		{"month", "over 30 days", nil, ago(30 * day)}}
	begun = []span{{"day", "within a day", ago(day), nil}, {"week", "within a week", ago(7 * day), nil}, {"month", "within 30 days", ago(30 * day), nil},
		{"older", "before that", nil, ago(30 * day)}}
	sorts = []web.Option{{Value: "since", Label: "longest where they are"}, {Value: "-since", Label: "moved last"}, {Value: "due", Label: "due first"},
		{Value: "-due", Label: "due last"}, {Value: "-applied", Label: "applied last"}, {Value: "applied", Label: "applied first"}}
)

// spanOf gives the stretch that an address asks for.
func spanOf(all []span, name, value string, now time.Time) (out applicants.Span, err error) {
	if value == "" {
		return out, nil
	}
	i := slices.IndexFunc(all, func(s span) bool { return s.value == value })
	if i < 0 {
		return out, onboarding.Invalid(name, "There is no such "+name+".", "Choose one of the list.")
	}
	if all[i].from != nil {
		out.From = all[i].from(now)
	}
	if all[i].to != nil {
		out.To = all[i].to(now)
	}
	return out, nil
}

// filterOf reads the filter from an address; what it does not know is an error, as
// whatever the service finds wrong with the rest.
func (c *Console) filterOf(q url.Values) (f applicants.Filter, err error) {
	now := c.site.Now()
	f = applicants.Filter{Stage: onboarding.Stage(q.Get("stage")), Attention: onboarding.Attention(q.Get("attention")), Program: q.Get("program"),
		Check: onboarding.CheckName(q.Get("check")), Vendor: q.Get("vendor"), Error: onboarding.Code(q.Get("error")), Failed: q.Get("failed") == "yes",
		Recruiter: q.Get("recruiter"), Outcome: onboarding.Outcome(q.Get("outcome")), Jurisdiction: q.Get("place"), Order: applicants.Order(q.Get("sort")),
		Limit: perPage, Cursor: q.Get("cursor")}
	if f.Due, err = spanOf(dues, "due", q.Get("due"), now); err != nil {
		return f, err
	}
	if f.Changed, err = spanOf(old, "age", q.Get("age"), now); err != nil {
		return f, err
	}
	if f.Applied, err = spanOf(begun, "applied", q.Get("applied"), now); err != nil {
		return f, err
	}
	if !f.Order.Known() {
		return f, onboarding.Invalid("sort", "Lists cannot be sorted by that.", "Choose one of the list.")
	}
	if f.Order == applicants.Unsorted { // the order in which the engine finds such a list at once
		switch {
		case q.Get("age") != "":
			f.Order = applicants.BySince
		case q.Get("due") != "":
			f.Order = applicants.ByDue
		}
	}
	f.Sought, err = applicants.ParseSought(q.Get("look"))
	return f, err
}

// filtered reports whether an address narrows or orders anything.
func filtered(q url.Values) bool {
	return slices.ContainsFunc(append([]string{"look"}, listParams...), func(name string) bool { return q.Get(name) != "" })
}

// listQuery is what of an address makes the list, to be kept under a name.
func listQuery(q url.Values) string {
	out := url.Values{}
	for _, name := range listParams {
		if v := q.Get(name); v != "" {
			out.Set(name, v)
		}
	}
	return out.Encode()
}

// choices are the filter's selects, as they stand.
func (c *Console) choices(r *http.Request, q url.Values, who identity.Staff, names map[string]string) ([]choice, error) {
	made := func(name, label string, options ...web.Option) choice {
		return choice{Name: name, Label: label, Value: q.Get(name), Options: options}
	}
	spans := func(all []span) (out []web.Option) {
		for _, s := range all {
			out = append(out, web.Option{Value: s.value, Label: s.label})
		}
		return out
	}
	stage := made("stage", "Stage", web.Option{Value: string(applicants.UnderWay), Label: "under way"})
	for _, s := range onboarding.Stages() {
		stage.Options = append(stage.Options, web.Option{Value: string(s), Label: string(s)})
	}
	attention := made("attention", "Waits for", web.Option{Value: string(applicants.Others), Label: "not the applicant"})
	for _, a := range onboarding.Attentions() {
		attention.Options = append(attention.Options, web.Option{Value: string(a), Label: attentionWords(a)})
	}
	programs := made("program", "Program")
	for _, p := range c.ownPrograms(who) {
		programs.Options = append(programs.Options, web.Option{Value: p.ID, Label: p.Title})
	}
	checks := made("check", "Failed check")
	for _, k := range onboarding.CheckNames() {
		checks.Options = append(checks.Options, web.Option{Value: string(k), Label: workflows.CheckWords(k)})
	}
	vendors := made("vendor", "Failed at")
	for _, p := range c.ownPrograms(who) {
		for _, k := range p.Checks {
			if o := (web.Option{Value: k.Vendor, Label: workflows.VendorTitle(k.Vendor)}); !slices.Contains(vendors.Options, o) {
				vendors.Options = append(vendors.Options, o)
			}
		}
	}
	outcomes := made("outcome", "Outcome")
	for _, o := range onboarding.Outcomes() {
		outcomes.Options = append(outcomes.Options, web.Option{Value: string(o), Label: string(o)})
	}
	known, anybody, err := c.recruiters(r, who, "")
	if err != nil {
		return nil, err
	}
	if anybody { // nobody is known to be one, so everybody may be
		known = names
	}
	all := []choice{stage, attention, made("age", "There for", spans(old)...), made("due", "Due", spans(dues)...), recruiterChoice(q.Get("recruiter"), who, known), programs, checks, vendors,
		outcomes, made("applied", "Applied", spans(begun)...), made("sort", "Sorted by", sorts...)}
	for i := range all {
		all[i].keep(names)
	}
	return all, nil
}

// ownPrograms are those whose applicants somebody may see in lists.
func (c *Console) ownPrograms(who identity.Staff) []program.Program {
	return slices.DeleteFunc(slices.Clone(c.Programs.All()), func(p program.Program) bool { return !who.May(identity.ViewList, p.ID) })
}

// keep offers a value that an address has and the list does not, such as somebody
// who has left or is no recruiter any more, so that the form does not lose it.
func (c *choice) keep(names map[string]string) {
	if c.Value != "" && !slices.ContainsFunc(c.Options, func(o web.Option) bool { return o.Value == c.Value }) {
		c.Options = append(c.Options, web.Option{Value: c.Value, Label: staffWords(c.Value, names)})
	}
}

func recruiterChoice(value string, who identity.Staff, names map[string]string) choice {
	c := choice{Name: "recruiter", Label: "Recruiter", Value: value, Options: []web.Option{{Value: who.ID, Label: "mine"}, {Value: applicants.Nobody, Label: "nobody's"}}}
	var others []web.Option
	for id, name := range names {
		if id != who.ID {
			others = append(others, web.Option{Value: id, Label: name})
		}
	}
	slices.SortFunc(others, func(a, b web.Option) int {
		if a.Label != b.Label {
			if a.Label < b.Label {
				return -1
			}
			return 1
		}
		return 0
	})
	c.Options = append(c.Options, others...)
	return c
}
