package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type failedPageBody struct {
	Vendors []failedVendor
	Filters []choice // what the address filters by
	Any     bool     // it filters at all
	Lines   []failedLine
	Next    string
	All     int // how many failed checks match the filter
	Filter  string
	Retry   bool    // the reader may
	Waive   bool    // likewise
	Move    bool    // likewise, and a program names another vendor for what is shown
	Nothing bool    // no check has failed at all
	Waits   []tally // vendors that are paused and for which checks wait, with where those are
	Outages []workflows.VendorOutage
}

// failedVendor is what failed at one vendor, and how the vendor is.
type failedVendor struct {
	Vendor string
	Count  int
	Out    *workflows.VendorOutage // nil while it answers
	Pause  *workflows.VendorPause  // nil while it is not paused
	Groups []group
}

// group is how many checks failed at one vendor for one reason.
type group struct {
	applicants.FailedCount
	URL     string
	Current bool
}

type failedLine struct {
	ID      onboarding.ApplicantID
	Program string
	Check   onboarding.Check
	Mark    string // what the box of the line stands for; empty: its round is not known, so it has none
}

// showFailed shows what waits for ops, by check and vendor.
func (c *Console) showFailed(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.listFailedChecks(w, r, who, nil)
}

func (c *Console) listFailedChecks(w http.ResponseWriter, r *http.Request, who identity.Staff, problems []web.Problem) {
	q := r.URL.Query()
	f := failedFilterOf(q)
	f.Cursor = q.Get("cursor")
	if f.Held != "" {
		c.listHeld(w, r, who, f, problems)
		return
	}
	body := failedPageBody{Retry: identity.Allowed(who.Role, identity.Retry), Waive: identity.Allowed(who.Role, identity.Waive), Filter: failedFilter(f).Encode()}
	var err error
	if body.Outages, err = c.outages(r, who); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	counts, err := c.service.FailedCounts(r.Context(), f.Program)
	if err == nil {
		body.Waits, err = c.waits(r.Context(), f.Program, body.Outages)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	body.Nothing = len(counts) == 0 && f.Program == ""
	body.Vendors, body.Filters, body.Any = failedVendors(counts, f, body.Outages), c.failedFilters(who, counts, f), len(failedFilter(f)) > 0
	body.All = matching(counts, f)
	body.Move = identity.Allowed(who.Role, identity.UseVendor) && len(c.othersFor(r.Context(), f, nil, true)) > 0
	lines, cursor, err := c.service.FailedLines(r.Context(), f)
	if err != nil {
		c.listFailed(w, r, who, body, err)
		return
	}
	for _, l := range lines {
		line := failedLine{ID: l.Applicant, Program: l.Program, Check: l.Check}
		if l.Check.Round > 0 {
			line.Mark = mark(l.Applicant, l.Check)
		}
		body.Lines = append(body.Lines, line)
	}
	body.Next = next(failedPath, q, cursor)
	page := web.Page{Title: "Failed checks", Problems: problems, Body: body}
	if r.Method == http.MethodGet {
		page = watched(page, versionOf(counts))
	}
	c.show(w, r, who, "failed", page)
}

// mark names one failed round of one check, so that a button pressed twice asks
// for one more round and not for two.
func mark(id onboarding.ApplicantID, k onboarding.Check) string {
	return string(id) + "/" + string(k.Name) + "/" + strconv.Itoa(k.Round)
}

func parseMark(s string) (workflows.BulkItem, error) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return workflows.BulkItem{}, onboarding.Invalid("mark", "A mark on that page is not one of ours.", "Load the page again and mark the checks again.")
	}
	id, err := onboarding.ParseApplicantID(parts[0])
	round, rerr := strconv.Atoi(parts[2])
	if check := onboarding.CheckName(parts[1]); err == nil && rerr == nil && round > 0 && check.Known() {
		return workflows.BulkItem{Applicant: id, Check: check, Round: round}, nil
	}
	return workflows.BulkItem{}, onboarding.Invalid("mark", "A mark on that page is not one of ours.", "Load the page again and mark the checks again.")
}

type confirmPage struct {
	Marks  []string
	All    bool
	Which  string // button of the page before
	Filter string
	Back   string
	Count  int
	What   string
	Action workflows.BulkAction
	Held   bool   // checks that wait for a paused vendor, not failed ones
	Run    string // the ID of the run that the button starts: pressed twice it starts one
	Form   web.Form
}

// filterSent reads the filter that a page of a list sends along. What cannot be read is
// an error: read as none it would mean everybody.
func filterSent(r *http.Request) (url.Values, error) {
	filter, err := url.ParseQuery(r.PostForm.Get("filter"))
	if err != nil {
		return nil, onboarding.Invalid("filter", "The filter of that page is not one of ours.", "Load the page again.")
	}
	return filter, nil
}

// manyAtOnce asks for one reason and then has the marked, or all that match,
// retried or waived by a run of its own.
func (c *Console) manyAtOnce(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	filter, err := filterSent(r)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	f := failedFilterOf(filter)
	which, waive := strings.CutPrefix(r.PostForm.Get("which"), "waive-")
	which, move := strings.CutPrefix(which, "move-")
	page := confirmPage{Marks: r.PostForm["mark"], All: which == "all", Which: r.PostForm.Get("which"), Action: workflows.BulkRetry, Filter: failedFilter(f).Encode(), Back: failedURL(f),
		Run: r.PostForm.Get("run"), Form: reasonForm(workflows.StaffView{}), Held: f.Held != ""}
	if waive {
		page.Action = workflows.BulkWaive
	}
	if move {
		page.Action = workflows.BulkUseVendor
	}
	if !identity.Allowed(who.Role, manyActions[page.Action]) {
		c.refuse(w, r, who, manyActions[page.Action])
		return
	}
	if page.Held && page.Action == workflows.BulkRetry {
		c.site.Refuse(w, r, http.StatusConflict, "What waits for a paused vendor has not failed, so there is nothing to retry.", "Resume the vendor, use another one, or waive the checks: "+page.Back)
		return
	}
	if !page.All && len(page.Marks) == 0 {
		r.URL.RawQuery = page.Filter
		c.listFailedChecks(w, r, who, []web.Problem{{Text: "Mark at least one check, or choose all that match."}})
		return
	}
	marks, err := parseMarks(page.Marks)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if page.Count, page.What, err = c.reach(r.Context(), page.All, f, marks); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if move {
		others := c.othersFor(r.Context(), f, marks, page.All)
		if len(others) == 0 {
			r.URL.RawQuery = page.Filter
			c.listFailedChecks(w, r, who, []web.Problem{{Text: "No program names another vendor for these checks. A program's file does, under alternatives."}})
			return
		}
		page.Form = append(web.Form{vendorInput(others)}, page.Form...)
	}
	confirmed := r.PostForm.Get("confirmed") == "yes" && page.Run != ""
	if page.Count == 0 && !confirmed {
		r.URL.RawQuery = page.Filter
		c.listFailedChecks(w, r, who, []web.Problem{{Text: "Nothing matches any more, so there is nothing to do."}})
		return
	}
	if confirmed {
		if err := page.Form.Fill(r); err != nil {
			c.site.Fail(w, r, err)
			return
		}
		offered(page.Form.Get("vendor"))
	}
	if !confirmed || len(page.Form.Problems()) > 0 {
		page.Run = cmp.Or(page.Run, uuid.NewString())
		c.show(w, r, who, "confirm", web.Page{Title: manyWords[page.Action].title, Back: page.Back, Problems: page.Form.Problems(), Body: page})
		return
	}
	q := applicants.BulkRequest{ID: page.Run, Action: page.Action, To: page.Form.Value("vendor"), Reason: page.Form.Value("reason"), By: actor(who), Marked: marks}
	if page.All {
		q.Match, q.Marked = workflows.BulkMatch{Check: f.Check, Vendor: f.Vendor, Program: f.Program, Error: f.Error, Held: page.Held}, nil
	}
	if err := c.service.StartBulk(r.Context(), q); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, runPath(page.Run))
}

// manyWords are the actions in the words of the pages.
var manyWords = map[workflows.BulkAction]struct{ title, verb, done string }{
	workflows.BulkRetry:     {"Retry failed checks", "Retry", "asked for again"},
	workflows.BulkWaive:     {"Waive failed checks", "Waive", "waived"},
	workflows.BulkUseVendor: {"Move failed checks to another vendor", "Move", "moved"},
	workflows.BulkAssign:    {"Give cases to a recruiter", "Give", "given"},
}

func parseMarks(given []string) ([]workflows.BulkItem, error) {
	var marks []workflows.BulkItem
	for _, m := range given {
		parsed, err := parseMark(m)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(marks, parsed) {
			marks = append(marks, parsed)
		}
	}
	return marks, nil
}

// reach says how many failed checks a retry concerns, and which.
func (c *Console) reach(ctx context.Context, everything bool, f applicants.Filter, marks []workflows.BulkItem) (int, string, error) {
	if !everything {
		return len(marks), "the checks that you marked", nil
	}
	if f.Held != "" {
		n, err := c.service.HeldCount(ctx, f)
		return n, "whatever waits for " + workflows.VendorTitle(f.Held) + ", of that many applicants", err
	}
	counts, err := c.service.FailedCounts(ctx, f.Program)
	return matching(counts, f), "every failed check that matches", err
}
