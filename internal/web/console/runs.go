package console

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const runsPath = "/console/runs"

func runPath(id string) string { return runsPath + "/" + id }

type runPage struct {
	Run      workflows.BulkProgress
	Heading  string
	State    string
	Class    string // of the state's tag
	Left     int
	Rest     string                  // how long the rest takes at its rate; empty when it does not go on
	Others   []applicants.BulkAnswer // those not done, the first hundred
	Path     string
	Steer    bool // it goes on, and the reader may steer it
	Workflow string
	Meant    string // which cases a run was for that gives them; empty for another run
	To       string // who gets them
	By       string // who began it
	Cases    bool   // it gives cases
	Back     string
}

// othersShown is how many answers a page lists; all are in the CSV.
const othersShown = 100

// showRun tells how far a run is, and what it could not do.
func (c *Console) showRun(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	p, err := c.service.Bulk(r.Context(), r.PathValue("run"))
	var answers []applicants.BulkAnswer
	if err == nil && p.Tally.Refused+p.Tally.Failed > 0 { // else there is none to be listed
		answers, err = c.service.BulkOthers(r.Context(), p, othersShown)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := runPage{Run: p, Left: p.Total - p.Next, Path: runPath(p.ID), Workflow: c.workflowAt(workflows.BulkID(p.ID))}
	over := !p.Ended.IsZero()
	page.Steer = !over && !p.Canceled && identity.Allowed(who.Role, manyActions[p.Action])
	page.Heading = strconv.Itoa(p.Tally.Done) + " " + manyWords[p.Action].done
	if n := p.Tally.Refused + p.Tally.Failed; n > 0 {
		page.Heading += ", " + strconv.Itoa(n) + " not"
	}
	switch {
	case p.Canceled:
		page.State, page.Class = "called off", "look"
	case over:
		page.State, page.Class = "done", "good"
	case p.Paused:
		page.State, page.Class = "paused", "look"
	case !p.Gathered:
		page.State, page.Class = "finding what matches", "busy"
	default:
		page.State, page.Class = "under way", "busy"
		if p.PerSecond > 0 {
			page.Rest = (time.Duration(float64(page.Left) / p.PerSecond * float64(time.Second))).Round(time.Second).String()
		}
	}
	names := c.called(r)
	page.Others, page.Back, page.By = answers, failedPath, byWords(string(p.Actor), names)
	if page.Cases = p.Action == workflows.BulkAssign; page.Cases {
		page.Meant, page.To, page.Back = casesWords(p.Match, names), staffWords(p.To, names), listPath
	}
	c.show(w, r, who, "run", watched(web.Page{Title: manyWords[p.Action].title, Back: page.Back, Body: page}, versionOf(p.BulkState)))
}

// manyActions are what a role must be allowed to start or steer a run.
var manyActions = map[workflows.BulkAction]identity.Action{workflows.BulkRetry: identity.Retry, workflows.BulkWaive: identity.Waive,
	workflows.BulkUseVendor: identity.UseVendor, workflows.BulkAssign: identity.AssignCase}

// steer pauses a run, lets it go on, or calls its rest off.
func (c *Console) steer(how string) func(http.ResponseWriter, *http.Request, identity.Staff) {
	return func(w http.ResponseWriter, r *http.Request, who identity.Staff) {
		p, err := c.service.Bulk(r.Context(), r.PathValue("run"))
		if err == nil && !identity.Allowed(who.Role, manyActions[p.Action]) {
			c.refuse(w, r, who, manyActions[p.Action])
			return
		}
		if err == nil {
			_, err = c.service.SteerBulk(r.Context(), p.ID, how)
		}
		if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow { // it is over: its page says so
			c.site.Fail(w, r, err)
			return
		}
		web.Redirect(w, r, runPath(r.PathValue("run")))
	}
}

// downloadRun gives an answer for each check, as CSV.
func (c *Console) downloadRun(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	p, err := c.service.Bulk(r.Context(), r.PathValue("run"))
	var answers []applicants.BulkAnswer
	if err == nil {
		answers, err = c.service.BulkAnswers(r.Context(), p)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	rows := [][]string{{"applicant", "check", "outcome", "why"}}
	for _, a := range answers {
		rows = append(rows, []string{string(a.Applicant), string(a.Check), a.Outcome, a.Says})
	}
	var body bytes.Buffer
	if err := csv.NewWriter(&body).WriteAll(rows); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if err := c.used(r, who, access.Event{Purpose: string(identity.ToList), What: access.Exported, Action: string(identity.ViewList), Detail: "run " + p.ID, Count: len(answers)}); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Download(w, "text/csv; charset=utf-8", "run-"+p.ID+".csv", body.Bytes())
}

type runsPage struct{ Runs []runLine }

type runLine struct {
	workflows.BulkProgress
	Running bool
	What    string
	By      string // who began it
	Path    string
}

// runsShown is how many runs the list has.
const runsShown = 25

// showRuns lists the newest runs.
func (c *Console) showRuns(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	listed, err := c.service.Bulks(r.Context(), runsShown)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	var page runsPage
	names := c.called(r)
	for _, l := range listed {
		p, err := c.service.Bulk(r.Context(), l.ID)
		if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
			continue // cleared away since
		}
		if err != nil {
			c.site.Fail(w, r, err)
			return
		}
		page.Runs = append(page.Runs, runLine{BulkProgress: p, Running: l.Running, Path: runPath(l.ID),
			What: runWords(p, names), By: byWords(string(p.Actor), names)})
	}
	c.show(w, r, who, "runs", watched(web.Page{Title: "Runs for many", Back: failedPath, Body: page}, ""))
}
