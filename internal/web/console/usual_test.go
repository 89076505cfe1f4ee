package console

import (
	"context"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestOverdue: beside what is under way stands what is usual, and what takes longer
// than 95 in 100 did is marked; nothing stands there when nothing was measured.
func TestOverdue(t *testing.T) {
	h := newHouse(t)
	began := noon.Add(-100 * time.Hour)
	v := h.fake.add(unknownID, onboarding.StageVetting, onboarding.AttentionNone,
		onboarding.Check{Name: onboarding.CheckBackground, Vendor: "findly", Status: onboarding.StatusWaiting, Round: 1, Since: began, Began: began})
	d := h.desk(identity.RoleRecruiter)
	d.get(casePath(unknownID)).is(200).silent("overdue", "Usually")
	late := 200 * time.Hour
	h.console.Usual = func(_ context.Context, k durations.Key) (durations.Usual, bool) {
		switch k {
		case durations.Key{Kind: durations.KindCheck, Name: "background", Who: "findly"}:
			return durations.Usual{Count: 340, Low: 49 * time.Hour, High: 90 * time.Hour, Late: late, FailedOf: 3}, true
		case durations.Key{Kind: durations.KindApplicant, Name: "background", Who: "findly"}:
			return durations.Usual{Count: 41, Low: time.Hour, High: 60 * time.Hour, Late: late}, true
		case durations.Key{Kind: durations.KindReview, Name: "vetting", Who: v.Program}:
			return durations.Usual{Count: 30, Low: time.Second, High: 2 * time.Second, Late: time.Minute}, true
		}
		return durations.Usual{}, false
	}
	d.get(casePath(unknownID)).is(200, "Usually 2 to 4 days (of the last 340 or so). 3 in 100 could not complete.").silent("overdue")
	late = 99 * time.Hour
	d.get(casePath(unknownID)).is(200, "overdue", "Usually 2 to 4 days")
	v.Checks[0].WaitsFor, v.Checks[0].Since = onboarding.AttentionApplicant, began
	d.get(casePath(unknownID)).is(200, "overdue", "Usually up to 3 days (of the last 41 or so).")
	v.Checks[0].Status, v.Review, v.Wait.Since = onboarding.StatusPassed, true, noon.Add(-time.Hour)
	d.get(casePath(unknownID)).is(200, "overdue", "Usually under a minute (of the last 30 or so).")
}
