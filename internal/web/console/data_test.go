package console

import (
	"net/http"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestCorrectedAfterwards: whoever looks at a case, and whoever decides on it, sees
// that details are not those that were handed in.
func TestCorrectedAfterwards(t *testing.T) {
	h := newHouse(t)
	v := h.fake.cases[reviewID]
	v.Corrections = []workflows.Correction{{Fields: []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldPhone}, At: noon, Stage: onboarding.StageVetting}}
	for _, path := range []string{casePath(reviewID), casePath(reviewID) + "/decision"} {
		h.desk(identity.RoleReviewer).get(path).is(http.StatusOK).says("Corrected after it was handed in:", "given name, phone, on", "in the stage vetting")
	}
	v.Corrections = nil
	h.desk(identity.RoleRecruiter).get(casePath(reviewID)).is(http.StatusOK).silent("Corrected after it was handed in")
}
