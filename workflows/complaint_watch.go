package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// ComplaintWatchName is the type of the workflow that sees to it that a complaint does not
// lie beyond its day.
const ComplaintWatchName = "ComplaintWatch"

// ComplaintWatchID is its ID for a complaint.
func ComplaintWatchID(number string) string { return "complaint/" + number }

const (
	// SignalComplaintAnswered ends it.
	SignalComplaintAnswered = "ComplaintAnswered"
	// ActivityEscalateComplaint tells the privacy officer of one that is overdue, once.
	ActivityEscalateComplaint = "EscalateComplaint"
)

// ComplaintWatchIn starts it. It has nothing of what is complained about.
type ComplaintWatchIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Number    string                 `json:"number"`
	Program   string                 `json:"program"`
	Due       time.Time              `json:"due"`
}

// EscalateComplaintIn is the same, when the day has come.
type EscalateComplaintIn ComplaintWatchIn

// EscalateComplaintOut says whether it is still to be answered.
type EscalateComplaintOut struct {
	Open bool `json:"open"`
}

// complaintAgain is after how long an overdue complaint is looked at again, in case its
// answer was not heard of.
const complaintAgain = 24 * time.Hour

// ComplaintWatch waits for the answer to a complaint. When its day has come without one
// the privacy officer of the program is written to, once, and it waits for them to be seen
// in the Temporal Web UI until it is answered.
func ComplaintWatch(ctx workflow.Context, in ComplaintWatchIn) error {
	answered := false
	workflow.Go(ctx, func(ctx workflow.Context) {
		workflow.GetSignalChannelWithOptions(ctx, SignalComplaintAnswered, workflow.SignalChannelOptions{Description: "The complaint was answered"}).Receive(ctx, nil)
		answered = true
	})
	if err := workflow.UpsertTypedSearchAttributes(ctx, SearchProgram.ValueSet(in.Program), SearchAttention.ValueSet(string(onboarding.AttentionNone)), SearchDueBy.ValueSet(in.Due)); err != nil {
		return err
	}
	wait, words := max(in.Due.Sub(workflow.Now(ctx)), time.Millisecond), "Until the complaint is overdue"
	for {
		if ok, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: wait, TimerOptions: workflow.TimerOptions{Summary: words}}, func() bool { return answered }); err != nil || ok {
			return err
		}
		var out EscalateComplaintOut
		escalate := workflow.WithActivityOptions(ctx, patient(ActivityEscalateComplaint, "Tell the privacy officer that a complaint is overdue", Pace{}))
		if err := workflow.ExecuteActivity(escalate, ActivityEscalateComplaint, EscalateComplaintIn(in)).Get(ctx, &out); err != nil || !out.Open {
			return err
		}
		workflow.SetCurrentDetails(ctx, "**Overdue.** It waits for the privacy officer: in the console, under Complaints.")
		if err := workflow.UpsertTypedSearchAttributes(ctx, SearchAttention.ValueSet(string(onboarding.AttentionPrivacy))); err != nil {
			return err
		}
		wait, words = complaintAgain, "Look again whether the complaint is answered"
	}
}
