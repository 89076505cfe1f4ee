package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
	"github.com/vouchsafe/vouchsafe/workflows"
)

var _ api.Webhooks = (*applicants.Service)(nil)

// fakeHooks has endpoints in memory, with one dead letter each.
type fakeHooks struct {
	all      []applicants.WebhookState
	did      []string
	overlap  time.Duration
	replayed []string
}

func (f *fakeHooks) WebhookEndpoints(context.Context) ([]applicants.WebhookState, error) {
	return f.all, nil
}

func (f *fakeHooks) find(id string) (*applicants.WebhookState, error) {
	for i := range f.all {
		if f.all[i].ID == id {
			return &f.all[i], nil
		}
	}
	return &applicants.WebhookState{}, &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no webhook endpoint with that ID."}
}

func (f *fakeHooks) WebhookEndpoint(_ context.Context, id string) (applicants.WebhookState, error) {
	e, err := f.find(id)
	return *e, err
}

func (f *fakeHooks) AddWebhook(_ context.Context, e hooks.Endpoint, by workflows.Actor) (hooks.Endpoint, error) {
	if err := (hooks.Reach{}).CheckURL(e.URL); err != nil {
		return hooks.Endpoint{}, err
	}
	e.ID, e.By, e.Created, e.Secrets = "e1", string(by), noon, []hooks.Secret{{Value: hooks.NewSecret()}}
	f.all = append(f.all, applicants.WebhookState{Endpoint: e, Dead: 1, Waiting: 2})
	return e, nil
}

func (f *fakeHooks) ChangeWebhook(_ context.Context, id string, c hooks.Changes, by workflows.Actor) (applicants.WebhookState, error) {
	e, err := f.find(id)
	if err != nil {
		return *e, err
	}
	if c.Paused != nil {
		e.Paused = *c.Paused
	}
	if c.Events != nil {
		e.Events = *c.Events
	}
	f.did = append(f.did, "change by "+string(by))
	return *e, nil
}

func (f *fakeHooks) RotateWebhook(_ context.Context, id string, overlap time.Duration, _ workflows.Actor) (hooks.Endpoint, error) {
	e, err := f.find(id)
	if err != nil {
		return e.Endpoint, err
	}
	f.overlap = overlap
	e.Secrets = []hooks.Secret{{Value: hooks.NewSecret()}, {Value: e.Secrets[0].Value, Until: time.Now().Add(overlap)}}
	return e.Endpoint, nil
}

func (f *fakeHooks) RemoveWebhook(_ context.Context, id string, by workflows.Actor) error {
	_, err := f.find(id)
	if err == nil {
		f.all, f.did = nil, append(f.did, "remove by "+string(by))
	}
	return err
}

func (f *fakeHooks) TestWebhook(_ context.Context, id string) (workflows.TestWebhookOut, error) {
	_, err := f.find(id)
	return workflows.TestWebhookOut{Status: 503, Says: "The endpoint answered 503.", Took: 12 * time.Millisecond}, err
}

func (f *fakeHooks) DeadLetters(_ context.Context, id, after string, limit int) ([]hooks.Letter, string, error) {
	_, err := f.find(id)
	if err != nil || after != "" {
		return nil, "", err
	}
	return []hooks.Letter{{ID: "l1", Applicant: nobodyID, Event: onboarding.Event{Type: onboarding.EventDeclined, Number: 9, At: noon, Program: "health-line"}, Buried: noon, Says: "The endpoint answered 500."}}, "l1", nil
}

func (f *fakeHooks) Replay(_ context.Context, id string, letters []string, _ workflows.Actor) (sent, left int, err error) {
	_, err = f.find(id)
	f.replayed = letters
	return 1, 0, err
}

// TestWebhookEndpoints: made, seen, changed, rotated, tried, replayed, deleted. The
// secret is told twice: when it is made, and when it is made anew.
func TestWebhookEndpoints(t *testing.T) {
	f := serve(t, nil)
	const at = "/api/v1/webhook-endpoints"
	var made, got api.WebhookEndpoint
	a := f.send("POST", at, `{"url":"https://hooks.example.com/v","programs":["health-line"],"events":["application.certified"]}`, "Authorization", "Bearer "+umbria)
	a.decode(t, &made)
	if a.status != http.StatusCreated || !strings.HasPrefix(made.Secret, "whsec_") || made.CreatedBy != "api:umbria" || !slices.Equal(made.Programs, []string{"health-line"}) ||
		!slices.Equal(made.Events, []string{"application.certified"}) {
		t.Errorf("%d %+v", a.status, made)
	}
	one := at + "/" + made.ID
	a = f.send("GET", one, "")
	a.decode(t, &got)
	if got.Secret != "" || strings.Contains(a.body, made.Secret) || got.Waiting != 2 || got.DeadLetters != 1 {
		t.Errorf("%s", a.body)
	}
	if a := f.send("GET", at, ""); a.status != http.StatusOK || strings.Contains(a.body, "whsec_") || !strings.Contains(a.body, made.ID) {
		t.Errorf("%d %s", a.status, a.body)
	}
	f.send("PATCH", one, `{"paused":true,"events":[]}`, "Authorization", "Bearer "+umbria).decode(t, &got)
	if !got.Paused || len(got.Events) != 0 || !slices.Equal(f.hooks.did, []string{"change by api:umbria"}) {
		t.Errorf("%+v, did %q", got, f.hooks.did)
	}
	f.send("POST", one+"/rotate", `{}`).decode(t, &got)
	if got.Secret == "" || got.Secret == made.Secret || got.SecretUntil == nil || f.hooks.overlap != 24*time.Hour {
		t.Errorf("%+v, overlap %s", got, f.hooks.overlap)
	}
	if f.send("POST", one+"/rotate", `{"overlap_hours":0}`); f.hooks.overlap != 0 {
		t.Errorf("overlap %s", f.hooks.overlap)
	}
	var test api.WebhookTest
	f.send("POST", one+"/test", "").decode(t, &test)
	if test.Delivered || test.Status != 503 || test.TookMS != 12 || test.Says == "" {
		t.Errorf("%+v", test)
	}
	var page struct {
		Items      []api.DeadLetter `json:"items"`
		NextCursor string           `json:"next_cursor"`
	}
	f.send("GET", one+"/dead-letters", "").decode(t, &page)
	if len(page.Items) != 1 || page.Items[0].Number != 9 || page.Items[0].Type != "application.declined" || page.NextCursor != "l1" {
		t.Errorf("%+v", page)
	}
	if a := f.send("GET", one+"/dead-letters?cursor=l1", ""); !strings.Contains(a.body, `"items":[]`) {
		t.Errorf("%s", a.body)
	}
	if a := f.send("POST", one+"/dead-letters/replay", `{"letters":["l1"]}`); a.status != http.StatusOK || !slices.Equal(f.hooks.replayed, []string{"l1"}) {
		t.Errorf("%d, replayed %q", a.status, f.hooks.replayed)
	}
	if a := f.send("DELETE", one, ""); a.status != http.StatusOK || len(f.hooks.all) != 0 {
		t.Errorf("%d %s", a.status, a.body)
	}
	for _, gone := range []struct{ method, path, body string }{{"GET", "", ""}, {"PATCH", "", `{"paused":true}`}, {"DELETE", "", ""}, {"POST", "/rotate", `{}`}, {"POST", "/test", ""},
		{"GET", "/dead-letters", ""}, {"POST", "/dead-letters/replay", `{}`}} {
		wantProblem(t, f.send(gone.method, one+gone.path, gone.body), http.StatusNotFound)
	}
	for _, wrong := range []string{`{}`, `{"url":"http://hooks.example.com/"}`, `{"url":"https://hooks.example.com/","secret":"x"}`, `{"url":"https://10.0.0.1/"}`} {
		wantProblem(t, f.send("POST", at, wrong), http.StatusUnprocessableEntity)
	}
}

// TestEndpointsOfAnotherProgram: a key of one program sees and makes endpoints of that
// alone; one that gets every program's events is none of its own.
func TestEndpointsOfAnotherProgram(t *testing.T) {
	f := serve(t, func(c *api.Config) {
		c.Keys = one{identity.NewKey("acme", identity.Actions(), []string{"support-basics"})}
	})
	state := func(id string, programs ...string) applicants.WebhookState {
		return applicants.WebhookState{Endpoint: hooks.Endpoint{ID: id, URL: "https://hooks.example.com/", Programs: programs, Secrets: []hooks.Secret{{Value: hooks.NewSecret()}}}}
	}
	f.hooks.all = []applicants.WebhookState{state("ours", "support-basics"), state("theirs", "health-line"), state("both", "support-basics", "health-line"), state("everybody")}
	const at = "/api/v1/webhook-endpoints"
	if a := f.send("GET", at, ""); !strings.Contains(a.body, `"ours"`) || strings.Contains(a.body, `"theirs"`) || strings.Contains(a.body, `"both"`) || strings.Contains(a.body, `"everybody"`) {
		t.Errorf("%s", a.body)
	}
	for _, id := range []string{"theirs", "both", "everybody"} {
		for _, ask := range []struct{ method, path, body string }{{"GET", "", ""}, {"PATCH", "", `{"paused":true}`}, {"DELETE", "", ""}, {"POST", "/rotate", `{}`}, {"POST", "/test", ""},
			{"GET", "/dead-letters", ""}, {"POST", "/dead-letters/replay", `{}`}} {
			wantProblem(t, f.send(ask.method, at+"/"+id+ask.path, ask.body), http.StatusNotFound)
		}
	}
	for _, wider := range []string{`{"url":"https://hooks.example.com/"}`, `{"url":"https://hooks.example.com/","programs":["health-line"]}`} {
		wantProblem(t, f.send("POST", at, wider), http.StatusForbidden, "own programs")
	}
	wantProblem(t, f.send("PATCH", at+"/ours", `{"programs":[]}`), http.StatusForbidden)
	if a := f.send("PATCH", at+"/ours", `{"paused":true}`); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	if len(f.hooks.all) != 4 || len(f.hooks.did) != 1 {
		t.Errorf("%d are left, did %q", len(f.hooks.all), f.hooks.did)
	}
}
