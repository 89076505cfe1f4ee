package console

import (
	"net/http"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// TestDecisionIsForItsOwnReview: a page that was open since before the notice to
// the applicant cannot give the last word after it.
func TestDecisionIsForItsOwnReview(t *testing.T) {
	h := newHouse(t)
	h.fake.cases[reviewID].Reviews = 1
	d := h.desk(identity.RoleReviewer)
	at := casePath(reviewID) + "/decision"
	d.get(at).is(http.StatusOK, `name="review" value="1"`)
	h.fake.cases[reviewID].Reviews = 2 // decided, noticed, and asked for again
	d.post(at, form("review", "1", "ruling", "adverse", "reason", "Seen.")).is(http.StatusConflict, "another review")
	if len(h.fake.deeds) != 0 {
		t.Errorf("decided all the same: %+v", h.fake.deeds)
	}
	d.post(at, form("review", "2", "ruling", "adverse", "reason", "Seen.")).is(http.StatusOK)
	if len(h.fake.deeds) != 1 {
		t.Errorf("not decided: %+v", h.fake.deeds)
	}
}
