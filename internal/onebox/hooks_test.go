package onebox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/onebox"

	public "github.com/vouchsafe/vouchsafe/deploy/client"
)

// integrator takes webhooks, and can be made to answer something else. It verifies by
// the standard's own library.
type integrator struct {
	t      *testing.T
	server *httptest.Server

	mu      sync.Mutex
	secrets []string
	status  int // that is answered; 0: the event is taken
	refused int
	took    map[string][]public.Event // by applicant, as they came
}

func integrate(t *testing.T) *integrator {
	i := &integrator{t: t, took: map[string][]public.Event{}}
	i.server = httptest.NewServer(i)
	t.Cleanup(i.server.Close)
	return i
}

func (i *integrator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.status != 0 {
		i.refused++
		w.WriteHeader(i.status)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		i.t.Error(err)
	}
	for _, secret := range i.secrets { // each of them must do
		v, err := standardwebhooks.NewWebhook(secret)
		if err == nil {
			err = v.Verify(body, r.Header)
		}
		if err != nil {
			i.t.Errorf("%v: %s", err, body)
		}
	}
	var e public.Event
	if err := json.Unmarshal(body, &e); err != nil || e.ID != r.Header.Get("webhook-id") {
		i.t.Errorf("%v: %s", err, body)
	}
	i.took[e.Data.Applicant] = append(i.took[e.Data.Applicant], e)
}

func (i *integrator) answers(status int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.status, i.refused = status, 0
}

func (i *integrator) knows(secrets ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.secrets = secrets
}

// of gives what came of an applicant, each event once, and holds their order.
func (i *integrator) of(id string) []string {
	i.t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	var out []string
	last := 0
	for _, e := range i.took[id] {
		if e.Data.Number < last {
			i.t.Errorf("event %d of %s came behind %d", e.Data.Number, id, last)
		}
		if e.Data.Number > last {
			out = append(out, e.Type+" "+e.Data.Stage)
		}
		last = e.Data.Number
	}
	return out
}

func (i *integrator) refusals() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.refused
}

// TestWebhooks: an integrator's endpoint is down while people apply. Nobody waits for
// it, another endpoint hears at once, and when it is back it gets everything, signed
// and in order. What it does not take in all the time that it is tried becomes a dead
// letter, which is replayed. An endpoint that is gone is paused.
func TestWebhooks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a house")
	}
	t.Parallel()
	d := openDesk(t, func(c *onebox.Config) { c.WebhookPatience, c.Receiver = time.Minute, true })
	down, up := integrate(t), integrate(t)
	events := []string{"application.submitted", "application.stage_changed", "check.failed"}
	one, err := d.api.AddEndpoint(t.Context(), public.NewEndpoint{URL: down.server.URL, Description: "the one that is down", Events: events})
	if err != nil {
		t.Fatal(err)
	}
	two, err := d.api.AddEndpoint(t.Context(), public.NewEndpoint{URL: up.server.URL, Programs: []string{"support-basics"}, Events: events})
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := d.api.RotateSecret(t.Context(), two.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	down.knows(one.Secret)
	up.knows(two.Secret, rotated.Secret) // during the overlap both verify

	down.answers(http.StatusServiceUnavailable)
	want := []string{"application.submitted signup", "application.stage_changed validation", "application.stage_changed vetting", "application.stage_changed certification"}
	var ids []string
	for range 3 {
		id, _ := d.apply("support-basics", nil)
		ids = append(ids, id)
	}
	other, _ := d.apply("health-line", nil)
	for _, id := range append(ids, other) {
		d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	}
	got := func(i *integrator, id string, want []string) {
		t.Helper()
		eventually(t, time.Minute, func() error {
			if got := i.of(id); !slices.Equal(got, want) {
				return fmt.Errorf("of %s came\n%q, not\n%q", id, got, want)
			}
			return nil
		})
	}
	for _, id := range ids {
		got(up, id, want)
	}
	if n := down.refusals(); n == 0 {
		t.Error("the endpoint that is down was not asked")
	}
	if e, err := d.api.Endpoint(t.Context(), one.ID); err != nil || e.Waiting != 4 || e.DeadLetters != 0 {
		t.Errorf("%+v, %v", e, err)
	}
	down.answers(0)
	for _, id := range append(ids, other) {
		got(down, id, want)
	}
	if got := up.of(other); len(got) != 0 {
		t.Errorf("the endpoint of another program got %q", got)
	}

	// A person sees the same at the sandbox, with each signature verified.
	var shown []struct{ Signed bool }
	_, _, body := d.send("GET", d.face.Sandbox+"/_webhooks.json", "")
	decode(t, body, &shown)
	if len(shown) < 4*len(want) || slices.ContainsFunc(shown, func(c struct{ Signed bool }) bool { return !c.Signed }) {
		t.Errorf("the sandbox shows %d webhooks: %.300s", len(shown), body)
	}

	// Down for longer than it is tried.
	down.answers(http.StatusInternalServerError)
	late, _ := d.apply("support-basics", nil)
	var letters []public.DeadLetter
	eventually(t, 3*time.Minute, func() (err error) {
		if letters, _, err = d.api.DeadLetters(t.Context(), one.ID, ""); err == nil && len(letters) < len(want) {
			err = fmt.Errorf("%d dead letters", len(letters))
		}
		return err
	})
	for n, l := range letters {
		if l.Applicant != late || l.Number != letters[0].Number+n && n > 0 && l.Number <= letters[n-1].Number || l.Says != "The endpoint answered 500 (Internal Server Error)." && l.Says != "The endpoint has not answered lately, and is not asked for some seconds." {
			t.Errorf("%+v", l)
		}
	}
	down.answers(0)
	if n, err := d.api.Replay(t.Context(), one.ID); err != nil || n != len(want) {
		t.Errorf("%d replayed, %v", n, err)
	}
	got(down, late, want)
	if e, err := d.api.Endpoint(t.Context(), one.ID); err != nil || e.DeadLetters != 0 {
		t.Errorf("%+v, %v", e, err)
	}
	d.whole(late)

	// A test event says what the endpoint says; one that is gone is paused.
	if test, err := d.api.TestEndpoint(t.Context(), one.ID); err != nil || !test.Delivered {
		t.Errorf("%+v, %v", test, err)
	}
	down.answers(http.StatusGone)
	if test, err := d.api.TestEndpoint(t.Context(), one.ID); err != nil || test.Delivered || test.Status != http.StatusGone {
		t.Errorf("%+v, %v", test, err)
	}
	d.apply("support-basics", nil)
	eventually(t, time.Minute, func() error {
		e, err := d.api.Endpoint(t.Context(), one.ID)
		if err == nil && (!e.Paused || e.PausedWhy == "") {
			err = errors.New("it is not paused")
		}
		return err
	})
	if err := d.api.DeleteEndpoint(t.Context(), one.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.api.Endpoint(t.Context(), one.ID); !client.NotFound(err) {
		t.Errorf("%v", err)
	}
}
