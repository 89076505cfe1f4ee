package onebox_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// TestManyCasesToOneRecruiter: a run gives every case that nobody has to a recruiter,
// each once, however often it is asked for; a recruiter gives the marked ones in the
// console; and each change stands in the ledger with its run.
func TestManyCasesToOneRecruiter(t *testing.T) {
	d := openDesk(t, nil)
	var ids []string
	for range 4 {
		id, _ := d.apply("support-basics", nil)
		ids = append(ids, id)
	}
	for _, id := range ids {
		d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	}
	recruiter := stepper{d.house, d.recruiter}
	recruiter.open("/console/applicants/" + ids[0] + "/recruiter")
	found := regexp.MustCompile(`Your staff ID is <code>([0-9a-f]+)</code>`).FindStringSubmatch(recruiter.Text)
	if found == nil {
		t.Fatalf("no staff ID: %s", recruiter.Says())
	}
	me := found[1]
	recruiter.open("/console/applicants/"+ids[0]).hand("/console/applicants/"+ids[0], "do", "take").says("You have this case")
	d.awaitOf("nobody", len(ids)-1)

	key := uuid.NewString()
	var run client.Run
	for range 2 {
		var err error
		if run, err = d.api.AssignMany(t.Context(), client.AssignRequest{Recruiter: "0badcafe", Match: map[string]any{"program": "support-basics", "recruiter": "nobody"}}, key); err != nil {
			t.Fatal(err)
		}
	}
	run = d.over(run)
	if run.Total != 3 || run.Done != 3 {
		t.Errorf("%+v", run)
	}
	d.awaitOf("0badcafe", 3)
	// Exactly these, of which one is given already: it counts as given, and nothing is recorded twice.
	run = d.over(must(d.api.AssignMany(t.Context(), client.AssignRequest{Recruiter: "0badcafe", Applications: ids[:2]}, ""))(t))
	if run.Total != 2 || run.Done != 2 {
		t.Errorf("%+v", run)
	}
	for i, id := range ids {
		page := string(must(d.api.Ledger(t.Context(), id))(t))
		if n := strings.Count(page, "gave the case to the recruiter 0badcafe"); n != 1 || strings.Count(page, "in the run for many ") == 0 {
			t.Errorf("the ledger of %s says %d times that it was given", id, n)
		}
		if i == 0 && !strings.Contains(page, "from "+me+", in the run for many ") {
			t.Errorf("the ledger of %s does not say from whom: %s", id, page)
		}
	}
	d.awaitOf("0badcafe", 4)
	if err := recruiter.open("/console?recruiter=0badcafe").Submit(t.Context(), map[string]string{"which": "all"}); err != nil {
		t.Fatal(err)
	}
	recruiter.says("Give 4 cases to a recruiter?")
	if err := recruiter.Submit(t.Context(), map[string]string{"to": me}); err != nil {
		t.Fatal(err)
	}
	d.awaitOf(me, 4)
	recruiter.open("/console/runs").says("Give cases to " + me)
	d.everyLedgerHolds(len(ids))
}

// awaitOf waits until the list has n cases of a recruiter.
func (d *desk) awaitOf(recruiter string, n int) {
	d.Helper()
	eventually(d.T, time.Minute, func() error {
		page, err := d.api.List(d.Context(), map[string]string{"recruiter": recruiter})
		if err == nil && len(page.Items) != n {
			err = fmt.Errorf("%d cases of %s, want %d", len(page.Items), recruiter, n)
		}
		return err
	})
}

// over waits for a run's end.
func (d *desk) over(run client.Run) client.Run {
	d.Helper()
	eventually(d.T, time.Minute, func() (err error) {
		if run, err = d.api.Run(d.Context(), run.ID); err == nil && !run.Over() {
			err = fmt.Errorf("the run is %s", run.State)
		}
		return err
	})
	return run
}

// TestWhatIsHeldIsWaivedByARun: of what waits while a vendor is paused, the marked are
// waived from the console and the rest by a run; all go on, and the vendor hears nothing.
func TestWhatIsHeldIsWaivedByARun(t *testing.T) {
	d := openDesk(t, nil)
	must(d.api.PauseVendor(t.Context(), "kickbox", "Wrong answers since noon."))(t)
	time.Sleep(3 * time.Second) // workers learn of it within two
	var ids []string
	for range 4 {
		id, _ := d.apply("support-basics", nil)
		ids = append(ids, id)
	}
	eventually(t, time.Minute, func() error {
		if lines := must(d.api.Failed(t.Context(), map[string]string{"held": "true", "vendor": "kickbox"}, 0))(t); len(lines) != len(ids) {
			return fmt.Errorf("%d wait", len(lines))
		}
		return nil
	})
	ops := d.staff(identity.RoleOps)
	ops.open("/console/failed").says("Waiting for a paused vendor").open("/console/failed?held=kickbox").says("Waive it for all 4 who wait")
	if err := ops.Submit(t.Context(), map[string]string{"which": "waive-marked", "mark": ids[0] + "/email/1"}); err != nil {
		t.Fatal(err)
	}
	ops.says("Waive what waits for a paused vendor, of 1 applicant")
	if err := ops.Submit(t.Context(), map[string]string{"reason": "The client agreed."}); err != nil {
		t.Fatal(err)
	}
	d.await(ids[0], func(st client.Status) bool { return checkOf(t, st, "email").Status == "waived" })
	key := uuid.NewString()
	var run client.Run
	for range 2 {
		run = must(d.api.StartRun(t.Context(), client.RunRequest{Action: "waive", Held: true, Vendor: "kickbox", Reason: "The client agreed."}, key))(t)
	}
	if run = d.over(run); run.Done != 3 || run.Done+run.Refused != run.Total {
		t.Errorf("%+v", run)
	}
	for _, id := range ids {
		d.await(id, func(st client.Status) bool {
			return st.Stage == "certification" && checkOf(t, st, "email").Status == "waived"
		})
	}
	if n := len(d.books("kickbox")); n != 0 {
		t.Errorf("the paused vendor was asked %d times", n)
	}
	d.everyLedgerHolds(len(ids))
}
