package console

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// endpoints are webhook endpoints in memory; e1 is there from the beginning, with two
// dead letters.
type endpoints struct {
	all     []applicants.WebhookState
	letters []hooks.Letter
	did     []string
}

func newEndpoints() *endpoints {
	letter := func(n int) hooks.Letter {
		e := onboarding.Event{Type: onboarding.EventDeclined, Number: n, At: noon, Program: "support-basics"}
		return hooks.Letter{ID: "letter-" + string(rune('0'+n)), Endpoint: "e1", Applicant: failedID, Event: e, Buried: noon, Says: "The endpoint answered 500."}
	}
	return &endpoints{all: []applicants.WebhookState{{Dead: 2, Waiting: 1, Endpoint: hooks.Endpoint{ID: "e1", URL: "https://hooks.example.com/first", Description: "The warehouse", Created: noon,
		By: "staff:admin:1", Secrets: []hooks.Secret{{Value: hooks.NewSecret()}}}}}, letters: []hooks.Letter{letter(3), letter(4)}}
}

func (f *endpoints) WebhookEndpoints(context.Context) ([]applicants.WebhookState, error) {
	return f.all, nil
}

func (f *endpoints) WebhookEndpoint(_ context.Context, id string) (applicants.WebhookState, error) {
	for _, e := range f.all {
		if e.ID == id {
			return e, nil
		}
	}
	return applicants.WebhookState{}, hooks.NoEndpoint()
}

func (f *endpoints) AddWebhook(_ context.Context, e hooks.Endpoint, by workflows.Actor) (hooks.Endpoint, error) {
	if err := (hooks.Reach{}).CheckURL(e.URL); err != nil {
		return e, err
	}
	e.ID, e.Created, e.By, e.Secrets = "e2", noon, string(by), []hooks.Secret{{Value: hooks.NewSecret()}}
	f.all = append(f.all, applicants.WebhookState{Endpoint: e})
	return e, nil
}

func (f *endpoints) ChangeWebhook(_ context.Context, id string, c hooks.Changes, _ workflows.Actor) (applicants.WebhookState, error) {
	i := slices.IndexFunc(f.all, func(e applicants.WebhookState) bool { return e.ID == id })
	e := &f.all[i]
	if c.Paused != nil {
		e.Paused = *c.Paused
	}
	if c.URL != nil {
		if err := (hooks.Reach{}).CheckURL(*c.URL); err != nil {
			return *e, err
		}
		e.URL, e.Description, e.Programs, e.Events = *c.URL, *c.Description, *c.Programs, *c.Events
	}
	return *e, nil
}

func (f *endpoints) RotateWebhook(_ context.Context, id string, overlap time.Duration, _ workflows.Actor) (hooks.Endpoint, error) {
	i := slices.IndexFunc(f.all, func(e applicants.WebhookState) bool { return e.ID == id })
	old := f.all[i].Secrets[0]
	old.Until = noon.Add(overlap)
	f.all[i].Secrets = []hooks.Secret{{Value: hooks.NewSecret()}, old}
	return f.all[i].Endpoint, nil
}

func (f *endpoints) RemoveWebhook(_ context.Context, id string, _ workflows.Actor) error {
	f.all = slices.DeleteFunc(f.all, func(e applicants.WebhookState) bool { return e.ID == id })
	return nil
}

func (f *endpoints) TestWebhook(_ context.Context, id string) (workflows.TestWebhookOut, error) {
	f.did = append(f.did, "test "+id)
	return workflows.TestWebhookOut{Status: 503, Says: "The endpoint answered 503 (Service Unavailable)."}, nil
}

func (f *endpoints) DeadLetters(_ context.Context, id, after string, _ int) ([]hooks.Letter, string, error) {
	if id != "e1" || after != "" {
		return nil, "", nil
	}
	return f.letters, "", nil
}

func (f *endpoints) Replay(_ context.Context, id string, letters []string, _ workflows.Actor) (sent, left int, err error) {
	f.did = append(f.did, "replay "+id+" "+strings.Join(letters, " "))
	return max(len(letters), 1), 0, nil
}

var hookSecret = regexp.MustCompile(`whsec_[0-9A-Za-z+/=]+`)

// TestWebhookPages: an admin adds an endpoint and sees its secret once, changes,
// pauses, rotates and deletes it; ops test it and send dead letters again.
func TestWebhookPages(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	d.get(webhooksPath).is(http.StatusOK, "https://hooks.example.com/first", "The warehouse", "events wait")
	d.post(webhooksPath, form("url", "", "description", "")).is(http.StatusUnprocessableEntity, "Enter an address")
	d.post(webhooksPath, form("url", "http://hooks.example.com/", "description", "Acme")).is(http.StatusUnprocessableEntity, "by https only", "Acme")
	d.post(webhooksPath, form("url", "https://hooks.example.com/second", "description", "Acme", "event", "application.certified", "program", "support-basics")).is(http.StatusOK, "Copy the secret now")
	secret := hookSecret.FindString(d.body)
	if secret == "" || d.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("no secret on the page, or it may be kept: %q", d.header.Get("Cache-Control"))
	}
	at := webhookPath("e2")
	d.get(at).is(http.StatusOK, "https://hooks.example.com/second", "application.certified", "There are none")
	if strings.Contains(d.body, secret) {
		t.Error("the secret is shown again")
	}
	d.post(at+"/pause", nil).is(http.StatusUnprocessableEntity, "Nothing was done")
	d.post(at+"/pause", form("endpoint", "e2")).is(http.StatusOK, "The endpoint is paused", "Let it go on")
	d.post(at+"/resume", form("endpoint", "e2")).is(http.StatusOK, "The endpoint is active")
	d.post(at, form("endpoint", "e2", "url", "https://10.0.0.1/", "description", "Acme")).is(http.StatusUnprocessableEntity, "private network")
	d.post(at, form("endpoint", "e2", "url", "https://hooks.example.com/third", "description", "Acme")).is(http.StatusOK, "The endpoint is changed", "third")
	d.post(at+"/rotate", form("endpoint", "e2", "overlap", "24")).is(http.StatusOK, "Copy the secret now", "The secret before signs beside it")
	if again := hookSecret.FindString(d.body); again == secret || again == "" {
		t.Errorf("the secret is %q after it was %q", again, secret)
	}
	d.post(at+"/delete", form("endpoint", "e1")).is(http.StatusUnprocessableEntity)
	d.post(at+"/delete", form("endpoint", "e2")).is(http.StatusOK, "The endpoint is deleted")
	d.get(at).is(http.StatusNotFound)

	o := h.desk(identity.RoleOps)
	o.get(webhookPath("e1")).is(http.StatusOK, "application.declined", "The endpoint answered 500.")
	if strings.Contains(o.body, "Delete this endpoint") || strings.Contains(o.body, "A new secret") {
		t.Error("ops are shown what only admins do")
	}
	o.post(webhookPath("e1")+"/test", form("endpoint", "e1")).is(http.StatusOK, "The test event was not taken", "503")
	o.post(webhookPath("e1")+"/replay", form("endpoint", "e1", "which", "marked")).is(http.StatusUnprocessableEntity, "Mark the letters")
	o.post(webhookPath("e1")+"/replay", form("endpoint", "e1", "which", "marked", "letter", "letter-4")).is(http.StatusOK, "1 dead letter is on its way")
	o.post(webhookPath("e1")+"/replay", form("endpoint", "e1", "which", "all")).is(http.StatusOK)
	if want := []string{"test e1", "replay e1 letter-4", "replay e1 "}; !slices.Equal(h.hooks.did, want) {
		t.Errorf("did %q, want %q", h.hooks.did, want)
	}
	o.post(webhookPath("e1")+"/pause", form("endpoint", "e1")).is(http.StatusForbidden)
}

// TestWebhooksOfAnotherProgram: who works for one program sees and makes endpoints of
// that alone.
func TestWebhooksOfAnotherProgram(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	d.swap(func(string) string {
		return d.sealed(identity.Staff{ID: "00c0ffee", Role: identity.RoleAdmin, Programs: []string{"support-basics"}})
	})
	d.get(webhooksPath).is(http.StatusOK, "Nobody is told anything yet")
	d.get(webhookPath("e1")).is(http.StatusNotFound)
	d.post(webhookPath("e1")+"/pause", form("endpoint", "e1")).is(http.StatusNotFound)
	d.post(webhooksPath, form("url", "https://hooks.example.com/x", "description", "Acme")).is(http.StatusUnprocessableEntity, "Choose one or some of your programs")
	if len(h.hooks.all) != 1 || h.hooks.all[0].Paused {
		t.Errorf("%+v", h.hooks.all)
	}
}

// TestEveryEventHasWords: none is shown by its name alone.
func TestEveryEventHasWords(t *testing.T) {
	for _, e := range append(onboarding.EventTypes(), onboarding.EventTest) {
		if eventWords(e) == string(e) {
			t.Errorf("%s has no words", e)
		}
	}
}
