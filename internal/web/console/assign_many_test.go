package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const assignPath = "/console/assign"

// TestManyCasesToARecruiter: the marked, or all that match, are given by one run; a case
// that has changed hands since it was marked stays whose it is, and the run says so.
func TestManyCasesToARecruiter(t *testing.T) {
	h := newHouse(t)
	for id, e := range map[string]identity.Entry{"00000001": {Name: "Rosa Recruiter", Roles: []identity.Choice{{Role: identity.RoleRecruiter, Programs: []string{"support-basics"}}}},
		"00000002": {Name: "Rita Reviewer", Roles: []identity.Choice{{Role: identity.RoleReviewer}}}} {
		if err := h.console.Directory.Note(t.Context(), id, e); err != nil {
			t.Fatal(err)
		}
	}
	d := h.desk(identity.RoleRecruiter)
	me := strings.TrimPrefix(string(d.actor()), "staff:recruiter:")
	d.get(listPath).is(http.StatusOK, `value="`+string(failedID)+`/"`, "Give the marked to a recruiter", "Give all that match to a recruiter").silent("Rita Reviewer")
	d.post(assignPath, form("filter", "", "which", "marked")).is(http.StatusUnprocessableEntity).says("Mark at least one applicant", "Applicants")
	h.fake.cases[reviewID].Recruiter = "feedf00d" // since it was marked
	d.post(assignPath, form("filter", "stage=vetting", "which", "marked", "mark", string(failedID)+"/", "mark", string(reviewID)+"/")).
		is(http.StatusOK).says("Give 2 cases to a recruiter?", "Rosa Recruiter", "(you)").silent("Rita Reviewer")
	d.submit().problem("to-0", "Choose who gets them")
	stale := d.doc
	d.submit("to", "00000001").is(http.StatusOK).says("1 given, 1 not", "Rosa Recruiter", "the cases that were marked", "Not given", "Back to the applicants").silent("failed checks</a>")
	if at := d.path; len(h.fake.order) != 1 || h.fake.cases[failedID].Recruiter != "00000001" || h.fake.cases[reviewID].Recruiter != "feedf00d" || at != runPath(h.fake.order[0]) {
		t.Fatalf("%v, at %s", h.fake.order, at)
	}
	d.doc = stale
	if d.submit("to", "00000001").is(http.StatusOK); len(h.fake.order) != 1 {
		t.Errorf("pressed twice it is %d runs", len(h.fake.order))
	}
	d.get(listPath+"?recruiter=00000001").is(http.StatusOK, `value="`+string(failedID)+`/00000001"`)

	// All that match: by the filter, and none that is over.
	h.fake.cases[failedID].Stage = onboarding.StageWithdrawn
	d.post(assignPath, form("filter", "recruiter=feedf00d&sort=since", "which", "all")).is(http.StatusOK).says("Give 1 case to a recruiter?", "all that match and are not over")
	d.submit("to", me).is(http.StatusOK).says("1 given", "of the recruiter feedf00d")
	run := h.fake.runs[h.fake.order[1]]
	if run.request.Action != workflows.BulkAssign || run.request.To != me || h.fake.cases[reviewID].Recruiter != me || len(run.request.Reason) != 0 {
		t.Errorf("%+v", run.request)
	}
	d.get(runsPath).says("Give cases to "+me, "Give cases to Rosa Recruiter")
	d.post(assignPath, form("filter", "recruiter=feedf00d", "which", "all")).is(http.StatusUnprocessableEntity).says("nothing to give")
	d.get(listPath + "?stage=withdrawn").is(http.StatusOK).silent(`value="` + string(failedID) + `/`)

	for _, wrong := range []string{"nobody", "x/", string(failedID)} {
		d.post(assignPath, form("filter", "", "which", "marked", "mark", wrong)).is(http.StatusUnprocessableEntity)
	}
	d.post(assignPath, form("filter", "due=nowhere", "which", "all")).is(http.StatusUnprocessableEntity)
	d.post(assignPath, form("filter", "look="+strings.Repeat("0", 32), "which", "all")).is(http.StatusUnprocessableEntity)
	for _, role := range []identity.Role{identity.RoleOps, identity.RoleReviewer, identity.RolePrivacy, identity.RoleAuditor} {
		other := h.desk(role)
		other.get(listPath).is(http.StatusOK).silent("Give the marked")
		other.post(assignPath, form("filter", "", "which", "all")).is(http.StatusForbidden)
	}
}

// TestRunThatAssignsIsSteeredByWhoMayAssign, and one that retries by who may retry.
func TestRunThatAssignsIsSteeredByWhoMayAssign(t *testing.T) {
	h := newHouse(t)
	h.fake.slow = true
	d := h.desk(identity.RoleRecruiter)
	d.post(assignPath, form("filter", "", "which", "all")).says("Staff ID of who gets them").submit("to", "no id").is(http.StatusOK)
	at := d.path
	d.says("Call off the rest").post(at+"/pause", nil).is(http.StatusOK).says("Go on")
	ops := h.desk(identity.RoleOps).get(at).is(http.StatusOK).silent("Call off the rest", "Go on")
	ops.post(at+"/cancel", nil).is(http.StatusForbidden)
	ops.get(failedPath).submit("which", "all").submit("reason", "back").is(http.StatusOK).says("Call off the rest")
	d.get(ops.path).is(http.StatusOK).silent("Call off the rest").post(ops.path+"/cancel", nil).is(http.StatusForbidden)
}
