package api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
)

// TestVendors: a vendor is paused with a reason and resumed, each kept beside the
// ledgers, and the answer says how the vendors stand then.
func TestVendors(t *testing.T) {
	f := serve(t, nil)
	var out struct{ Items []api.Vendor }
	f.send("GET", "/api/v1/vendors", "").decode(t, &out)
	if len(out.Items) != 2 || out.Items[0].Paused != nil || out.Items[1].Failed != 3 {
		t.Errorf("%+v", out)
	}
	f.send("POST", "/api/v1/vendors/kickbox/pause", `{"reason":"Wrong answers."}`).decode(t, &out)
	if v := out.Items[0]; v.Paused == nil || v.Reason != "Wrong answers." || v.Held != 7 || v.PausedBy == "" {
		t.Errorf("paused: %+v", v)
	}
	out.Items = nil
	f.send("POST", "/api/v1/vendors/kickbox/resume", "").decode(t, &out)
	if out.Items[0].Paused != nil || len(f.service.did) != 2 {
		t.Errorf("resumed: %+v, done %q", out.Items[0], f.service.did)
	}
	wantProblem(t, f.send("POST", "/api/v1/vendors/kickbox/pause", `{}`), http.StatusUnprocessableEntity)
	kinds := []access.Kind{}
	for _, e := range f.kept.Events(t) {
		if e.Detail == "kickbox" {
			kinds = append(kinds, e.What)
		}
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, []access.Kind{access.VendorPaused, access.VendorResumed}) {
		t.Errorf("kept: %v", kinds)
	}
}

// TestFailedChecks: lines and counts, by the filter.
func TestFailedChecks(t *testing.T) {
	f := serve(t, nil)
	var lines struct {
		Items []api.FailedCheck
		Next  string `json:"next_cursor"`
	}
	f.send("GET", "/api/v1/failed-checks?check=email&vendor=kickbox&error=VENDOR_UNREACHABLE&program=support-basics&limit=10", "").decode(t, &lines)
	if len(lines.Items) != 1 || lines.Items[0].Round != 2 || lines.Next != "more" || !slices.Equal(f.service.did, []string{"failed email kickbox VENDOR_UNREACHABLE support-basics 10"}) {
		t.Errorf("%+v, %q", lines, f.service.did)
	}
	var groups struct{ Items []api.FailedGroup }
	f.send("GET", "/api/v1/failed-checks/counts?program=abc", "").decode(t, &groups)
	if len(groups.Items) != 1 || groups.Items[0].Count != 3 || groups.Items[0].Error != "VENDOR_UNREACHABLE" {
		t.Errorf("%+v", groups)
	}
}

// TestRunToAnotherVendor: with the vendor that the checks go to.
func TestRunToAnotherVendor(t *testing.T) {
	f := serve(t, nil)
	var run api.Run
	f.send("POST", "/api/v1/runs", `{"action":"use_vendor","to":"yente","vendor":"watchman","reason":"closed"}`).decode(t, &run)
	if len(f.service.did) != 1 || f.service.asked.To != "yente" || string(f.service.asked.Action) != "use_vendor" {
		t.Errorf("%q, %+v", f.service.did, f.service.asked)
	}
}
