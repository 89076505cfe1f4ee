package activities

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Announcer hands events on to the deliveries of those endpoints that want them;
// *applicants.Service is one.
type Announcer interface {
	Announce(ctx context.Context, id onboarding.ApplicantID, events []onboarding.Event) error
}

// announce hands on the events that came with pages, which are stored by now.
func (a *Activities) announce(ctx context.Context, id onboarding.ApplicantID, pages workflows.Pages) error {
	var events []onboarding.Event
	for _, p := range pages {
		events = append(events, p.Events...)
	}
	return a.announceAll(ctx, id, events)
}

func (a *Activities) announceAll(ctx context.Context, id onboarding.ApplicantID, events []onboarding.Event) error {
	if len(events) == 0 || a.cfg.Announcer == nil {
		return nil
	}
	return a.cfg.Announcer.Announce(ctx, id, events)
}

// Webhooks delivers events to integrators. It is registered with the workers of
// workflows.WebhookQueue alone.
type Webhooks struct {
	Store  *hooks.Store
	Sender *hooks.Sender
	Log    *slog.Logger
}

// pausedFor is after how long it is looked again whether an endpoint is paused still.
// What waits for many applicants does not come all at once: some of it is by chance.
func pausedFor() time.Duration { return 5*time.Minute + rand.N(5*time.Minute) } //nolint:gosec // no secret

// The failure types of deliveries.
const (
	typePaused      = "WEBHOOK_PAUSED"
	typeUndelivered = "WEBHOOK_UNDELIVERED"
)

// DeliverWebhook sends one event. It succeeds when the endpoint has taken it, and
// when there is no such endpoint any more. Its errors are for trying again.
func (w *Webhooks) DeliverWebhook(ctx context.Context, in workflows.DeliverWebhookIn) (workflows.Nothing, error) {
	to, err := w.Store.GetLately(ctx, in.Endpoint)
	switch {
	case onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant:
		return workflows.Nothing{}, nil
	case err != nil:
		return workflows.Nothing{}, edge(err)
	case to.Paused:
		return workflows.Nothing{}, temporal.NewApplicationErrorWithOptions("The endpoint is paused. "+to.PausedWhy, typePaused, temporal.ApplicationErrorOptions{NextRetryDelay: pausedFor()})
	}
	err = w.Sender.Send(ctx, to, in.Applicant, in.Event)
	if err == nil {
		return workflows.Nothing{}, nil
	}
	var u *hooks.Undelivered
	if !errors.As(err, &u) {
		return workflows.Nothing{}, edge(err)
	}
	if u.Gone() {
		if err := w.Store.Gone(ctx, in.Endpoint); err != nil {
			return workflows.Nothing{}, edge(err)
		}
		w.Log.WarnContext(ctx, "a webhook endpoint answered 410 and is paused", "endpoint", in.Endpoint)
	}
	return workflows.Nothing{}, temporal.NewApplicationErrorWithOptions(u.Says, typeUndelivered, temporal.ApplicationErrorOptions{NextRetryDelay: u.Wait})
}

// TestWebhook sends a test event, also to an endpoint that is paused, and tells what
// came of it.
func (w *Webhooks) TestWebhook(ctx context.Context, in workflows.DeliverWebhookIn) (workflows.TestWebhookOut, error) {
	to, err := w.Store.Get(ctx, in.Endpoint)
	if err != nil {
		return workflows.TestWebhookOut{}, edge(err)
	}
	start := time.Now()
	err = w.Sender.Send(ctx, to, "", in.Event)
	out := workflows.TestWebhookOut{Delivered: err == nil, Took: time.Since(start)}
	var u *hooks.Undelivered
	if errors.As(err, &u) {
		out.Status, out.Says = u.Status, u.Says
		return out, nil
	}
	return out, edge(err)
}

// BuryWebhook puts an event that was given up among the dead letters.
func (w *Webhooks) BuryWebhook(ctx context.Context, in workflows.BuryWebhookIn) (workflows.Nothing, error) {
	_, err := w.Store.Get(ctx, in.Endpoint)
	if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
		return workflows.Nothing{}, nil // nobody could replay it
	}
	if err == nil {
		err = w.Store.Bury(ctx, hooks.Letter{Endpoint: in.Endpoint, Applicant: in.Applicant, Event: in.Event, Buried: time.Now().UTC(), Says: in.Says})
	}
	if err == nil {
		w.Sender.Died(ctx, in.Endpoint)
		w.Log.WarnContext(ctx, "an event could not be delivered in all its time; it is a dead letter", "endpoint", in.Endpoint, "event", string(in.Event.Type))
	}
	return workflows.Nothing{}, edge(err)
}
