package browsertest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// receiver is an integrator's, on loopback: it takes what is signed, unless it is down.
type receiver struct {
	*httptest.Server
	down   atomic.Bool
	mu     sync.Mutex
	secret *standardwebhooks.Webhook
	got    []string
	forged int
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil || r.secret == nil || r.secret.Verify(body, q.Header) != nil {
			r.forged++
			http.Error(w, "not signed", http.StatusBadRequest)
			return
		}
		if r.down.Load() {
			http.Error(w, "down", http.StatusInternalServerError)
			return
		}
		r.got = append(r.got, string(body))
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) knows(t *testing.T, secret string) {
	t.Helper()
	s, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = s
}

func (r *receiver) heard(words string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, body := range r.got {
		if strings.Contains(body, words) {
			return true
		}
	}
	return false
}

// integratorDay: an admin adds an endpoint and sees its secret once; it breaks, what it
// did not take is a dead letter, and goes again when it is mended. Who did what stands
// in the access log.
func integratorDay(t *testing.T, w *world, l look) {
	r := newReceiver(t)
	b := w.staffBy(t, identity.RoleAdmin, l)
	whose := "Acme's warehouse, " + fmt.Sprint(l.width)
	b.open("/console/webhooks").says("Webhooks", "Add an endpoint").send().is(http.StatusUnprocessableEntity).says("Enter an address")
	b.open("/console/webhooks").send("url", "http://hooks.example.com/", "description", whose).is(http.StatusUnprocessableEntity).says("by https only").holds("description", whose)
	program := fmt.Sprint("warehouse-", l.width) // whose events nobody else makes
	b.open("/console/webhooks").send("url", r.URL, "description", whose, "event", "application.submitted", "program", program).says("Copy the secret now")
	secret := js[string](b, `document.querySelector(".card code").innerText`)
	r.knows(t, secret)
	b.press("I have copied it").says("Webhook endpoint", "Active", whose).silent(secret)
	at := b.path()
	id := at[strings.LastIndex(at, "/")+1:]
	b.press("Send a test event").says("The test event was taken")

	r.down.Store(true)
	b.open(at).press("Send a test event").says("The test event was not taken", "500")
	b.open(at)
	j := w.handsIn(t, newcomer("Wanda", "Webhook"), program, nil)
	b.again("Send all 1 again").says("Events wait", "The endpoint").silent("Wanda")
	b.press("Send the marked again").is(http.StatusUnprocessableEntity).says("Mark the letters")
	b.open("/console/webhooks").says(whose, "Events wait")

	ops := w.staffBy(t, identity.RoleOps, l) // who may replay, and not change
	ops.open(at).silent("Delete this endpoint", "A new secret")
	r.down.Store(false)
	ops.fill("letter", js[string](ops, `document.querySelector("[name=letter]").value`)).press("Send the marked again").says("on its way again")
	eventually(t, func() error {
		if !r.heard(j.id) {
			return fmt.Errorf("the letter of %s has not come", j.id)
		}
		return nil
	})
	b.loadsUntil(at, "There are none.")

	b.press("Pause it").says("The endpoint is paused").press("Let it go on").says("The endpoint is active")
	b.fill("description", whose+", mended")
	b.goes(func() { b.clickAt(b.point(named, "Save")) }).says("The endpoint is changed", "mended")
	b.press("Make a new secret").says("Copy the secret now", "signs beside it until")
	if fresh := js[string](b, `document.querySelector(".card code").innerText`); fresh == secret {
		t.Error("the new secret is the old one")
	}
	b.open(at).press("Send a test event").says("The test event was taken") // by the old secret, which signs beside
	b.open(at).press("Delete this endpoint").at("/console/webhooks").says("is deleted").silent(whose)
	b.open(at).is(http.StatusNotFound)

	for _, kind := range []string{"endpoint_added", "endpoint_changed", "endpoint_paused", "endpoint_resumed", "endpoint_rotated", "endpoint_removed", "letters_replayed"} {
		b.open("/console/access?what="+kind).says(id, "/console/webhooks")
	}
}
