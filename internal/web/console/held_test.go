package console

import (
	"net/http"
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestWhatWaitsForAPausedVendor is found from the failed checks, and is waived or moved
// to another vendor: one, the marked, or all; never retried.
func TestWhatWaitsForAPausedVendor(t *testing.T) {
	h := newHouse(t)
	ids := h.fake.many(4)
	for _, id := range ids {
		k := &h.fake.cases[id].Checks[0]
		k.Status, k.Problem, k.Paused = onboarding.StatusRunning, "", noon
	}
	h.fake.outages = []workflows.VendorOutage{{Vendor: "kickbox", Pause: workflows.VendorPause{Since: noon, Actor: "staff:ops:1"}}}
	at := failedPath + "?held=kickbox"
	d := h.desk(identity.RoleOps)
	d.get(failedPath).is(http.StatusOK, `href="`+at+`"`).says("Waiting for a paused vendor")
	d.get(at).is(http.StatusOK, "Ops have paused this vendor", `value="`+string(ids[0])+`/email/1"`).says("Waive it for all 4 who wait")
	d.post(failedPath, form("filter", "held=kickbox", "which", "waive-marked")).is(http.StatusUnprocessableEntity).says("Mark at least one check", "Waiting for Kickbox")
	d.post(failedPath, form("filter", "held=kickbox", "which", "all")).is(http.StatusConflict).says("nothing to retry")
	d.post(failedPath, form("filter", "held=kickbox", "which", "waive-marked", "mark", string(ids[0])+"/email/1")).is(http.StatusOK).says("Waive what waits for a paused vendor, of 1 applicant").
		submit("reason", "The client agreed.").is(http.StatusOK).says("1 waived")
	d.get(at).says("Waive it for all 3 who wait")
	d.post(failedPath, form("filter", "held=kickbox", "which", "waive-all")).is(http.StatusOK).says("of 3 applicants", "whatever waits for Kickbox").
		submit("reason", "The client agreed.").is(http.StatusOK).says("3 waived", "every check that waited for the paused vendor")
	if m := h.fake.runs[h.fake.order[1]].Match; !m.Held || m.Vendor != "kickbox" || slices.ContainsFunc(ids, func(id onboarding.ApplicantID) bool {
		return h.fake.cases[id].Checks[0].Status != onboarding.StatusWaived
	}) {
		t.Errorf("%+v", m)
	}
	d.get(at).says("Nobody waits for it.")
	h.desk(identity.RoleReviewer).get(at).is(http.StatusOK).silent("Waive")
	h.fake.outages = nil
	d.get(at).says("This vendor is not paused any more")
}
