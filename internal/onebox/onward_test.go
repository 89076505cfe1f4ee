package onebox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// TestOnwardTransfers: whom the investigator had search for it stands in the ledger and on
// the applicant's page, without anything of theirs, and one that no agreement names stands
// before the privacy officer. Of a vendor that tells of none there is none.
//
// Promise 40.
func TestOnwardTransfers(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	plain, _ := d.apply("support-basics", nil)
	other, email := d.apply("support-basics", map[string]string{"family_name": "Onward"})
	for _, id := range []string{plain, other} {
		d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	}
	told := map[string]string{}
	for _, id := range []string{plain, other} {
		raw, err := d.api.Ledger(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		told[id] = string(raw)
		if strings.Count(told[id], "its sub-processor salem-court-research (county_criminal, named in the agreement") != 1 {
			t.Errorf("%s: the ledger does not say whom Findly had search: %s", id, told[id])
		}
		d.whole(id)
	}
	if strings.Contains(told[plain], "harbor") || !strings.Contains(told[other], "harbor-docket-runners (county_criminal, not named in the agreement") {
		t.Errorf("one that no agreement names: %s", told[other])
	}
	d.staff(identity.RolePrivacy).open("/console/onward").says("Named by no agreement", "harbor-docket-runners", "Named in the agreement", "salem-court-research", "support-basics")
	stepper{d.house, d.recruiter.Tab()}.refused("/console/onward", http.StatusForbidden)
	d.portal(email).open("/apply/data").says("passed on what that takes", "harbor docket runners")
	_, _, body := d.send(http.MethodGet, "/api/v1/onward-transfers", "", "Authorization", "Bearer "+d.face.APIKey)
	if !strings.Contains(body, `"unlisted":["support-basics"]`) || strings.Contains(body, other) {
		t.Errorf("by the API: %s", body)
	}
}
