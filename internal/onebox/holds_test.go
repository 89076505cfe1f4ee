package onebox_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// TestHolds: the privacy officer sets holds on an open case and on one that has ended, in
// the console and by the API; the list says whose they are, the reason is read on record
// alone, S3 keeps the evidence, the access log has it, and the ledger stays whole.
//
// Promise 24.
func TestHolds(t *testing.T) {
	t.Parallel()
	home := ""
	d := openDesk(t, func(c *onebox.Config) { home = c.Home })
	open, _ := d.apply("support-basics", map[string]string{"family_name": "Stubborn"})
	ended, email := d.apply("support-basics", nil)
	privacy, auditor := d.staff(identity.RolePrivacy), d.staff(identity.RoleAuditor)
	const reason, why = "Doe against Vouchsafe, matter 17", "The matter was settled out of court"

	page := "/console/applicants/" + open + "/holds"
	privacy.open(page).says("None stands").hand(page, "kind", "legal", "reason", reason).says("nothing of this applicant is destroyed until it is released", "legal", "Object Lock")
	if strings.Contains(privacy.Text, "matter 17") {
		t.Error("a reason is read without a record")
	}
	hold := regexp.MustCompile(`holds/([a-z0-9-]+)/release`).FindStringSubmatch(privacy.Text)
	if hold == nil {
		t.Fatalf("nothing to release: %s", privacy.Says())
	}
	privacy.open("/console/applicants/" + open).says("A legal hold stands since")
	auditor.open("/console/holds").says("legal", "privacy", open)
	auditor.refused(page+"/"+hold[1]+"/release", http.StatusForbidden)
	if err := auditor.open("/console/holds").Submit(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	auditor.says(reason, "That you read the reason stands")
	stepper{d.house, d.recruiter.Tab()}.refused("/console/holds", http.StatusForbidden)
	privacy.open("/console/applicants/"+open).says("set a hold (legal)", "opened the reason of the hold "+hold[1])

	// The evidence is held by S3 itself, beyond any retention.
	all, err := d.api.HoldsOn(t.Context(), open)
	if err != nil || len(all) != 1 || all[0].S3Evidence < 2 || !all[0].Unlocked || all[0].Released != nil || !strings.HasPrefix(all[0].Owner, "staff:privacy:") {
		t.Fatalf("%+v, %v", all, err)
	}
	privacy.open(page+"/"+hold[1]+"/release").hand(page, "reason", why).says("The hold is released", "released</span>")
	d.whole(open)

	// Of a case that has ended.
	s := d.portal(email)
	s.open("/apply/withdraw").hand("/apply/status")
	d.await(ended, func(st client.Status) bool { return st.Stage == "withdrawn" })
	if all, err = d.api.SetHold(t.Context(), ended, "matter-18", "emergency", reason); err != nil || len(all) != 1 || all[0].Released != nil {
		t.Fatalf("%+v, %v", all, err)
	}
	if all, err = d.api.SetHold(t.Context(), ended, "matter-18", "legal", reason); err != nil || len(all) != 1 || all[0].Kind != "emergency" {
		t.Fatalf("set twice: %+v, %v", all, err)
	}
	if all, err = d.api.Holds(t.Context(), false); err != nil || len(all) != 1 || all[0].Applicant != ended {
		t.Errorf("those that stand: %+v, %v", all, err)
	}
	if all, err = d.api.ReleaseHold(t.Context(), ended, "matter-18", why); err != nil || len(all) != 1 || all[0].Released == nil {
		t.Fatalf("%+v, %v", all, err)
	}
	if all, err = d.api.Holds(t.Context(), true); err != nil || len(all) != 2 {
		t.Errorf("all of them: %+v, %v", all, err)
	}
	d.whole(ended)
	privacy.open("/console/applicants/"+ended).says("set a hold (emergency)", "released a hold (matter-18)")
	auditor.open("/console/access").says("set a hold", "released a hold")

	// Nobody's words lie in the open.
	err = filepath.WalkDir(filepath.Join(home, "s3", "data"), func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		body, err := os.ReadFile(path)
		if err == nil && (strings.Contains(string(body), "matter 17") || strings.Contains(string(body), "out of court")) {
			t.Errorf("%s has a reason in the open", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
