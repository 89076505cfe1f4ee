package console

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestEveryRouteAnswersEveryRole walks the table of routes with every role, and
// without one. A role that may is let in (whatever the page then answers); one
// that may not is 403, and does nothing.
func TestEveryRouteAnswersEveryRole(t *testing.T) {
	h := newHouse(t)
	for _, role := range append(identity.Roles(), "") {
		d := h.desk(role)
		for _, rt := range h.console.routes() {
			method, path, _ := strings.Cut(rt.pattern, " ")
			path = strings.NewReplacer("{id}", string(failedID), "{check}", "email").Replace(path)
			d.send(method, path, nil)
			allowed := identity.Allowed(role, rt.action)
			switch {
			case role == "":
				d.is(http.StatusUnauthorized, "You are not signed in")
			case !allowed:
				d.is(http.StatusForbidden, "not for that role")
			case d.status == http.StatusUnauthorized || d.status == http.StatusForbidden || d.status >= 500:
				t.Errorf("%s as %s: %d", rt.pattern, role, d.status)
			}
		}
	}
	if len(h.fake.deeds) != 0 {
		t.Errorf("empty forms did something: %+v", h.fake.deeds)
	}
}

// TestRoutesAndActions holds which action each route is, so that none is let
// down to a lesser one unseen, and a new one is thought about.
func TestRoutesAndActions(t *testing.T) {
	want := map[string]identity.Action{
		"GET /console":                                       identity.ViewList,
		"GET /console/failed":                                identity.ViewList,
		"POST /console/failed":                               identity.Retry,
		"GET /console/applicants/{id}":                       identity.ViewCase,
		"GET /console/applicants/{id}/ledger":                identity.VerifyLedger,
		"GET /console/applicants/{id}/checks/{check}/retry":  identity.Retry,
		"POST /console/applicants/{id}/checks/{check}/retry": identity.Retry,
		"GET /console/applicants/{id}/checks/{check}/waive":  identity.Waive,
		"POST /console/applicants/{id}/checks/{check}/waive": identity.Waive,
		"GET /console/applicants/{id}/decision":              identity.Decide,
		"POST /console/applicants/{id}/decision":             identity.Decide,
		"GET /console/applicants/{id}/revoke":                identity.Revoke,
		"POST /console/applicants/{id}/revoke":               identity.Revoke,
	}
	got := map[string]identity.Action{}
	for _, rt := range newHouse(t).console.routes() {
		got[rt.pattern] = rt.action
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestSignIn(t *testing.T) {
	h := newHouse(t)
	token, err := h.links.Mint(identity.RoleOps, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	link := "/console/sign-in/" + token
	first, second := h.desk(""), h.desk("")
	first.get(link).is(http.StatusOK, "Sign in") // as a scanner does: nothing is used up
	first.get(link).is(http.StatusOK)
	first.get("/console").is(http.StatusUnauthorized)
	first.post(link, nil).is(http.StatusOK, "Applicants")
	second.post(link, nil).is(http.StatusForbidden, "has been used", "printed each time")
	second.post("/console/sign-in/forged", nil).is(http.StatusForbidden, "not one of ours")
	late, err := h.links.Mint(identity.RoleOps, -time.Second)
	if err != nil {
		t.Fatal(err)
	}
	second.post("/console/sign-in/"+late, nil).is(http.StatusForbidden, "past its time")
	first.post("/console/sign-out", nil).is(http.StatusOK, "You are signed out")
	first.get("/console").is(http.StatusUnauthorized)
}

func TestList(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleRecruiter)
	d.get("/console").is(http.StatusOK, string(failedID), "ops <strong>1</strong>", "certified <strong>1</strong>", "cursor=next", "Support &lt;b&gt;Basics").silent("<b>Basics")
	d.get("/console?stage=vetting&attention=reviewer&program=support-basics&cursor=abc").is(http.StatusOK, string(reviewID),
		`value="vetting" selected`, `value="reviewer" selected`).silent(string(failedID))
	if f := h.fake.filters[len(h.fake.filters)-1]; f.Stage != onboarding.StageVetting || f.Attention != onboarding.AttentionReviewer || f.Program != "support-basics" || f.Cursor != "abc" {
		t.Errorf("the filter that arrived: %+v", f)
	}
	d.get("/console?stage=nonsense").is(http.StatusUnprocessableEntity, "There is no such stage")
	d.get("/console?attention=privacy").is(http.StatusOK, "Nobody matches")
	h.fake.fail = errors.New("the inside of the house")
	d.get("/console").is(http.StatusInternalServerError).silent("inside of the house")
}

func TestCase(t *testing.T) {
	h := newHouse(t)
	ops, reviewer, recruiter := h.desk(identity.RoleOps), h.desk(identity.RoleReviewer), h.desk(identity.RoleRecruiter)
	at := casePath(failedID)
	ops.get(at).is(http.StatusOK, at+"/checks/email/retry", at+"/checks/email/waive", "did not answer", "words of a person",
		"http://127.0.0.1:8233/namespaces/vouchsafe/workflows/applicant%2F"+string(failedID)).silent(at+"/checks/phone", at+"/decision")
	if strings.Index(ops.body, "A check was retried") > strings.Index(ops.body, "The application was begun") {
		t.Error("the newest record does not stand first")
	}
	recruiter.get(at).is(http.StatusOK).silent(at+"/checks/email/retry", at+"/ledger")
	reviewer.get(casePath(reviewID)).is(http.StatusOK, casePath(reviewID)+"/decision", "criminal_record", "felony", "1 year old", "a felony needs a person", "15 USC 1681b")
	recruiter.get(casePath(reviewID)).is(http.StatusOK, "A reviewer has to decide here").silent("/decision")
	reviewer.get(casePath(certifiedID)).is(http.StatusOK, casePath(certifiedID)+"/revoke", "/verify/c1")
	recruiter.get(casePath(unknownID)).is(http.StatusNotFound, "There is no such applicant")
	recruiter.get("/console/applicants/nonsense").is(http.StatusNotFound)
	recruiter.get(at + "?done=<script>").is(http.StatusOK).silent("<script>")
	auditor := h.desk(identity.RoleAuditor)
	auditor.get(at+"/ledger").is(http.StatusOK, "The ledger is whole")
	auditor.get(casePath(reviewID)+"/ledger").is(http.StatusOK, "not whole", "altered")
}

func TestDeeds(t *testing.T) {
	for name, tt := range map[string]struct {
		role identity.Role
		path string
		id   onboarding.ApplicantID
		form []string
		want deedDone
		done string
	}{
		"retry": {identity.RoleOps, "/checks/email/retry", failedID, []string{"reason", "It is back."},
			deedDone{what: "retry", check: "email", words: "It is back.", round: 2}, "tried again"},
		"waive": {identity.RoleOps, "/checks/email/waive", failedID, []string{"reason", "Seen <b>on</b> paper."},
			deedDone{what: "waive", check: "email", words: "Seen <b>on</b> paper."}, "was waived"},
		"decide": {identity.RoleReviewer, "/decision", reviewID, []string{"ruling", "adverse", "reason", "Two records."},
			deedDone{what: "decide adverse", words: "Two records."}, "Your decision is on record"},
		"revoke": {identity.RoleReviewer, "/revoke", certifiedID, []string{"reason", "Lent to another."},
			deedDone{what: "revoke", words: "Lent to another."}, "is revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			d := h.desk(tt.role)
			at := casePath(tt.id) + tt.path
			d.get(at).is(http.StatusOK, "<form method=\"post\">", "No, go back")
			without := append([]string{}, tt.form...)
			without[len(without)-1] = " "
			d.post(at, form(without...)).is(http.StatusUnprocessableEntity, "Enter a reason", `href="#reason"`)
			if len(tt.form) > 2 {
				d.is(http.StatusUnprocessableEntity, `value="adverse" checked`)
				d.post(at, form("reason", "why")).is(http.StatusUnprocessableEntity, "Choose a decision", ">\nwhy</textarea>")
			}
			d.post(at, form(append(tt.form[:len(tt.form)-1:len(tt.form)-1], strings.Repeat("x", reasonMax+1))...)).is(http.StatusUnprocessableEntity, "2000 characters or fewer")
			if len(h.fake.deeds) != 0 {
				t.Fatalf("done without a reason: %+v", h.fake.deeds)
			}
			d.post(at, form(tt.form...)).is(http.StatusOK, tt.done)
			if !strings.HasPrefix(d.path, casePath(tt.id)+"?done=") {
				t.Errorf("led to %s", d.path)
			}
			got := h.fake.deeds
			if len(got) != 1 || !strings.HasPrefix(string(got[0].by), "staff:"+string(tt.role)+":") {
				t.Fatalf("done: %+v", got)
			}
			tt.want.id, tt.want.by = tt.id, got[0].by
			if got[0] != tt.want {
				t.Errorf("done: %+v, not %+v", got[0], tt.want)
			}
			if tt.path != "/revoke" { // a certified case stays certified until its workflow has dealt with it
				d.post(at, form(tt.form...)).is(http.StatusConflict, "somebody else has just")
			}
			h.fake.fail = errors.New("the inside of the house")
			d.post(at, form(tt.form...)).is(http.StatusInternalServerError).silent("inside of the house")
		})
	}
}

// TestSomebodyWasFaster: between the page and the button.
func TestSomebodyWasFaster(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps)
	d.get(casePath(failedID)+"/checks/email/retry").is(http.StatusOK, "round 2")
	h.fake.cases[failedID].Checks[0].Status = onboarding.StatusPassed
	d.post(casePath(failedID)+"/checks/email/retry", form("reason", "x")).is(http.StatusConflict, "somebody else")
	d.get(casePath(failedID) + "/checks/none/retry").is(http.StatusConflict)
	if len(h.fake.deeds) != 0 {
		t.Errorf("done all the same: %+v", h.fake.deeds)
	}
}

func TestFailedChecks(t *testing.T) {
	h := newHouse(t)
	ops := h.desk(identity.RoleOps)
	ops.get("/console/failed").is(http.StatusOK, "e-mail address, Kickbox <strong>1</strong>", markOf(2), "did not answer", "Retry all 1 that match")
	h.desk(identity.RoleRecruiter).get("/console/failed").is(http.StatusOK, "Kickbox").silent("<button name", `type="checkbox"`)

	ops.post("/console/failed", form("which", "marked")).is(http.StatusUnprocessableEntity, "Mark at least one check")
	for _, forged := range []string{"x", "a/b/c", string(failedID) + "/email/two", string(failedID) + "/nonsense/1", "/email/1"} {
		ops.post("/console/failed", form("which", "marked", "mark", forged)).is(http.StatusUnprocessableEntity, "not one of ours")
	}
	ops.post("/console/failed", form("which", "marked", "mark", markOf(2), "filter", "vendor=kickbox")).is(http.StatusOK, "Retry 1 failed check?", markOf(2), "vendor=kickbox")
	if len(h.fake.deeds) != 0 {
		t.Fatal("retried before it was confirmed")
	}
	confirmed := form("which", "marked", "mark", markOf(2), "confirmed", "yes")
	ops.post("/console/failed", confirmed).is(http.StatusUnprocessableEntity, "Enter a reason")
	confirmed.Set("reason", "It is back.")
	ops.post("/console/failed", confirmed).is(http.StatusOK, "1 asked for again")
	ops.post("/console/failed", confirmed).is(http.StatusOK, "0 asked for again, 1 not", "Somebody was faster")
	if len(h.fake.deeds) != 1 || h.fake.deeds[0].round != 2 {
		t.Errorf("pressed twice: %+v", h.fake.deeds)
	}
	ops.get("/console/failed").is(http.StatusOK, "No check has failed")
}

func TestRetryAllThatMatch(t *testing.T) {
	h := newHouse(t)
	ops := h.desk(identity.RoleOps)
	ops.post("/console/failed", form("which", "all", "filter", "check=email&vendor=kickbox")).is(http.StatusOK, "Retry 1 failed check?", "check=email&amp;vendor=kickbox")
	ops.post("/console/failed", form("which", "all", "filter", "check=email&vendor=kickbox", "confirmed", "yes", "reason", "back")).
		is(http.StatusOK, "1 asked for again, 1 not", "could not be done now").silent("inside of the house")
	ops.post("/console/failed", form("which", "all", "filter", "%zz")).is(http.StatusOK, "Retry 0 failed checks?")
}

// TestNothingFromOutsideIsMarkup puts a script into every text that a page shows.
func TestNothingFromOutsideIsMarkup(t *testing.T) {
	const script = "<script>alert(1)</script>"
	h := newHouse(t)
	v := h.fake.cases[reviewID]
	v.Program, v.Version, v.Place.State, v.Wait = script, script, script, workflows.Wait{For: script, Next: script}
	v.Ruling.Reasons[0] = onboarding.Reason{Rule: script, Says: script, Cites: script}
	v.Checks[0].Vendor, v.Checks[0].Findings[0] = script, onboarding.Finding{Code: script, Severity: script, Screening: script, Disposed: script, Edition: script}
	v.Checks = append(v.Checks, onboarding.Check{Name: script, Vendor: script, Status: onboarding.StatusFailed, Problem: script, Round: 1})
	d := h.desk(identity.RoleAdmin)
	for _, path := range []string{"/console", casePath(reviewID), casePath(reviewID) + "/decision", casePath(reviewID) + "/ledger", "/console/failed",
		"/console?stage=" + "%3Cscript%3Ealert(1)%3C/script%3E", "/console/failed?vendor=%3Cscript%3Ealert(1)%3C/script%3E"} {
		if d.get(path); d.status >= 500 {
			t.Errorf("%s: %d", path, d.status)
		}
		d.silent(script)
		if n := strings.Count(d.body, "<h1"); n != 1 {
			t.Errorf("%s has %d headings of the first order", path, n)
		}
		for _, never := range []string{"<style", " style=", "onclick=", "<script"} {
			d.silent(never)
		}
	}
}
