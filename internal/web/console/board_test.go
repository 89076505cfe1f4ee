package console

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestBoardLeadsIntoTheTable: each number is a link to just those whom it counts.
func TestBoardLeadsIntoTheTable(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleRecruiter).get(boardPath)
	d.is(http.StatusOK, "<h1>Board</h1>").says("validation", "vetting", "certified", "3 applicants in all", "as of").silent("declined")
	if got := d.href("ops 1"); got != listPath+"?attention=ops&stage=validation" {
		t.Errorf("who waits for ops leads to %s", got)
	}
	d.follow("over a day 1").is(http.StatusOK)
	if f := h.asked(); f.Stage == "" || f.Changed.To.IsZero() || !f.Changed.From.IsZero() || f.Order != applicants.BySince {
		t.Errorf("the age leads to %+v", f)
	}
	d.get(boardPath + "?program=support-basics").is(http.StatusOK)
	if got := d.href("ops 1"); !strings.Contains(got, "program=support-basics") {
		t.Errorf("the program is lost: %s", got)
	}
	h.fake.failIn["Board"] = onboarding.Invalid("program", "There is no such program.", "x")
	d.get(boardPath + "?program=x").is(http.StatusUnprocessableEntity)
}

// TestTableFilters: what the address says is what the service is asked, and what the
// form shows.
func TestTableFilters(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleRecruiter)
	now := noon.Add(5 * time.Minute)
	for query, want := range map[string]applicants.Filter{
		"recruiter=nobody":              {Recruiter: applicants.Nobody},
		"outcome=declined":              {Outcome: "declined"},
		"place=US-CA&error=VENDOR_X":    {Jurisdiction: "US-CA", Error: "VENDOR_X"},
		"age=week":                      {Changed: applicants.Span{To: now.Add(-7 * day)}, Order: applicants.BySince},
		"age=under-day&sort=-applied":   {Changed: applicants.Span{From: now.Add(-day)}, Order: "-applied"},
		"due=overdue":                   {Due: applicants.Span{To: now}, Order: applicants.ByDue},
		"due=today":                     {Due: applicants.Span{From: now.Truncate(day), To: now.Truncate(day).Add(day)}, Order: applicants.ByDue},
		"applied=older&sort=since":      {Applied: applicants.Span{To: now.Add(-30 * day)}, Order: applicants.BySince},
		"sort=-due&cursor=from-0":       {Order: "-due", Cursor: "from-0"},
		"look=0123456789abcdef01234567": {Sought: applicants.Sought{All: []string{"0123456789abcdef01234567"}}},
	} {
		d.get(listPath + "?" + query).is(http.StatusOK)
		want.Limit = perPage
		if got := h.asked(); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("%s asks for %+v, not %+v", query, got, want)
		}
		q, _ := url.ParseQuery(query)
		for name := range q {
			if name != "cursor" && d.value(name) != q.Get(name) {
				t.Errorf("%s: the form has %q for %s", query, d.value(name), name)
			}
		}
	}
	for _, bad := range []string{"age=x", "due=<b>", "applied=0", "sort=name", "look=x"} {
		d.get(listPath+"?"+bad).is(http.StatusUnprocessableEntity, "There is a problem")
	}
	if got := d.get(listPath + "?due=overdue").href("The same in Temporal"); !strings.Contains(got, "DueBy+%3C+%272026-11-24T12%3A05") {
		t.Errorf("in Temporal: %s", got)
	}
}

// TestSearchLeavesNoWords: what somebody types leads to hashes, is recorded without
// words, and is refused to nobody silently.
func TestSearchLeavesNoWords(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleRecruiter)
	d.post(searchPath, form("q", " Ada@example.com ")).is(http.StatusOK).says("whom the search finds")
	if !strings.HasPrefix(d.path, listPath+"?look=") || strings.Contains(d.path+d.body, "da@example") {
		t.Errorf("led to %s", d.path)
	}
	events := 0
	read, err := h.console.Access.Read(t.Context(), access.Query{Day: noon, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range read.Items {
		if e.What == access.Searched {
			events++
			if e.Action != "search" || strings.Contains(fmt.Sprint(e), "example.com") {
				t.Errorf("recorded: %+v", e)
			}
		}
	}
	if events != 1 {
		t.Errorf("%d searches are recorded", events)
	}
	d.post(searchPath, form("q", "?")).is(http.StatusUnprocessableEntity).says("There is nothing to search for.")
	d.post(searchPath, form("q", " "+strings.ToUpper(string(failedID)))).is(http.StatusOK)
	if d.path != casePath(failedID) {
		t.Errorf("an ID leads to %s", d.path)
	}
	h.kept.Down = fmt.Errorf("the bucket is away")
	if d.post(searchPath, form("q", "ada@example.com")); d.status < 500 || strings.Contains(d.body, string(failedID)) {
		t.Errorf("found without a record: %d", d.status)
	}
}

// TestListsAreKept: a list is kept under a name, for oneself or for all, leads to
// itself, and goes again.
func TestListsAreKept(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps)
	d.get(listPath).silent("Keep this list").follow("Stuck over a day").is(http.StatusOK, `aria-current="true"`)
	d.post(viewsPath, url.Values{"name": {"Slow <b>ones</b>"}, "query": {"stage=vetting&cursor=x&look=0123456789abcdef01234567&age=week"}}).is(http.StatusOK)
	d.get(listPath).follow("Slow <b>ones</b>").is(http.StatusOK)
	if d.path != listPath+"?age=week&stage=vetting" {
		t.Errorf("it leads to %s", d.path)
	}
	d.post(viewsPath, url.Values{"name": {""}, "query": {"stage=vetting"}}).is(http.StatusUnprocessableEntity).says("The list has no name.")
	d.post(viewsPath, url.Values{"name": {"Ours"}, "house": {"yes"}, "query": {"attention=ops"}}).is(http.StatusOK)
	h.desk(identity.RoleRecruiter).get(listPath).says("Ours").silent("Slow")
	a := h.desk(identity.RoleAuditor)
	a.post(viewsPath, url.Values{"name": {"Mine"}, "house": {"yes"}, "query": {"attention=ops"}}).is(http.StatusForbidden)
	a.post(viewsPath, url.Values{"drop": {"Ours"}, "house": {"yes"}}).is(http.StatusForbidden)
	d.post(viewsPath, url.Values{"drop": {"Ours"}, "house": {"yes"}}).is(http.StatusOK).silent("Ours")
}

// TestListAsCSV: all that match, over every page, no cell a formula, recorded first.
func TestListAsCSV(t *testing.T) {
	h := newHouse(t)
	h.fake.many(7)
	h.fake.pageSize = 3
	d := h.desk(identity.RoleRecruiter)
	d.get(csvPath + "?stage=validation").is(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(d.body)).ReadAll()
	if err != nil || len(rows) != 9 || rows[0][0] != "applicant" || !strings.HasPrefix(d.header.Get("Content-Type"), "text/csv") {
		t.Errorf("%d rows, %v: %v", len(rows), err, rows)
	}
	for in, want := range map[string]string{"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "a=b": "a=b", "": ""} {
		if got := safeCell(in); got != want {
			t.Errorf("%q is written as %q", in, got)
		}
	}
	h.kept.Down = fmt.Errorf("the bucket is away")
	if d.get(csvPath); d.status < 500 {
		t.Errorf("given without a record: %d", d.status)
	}
	d.get(csvPath + "?sort=name").is(http.StatusUnprocessableEntity)
}
