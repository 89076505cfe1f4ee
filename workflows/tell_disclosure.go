package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TellDisclosureName is the type of the workflow that tells the persons of a case of legal
// process what was given of theirs.
const TellDisclosureName = "TellDisclosure"

// TellDisclosureID is its ID for a case.
func TellDisclosureID(legal string) string { return "process/" + legal }

// ActivityTellDisclosed is its activity.
const ActivityTellDisclosed = "TellDisclosed"

// TellDisclosureIn starts it.
type TellDisclosureIn struct {
	Case string `json:"case"`
}

// TellDisclosedIn has those told of a case who may be and were not.
type TellDisclosedIn struct {
	Case string `json:"case"`
}

// TellDisclosedOut says what is left.
type TellDisclosedOut struct {
	// Until is when they may be told at the earliest; zero: all were told, or staff are to
	// tell them another way.
	Until time.Time `json:"until,omitzero"`
}

// DisclosureFacts is what a letter says of a disclosure. None of it is the person's.
type DisclosureFacts struct {
	Kind       onboarding.ProcessKind
	Authority  string
	Categories []onboarding.Category
	Given      time.Time
	Waited     bool // an order forbade to tell before
}

// TellDisclosure waits until the persons of a case may be told, and has a letter sent to
// each. An order that is prolonged meanwhile is looked up again when the time is over.
func TellDisclosure(ctx workflow.Context, in TellDisclosureIn) error {
	for {
		var out TellDisclosedOut
		tell := workflow.WithActivityOptions(ctx, patient(ActivityTellDisclosed, "Write to those whose data were given, if they may be told", Pace{}))
		if err := workflow.ExecuteActivity(tell, ActivityTellDisclosed, TellDisclosedIn(in)).Get(ctx, &out); err != nil || out.Until.IsZero() {
			return err
		}
		workflow.SetCurrentDetails(ctx, "**It must not be told before "+minute(out.Until)+".** Then a letter goes to each.")
		wait := max(out.Until.Sub(workflow.Now(ctx)), time.Second)
		if err := workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{Summary: "Until the applicants may be told of what was given"}).Get(ctx, nil); err != nil {
			return err
		}
	}
}
