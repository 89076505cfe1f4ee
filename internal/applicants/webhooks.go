package applicants

import (
	"context"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// WebhookPatience is how long an event is tried, unless the deployment says otherwise.
const WebhookPatience = 72 * time.Hour

// Announce hands an applicant's events on to the delivery of each endpoint that wants
// them, and asks nothing of Temporal where none does. What was handed on by this
// process is not handed on again, though a step of the applicant's be tried again.
func (s *Service) Announce(ctx context.Context, id onboarding.ApplicantID, events []onboarding.Event) error {
	if s.Hooks == nil {
		return nil
	}
	all, err := s.Hooks.Lately(ctx)
	if err != nil {
		return err
	}
	for _, to := range all {
		var theirs []onboarding.Event
		for _, e := range events {
			if to.Wants(e) && !s.announced.Has(to.ID, hooks.EventID(id, e)) {
				theirs = append(theirs, e)
			}
		}
		if len(theirs) == 0 {
			continue
		}
		if err := s.deliver(ctx, to.ID, id, workflows.WebhookEvents{Events: theirs}); err != nil {
			return err
		}
		for _, e := range theirs {
			s.announced.Add(to.ID, hooks.EventID(id, e))
		}
	}
	return nil
}

// deliver gives events to the delivery of one applicant to one endpoint, which begins
// with the first and ends with the last.
func (s *Service) deliver(ctx context.Context, endpoint string, id onboarding.ApplicantID, events workflows.WebhookEvents) error {
	patience := s.WebhookPatience
	if patience <= 0 {
		patience = WebhookPatience
	}
	workflow := workflows.DeliverWebhooksID(endpoint, id)
	_, err := s.Temporal.SignalWithStartWorkflow(ctx, workflow, workflows.SignalEventsHappened, events, client.StartWorkflowOptions{
		ID: workflow, TaskQueue: workflows.WebhookQueue, WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary: "Events of one applicant, to an integrator's endpoint",
	}, workflows.DeliverWebhooksName, workflows.DeliverWebhooksIn{Endpoint: endpoint, Applicant: id, Patience: patience})
	return err
}

// WebhookState is an endpoint with what waits for it.
type WebhookState struct {
	hooks.Endpoint
	Waiting int // applicants for whom something waits, as far as they are counted
	Dead    int // dead letters
}

// WebhookEndpoints lists the endpoints, the oldest first.
func (s *Service) WebhookEndpoints(ctx context.Context) ([]WebhookState, error) {
	all, err := s.Hooks.All(ctx)
	if err != nil {
		return nil, err
	}
	out := []WebhookState{}
	for _, e := range all {
		state, err := s.webhookState(ctx, e)
		if err != nil {
			return nil, err
		}
		out = append(out, state)
	}
	return out, nil
}

// WebhookEndpoint gives one; CodeUnknownApplicant when there is none.
func (s *Service) WebhookEndpoint(ctx context.Context, id string) (WebhookState, error) {
	e, err := s.Hooks.Get(ctx, id)
	if err != nil {
		return WebhookState{}, err
	}
	return s.webhookState(ctx, e)
}

func (s *Service) webhookState(ctx context.Context, e hooks.Endpoint) (WebhookState, error) {
	out := WebhookState{Endpoint: e}
	var err error
	if out.Dead, err = s.Hooks.CountDead(ctx, e.ID); err != nil {
		return out, err
	}
	out.Waiting, err = s.count(ctx, "WorkflowType = '"+workflows.DeliverWebhooksName+"' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '"+workflows.WebhooksOf(e.ID)+"'")
	return out, err
}

// noted keeps who changes an endpoint, before it is changed: a change that cannot be
// kept is not made. All faces come by here.
func (s *Service) noted(ctx context.Context, what access.Kind, by workflows.Actor) hooks.First {
	return func(e hooks.Endpoint) error {
		return s.Access.Record(ctx, access.Event{Who: string(by), What: what, Program: ofOne(e.Programs), Detail: e.ID})
	}
}

// ofOne is the program of what is of one alone; empty when it is of several or all.
func ofOne(programs []string) string {
	if len(programs) == 1 {
		return programs[0]
	}
	return ""
}

// AddWebhook makes an endpoint. The answer alone has its secret.
func (s *Service) AddWebhook(ctx context.Context, e hooks.Endpoint, by workflows.Actor) (hooks.Endpoint, error) {
	e.By = string(by)
	made, err := s.Hooks.Add(ctx, e, s.noted(ctx, access.EndpointAdded, by))
	if err == nil {
		s.Log.InfoContext(ctx, "a webhook endpoint was made", "endpoint", made.ID, "by", string(by))
	}
	return made, err
}

// ChangeWebhook changes an endpoint, pauses it or lets it go on.
func (s *Service) ChangeWebhook(ctx context.Context, id string, c hooks.Changes, by workflows.Actor) (WebhookState, error) {
	what := access.EndpointChanged
	if c.Paused != nil && *c.Paused {
		what = access.EndpointPaused
	} else if c.Paused != nil {
		what = access.EndpointResumed
	}
	e, err := s.Hooks.Change(ctx, id, c, s.noted(ctx, what, by))
	if err != nil {
		return WebhookState{}, err
	}
	s.Log.InfoContext(ctx, "a webhook endpoint was changed", "endpoint", id, "by", string(by), "paused", e.Paused)
	return s.webhookState(ctx, e)
}

// RotateWebhook draws a new secret; the old one signs beside it until the overlap
// has passed. The answer alone has the new one.
func (s *Service) RotateWebhook(ctx context.Context, id string, overlap time.Duration, by workflows.Actor) (hooks.Endpoint, error) {
	e, err := s.Hooks.Rotate(ctx, id, overlap, s.noted(ctx, access.EndpointRotated, by))
	if err == nil {
		s.Log.InfoContext(ctx, "a webhook endpoint has a new secret", "endpoint", id, "by", string(by))
	}
	return e, err
}

// RemoveWebhook deletes an endpoint. What waits for it is dropped.
func (s *Service) RemoveWebhook(ctx context.Context, id string, by workflows.Actor) error {
	err := s.Hooks.Remove(ctx, id, s.noted(ctx, access.EndpointRemoved, by))
	if err == nil {
		s.Log.InfoContext(ctx, "a webhook endpoint was deleted", "endpoint", id, "by", string(by))
	}
	return err
}

// testWithin is how long somebody waits for the answer to a test event.
const testWithin = 30 * time.Second

// TestWebhook sends a signed test event and tells what the endpoint said.
func (s *Service) TestWebhook(ctx context.Context, id string) (workflows.TestWebhookOut, error) {
	var out workflows.TestWebhookOut
	if _, err := s.Hooks.Get(ctx, id); err != nil {
		return out, err
	}
	run, err := s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.WebhooksOf(id) + "test", TaskQueue: workflows.WebhookQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, WorkflowExecutionTimeout: testWithin,
		StaticSummary: "A test event, to an integrator's endpoint"}, workflows.TestWebhookName, workflows.TestWebhookIn{Endpoint: id})
	if err != nil {
		return out, failure(err)
	}
	ctx, cancel := context.WithTimeout(ctx, testWithin)
	defer cancel()
	return out, failure(run.Get(ctx, &out))
}

// DeadLetters gives up to limit dead letters behind the one that after names, and
// where the next page begins.
func (s *Service) DeadLetters(ctx context.Context, endpoint, after string, limit int) ([]hooks.Letter, string, error) {
	if _, err := s.Hooks.Get(ctx, endpoint); err != nil {
		return nil, "", err
	}
	return s.Hooks.Dead(ctx, endpoint, after, limit)
}

// replayAtOnce is how many dead letters one call sends on their way; who has more
// calls again.
const replayAtOnce = 500

// Replay sends dead letters on their way again, each for the whole patience: those
// that are named, or, when none is, all of the endpoint, as many as one call takes.
// It gives how many it were, and how many are left.
func (s *Service) Replay(ctx context.Context, endpoint string, letters []string, by workflows.Actor) (sent, left int, err error) {
	if _, err := s.Hooks.Get(ctx, endpoint); err != nil {
		return 0, 0, err
	}
	var all []hooks.Letter
	if len(letters) == 0 {
		if all, _, err = s.Hooks.Dead(ctx, endpoint, "", replayAtOnce); err != nil {
			return 0, 0, err
		}
	}
	for _, id := range letters {
		l, err := s.Hooks.Letter(ctx, endpoint, id)
		if err != nil {
			return 0, 0, err
		}
		all = append(all, l)
	}
	if err := s.Access.Record(ctx, access.Event{Who: string(by), What: access.LettersReplayed, Detail: endpoint, Count: len(all)}); err != nil {
		return 0, 0, err
	}
	for _, l := range all {
		if err := s.deliver(ctx, endpoint, l.Applicant, workflows.WebhookEvents{Events: []onboarding.Event{l.Event}, Again: true}); err != nil {
			return sent, 0, failure(err)
		}
		if err := s.Hooks.Unbury(ctx, l); err != nil { // it stands there again when it is replayed twice, and no harm is done
			return sent, 0, err
		}
		sent++
	}
	s.Log.InfoContext(ctx, "dead letters are on their way again", "endpoint", endpoint, "letters", sent, "by", string(by))
	left, err = s.Hooks.CountDead(ctx, endpoint)
	return sent, left, err
}
