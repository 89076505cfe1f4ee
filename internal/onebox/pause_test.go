package onebox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// TestPauseAndResume: ops pause a vendor that answers. Nothing is sent to it, nobody
// fails, each applicant's status and the console say why it waits; on resume all go on
// by themselves, each asked for once, in their first round.
func TestPauseAndResume(t *testing.T) {
	d := openDesk(t, nil)
	if _, err := d.api.PauseVendor(t.Context(), "kickbox", "Wrong answers since noon."); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second) // workers learn of it within two
	var ids []string
	for range 6 {
		id, _ := d.apply("support-basics", nil)
		ids = append(ids, id)
	}
	for _, id := range ids {
		st := d.await(id, func(st client.Status) bool {
			return strings.Contains(st.WaitsFor, "a vendor that ops have paused: e-mail address at Kickbox")
		})
		if st.Attention == "ops" || checkOf(t, st, "email").Status == "failed" {
			t.Errorf("%s stands at %s", id, st.Attention)
		}
	}
	ops := d.staff(identity.RoleOps)
	eventually(t, time.Minute, func() error {
		for _, v := range must(d.api.Vendors(t.Context()))(t) {
			if v.Vendor == "kickbox" && v.Paused != nil && v.Held == len(ids) {
				return nil
			}
		}
		return fmt.Errorf("the vendors do not say that %d wait", len(ids))
	})
	ops.open("/console/vendors").says("Wrong answers since noon.")
	ops.open("/console/applicants/" + ids[0]).says("Kickbox is paused; the check goes on by itself when it is resumed.")
	if n := len(d.books("kickbox")); n != 0 {
		t.Errorf("the paused vendor was asked %d times", n)
	}
	vendors := must(d.api.ResumeVendor(t.Context(), "kickbox"))(t)
	for _, v := range vendors {
		if v.Vendor == "kickbox" && v.Paused != nil {
			t.Errorf("resumed: %+v", v)
		}
	}
	for _, id := range ids {
		st := d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
		if c := checkOf(t, st, "email"); c.Round != 1 || c.Status != "passed" {
			t.Errorf("%+v", c)
		}
	}
	if n := len(d.books("kickbox")); n != len(ids) {
		t.Errorf("%d applicants, and the vendor was asked %d times", len(ids), n)
	}
	eventually(t, time.Minute, func() error {
		if ops.open("/console/failed"); strings.Contains(ops.Text, "Kickbox is paused") {
			return fmt.Errorf("the line stays")
		}
		return nil
	})
	d.everyLedgerHolds(len(ids))
}

// TestUseAnotherVendorOfTheFile: what failed at one vendor is moved to another one that
// the program names: one check by itself, and all that match by a run, pressed twice.
func TestUseAnotherVendorOfTheFile(t *testing.T) {
	d := openDesk(t, func(c *onebox.Config) { c.Attempts = 1 })
	d.fault(`{"vendor":"watchman","status":422}`)
	var ids []string
	for range 4 {
		id, _ := d.apply("secure-line", nil)
		ids = append(ids, id)
	}
	for _, id := range ids {
		d.await(id, func(st client.Status) bool { return checkOf(t, st, "sanctions").Status == "failed" })
	}
	if err := d.api.UseVendor(t.Context(), ids[0], "sanctions", "findly", 0, "Watchman is closed."); err == nil {
		t.Error("moved to a vendor that the file does not name for it")
	}
	ops := d.staff(identity.RoleOps)
	ops.open("/console/failed?vendor=watchman").says("Use another vendor for all 4")
	ops.open("/console/applicants/"+ids[0]+"/checks/sanctions/use-vendor").hand("/console/applicants/"+ids[0], "vendor", "ofac", "reason", "Watchman is closed.")
	d.await(ids[0], func(st client.Status) bool {
		c := checkOf(t, st, "sanctions")
		return c.Vendor == "ofac" && c.Round == 2 && c.Status == "passed"
	})
	key := uuid.NewString()
	var run client.Run
	for range 2 {
		var err error
		if run, err = d.api.StartRun(t.Context(), client.RunRequest{Action: "use_vendor", To: "yente", Vendor: "watchman", Error: "VENDOR_REFUSED", Reason: "Watchman is closed."}, key); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, time.Minute, func() (err error) {
		if run, err = d.api.Run(t.Context(), run.ID); err == nil && !run.Over() {
			err = fmt.Errorf("the run is %s", run.State)
		}
		return err
	})
	if run.Done != 3 || run.Total != 3 {
		t.Errorf("%+v", run)
	}
	for _, id := range ids[1:] {
		d.await(id, func(st client.Status) bool {
			c := checkOf(t, st, "sanctions")
			return c.Vendor == "yente" && c.Round == 2 && c.Status == "passed"
		})
		_, _, page := d.send(http.MethodGet, "/api/v1/applications/"+id+"/ledger", "", "Authorization", "Bearer "+d.face.APIKey)
		if !strings.Contains(page, "moved the check") {
			t.Errorf("the ledger of %s does not say it", id)
		}
	}
	asked := 0
	for _, e := range d.books("yente") {
		if e.Method == http.MethodPost && e.Status < 300 {
			asked++
		}
	}
	if asked != 3 {
		t.Errorf("yente answered %d times for three checks", asked)
	}
	d.everyLedgerHolds(len(ids))
}

// must gives what came without an error.
func must[V any](v V, err error) func(*testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
