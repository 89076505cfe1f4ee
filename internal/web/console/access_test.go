package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestRefusalsAreRecorded: who, what, where and why, and the auditor reads it.
func TestRefusalsAreRecorded(t *testing.T) {
	h := newHouse(t)
	h.fake.cases[reviewID].Program = "other"
	d := h.desk(identity.RoleRecruiter)
	d.get(casePath(failedID) + "/checks/email/retry").is(http.StatusForbidden)
	d.swap(func(string) string {
		return d.sealed(identity.Staff{ID: "00c0ffee", Role: identity.RoleOps, Programs: []string{"support-basics"}})
	})
	d.get(casePath(reviewID)).is(http.StatusNotFound)
	d.get(casePath(unknownID)).is(http.StatusNotFound) // nobody's: nothing to be told of
	d.get(casePath(failedID)).is(http.StatusOK)
	var got []access.Event
	for _, e := range h.kept.Events(t) {
		if e.What == access.Refused {
			got = append(got, e)
		}
	}
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	slices.SortFunc(got, func(a, b access.Event) int { return strings.Compare(a.Detail, b.Detail) })
	if e := got[0]; e.Detail != access.ByScope || e.Who != "staff:ops:00c0ffee" || e.Applicant != reviewID || e.Program != "other" || e.Action != string(identity.ViewCase) || e.Route != "GET /console/applicants/{id}" {
		t.Errorf("%+v", e)
	}
	if e := got[1]; e.Detail != access.ByRole || !strings.HasPrefix(e.Who, "staff:recruiter:") || e.Applicant != failedID || e.Action != string(identity.Retry) {
		t.Errorf("%+v", e)
	}
	a := h.desk(identity.RoleAuditor).get(accessPath+"?what=refused").is(http.StatusOK, "of another program", "not for that role or key", "staff:ops:00c0ffee").leads("…00000000000b", casePath(reviewID))
	a.get(accessPath + "?what=refused&who=staff:ops:00c0ffee").silent("not for that role or key").says("of another program")
	a.get(accessPath+"?day=2026-11-23").is(http.StatusOK).says("Nothing of that kind on this day").leads("The day after", accessPath+"?day=2026-11-24")
	a.get(accessPath + "?day=soon").is(http.StatusUnprocessableEntity)
	h.desk(identity.RoleOps).get(accessPath).is(http.StatusForbidden)
}

// TestExportIsRecordedFirst: an export that cannot be recorded is not given.
func TestExportIsRecordedFirst(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps)
	if err := h.fake.StartBulk(t.Context(), applicants.BulkRequest{ID: uuid.NewString(), Action: workflows.BulkRetry}); err != nil {
		t.Fatal(err)
	}
	at := runPath(h.fake.order[0]) + "/answers.csv"
	d.get(at).is(http.StatusOK, string(failedID))
	got := slices.DeleteFunc(h.kept.Events(t), func(e access.Event) bool { return e.What != access.Exported })
	if len(got) != 1 || got[0].Count != 1 || !strings.HasSuffix(got[0].Route, "answers.csv") {
		t.Errorf("%+v", got)
	}
	h.kept.Down = onboarding.Invalid("", "down", "")
	if d.get(at); d.status == http.StatusOK || strings.Contains(d.body, string(failedID)) {
		t.Errorf("%d: given without a record", d.status)
	}
}
