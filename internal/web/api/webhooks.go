package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Webhooks is what the API needs for integrators' endpoints; *applicants.Service is
// one.
type Webhooks interface {
	WebhookEndpoints(ctx context.Context) ([]applicants.WebhookState, error)
	WebhookEndpoint(ctx context.Context, id string) (applicants.WebhookState, error)
	AddWebhook(ctx context.Context, e hooks.Endpoint, by workflows.Actor) (hooks.Endpoint, error)
	ChangeWebhook(ctx context.Context, id string, c hooks.Changes, by workflows.Actor) (applicants.WebhookState, error)
	RotateWebhook(ctx context.Context, id string, overlap time.Duration, by workflows.Actor) (hooks.Endpoint, error)
	RemoveWebhook(ctx context.Context, id string, by workflows.Actor) error
	TestWebhook(ctx context.Context, id string) (workflows.TestWebhookOut, error)
	DeadLetters(ctx context.Context, endpoint, after string, limit int) ([]hooks.Letter, string, error)
	Replay(ctx context.Context, endpoint string, letters []string, by workflows.Actor) (sent, left int, err error)
}

// WebhookEndpoint is an address that events are sent to.
type WebhookEndpoint struct {
	ID          string    `json:"id"`
	URL         string    `json:"url"`
	Description string    `json:"description"`
	Programs    []string  `json:"programs" doc:"Whose events it gets; none: every program's"`
	Events      []string  `json:"events" doc:"Which it gets; none: all"`
	Paused      bool      `json:"paused"`
	PausedWhy   string    `json:"paused_why" doc:"Why, when it was not paused by staff"`
	CreatedAt   time.Time `json:"created_at"`
	CreatedBy   string    `json:"created_by"`
	// SecretUntil is when an older secret stops signing.
	SecretUntil *time.Time `json:"secret_until,omitempty" doc:"Until when an older secret signs besides"`
	Waiting     int        `json:"waiting" doc:"Applicants for whom an event is being tried"`
	DeadLetters int        `json:"dead_letters" doc:"Events that were given up; counted up to 10000"`
	Secret      string     `json:"secret,omitempty" doc:"To verify signatures with. It is in the answer that makes it and in no other: keep it"`
}

func endpointOf(e applicants.WebhookState) WebhookEndpoint {
	out := WebhookEndpoint{ID: e.ID, URL: e.URL, Description: e.Description, Programs: []string{}, Events: []string{}, Paused: e.Paused, PausedWhy: e.PausedWhy,
		CreatedAt: e.Created, CreatedBy: e.By, Waiting: e.Waiting, DeadLetters: e.Dead}
	out.Programs = append(out.Programs, e.Programs...)
	for _, t := range e.Events {
		out.Events = append(out.Events, string(t))
	}
	for _, s := range e.Secrets {
		if !s.Until.IsZero() && s.Until.After(time.Now()) {
			out.SecretUntil = &s.Until
		}
	}
	return out
}

// withSecret is the one answer that has the secret.
func withSecret(e hooks.Endpoint) WebhookEndpoint {
	out := endpointOf(applicants.WebhookState{Endpoint: e})
	out.Secret = e.Secrets[0].Value
	return out
}

type endpointOutput struct{ Body WebhookEndpoint }

// EndpointInput names an endpoint in the address.
type EndpointInput struct {
	Endpoint string `path:"endpoint" maxLength:"64" doc:"The endpoint's ID"`
}

// endpoint gives one that the key may know of: one of another program is as one that
// is not there.
func (h handler) endpoint(ctx context.Context, id string) (applicants.WebhookState, error) {
	e, err := h.Webhooks.WebhookEndpoint(ctx, id)
	if err == nil && !e.Within(keyOf(ctx).Programs()) {
		e, err = applicants.WebhookState{}, hooks.NoEndpoint()
	}
	return e, problem(err)
}

// within refuses an endpoint that would get what is none of the key's business.
func (h handler) within(ctx context.Context, e hooks.Endpoint) error {
	if e.Within(keyOf(ctx).Programs()) {
		return nil
	}
	return h.notAllowed(ctx, identity.ManageWebhooks, strings.Join(e.Programs, " "), "This key is for endpoints of its own programs alone: name one or some of them.")
}

func eventTypes(names []string) []onboarding.EventType {
	out := make([]onboarding.EventType, len(names))
	for i, n := range names {
		out[i] = onboarding.EventType(n)
	}
	return out
}

func (h handler) webhooks(a huma.API) {
	h.listEndpoints(a)
	h.getEndpoint(a)
	h.addEndpoint(a)
	h.changeEndpoint(a)
	h.removeEndpoint(a)
	h.rotateEndpoint(a)
	h.testEndpoint(a)
	h.deadLetters(a)
	h.replay(a)
}

func (h handler) listEndpoints(a huma.API) {
	type endpointsOutput struct {
		Body struct {
			Items []WebhookEndpoint `json:"items"`
		}
	}
	huma.Register(a, operation("list-webhook-endpoints", http.MethodGet, "/webhook-endpoints", "The addresses that events are sent to", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*endpointsOutput, error) {
			all, err := h.Webhooks.WebhookEndpoints(ctx)
			if err != nil {
				return nil, problem(err)
			}
			out := &endpointsOutput{}
			out.Body.Items = make([]WebhookEndpoint, 0, len(all)) // never null
			for _, e := range all {
				if e.Within(keyOf(ctx).Programs()) {
					out.Body.Items = append(out.Body.Items, endpointOf(e))
				}
			}
			return out, nil
		})
}

func (h handler) getEndpoint(a huma.API) {
	huma.Register(a, operation("get-webhook-endpoint", http.MethodGet, "/webhook-endpoints/{endpoint}", "One address that events are sent to", http.StatusOK),
		func(ctx context.Context, in *EndpointInput) (*endpointOutput, error) {
			e, err := h.endpoint(ctx, in.Endpoint)
			if err != nil {
				return nil, err
			}
			return &endpointOutput{Body: endpointOf(e)}, nil
		})
}

type endpointBody struct {
	URL         string   `json:"url" maxLength:"2000" doc:"https, and on the public internet" example:"https://hooks.example.com/vouchsafe"`
	Description string   `json:"description,omitempty" maxLength:"200" doc:"For people"`
	Programs    []string `json:"programs,omitempty" maxItems:"100" doc:"Whose events it gets; none: every program's"`
	Events      []string `json:"events,omitempty" maxItems:"50" doc:"Which it gets; none: all"`
}

func (h handler) addEndpoint(a huma.API) {
	huma.Register(a, operation("post-webhook-endpoint", http.MethodPost, "/webhook-endpoints", "Have events sent to an address; the answer has the secret", http.StatusCreated),
		func(ctx context.Context, in *struct{ Body endpointBody }) (*endpointOutput, error) {
			e := hooks.Endpoint{URL: in.Body.URL, Description: in.Body.Description, Programs: in.Body.Programs, Events: eventTypes(in.Body.Events)}
			if err := h.within(ctx, e); err != nil {
				return nil, err
			}
			e, err := h.Webhooks.AddWebhook(ctx, e, actor(ctx))
			if err != nil {
				return nil, problem(err)
			}
			return &endpointOutput{Body: withSecret(e)}, nil
		})
}

type endpointChange struct {
	EndpointInput
	Body struct {
		URL         *string   `json:"url,omitempty" maxLength:"2000"`
		Description *string   `json:"description,omitempty" maxLength:"200"`
		Programs    *[]string `json:"programs,omitempty" maxItems:"100"`
		Events      *[]string `json:"events,omitempty" maxItems:"50"`
		Paused      *bool     `json:"paused,omitempty" doc:"Nothing is sent while it is true. What happens meanwhile waits, as long as any event is tried"`
	}
}

func (h handler) changeEndpoint(a huma.API) {
	huma.Register(a, operation("patch-webhook-endpoint", http.MethodPatch, "/webhook-endpoints/{endpoint}", "Change an address, pause it, or let it go on", http.StatusOK),
		func(ctx context.Context, in *endpointChange) (*endpointOutput, error) {
			was, err := h.endpoint(ctx, in.Endpoint)
			if err != nil {
				return nil, err
			}
			if in.Body.Programs != nil {
				was.Programs = *in.Body.Programs
				if err := h.within(ctx, was.Endpoint); err != nil {
					return nil, err
				}
			}
			c := hooks.Changes{URL: in.Body.URL, Description: in.Body.Description, Programs: in.Body.Programs, Paused: in.Body.Paused}
			if in.Body.Events != nil {
				types := eventTypes(*in.Body.Events)
				c.Events = &types
			}
			e, err := h.Webhooks.ChangeWebhook(ctx, in.Endpoint, c, actor(ctx))
			if err != nil {
				return nil, problem(err)
			}
			return &endpointOutput{Body: endpointOf(e)}, nil
		})
}

func (h handler) removeEndpoint(a huma.API) {
	type removedOutput struct {
		Body struct {
			Deleted string `json:"deleted" doc:"The ID that it had"`
		}
	}
	huma.Register(a, operation("delete-webhook-endpoint", http.MethodDelete, "/webhook-endpoints/{endpoint}", "Send nothing there any more, and drop what waits", http.StatusOK),
		func(ctx context.Context, in *EndpointInput) (*removedOutput, error) {
			if _, err := h.endpoint(ctx, in.Endpoint); err != nil {
				return nil, err
			}
			if err := h.Webhooks.RemoveWebhook(ctx, in.Endpoint, actor(ctx)); err != nil {
				return nil, problem(err)
			}
			out := &removedOutput{}
			out.Body.Deleted = in.Endpoint
			return out, nil
		})
}

type rotateInput struct {
	EndpointInput
	Body struct {
		OverlapHours *float64 `json:"overlap_hours,omitempty" minimum:"0" maximum:"720" doc:"How long the old secret signs besides; absent: 24. 0 when it has leaked"`
	}
}

func (h handler) rotateEndpoint(a huma.API) {
	huma.Register(a, operation("rotate-webhook-secret", http.MethodPost, "/webhook-endpoints/{endpoint}/rotate", "Make a new secret; the answer has it", http.StatusOK),
		func(ctx context.Context, in *rotateInput) (*endpointOutput, error) {
			if _, err := h.endpoint(ctx, in.Endpoint); err != nil {
				return nil, err
			}
			overlap := hooks.Overlap
			if in.Body.OverlapHours != nil {
				overlap = time.Duration(*in.Body.OverlapHours * float64(time.Hour))
			}
			e, err := h.Webhooks.RotateWebhook(ctx, in.Endpoint, overlap, actor(ctx))
			if err != nil {
				return nil, problem(err)
			}
			return &endpointOutput{Body: withSecret(e)}, nil
		})
}

// WebhookTest is what came of a test event.
type WebhookTest struct {
	Delivered bool   `json:"delivered"`
	Status    int    `json:"status" doc:"HTTP status that the endpoint answered when it did not take the event; 0: none"`
	Says      string `json:"says" doc:"What went wrong"`
	TookMS    int64  `json:"took_ms"`
}

func (h handler) testEndpoint(a huma.API) {
	type testedOutput struct{ Body WebhookTest }
	huma.Register(a, operation("test-webhook-endpoint", http.MethodPost, "/webhook-endpoints/{endpoint}/test", "Send a signed test event there now", http.StatusOK),
		func(ctx context.Context, in *EndpointInput) (*testedOutput, error) {
			if _, err := h.endpoint(ctx, in.Endpoint); err != nil {
				return nil, err
			}
			t, err := h.Webhooks.TestWebhook(ctx, in.Endpoint)
			if err != nil {
				return nil, problem(err)
			}
			return &testedOutput{Body: WebhookTest{Delivered: t.Delivered, Status: t.Status, Says: t.Says, TookMS: t.Took.Milliseconds()}}, nil
		})
}

// DeadLetter is an event that was given up.
type DeadLetter struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Applicant string    `json:"applicant"`
	Program   string    `json:"program"`
	Number    int       `json:"number"`
	Happened  time.Time `json:"happened_at"`
	GivenUp   time.Time `json:"given_up_at"`
	Says      string    `json:"says" doc:"What went wrong last"`
}

type deadInput struct {
	EndpointInput
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor string `query:"cursor" maxLength:"100" doc:"next_cursor of the page before"`
}

func (h handler) deadLetters(a huma.API) {
	type lettersOutput struct {
		Body struct {
			Items      []DeadLetter `json:"items"`
			NextCursor string       `json:"next_cursor" doc:"Empty on the last page"`
		}
	}
	huma.Register(a, operation("list-dead-letters", http.MethodGet, "/webhook-endpoints/{endpoint}/dead-letters", "Events that the address has not taken in all the time that they were tried", http.StatusOK),
		func(ctx context.Context, in *deadInput) (*lettersOutput, error) {
			if _, err := h.endpoint(ctx, in.Endpoint); err != nil {
				return nil, err
			}
			letters, next, err := h.Webhooks.DeadLetters(ctx, in.Endpoint, in.Cursor, in.Limit)
			if err != nil {
				return nil, problem(err)
			}
			out := &lettersOutput{}
			out.Body.NextCursor, out.Body.Items = next, make([]DeadLetter, len(letters)) // never null
			for i, l := range letters {
				out.Body.Items[i] = DeadLetter{ID: l.ID, Type: string(l.Event.Type), Applicant: string(l.Applicant), Program: l.Event.Program, Number: l.Event.Number,
					Happened: l.Event.At, GivenUp: l.Buried, Says: l.Says}
			}
			return out, nil
		})
}

type replayInput struct {
	EndpointInput
	Body struct {
		Letters []string `json:"letters,omitempty" maxItems:"500" doc:"Which, by ID; none: all of the address, 500 in one call"`
	}
}

func (h handler) replay(a huma.API) {
	type replayedOutput struct {
		Body struct {
			Sent int `json:"sent" doc:"Letters that are on their way again"`
			Left int `json:"left" doc:"Letters that still lie there: call again"`
		}
	}
	huma.Register(a, operation("replay-dead-letters", http.MethodPost, "/webhook-endpoints/{endpoint}/dead-letters/replay", "Try dead letters again, for as long as any event", http.StatusOK),
		func(ctx context.Context, in *replayInput) (*replayedOutput, error) {
			if _, err := h.endpoint(ctx, in.Endpoint); err != nil {
				return nil, err
			}
			sent, left, err := h.Webhooks.Replay(ctx, in.Endpoint, in.Body.Letters, actor(ctx))
			if err != nil {
				return nil, problem(err)
			}
			out := &replayedOutput{}
			out.Body.Sent, out.Body.Left = sent, left
			return out, nil
		})
}
