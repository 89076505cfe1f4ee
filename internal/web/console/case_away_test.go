package console

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// TestCaseWhileNoWorkerAnswers: what the list and the ledger know is shown, nothing is
// offered that could not be done, and the page keeps itself up to date.
func TestCaseWhileNoWorkerAnswers(t *testing.T) {
	h, _ := outage(t)
	h.fake.cases[failedID].Recruiter = "feedf00d"
	h.fake.failIn["StaffView"] = applicants.ErrAway
	for _, role := range []identity.Role{identity.RoleOps, identity.RoleAuditor} {
		d := h.desk(role).get(casePath(failedID)).is(http.StatusOK, string(failedID), "data-live").says("cannot be read at this moment", "Failed checks", "round 2", "Look again")
		d.silent("Retry the", "Waive the", "Take it")
	}
	h.desk(identity.RoleAuditor).get(casePath(failedID)).says("Ledger")
	h.desk(identity.RoleOps).get(casePath("019ab3c0-0000-7000-8000-0000000000ff")).is(http.StatusNotFound)
	h.desk(identity.RoleOps).get(casePath(failedID)+"/checks/email/retry").is(http.StatusServiceUnavailable, "did not answer in time")
	h.fake.failIn["Timeline"] = errors.New("the inside of the house")
	h.desk(identity.RoleAuditor).get(casePath(failedID)).is(http.StatusInternalServerError, "Reference:")
}

// TestRunWhileNoWorkerAnswers: the page says of when its numbers are.
func TestRunWhileNoWorkerAnswers(t *testing.T) {
	h, _ := outage(t)
	d := h.desk(identity.RoleOps).post(failedPath, confirmed("which", "all", "reason", "x")).is(http.StatusOK).silent("No worker answers")
	h.fake.runs[d.path[len(runsPath)+1:]].AsOf = noon.Add(-9 * time.Second)
	d.get(d.path).is(http.StatusOK).says("No worker answers at this moment", "Nothing is lost")
	h.fake.failIn["Bulk"] = applicants.ErrAway
	d.get(runPath(uuid.NewString())).is(http.StatusServiceUnavailable)
}
