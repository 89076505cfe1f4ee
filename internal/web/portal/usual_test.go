package portal

import (
	"context"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestWhatIsUsual: the page says what was measured, says so when nothing was, and
// names the day on which somebody looks into it.
func TestWhatIsUsual(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	at := h.fake.now()
	c.view.Stage, c.view.Entered = onboarding.StageVetting, at
	c.view.Wait = workflows.Wait{Since: at}
	c.view.Checks = []workflows.ApplicantCheck{
		{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusPassed, Since: at},
		{Name: onboarding.CheckBackground, Vendor: "findly", Status: onboarding.StatusWaiting, Since: at, Began: at, Due: at.Add(10 * 24 * time.Hour)},
	}
	b.get("/apply/status").is(200).says("How long it usually takes is not measured yet.", "If there is no answer by", "November 12, 2026", "our team looks into it").
		silent("measured over", "longer than most", "mostly")
	known := map[durations.Key]durations.Usual{
		{Kind: durations.KindCheck, Name: "background", Who: "findly"}:       {Count: 340, Low: 49 * time.Hour, High: 110 * time.Hour, Late: 130 * time.Hour},
		{Kind: durations.KindStage, Name: "vetting", Who: c.view.Program}:    {Count: 51, Low: time.Hour, High: 9 * time.Hour, Late: 200 * time.Hour},
		{Kind: durations.KindReview, Name: "vetting", Who: c.view.Program}:   {Count: 25, Low: time.Second, High: 20 * time.Second, Late: time.Hour},
		{Kind: durations.KindDispute, Name: "background", Who: "findly"}:     {Count: 22, Low: 20 * 24 * time.Hour, High: 20*24*time.Hour + 1, Late: 99 * 24 * time.Hour},
		{Kind: durations.KindCheck, Name: "identity", Who: "stripe"}:         {Count: 99, Low: time.Hour, High: 2 * time.Hour, Late: 3 * time.Hour},
		{Kind: durations.KindApplicant, Name: "background", Who: "findly"}:   {Count: 99, Low: 77 * time.Hour, High: 78 * time.Hour, Late: 79 * time.Hour},
		{Kind: durations.KindCheck, Name: "background", Who: "another firm"}: {Count: 77, Low: 77 * time.Hour, High: 78 * time.Hour, Late: 79 * time.Hour},
	}
	h.portal.measured = func(_ context.Context, k durations.Key) (durations.Usual, bool) { u, ok := known[k]; return u, ok }
	b.get("/apply/status").says("It usually takes between 2 and 5 days (measured over the last 340 or so).", "This stage as a whole:", "between 1 and 9 hours", "If there is no answer by").
		silent("not measured yet", "longer than most", "77")
	c.view.Checks[1].Began = at.Add(-140 * time.Hour)
	b.get("/apply/status").says("This one is taking longer than most.")
	c.view.Attention, c.view.Wait.Since = onboarding.AttentionReviewer, h.fake.now()
	b.get("/apply/status").says("It usually takes less than a minute (measured over the last 25 or so).")
	c.view.Checks[1].Yours = true
	b.get("/apply/status").silent("340")
	c.view.Checks[1].Yours, c.view.Checks[1].Status = false, onboarding.StatusPassed
	c.view.Attention, c.view.Adverse = onboarding.AttentionNone, workflows.Adverse{Contemplated: true, Disputed: true, Reinvestigation: workflows.Reinvestigation{Started: h.fake.now()}}
	b.get("/apply/status").says("It usually takes between 20 and 21 days").silent("This stage as a whole", "340")
}
