package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Retention is what the pages about the retention table need; *applicants.Service is one.
type Retention interface {
	Purges(ctx context.Context, most int) ([]workflows.PurgeState, error)
	Purge(ctx context.Context, id string) (workflows.PurgeState, error)
	Due(ctx context.Context, p workflows.PurgeState, from, most int) ([]applicants.DueAnswer, error)
	StartPurge(ctx context.Context, by workflows.Actor) error
	SteerPurge(ctx context.Context, id, how string, by workflows.Actor) (workflows.PurgeState, error)
}

const retentionPath = "/console/retention"

func (c *Console) retentionRoutes() []route {
	if c.Retention == nil {
		return nil
	}
	one := retentionPath + "/{purge}"
	return []route{
		{"GET " + retentionPath, identity.ViewRetention, c.showRetention},
		{"POST " + retentionPath, identity.Purge, c.startPurge},
		{"GET " + one, identity.ViewRetention, c.showPurge},
		{"POST " + one + "/approve", identity.Purge, c.steerPurge(workflows.UpdateApprovePurge, access.PurgeApproved)},
		{"POST " + one + "/pause", identity.Purge, c.steerPurge(workflows.UpdatePausePurge, access.PurgePaused)},
		{"POST " + one + "/resume", identity.Purge, c.steerPurge(workflows.UpdateResumePurge, access.PurgeResumed)},
		{"POST " + one + "/cancel", identity.Purge, c.steerPurge(workflows.UpdateCancelPurge, access.PurgeCanceled)},
	}
}

type retentionPage struct {
	Purges []workflows.PurgeState
	Table  []retentionRow
	Purge  bool // the reader may start one and approve it
	Done   string
}

// retentionRow is how long a category is kept, by those programs that keep it alike.
type retentionRow struct {
	Category onboarding.Category
	Rule     program.RetentionRule
	Places   []program.RetentionRule // where it is longer
	Programs []string                // titles; none: all of them
}

const purgesShown = 30

var retentionDone = map[string]string{
	"started":  "What is due is being found. The report stands in the list as soon as it is ready: reload this page.",
	"approved": "The purge acts now.",
	"paused":   "The purge is paused. What was begun ends as it would.",
	"resumed":  "The purge goes on.",
	"canceled": "The purge is called off. What is due is found anew by the next one.",
}

// showRetention shows the table and the newest purges.
func (c *Console) showRetention(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	purges, err := c.Retention.Purges(r.Context(), purgesShown)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := retentionPage{Purges: purges, Purge: who.MayAny(identity.Purge), Done: retentionDone[r.URL.Query().Get("done")]}
	programs := c.Programs.All()
	for _, category := range onboarding.Categories() {
		page.Table = append(page.Table, retentionRows(category, programs)...)
	}
	c.show(w, r, who, "retention", web.Page{Title: "Retention", Body: page})
}

// retentionRows are a category's rows: one where all programs keep it alike.
func retentionRows(category onboarding.Category, programs []program.Program) []retentionRow {
	var rows []retentionRow
	for _, p := range programs {
		row := retentionRow{Category: category, Rule: p.Keeps(category, "")}
		for _, place := range p.LongerIn(category) {
			row.Places = append(row.Places, p.Keeps(category, place))
		}
		at := slices.IndexFunc(rows, func(r retentionRow) bool { return r.Rule == row.Rule && slices.Equal(r.Places, row.Places) })
		if at < 0 {
			rows, at = append(rows, row), len(rows)
		}
		rows[at].Programs = append(rows[at].Programs, p.Title)
	}
	if len(rows) == 1 {
		rows[0].Programs = nil
	}
	return rows
}

func (c *Console) startPurge(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	err := c.used(r, who, access.Event{What: access.PurgeAsked, Action: string(identity.Purge)})
	if err == nil {
		err = c.Retention.StartPurge(r.Context(), actor(who))
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, retentionPath+"?done=started")
}

type purgePage struct {
	workflows.PurgeState
	Lines []applicants.DueAnswer
	From  int // the first line's number, counted from 1
	Last  int
	Next  int // the number that the next page's address has; 0: this is the last page
	Steer bool
	Done  string
	By    string
}

const dueShown = 200

// purge finds the purge that the address names; it answers itself and gives false when
// there is none.
func (c *Console) purge(w http.ResponseWriter, r *http.Request) (workflows.PurgeState, bool) {
	p, err := c.Retention.Purge(r.Context(), r.PathValue("purge"))
	if onboarding.CodeOf(err) == onboarding.CodeInvalid {
		c.site.Refuse(w, r, http.StatusNotFound, "There is no such purge.", "Choose one of the list.")
		return p, false
	}
	if err != nil {
		c.site.Fail(w, r, err)
	}
	return p, err == nil
}

// showPurge shows a purge's report: counts, and each applicant's ID with the rule.
func (c *Console) showPurge(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	p, ok := c.purge(w, r)
	if !ok {
		return
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("from")) // what is no number shows the first
	lines, err := c.Retention.Due(r.Context(), p, max(from, 0), dueShown)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := purgePage{PurgeState: p, Lines: lines, From: max(from, 0) + 1, Last: max(from, 0) + len(lines), Steer: who.MayAny(identity.Purge) && !p.Over(),
		Done: retentionDone[r.URL.Query().Get("done")], By: byWords(string(p.Approved), c.called(r))}
	if page.Last < p.Found.Total {
		page.Next = page.Last
	}
	c.show(w, r, who, "purge", web.Page{Title: "Purge", Back: retentionPath, Body: page})
}

var purgeSteered = map[string]string{workflows.UpdateApprovePurge: "approved", workflows.UpdatePausePurge: "paused", workflows.UpdateResumePurge: "resumed", workflows.UpdateCancelPurge: "canceled"}

func (c *Console) steerPurge(how string, what access.Kind) func(http.ResponseWriter, *http.Request, identity.Staff) {
	return func(w http.ResponseWriter, r *http.Request, who identity.Staff) {
		p, ok := c.purge(w, r)
		if !ok {
			return
		}
		err := c.used(r, who, access.Event{What: what, Action: string(identity.Purge), Detail: p.ID})
		if err == nil {
			_, err = c.Retention.SteerPurge(r.Context(), p.ID, how, actor(who))
		}
		if err != nil {
			c.site.Fail(w, r, err)
			return
		}
		web.Redirect(w, r, retentionPath+"/"+p.ID+"?done="+purgeSteered[how])
	}
}
