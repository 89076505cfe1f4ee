package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
)

var _ applicants.Keyring = (*identity.Keyring)(nil)

// ring is the keyring as far as the API needs it.
type ring struct {
	asked []string
}

func (r *ring) Keys(context.Context) ([]identity.StoredKey, error) {
	return []identity.StoredKey{{ID: "00c0ffee", Name: "import", Actions: []identity.Action{identity.Apply}, Made: noon, Expires: noon.AddDate(0, 3, 0), Revoked: noon}}, nil
}

func (r *ring) Key(_ context.Context, id string) (identity.StoredKey, error) {
	return identity.StoredKey{ID: id}, nil
}

func (r *ring) Make(_ context.Context, q identity.KeyRequest) (identity.StoredKey, string, error) {
	r.asked = append(r.asked, fmt.Sprintf("make %s %v %v %s by %s", q.Name, q.Actions, q.Programs, q.For, q.By))
	return identity.StoredKey{ID: "00c0ffee", Name: q.Name, Actions: q.Actions, Programs: q.Programs}, "the secret", nil
}

func (r *ring) Rotate(_ context.Context, id string, overlap time.Duration) (identity.StoredKey, string, error) {
	r.asked = append(r.asked, fmt.Sprintf("rotate %s %s", id, overlap))
	return identity.StoredKey{ID: id}, "another secret", nil
}

func (r *ring) Revoke(_ context.Context, id string) (identity.StoredKey, error) {
	r.asked = append(r.asked, "revoke "+id)
	return identity.StoredKey{ID: id, Revoked: noon}, nil
}

// TestKeysByTheAPI: made, listed, rotated and revoked, each of it recorded; nobody
// keeps the answer that has the secret.
func TestKeysByTheAPI(t *testing.T) {
	f := serve(t, nil)
	a := f.send("POST", "/api/v1/keys", `{"name":"import","actions":["apply","view_list"],"programs":["support-basics"],"days":30}`)
	var made api.NewAPIKey
	a.decode(t, &made)
	if a.status != http.StatusCreated || made.Secret != "the secret" || made.Key.ID != "00c0ffee" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s %v", a.status, a.body, a.header)
	}
	f.send("POST", "/api/v1/keys/00c0ffee/rotate", `{"overlap_hours":0}`)
	f.send("POST", "/api/v1/keys/00c0ffee/rotate", `{}`)
	f.send("POST", "/api/v1/keys/00c0ffee/revoke", "")
	want := "make import [apply view_list] [support-basics] 720h0m0s by api:acme; rotate 00c0ffee 0s; rotate 00c0ffee 24h0m0s; revoke 00c0ffee"
	if got := strings.Join(f.ring.asked, "; "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	counted := map[access.Kind]int{}
	for _, e := range f.kept.Events(t) {
		counted[e.What]++
		if e.Detail != "00c0ffee" || e.Who != "api:acme" || e.Action != string(identity.ManageKeys) {
			t.Errorf("%+v", e)
		}
	}
	if counted[access.KeyMade] != 1 || counted[access.KeyRotated] != 2 || counted[access.KeyRevoked] != 1 {
		t.Errorf("%v", counted)
	}
	list := f.send("GET", "/api/v1/keys", "")
	if list.status != http.StatusOK || !strings.Contains(list.body, `"revoked":"2026-11-02T12:00:00Z"`) || strings.Contains(list.body, "secret") {
		t.Errorf("%d %s", list.status, list.body)
	}
	wantProblem(t, f.send("POST", "/api/v1/keys", `{"name":"x","actions":["apply"],"programs":["none"]}`), http.StatusUnprocessableEntity, "program")
}

// TestKeyGivesNoMoreThanItHas: a key that makes keys cannot raise itself.
func TestKeyGivesNoMoreThanItHas(t *testing.T) {
	f := serve(t, func(c *api.Config) {
		c.Keys = one{identity.NewKey("acme", []identity.Action{identity.ManageKeys, identity.Apply}, nil)}
	})
	wantProblem(t, f.send("POST", "/api/v1/keys", `{"name":"x","actions":["apply","decide"]}`), http.StatusForbidden)
	if len(f.ring.asked) > 0 {
		t.Errorf("%v", f.ring.asked)
	}
	if a := f.send("POST", "/api/v1/keys", `{"name":"x","actions":["apply"]}`); a.status != http.StatusCreated {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestSecretIsNotKeptWithItsAnswer: an Idempotency-Key gives no answer again that has
// a secret, since then the secret would have to be kept.
func TestSecretIsNotKeptWithItsAnswer(t *testing.T) {
	f := serve(t, nil)
	for range 2 {
		if a := f.send("POST", "/api/v1/keys", `{"name":"x","actions":["apply"]}`, "Idempotency-Key", "one"); a.status != http.StatusCreated || a.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%d %v", a.status, a.header)
		}
		if a := f.send("POST", "/api/v1/keys/00c0ffee/rotate", `{}`, "Idempotency-Key", "two"); a.status != http.StatusOK || a.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%d %v", a.status, a.header)
		}
	}
	if len(f.ring.asked) != 4 {
		t.Errorf("%v", f.ring.asked)
	}
}
