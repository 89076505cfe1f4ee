package console

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestPauseAVendor: with a reason, seen by all who see vendors, and resumed by one
// button; each is kept beside the ledgers before it happens.
func TestPauseAVendor(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps).get(vendorsPath).is(http.StatusOK).says("Kickbox", "answers", "Pause")
	d.get(vendorsPath+"/kickbox/pause").is(http.StatusOK).says("Pause Kickbox?", "none fails and none spends an attempt").submit("reason", " ").problem("reason", "Enter a reason")
	if h.fake.calls["PauseVendor"] != 0 {
		t.Fatal("paused without a reason")
	}
	d.submit("reason", "Wrong reports since noon.").is(http.StatusOK).says("The vendor is paused.", "paused since", "Wrong reports since noon.", "Resume")
	if p := h.fake.pauses["kickbox"]; p.words != "Wrong reports since noon." || p.by != d.actor() {
		t.Errorf("paused: %+v", p)
	}
	h.desk(identity.RoleRecruiter).get(vendorsPath).is(http.StatusOK).says("paused since", "7").silent("Resume", "/pause").post(vendorsPath+"/kickbox/resume", nil).is(http.StatusForbidden)
	h.desk(identity.RoleReviewer).get(vendorsPath).is(http.StatusForbidden)
	d.post(vendorsPath+"/kickbox/resume", nil).is(http.StatusOK).says("The vendor is asked again.").silent("paused since")
	d.get(vendorsPath+"/acme/pause").is(http.StatusNotFound).post(vendorsPath+"/acme/resume", nil).is(http.StatusNotFound)
	h.desk(identity.RoleAdmin).get(accessPath).is(http.StatusOK).says("paused a vendor", "resumed a vendor")
}

// TestUseAnotherVendor: for one check that failed, or that waits for a paused vendor.
func TestUseAnotherVendor(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps).get(casePath(failedID)).is(http.StatusOK).follow("Use another vendor for the e-mail address").says("Use another vendor for this check", "emailable").silent("kickbox</label>")
	d.submit("reason", "Kickbox is closed.", "vendor", "emailable").is(http.StatusOK).says("The check goes to another vendor")
	if len(h.fake.deeds) != 1 || h.fake.deeds[0].what != "use-vendor emailable" || h.fake.deeds[0].round != 2 || h.fake.deeds[0].words != "Kickbox is closed." {
		t.Errorf("done: %+v", h.fake.deeds)
	}
	at := casePath(failedID) + "/checks/email/use-vendor"
	d.post(at, form("reason", "x", "vendor", "emailable")).is(http.StatusConflict) // it is under way
	k := &h.fake.cases[failedID].Checks[0]
	k.Status, k.Paused = onboarding.StatusRunning, noon
	d.get(casePath(failedID)).says("Kickbox is paused; the check goes on by itself", "Use another vendor")
	d.get(at).is(http.StatusOK).says("the vendor is paused")
	k.Status = onboarding.StatusFailed
	d.post(at, form("reason", "x", "vendor", "acme")).is(http.StatusUnprocessableEntity).says("Choose a vendor of the list")
	h.fake.unnamed = true
	d.post(at, form("reason", "x", "vendor", "emailable")).is(http.StatusUnprocessableEntity).says("No notice names it.")
	d.get(casePath(failedID) + "/checks/phone/use-vendor").is(http.StatusConflict)
	if len(h.fake.deeds) != 1 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestUseAnotherVendorForMany: with the vendor chosen and a reason, by a run.
func TestUseAnotherVendorForMany(t *testing.T) {
	h, ids := outage(t)
	d := h.desk(identity.RoleOps).get(failedPath+"?check=email&vendor=kickbox").says("Use another vendor for all 5").submit("which", "move-all")
	d.is(http.StatusOK).says("Move 5 failed checks to another vendor?", "emailable").submit("reason", "").problem("reason", "Enter a reason")
	d.submit("vendor", "emailable", "reason", "Kickbox is closed.").is(http.StatusOK).says("5 moved", "emailable")
	if len(h.fake.deeds) != 5 || h.fake.deeds[0].what != "use-vendor emailable" {
		t.Errorf("done: %+v", h.fake.deeds)
	}
	d.get(failedPath + "?vendor=findly").silent("Use another vendor")
	d.post(failedPath, form("which", "move-marked", "mark", string(ids[0])+"/background/1")).is(http.StatusUnprocessableEntity).says("No program names another vendor for these checks.")
}

// TestPausedAmongTheFailed: the page of the failed checks says what is paused.
func TestPausedAmongTheFailed(t *testing.T) {
	h, _ := outage(t)
	h.fake.outages = []workflows.VendorOutage{{Vendor: "kickbox", Pause: workflows.VendorPause{Since: noon, Actor: "staff:ops:1"}}}
	d := h.desk(identity.RoleOps).get(failedPath).is(http.StatusOK).says("Kickbox is paused", "paused since", "staff:ops:1").silent("Kickbox does not answer")
	if !strings.Contains(d.body, `href="/console/vendors"`) {
		t.Error("no way to resume it")
	}
}

func (s hostileService) Vendors(context.Context) ([]applicants.Vendor, error) {
	return []applicants.Vendor{{Name: "kickbox", Paused: noon, Reason: s.text, By: workflows.Actor(s.text)}}, nil
}

func (s hostileService) FailedLines(ctx context.Context, f applicants.Filter) ([]applicants.FailedLine, string, error) {
	l, next, err := s.fake.FailedLines(ctx, f)
	l, err = poisoned(s, l, err)
	return l, next, err
}
