package browsertest

import (
	"net/http"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// opsDay is an outage of Kickbox, from the first failed check to the last retried one.
func opsDay(t *testing.T, w *world, l look) {
	b := w.staffBy(t, identity.RoleOps, l)
	b.open("/console/failed")
	w.fault(t, http.MethodPost, `{"vendor":"kickbox","status":503}`)
	over := false
	end := func() {
		if !over {
			over = true
			w.fault(t, http.MethodDelete, "")
		}
	}
	t.Cleanup(end)
	var hit []*journey
	for range 5 {
		hit = append(hit, w.handsIn(t, newcomer("Otto", "Outage"), "support-basics", nil))
	}
	failed := func(n int) {
		t.Helper()
		for _, j := range hit {
			w.await(t, j.id, func(st client.Status) bool {
				for _, c := range st.Checks {
					if c.Name == "email" {
						return c.Status == "failed" && c.Round == n
					}
				}
				return false
			})
		}
	}
	failed(1)
	b.again("Kickbox: 5 failed").open("/console/failed?vendor=kickbox").says("Retry all 5 that match")
	b.open(hit[0].casePage()).says("ops to retry or waive").open("/console?attention=ops")
	b.open("/console/vendors").says("Kickbox", "5 failed at Kickbox")

	// Two are marked, while the vendor is out still: they fail once more.
	b.open("/console/failed?vendor=kickbox").press("Retry the marked").says("mark")
	b.open("/console/failed?vendor=kickbox")
	for n := range 2 {
		b.clickAt(b.point(`document.querySelectorAll("[name=mark]")[%s]`, n))
	}
	b.press("Retry the marked").says("Retry 2 failed checks?").press("Retry 2").is(http.StatusUnprocessableEntity).says("Enter a reason")
	b.send("reason", "Kickbox says that it is back.").again("2 of 2 dealt with")
	b.loadsUntil("/console/failed?vendor=kickbox", "Retry all 5 that match")
	end()
	b.press("Retry all 5").says("Retry 5 failed checks?").send("reason", "It answers again.").again("5 of 5 dealt with").says("Done")
	b.press("All runs").at("/console/runs")
	for _, j := range hit {
		w.await(t, j.id, func(st client.Status) bool { return st.Stage == "certification" })
	}
	b.open("/console/failed").silent("Kickbox: 5 failed")
}
