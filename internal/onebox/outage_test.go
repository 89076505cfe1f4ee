package onebox_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	sdk "go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// TestVendorDownAndBack: a vendor is down for longer than any retry lasts. Ops see
// one line, nothing fails, and everybody goes on by themselves when it is back.
func TestVendorDownAndBack(t *testing.T) {
	t.Parallel()
	d := openDesk(t, func(c *onebox.Config) { c.Patience = 10 * time.Minute })
	d.fault(`{"vendor":"kickbox","status":503}`)
	began := time.Now()
	var ids []string
	for range 12 {
		id, _ := d.apply("support-basics", nil)
		ids = append(ids, id)
	}
	ops := d.staff(identity.RoleOps)
	eventually(t, time.Minute, func() error {
		ops.open("/console/failed")
		if !strings.Contains(ops.Text, "Kickbox does not answer") {
			return fmt.Errorf("ops are not told: %s", ops.Says())
		}
		return nil
	})
	// Far more than the three attempts that a failing check has: with attempts at
	// 1, 2 and 4 seconds they would all have failed by now.
	time.Sleep(10 * time.Second)
	asked := len(d.books("kickbox"))
	for _, id := range ids {
		st, err := d.api.Status(t.Context(), id)
		if err != nil || st.Attention == "ops" {
			t.Errorf("%s stands at %s: %v", id, st.Attention, err)
		}
	}
	if asked > 25+int(time.Since(began)/time.Second) { // twelve at once, five in a row to find out, and one try each two seconds
		t.Errorf("a dead vendor was asked %d times for twelve applicants", asked)
	}
	d.send(http.MethodDelete, d.face.Sandbox+"/_faults", "")
	for _, id := range ids {
		st := d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
		if c := checkOf(t, st, "email"); c.Round != 1 || c.Status != "passed" {
			t.Errorf("%+v", c)
		}
	}
	eventually(t, time.Minute, func() error {
		if ops.open("/console/failed"); strings.Contains(ops.Text, "Kickbox does not answer") {
			return fmt.Errorf("the line stays")
		}
		return nil
	})
	d.everyLedgerHolds(len(ids))
}

// TestWhatVendorsSay: each way in which an answer is none, once and passing: the
// check goes on, the order is made once.
func TestWhatVendorsSay(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{
		"garbage":                            `{"vendor":"%s","garbage":true,"count":1}`,
		"429 with Retry-After":               `{"vendor":"%s","status":429,"retry_after":1,"count":1}`,
		"409, still in flight":               `{"vendor":"%s","status":409,"count":1}`,
		"dropped after the order was taken":  `{"vendor":"%s","drop":true,"count":1}`,
		"dropped twice, then a server error": `{"vendor":"%s","drop":true,"count":2}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDesk(t, func(c *onebox.Config) { c.Attempts = 6 })
			for program, vendor := range map[string]string{"support-basics": "findly", "secure-line": "checkr"} {
				d.fault(fmt.Sprintf(fault, vendor))
				id, email := d.apply(program, nil)
				if program == "secure-line" {
					d.await(id, func(st client.Status) bool { return st.Attention == "applicant" })
					d.portal(email).atVendor("identity_document", "verified")
				}
				st := d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
				if c := checkOf(t, st, "background"); c.Round != 1 || c.Status != "passed" {
					t.Errorf("%s: %+v", vendor, c)
				}
				faulty := slices.ContainsFunc(d.books(vendor), func(e sandbox.Entry) bool { return e.Fault != "" })
				if !faulty {
					t.Errorf("%s never failed", vendor)
				}
				d.orderedOnce(id)
				d.whole(id)
			}
		})
	}
}

// TestRatedVendor: with a rate the vendor is asked from its own queue alone, no
// faster than it allows, whichever program the applicants are for.
func TestRatedVendor(t *testing.T) {
	t.Parallel()
	d := openDesk(t, func(c *onebox.Config) { c.Rates = map[string]float64{"twilio": 2} })
	var ids []string
	for i := range 8 {
		id, _ := d.apply([]string{"support-basics", "health-line"}[i%2], nil)
		ids = append(ids, id)
	}
	for _, id := range ids {
		d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	}
	var first, last time.Time
	for _, e := range d.books("twilio") {
		if first.IsZero() {
			first = e.At
		}
		last = e.At
	}
	// Eight at two a second, less the burst that a bucket begins with.
	if took := last.Sub(first); took < 2*time.Second {
		t.Errorf("eight calls came within %s", took)
	}
	d.inTurn(ids[0], "vendor-twilio", "support-basics")
	d.inTurn(ids[1], "vendor-twilio", "health-line")
}

// inTurn holds somebody's history to a call that stood in a vendor's queue, in the
// fair share of their program.
func (d *desk) inTurn(id, queue, program string) {
	d.Helper()
	c, err := sdk.Dial(sdk.Options{HostPort: d.face.Temporal.Address, Namespace: d.face.Temporal.Namespace})
	if err != nil {
		d.Fatal(err)
	}
	defer c.Close()
	runs, err := c.ListWorkflow(d.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowId = 'applicant/" + id + "'"})
	if err != nil {
		d.Fatal(err)
	}
	for _, run := range runs.GetExecutions() {
		events := c.GetWorkflowHistory(d.Context(), "applicant/"+id, run.GetExecution().GetRunId(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			e, err := events.Next()
			if err != nil {
				d.Fatal(err)
			}
			a := e.GetActivityTaskScheduledEventAttributes()
			if a.GetTaskQueue().GetName() == queue && a.GetPriority().GetFairnessKey() == program {
				return
			}
		}
	}
	d.Errorf("no call of %s stood in %s under the fairness key %s", id, queue, program)
}
