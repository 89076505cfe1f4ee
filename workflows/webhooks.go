package workflows

import (
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// DeliverWebhooksName is the type of the workflow that takes one applicant's events
// to one endpoint, in their order. It runs while there is something to be delivered
// and not longer. Its ID is DeliverWebhooksID.
const DeliverWebhooksName = "DeliverWebhooks"

// TestWebhookName is the type of the workflow that sends one test event, and tells
// what came of it.
const TestWebhookName = "TestWebhook"

// WebhookQueue is the task queue of deliveries. Workers have places of their own for
// it: a slow integrator keeps no applicant waiting.
const WebhookQueue = "webhooks"

// DeliverWebhooksID is the workflow's ID.
func DeliverWebhooksID(endpoint string, id onboarding.ApplicantID) string {
	return WebhooksOf(endpoint) + string(id)
}

// WebhooksOf is what the IDs of an endpoint's deliveries begin with.
func WebhooksOf(endpoint string) string { return "webhooks/" + endpoint + "/" }

// SignalEventsHappened brings events, as WebhookEvents.
const SignalEventsHappened = "EventsHappened"

// The activities of deliveries.
const (
	ActivityDeliverWebhook = "DeliverWebhook"
	ActivityTestWebhook    = "TestWebhook"
	ActivityBuryWebhook    = "BuryWebhook"
)

// DeliverWebhooksIn starts a delivery.
type DeliverWebhooksIn struct {
	Endpoint  string                 `json:"endpoint"`
	Applicant onboarding.ApplicantID `json:"applicant"`
	Patience  time.Duration          `json:"patience"` // how long an event is tried
	Carried   []WaitingEvent         `json:"carried"`  // of the run before
	Taken     []int                  `json:"taken"`    // numbers that were taken up lately, of the run before
}

// WebhookEvents are events that have happened, in their order.
type WebhookEvents struct {
	Events []onboarding.Event `json:"events"`
	// Again says that somebody has asked for dead letters to be sent once more.
	Again bool `json:"again"`
}

// WaitingEvent is an event that is to be delivered.
type WaitingEvent struct {
	Event onboarding.Event `json:"event"`
	Since time.Time        `json:"since"` // it is tried until the patience has passed from then on
}

// DeliverWebhookIn sends one event.
type DeliverWebhookIn struct {
	Endpoint  string                 `json:"endpoint"`
	Applicant onboarding.ApplicantID `json:"applicant"`
	Event     onboarding.Event       `json:"event"`
}

// BuryWebhookIn puts an event on the list of dead letters.
type BuryWebhookIn struct {
	DeliverWebhookIn
	Says string `json:"says"` // what went wrong last
}

// TestWebhookIn names the endpoint.
type TestWebhookIn struct {
	Endpoint string `json:"endpoint"`
}

// TestWebhookOut is what came of a test event.
type TestWebhookOut struct {
	Delivered bool          `json:"delivered"`
	Status    int           `json:"status"` // that the endpoint answered; 0: none
	Says      string        `json:"says"`   // what went wrong
	Took      time.Duration `json:"took"`
}

// RegisterWebhooks tells a worker of WebhookQueue its workflows.
func RegisterWebhooks(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(DeliverWebhooks, workflow.RegisterOptions{Name: DeliverWebhooksName})
	r.RegisterWorkflowWithOptions(TestWebhook, workflow.RegisterOptions{Name: TestWebhookName})
}

// DeliverWebhooks takes events to an endpoint one after another: the next one waits
// until the one before was taken, or was given up when the patience had passed, and
// stands among the dead letters. An event that comes while another is tried, or
// twice, costs no step.
func DeliverWebhooks(ctx workflow.Context, in DeliverWebhooksIn) error {
	d := &delivery{in: in, waiting: in.Carried, taken: in.Taken}
	news := workflow.GetSignalChannelWithOptions(ctx, SignalEventsHappened, workflow.SignalChannelOptions{Description: "Something has happened that integrators are told of"})
	for {
		d.hear(news, workflow.Now(ctx))
		if len(d.waiting) == 0 {
			return nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			next := in
			next.Carried, next.Taken = d.waiting, d.taken
			return workflow.NewContinueAsNewError(ctx, DeliverWebhooksName, next)
		}
		if err := d.deliver(ctx, d.waiting[0]); err != nil {
			return err
		}
		d.waiting = d.waiting[1:]
	}
}

// takenLately is how many numbers are remembered: far more than an applicant has
// events in the time that a step is tried again.
const takenLately = 200

type delivery struct {
	in      DeliverWebhooksIn
	waiting []WaitingEvent // in order
	taken   []int          // numbers that were taken up lately
}

// hear takes up what has come. What the applicant's workflow tells again, since a
// step of it was tried again, is known by its number.
func (d *delivery) hear(news workflow.ReceiveChannel, now time.Time) {
	var s WebhookEvents
	for news.ReceiveAsync(&s) {
		for _, e := range s.Events {
			if slices.Contains(d.taken, e.Number) && !s.Again {
				continue
			}
			d.taken = append(d.taken, e.Number)
			w := WaitingEvent{Event: e, Since: e.At}
			if s.Again {
				w.Since = now
			}
			d.waiting = append(d.waiting, w)
		}
		s = WebhookEvents{}
	}
	d.taken = d.taken[max(0, len(d.taken)-takenLately):]
	slices.SortStableFunc(d.waiting, func(a, b WaitingEvent) int { return a.Event.Number - b.Event.Number })
	d.waiting = slices.CompactFunc(d.waiting, func(a, b WaitingEvent) bool { return a.Event.Number == b.Event.Number })
}

// deliver tries in place first: an endpoint that answers costs no task of the engine
// but the one that began it. One that does not is tried by the server, which counts
// the time, and not by this workflow.
func (d *delivery) deliver(ctx workflow.Context, w WaitingEvent) error {
	one := DeliverWebhookIn{Endpoint: d.in.Endpoint, Applicant: d.in.Applicant, Event: w.Event}
	err := workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, webhookTry("Send the event "+string(w.Event.Type))), ActivityDeliverWebhook, one).Get(ctx, nil)
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	summary := "Send the event " + string(w.Event.Type) + ", number " + number(w.Event.Number)
	left := max(w.Since.Add(d.in.Patience).Sub(workflow.Now(ctx)), min(webhookLeast, d.in.Patience))
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, webhookRetries(summary, d.in.Endpoint, left)), ActivityDeliverWebhook, one).Get(ctx, nil)
	if err == nil || temporal.IsCanceledError(err) {
		return err
	}
	bury := workflow.WithActivityOptions(ctx, patient(ActivityBuryWebhook, "Put it among the dead letters", Pace{}))
	return workflow.ExecuteActivity(bury, ActivityBuryWebhook, BuryWebhookIn{DeliverWebhookIn: one, Says: undelivered(err)}).Get(ctx, nil)
}

// undelivered is what the last attempt said.
func undelivered(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	return "The endpoint did not answer."
}

// TestWebhook sends a test event once.
func TestWebhook(ctx workflow.Context, in TestWebhookIn) (TestWebhookOut, error) {
	var out TestWebhookOut
	one := DeliverWebhookIn{Endpoint: in.Endpoint, Event: onboarding.Event{Type: onboarding.EventTest, At: workflow.Now(ctx)}}
	err := workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, webhookTry("Send a test event")), ActivityTestWebhook, one).Get(ctx, &out)
	return out, err
}
