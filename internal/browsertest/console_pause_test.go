package browsertest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// pauseDay: ops pause a vendor that answers, and every page says so; applicants wait,
// are told, and are asked for once each when it is resumed.
func pauseDay(t *testing.T, w *world, l look) {
	b := w.staffBy(t, identity.RoleOps, l)
	b.open("/console/vendors").press("Pause Kickbox").at("/console/vendors/kickbox/pause").send().is(http.StatusUnprocessableEntity).says("Enter a reason")
	b.send("reason", "Wrong answers since noon.").at("/console/vendors").says("Paused since", "Wrong answers since noon.", "Resume Kickbox")
	resume := func() { _, _ = w.api.ResumeVendor(t.Context(), "kickbox") }
	t.Cleanup(resume)
	before := w.asked(t, "kickbox")
	time.Sleep(3 * time.Second) // workers learn of it within two
	var held []*journey
	for range 3 {
		held = append(held, w.handsIn(t, newcomer("Paula", "Paused"), "support-basics", nil))
	}
	for _, j := range held {
		w.await(t, j.id, func(st client.Status) bool {
			return st.Attention != "ops" && strings.Contains(st.WaitsFor, "a vendor that ops have paused: e-mail address at Kickbox")
		})
	}
	b.loadsUntil("/console/failed", "Kickbox is paused")
	b.loadsUntil("/console/board", "Kickbox is paused")
	b.open(held[0].casePage()).says("Kickbox is paused; the check goes on by itself when it is resumed.", "Waits for a vendor that ops have paused")
	held[0].enters(t, phone).says("We are not asking Kickbox at the moment", "does not count against you")
	b.loadsUntil("/console/vendors", fmt.Sprintf("%d 0", len(held))) // wait for it, and have failed
	if n := w.asked(t, "kickbox") - before; n != 0 {
		t.Errorf("the paused vendor was asked %d times", n)
	}
	b.loadsUntil("/console/failed", "Waiting for a paused vendor")
	held = waivesHeld(t, w, b, held)
	recruiter := w.staffBy(t, identity.RoleRecruiter, l)
	recruiter.open("/console/vendors").says("Paused since").silent("Resume Kickbox")
	b.open("/console/vendors").press("Resume Kickbox").at("/console/vendors").says("The vendor is asked again").silent("Wrong answers since noon.")
	for _, j := range held {
		st := w.await(t, j.id, func(st client.Status) bool { return st.Stage == "certification" })
		for _, c := range st.Checks {
			if c.Name == "email" && (c.Round != 1 || c.Status != "passed") {
				t.Errorf("%s: %+v", j.id, c)
			}
		}
	}
	if n := w.asked(t, "kickbox") - before; n != len(held) {
		t.Errorf("%d applicants, and the vendor was asked %d times", len(held), n)
	}
	eventually(b, func() error {
		if b.open("/console/failed"); b.saysNow("Kickbox is paused") {
			return fmt.Errorf("the line stays")
		}
		return nil
	})
}

// asked is how often the vendors' sandbox was asked in a vendor's place.
func (w *world) asked(t *testing.T, vendor string) int {
	t.Helper()
	var entries []struct{}
	w.read(t, w.box.Face.Sandbox+"/_books?vendor="+vendor, &entries)
	return len(entries)
}

// waivesHeld: one who waits for the paused vendor goes on without it, by a run; it gives
// the others.
func waivesHeld(t *testing.T, w *world, b *tab, held []*journey) []*journey {
	t.Helper()
	page := "/console/failed?held=kickbox"
	b.loadsUntil(page, fmt.Sprintf("Waive it for all %d who wait", len(held)))
	b.says("Waiting for Kickbox", "Ops have paused this vendor").press("Waive the marked").is(http.StatusUnprocessableEntity).says("mark")
	b.open(page).press("Waive it for all").says("what waits for a paused vendor").press("No, go back")
	b.clickAt(b.point(`[...document.querySelectorAll("[name=mark]")].find(e => e.value.startsWith(%s))`, held[0].id))
	b.press("Waive the marked").send().is(http.StatusUnprocessableEntity).says("Enter a reason")
	b.send("reason", "The address was answered from by hand.").again("1 of 1 dealt with")
	held[0].stands(t, "certification", "")
	return held[1:]
}
