package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// asked is the filter that the service was last asked with.
func (h *house) asked() applicants.Filter {
	h.Helper()
	if len(h.fake.filters) == 0 {
		h.Fatal("no list was asked for")
	}
	return h.fake.filters[len(h.fake.filters)-1]
}

func TestList(t *testing.T) {
	h := newHouse(t)
	due := h.fake.cases[failedID]
	due.Program = "support-basics"
	d := h.desk(identity.RoleRecruiter)
	d.get("/console").is(http.StatusOK, string(failedID), string(reviewID), string(certifiedID), `<td data-label="Failed checks">email</td>`, "24 Nov 2025, 02:44:55 UTC",
		"Support &lt;b&gt;Basics").silent("<b>Basics", "Show all", "Next page")
	if f := h.asked(); !reflect.DeepEqual(f, applicants.Filter{Limit: perPage}) {
		t.Errorf("without a filter: %+v", f)
	}
	d.leads("…00000000000a", casePath(failedID))
	if d.value("stage") != "" || d.value("attention") != "" || d.value("program") != "" {
		t.Error("a filter is chosen that nobody chose")
	}
}

// TestFilterRoundTrip: what is chosen goes to the service as it is and stands in
// the form of the page that comes, for each value that there is.
func TestFilterRoundTrip(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleRecruiter)
	for _, s := range onboarding.Stages() {
		d.get("/console").submit("stage", string(s)).is(http.StatusOK, "Show all")
		if d.value("stage") != string(s) || h.asked().Stage != s {
			t.Errorf("stage %s: the form says %q, the service heard %+v", s, d.value("stage"), h.asked())
		}
	}
	for _, a := range onboarding.Attentions() {
		d.get("/console").submit("attention", string(a)).is(http.StatusOK)
		if d.value("attention") != string(a) || h.asked().Attention != a {
			t.Errorf("attention %s: the form says %q, the service heard %+v", a, d.value("attention"), h.asked())
		}
	}
	d.get("/console").submit("stage", "vetting", "attention", "reviewer", "program", "support-basics").is(http.StatusOK, string(reviewID)).silent(string(failedID))
	if d.value("program") != "support-basics" || d.value("stage") != "vetting" || d.value("attention") != "reviewer" {
		t.Error("one of three choices is lost")
	}
	d.submit("stage", "").is(http.StatusOK, string(reviewID)) // one is taken back, and the others stay
	if f := h.asked(); !reflect.DeepEqual(f, applicants.Filter{Attention: onboarding.AttentionReviewer, Program: "support-basics", Limit: perPage}) {
		t.Errorf("the filter that arrived: %+v", f)
	}
	d.get("/console?check=email&vendor=kickbox&failed=yes").is(http.StatusOK, string(failedID)).silent(string(reviewID))
	if f := h.asked(); f.Check != "email" || f.Vendor != "kickbox" || !f.Failed {
		t.Errorf("by address: %+v", f)
	}
	d.follow("Show all").is(http.StatusOK, string(failedID), string(reviewID))
}

// TestUnknownFilters: an address that somebody has mistyped or kept from an older
// version says what is wrong with it, and offers the filter again.
func TestUnknownFilters(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	for _, path := range []string{"/console", "/console/failed"} {
		title, names := "Applicants", []string{"stage", "attention", "program", "check", "vendor", "cursor"}
		if path == failedPath {
			title, names = "Failed checks", []string{"check", "vendor", "cursor"}
		}
		for _, name := range names {
			d.get(path+"?"+name+"="+url.QueryEscape("<b>' OR 1=1")).is(http.StatusUnprocessableEntity, "There is a problem",
				"<title>Error: "+title, "<h1>"+title+"</h1>").silent("<b>'", "Reference:")
			if name == "cursor" {
				d.says("That cursor is not one of ours.")
				continue
			}
			d.says("There is no such " + name + ".")
		}
	}
}

// TestCountsLead: each number leads to just those that it counts.
func TestCountsLead(t *testing.T) {
	h := newHouse(t)
	h.fake.many(3)
	d := h.desk(identity.RoleRecruiter)
	for words, n := range map[string]int{"ops 4": 4, "reviewer 1": 1, "validation 4": 4, "vetting 1": 1, "certified 1": 1} {
		d.get("/console").follow(words).is(http.StatusOK, `aria-current="true"`)
		if got := strings.Count(d.body, "title=\"019ab3c0"); got != n {
			t.Errorf("%q leads to %d", words, got)
		}
	}
	d.get("/console").silent("nobody <strong>", "declined <strong>") // of those that wait for nobody and of none at all there is no number
	d.get("/console?stage=declined").is(http.StatusOK).says("declined 0", "Nobody matches.")
}

// TestPaging walks to the end: each applicant once, the filter kept on the way.
func TestPaging(t *testing.T) {
	h := newHouse(t)
	h.fake.many(5)
	h.fake.pageSize = 2
	d := h.desk(identity.RoleRecruiter).get("/console?stage=validation&program=support-basics")
	seen := map[string]int{}
	for page := 1; ; page++ {
		d.is(http.StatusOK)
		if f := h.asked(); f.Stage != onboarding.StageValidation || f.Program != "support-basics" || d.value("stage") != "validation" {
			t.Fatalf("page %d lost the filter: %+v", page, f)
		}
		for _, part := range strings.Split(d.body, `title="019ab3c0`)[1:] {
			seen[part[:28]]++
		}
		if d.href("Next page") == "" {
			break
		}
		if page > 9 {
			t.Fatal("the last page has a next one")
		}
		d.follow("Next page")
	}
	if len(seen) != 6 {
		t.Errorf("on the way: %v", seen)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s stands on %d pages", id, n)
		}
	}
	d.submit("stage", "vetting").is(http.StatusOK, string(reviewID)) // another filter begins at its first page
	if c := h.asked().Cursor; c != "" {
		t.Errorf("at %q", c)
	}
}

// TestNobodyYet: a house that nobody has applied to is not one where nobody matches.
func TestNobodyYet(t *testing.T) {
	h := newHouse(t)
	clear(h.fake.cases)
	d := h.desk(identity.RoleRecruiter)
	d.get("/console").says("Nobody has applied yet.").silent("Show all", "<table", "In stage", "Waiting for ops")
	d.submit().says("Nobody has applied yet.").silent("Show all") // the form as it stands asks for everybody
	d.submit("stage", "vetting").says("Nobody matches. Show all.").follow("Show all").says("Nobody has applied yet.")
}

// TestListsCannotBeRead: each call that a list needs may fail; the page says
// nothing of the inside and gives a reference.
func TestListsCannotBeRead(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	for path, methods := range map[string][]string{"/console": {"List", "Counts"}, "/console/failed": {"List", "FailedCounts", "StaffView"}} {
		for _, m := range methods {
			h.fake.failIn[m] = fmt.Errorf("%s: %w", m, errors.New("the inside of the house"))
			d.get(path).is(http.StatusInternalServerError, "Something went wrong on our side", "Reference:")
			h.fake.failIn[m] = &onboarding.Error{Code: onboarding.CodeVendorDown, Message: "the inside of the house"}
			d.get(path).is(http.StatusServiceUnavailable, "did not answer in time")
			delete(h.fake.failIn, m)
		}
		d.get(path).is(http.StatusOK)
	}
}
