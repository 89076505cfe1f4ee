package hooks_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

var happened = onboarding.Event{Type: onboarding.EventCheckFailed, Number: 7, At: noon, Program: "support-basics", Stage: onboarding.StageValidation,
	Attention: onboarding.AttentionNone, Check: onboarding.CheckEmail, Problem: "VENDOR_UNREACHABLE", Round: 1}

func sender(t *testing.T, reach hooks.Reach) *hooks.Sender {
	t.Helper()
	s, err := hooks.NewSender(reach)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func endpoint(address string, secrets ...string) hooks.Endpoint {
	e := hooks.Endpoint{ID: "e1", URL: address}
	for _, s := range secrets {
		e.Secrets = append(e.Secrets, hooks.Secret{Value: s})
	}
	return e
}

// TestSigned: the specification's own library takes what is sent, by the new secret
// and by the old one, and by no other; and it has what the README says.
func TestSigned(t *testing.T) {
	old, fresh := hooks.NewSecret(), hooks.NewSecret()
	var header http.Header
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header, body = r.Header, read(t, r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	if err := sender(t, hooks.Reach{Loopback: true}).Send(t.Context(), endpoint(server.URL, fresh, old), somebody, happened); err != nil {
		t.Fatal(err)
	}
	verify := func(secret string) error {
		w, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		return w.Verify(body, header)
	}
	if err := errors.Join(verify(fresh), verify(old)); err != nil {
		t.Error(err)
	}
	if verify(hooks.NewSecret()) == nil {
		t.Error("a stranger's secret verifies it")
	}
	if got := header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	var p map[string]any
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	want := `{"type":"check.failed","id":"` + header.Get("webhook-id") + `","timestamp":"2026-11-28T12:00:00Z","data":{"applicant":"` + string(somebody) +
		`","program":"support-basics","stage":"validation","attention":"none","number":7,"check":"email","problem":"VENDOR_UNREACHABLE","round":1}}`
	if string(body) != want {
		t.Errorf("the body is %s\nwant %s", body, want)
	}
}

// TestSignatureByHand holds the library to the specification: HMAC-SHA256 over
// id.timestamp.body with the bytes behind whsec_, in base64.
func TestSignatureByHand(t *testing.T) {
	secret, at := hooks.NewSecret(), time.Unix(1_795_867_200, 0)
	w, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) != 32 {
		t.Fatal(len(key), err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(`evt_1.1795867200.{"number":1}`))
	got, err := w.Sign("evt_1", at, []byte(`{"number":1}`))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); err != nil || got != want {
		t.Errorf("%s, want %s (%v)", got, want, err)
	}
}

func read(t *testing.T, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Error(err)
	}
	return b
}

// TestAnswers: only 2xx is taken, and words never quote what came back.
func TestAnswers(t *testing.T) {
	const theirs = "internal trace of theirs"
	for status, says := range map[int]string{200: "", 201: "", 204: "", 301: "301", 304: "304", 400: "400", 401: "401", 410: "410", 429: "429", 500: "500", 503: "503"} {
		var asked atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.Header().Set("Location", "/elsewhere")
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(status)
			if status >= 400 {
				io.WriteString(w, theirs)
			}
		}))
		err := sender(t, hooks.Reach{Loopback: true}).Send(t.Context(), endpoint(server.URL, hooks.NewSecret()), somebody, happened)
		server.Close()
		if asked.Load() != 1 {
			t.Errorf("%d: asked %d times", status, asked.Load())
		}
		if says == "" {
			if err != nil {
				t.Errorf("%d: %v", status, err)
			}
			continue
		}
		var u *hooks.Undelivered
		if !errors.As(err, &u) || u.Status != status || !strings.Contains(u.Says, says) || strings.Contains(err.Error(), theirs) || u.Wait != 2*time.Minute || u.Gone() != (status == 410) {
			t.Errorf("%d: %+v", status, err)
		}
	}
}

// TestPrivateNetworks: a name that leads to this machine is not dialled, whatever its
// address looks like, and nor is an address.
func TestPrivateNetworks(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "localhost.", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "ip6-localhost"} {
		err := sender(t, hooks.Reach{}).Send(t.Context(), endpoint("https://"+host+":"+port+"/", hooks.NewSecret()), somebody, happened)
		var u *hooks.Undelivered
		if !errors.As(err, &u) || u.Status != 0 {
			t.Errorf("%s: %v", host, err)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("it was reached %d times", asked.Load())
	}
	// Where it is let through, its certificate must still hold.
	err = sender(t, hooks.Reach{Loopback: true}).Send(t.Context(), endpoint("https://127.0.0.1:"+port+"/", hooks.NewSecret()), somebody, happened)
	if err == nil || !strings.Contains(err.Error(), "certificate") || asked.Load() != 0 {
		t.Errorf("%v, reached %d times", err, asked.Load())
	}
}

// TestDeadEndpointIsSpared: after some failures nothing is sent for a while, and
// another endpoint has no part in it.
func TestDeadEndpointIsSpared(t *testing.T) {
	var asked atomic.Int32
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer down.Close()
	up := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer up.Close()
	s := sender(t, hooks.Reach{Loopback: true})
	one, two := endpoint(down.URL, hooks.NewSecret()), endpoint(up.URL, hooks.NewSecret())
	two.ID = "e2"
	spared := 0
	for n := range 20 {
		e := happened
		e.Number = n + 1
		var u *hooks.Undelivered
		if err := s.Send(t.Context(), one, somebody, e); !errors.As(err, &u) {
			t.Fatal(err)
		} else if u.Spared {
			spared++
		}
		if err := s.Send(t.Context(), two, somebody, e); err != nil {
			t.Errorf("the other endpoint: %v", err)
		}
	}
	if asked.Load() != 5 || spared != 15 {
		t.Errorf("asked %d times, spared %d", asked.Load(), spared)
	}
}

// TestSlowEndpointTakesItsPlacesOnly: what is too much for it is told so at once.
func TestSlowEndpointTakesItsPlacesOnly(t *testing.T) {
	begun, let := make(chan struct{}, 64), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { begun <- struct{}{}; <-let }))
	defer slow.Close()
	s := sender(t, hooks.Reach{Loopback: true})
	to := endpoint(slow.URL, hooks.NewSecret())
	ends := make(chan error, 64)
	send := func(n int) {
		e := happened
		e.Number = n
		ends <- s.Send(t.Context(), to, somebody, e)
	}
	for n := range 20 {
		go send(n + 1)
	}
	for range 20 {
		<-begun
	}
	send(21)
	var u *hooks.Undelivered
	if err := <-ends; !errors.As(err, &u) || !u.Spared {
		t.Errorf("%v", err)
	}
	close(let)
	for range 20 {
		if err := <-ends; err != nil {
			t.Error(err)
		}
	}
	send(21)
	if err := <-ends; err != nil {
		t.Error(err)
	}
}

// TestSentOnce: a task of the engine that is taken back does its work again, and the
// endpoint hears of it once.
func TestSentOnce(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	s := sender(t, hooks.Reach{Loopback: true})
	for range 3 {
		if err := s.Send(t.Context(), endpoint(server.URL, hooks.NewSecret()), somebody, happened); err != nil {
			t.Fatal(err)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("sent %d times", asked.Load())
	}
}
