package console

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// key makes an API key and gives its ID.
func (h *house) key(actions ...identity.Action) string { h.Helper(); return h.make("a key", actions) }

func (h *house) named(name string) string {
	h.Helper()
	return h.make(name, []identity.Action{identity.ViewList})
}

func (h *house) make(name string, actions []identity.Action) string {
	h.Helper()
	k, _, err := h.ring.Make(h.Context(), identity.KeyRequest{Name: name, Actions: actions, For: identity.KeyDefault, By: "staff:admin:1"})
	if err != nil {
		h.Fatal(err)
	}
	return k.ID
}

var secretShown = regexp.MustCompile(identity.SecretPrefix + `[0-9A-Za-z]+`)

// TestKeyFromBeginningToEnd: an admin makes a key, sees its secret once, rotates and
// revokes it, and each of it is recorded.
func TestKeyFromBeginningToEnd(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	d.get(keysPath).is(http.StatusOK, "None has been made yet")
	d.post(keysPath, form("name", "", "days", "90")).is(http.StatusUnprocessableEntity, "Enter a name", "Choose at least one action")
	d.post(keysPath, form("name", "Acme's import", "days", "9000", "action", "apply")).is(http.StatusUnprocessableEntity, "up to 366 days", "Acme&#39;s import")
	d.post(keysPath, form("name", "Acme's import", "days", "90", "action", "apply", "program", "support-basics")).is(http.StatusOK, "shown this once")
	secret := secretShown.FindString(d.body)
	if !identity.LooksLikeKey(secret) {
		t.Fatalf("no secret on the page: %q", secret)
	}
	if d.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page with the secret may be kept: %q", d.header.Get("Cache-Control"))
	}
	who := func(secret string) (identity.Key, bool) {
		k, err := h.ring.Identify(t.Context(), secret)
		return k, err == nil
	}
	key, ok := who(secret)
	if !ok || !key.May(identity.Apply, "support-basics") || key.May(identity.Apply, "other") || key.MayAny(identity.ViewList) {
		t.Errorf("the key: %+v, %v", key, ok)
	}
	d.get(keysPath).is(http.StatusOK, key.ID, "Acme&#39;s import", "support-basics", "2026-11-24")
	d.get(keyPath(key.ID)).is(http.StatusOK)
	if secretShown.MatchString(d.body) {
		t.Error("the secret is shown again")
	}
	d.post(keyPath(key.ID)+"/rotate", form("overlap", "")).is(http.StatusUnprocessableEntity)
	d.post(keyPath(key.ID)+"/rotate", form("overlap", "24")).is(http.StatusOK, "The secret before works on until")
	fresh := secretShown.FindString(d.body)
	if again, ok := who(fresh); !ok || again.ID != key.ID || fresh == secret {
		t.Errorf("the new secret: %+v, %v", again, ok)
	}
	if _, ok := who(secret); !ok {
		t.Error("the secret before does not work in the overlap")
	}
	h.later(25 * time.Hour)
	d = h.desk(identity.RoleAdmin)
	if _, ok := who(secret); ok {
		t.Error("the secret before works on after the overlap")
	}
	d.post(keyPath(key.ID)+"/revoke", nil).is(http.StatusUnprocessableEntity)
	d.post(keyPath(key.ID)+"/revoke", form("key", key.ID)).is(http.StatusOK, "The key is revoked", "revoked")
	if _, ok := who(fresh); ok {
		t.Error("it works on")
	}
	d.get(keyPath("none")).is(http.StatusNotFound)
	var kinds []string
	for _, e := range h.kept.Events(t) {
		if strings.HasPrefix(string(e.What), "key_") {
			kinds = append(kinds, string(e.What))
			if e.Detail != key.ID || !strings.HasPrefix(e.Who, "staff:admin:") {
				t.Errorf("%+v", e)
			}
		}
	}
	slices.Sort(kinds)
	if strings.Join(kinds, " ") != "key_made key_revoked key_rotated" {
		t.Errorf("recorded: %v", kinds)
	}
	for name, body := range h.store.Held() {
		if strings.Contains(string(body), secret) || strings.Contains(string(body), fresh) {
			t.Errorf("%s has a secret", name)
		}
	}
}

// TestSecretThatIsNotRecorded is shown to nobody.
func TestSecretThatIsNotRecorded(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	h.kept.Down = errors.New("down")
	d.post(keysPath, form("name", "x", "days", "90", "action", "apply"))
	if d.status < 500 || secretShown.MatchString(d.body) {
		t.Errorf("%d %v", d.status, secretShown.MatchString(d.body))
	}
	if slices.ContainsFunc(h.kept.Events(t), func(e access.Event) bool { return e.What == access.KeyMade }) {
		t.Error("recorded all the same")
	}
}
