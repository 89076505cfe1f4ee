package identity_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
)

// ring is a keyring over a real vault, with a clock that the test moves.
type ring struct {
	*identity.Keyring
	desk  *desk
	store *shelftest.Bucket
}

func newRing(t *testing.T) *ring {
	t.Helper()
	r := &ring{desk: newDesk(t), store: &shelftest.Bucket{}}
	r.Keyring = r.replica(t)
	return r
}

// replica is another web process on the same bucket.
func (r *ring) replica(t *testing.T) *identity.Keyring {
	t.Helper()
	configured, err := identity.NewKeys([]string{"acme:sesame-of-acme-1"})
	if err != nil {
		t.Fatal(err)
	}
	return identity.NewKeyring(r.desk.vault, r.store, configured, func() time.Time { return r.desk.now })
}

func (r *ring) made(t *testing.T) (identity.StoredKey, string) {
	t.Helper()
	k, value, err := r.Make(t.Context(), identity.KeyRequest{Name: "Acme's import", Actions: []identity.Action{identity.Apply, identity.ViewList}, Programs: []string{"one"}, For: identity.KeyDefault, By: "staff:admin:1"})
	if err != nil {
		t.Fatal(err)
	}
	return k, value
}

func holds(t *testing.T, k *identity.Keyring, value string) bool {
	t.Helper()
	_, err := k.Identify(t.Context(), value)
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotAllowed {
		t.Fatal(err)
	}
	return err == nil
}

// TestKeyThatWasMade does what it names and no more, and its secret lies nowhere.
func TestKeyThatWasMade(t *testing.T) {
	r := newRing(t)
	k, value := r.made(t)
	if !identity.LooksLikeKey(value) || !strings.HasPrefix(value, identity.SecretPrefix) {
		t.Errorf("%q has not the form of a key", value)
	}
	got, err := r.Identify(t.Context(), value)
	if err != nil || got.ID != k.ID || got.Actor() != "api:"+k.ID {
		t.Fatalf("%+v, %v", got, err)
	}
	if !got.May(identity.Apply, "one") || got.May(identity.Apply, "two") || got.MayAny(identity.Retry) || got.May(identity.ManageKeys, "") {
		t.Errorf("%+v may do something else than it names", got)
	}
	if old, err := r.Identify(t.Context(), "sesame-of-acme-1"); err != nil || old.ID != "acme" || !old.MayAny(identity.ManageKeys) {
		t.Errorf("a configured key: %+v, %v", old, err)
	}
	all, err := r.Keys(t.Context())
	if err != nil || len(all) != 1 || all[0].LastUsed != "2026-11-02" {
		t.Fatalf("%+v, %v", all, err)
	}
	body, err := json.Marshal(all)
	if err != nil || strings.Contains(string(body), value[len(identity.SecretPrefix):]) {
		t.Errorf("the secret is kept: %s", body)
	}
	for name, body := range r.store.Held() {
		if strings.Contains(string(body), "Acme") || strings.Contains(string(body), value) {
			t.Errorf("%s lies open", name)
		}
	}
}

// TestSecretsThatAreNone: a slip in one letter is told without asking the store.
func TestSecretsThatAreNone(t *testing.T) {
	r := newRing(t)
	_, value := r.made(t)
	r.store.Down = errDown
	r.desk.now = r.desk.now.Add(identity.KeySeen)
	for i := range value {
		letter := byte('0')
		if value[i] == letter {
			letter = '1'
		}
		if slip := value[:i] + string(letter) + value[i+1:]; identity.LooksLikeKey(slip) || holds(t, r.Keyring, slip) {
			t.Errorf("%q is taken for a key", slip)
		}
	}
	for _, s := range []string{"", value[:len(value)-1], value + "0", "Bearer " + value, strings.ToUpper(value)} {
		if holds(t, r.Keyring, s) {
			t.Errorf("%q is taken for a key", s)
		}
	}
	if _, err := r.Identify(t.Context(), value); !errors.Is(err, errDown) {
		t.Errorf("the store is down: %v", err)
	}
}

// TestKeyIsRotated: both secrets work for the overlap, the old one not after it, and
// the key's ID stays.
func TestKeyIsRotated(t *testing.T) {
	r := newRing(t)
	other := r.replica(t)
	k, old := r.made(t)
	r.desk.now = r.desk.now.Add(80 * 24 * time.Hour)
	again, fresh, err := r.Rotate(t.Context(), k.ID, identity.OverlapDefault)
	if err != nil || again.ID != k.ID || fresh == old || !again.Expires.Equal(r.desk.now.Add(identity.KeyDefault)) {
		t.Fatalf("%+v, %v", again, err)
	}
	for _, ring := range []*identity.Keyring{r.Keyring, other} {
		if !holds(t, ring, old) || !holds(t, ring, fresh) {
			t.Error("one of the two does not work in the overlap")
		}
	}
	r.desk.now = r.desk.now.Add(identity.OverlapDefault)
	for _, ring := range []*identity.Keyring{r.Keyring, other} {
		if holds(t, ring, old) || !holds(t, ring, fresh) {
			t.Error("after the overlap")
		}
	}
	if _, next, err := r.Rotate(t.Context(), k.ID, 0); err != nil || holds(t, r.Keyring, fresh) || !holds(t, r.Keyring, next) {
		t.Errorf("without an overlap: %v", err)
	}
	for _, overlap := range []time.Duration{-1, identity.OverlapLongest + 1} {
		if _, _, err := r.Rotate(t.Context(), k.ID, overlap); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%s: %v", overlap, err)
		}
	}
}

// TestKeyEnds: expired or revoked, at every replica within seconds.
func TestKeyEnds(t *testing.T) {
	r := newRing(t)
	other := r.replica(t)
	k, value := r.made(t)
	_, second := r.made(t)
	if !holds(t, other, value) {
		t.Fatal("the other replica does not know it")
	}
	if _, err := r.Revoke(t.Context(), k.ID); err != nil || holds(t, r.Keyring, value) {
		t.Errorf("revoked: %v", err)
	}
	r.desk.now = r.desk.now.Add(identity.KeySeen)
	if holds(t, other, value) || !holds(t, other, second) {
		t.Error("the other replica has not learned of it")
	}
	if _, _, err := r.Rotate(t.Context(), k.ID, 0); onboarding.CodeOf(err) != onboarding.CodeNotNow {
		t.Errorf("a revoked one is rotated: %v", err)
	}
	r.desk.now = r.desk.now.Add(identity.KeyDefault)
	if holds(t, r.Keyring, second) {
		t.Error("it does not expire")
	}
	for _, err := range []error{
		func() error { _, err := r.Revoke(t.Context(), "none"); return err }(),
		func() error { _, _, err := r.Rotate(t.Context(), "none", 0); return err }(),
		func() error { _, err := r.Key(t.Context(), "none"); return err }(),
	} {
		if onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
			t.Errorf("of none: %v", err)
		}
	}
}

// TestKeysWrittenAtOnce by many replicas are all kept.
func TestKeysWrittenAtOnce(t *testing.T) {
	r := newRing(t)
	var all sync.WaitGroup
	for range 5 {
		ring := r.replica(t)
		all.Go(func() {
			if _, _, err := ring.Make(t.Context(), identity.KeyRequest{Name: "x", Actions: []identity.Action{identity.Apply}, For: time.Hour}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if keys, err := r.Keys(t.Context()); err != nil || len(keys) != 5 {
		t.Errorf("%d kept, %v", len(keys), err)
	}
}

func TestKeyRequestsThatAreNotWhole(t *testing.T) {
	r := newRing(t)
	good := identity.KeyRequest{Name: "x", Actions: []identity.Action{identity.Apply}, For: time.Hour}
	for field, change := range map[string]func(*identity.KeyRequest){
		"name": func(q *identity.KeyRequest) { q.Name = " " }, "actions": func(q *identity.KeyRequest) { q.Actions = nil }, "days": func(q *identity.KeyRequest) { q.For = identity.KeyLongest + 1 },
	} {
		q := good
		change(&q)
		_, _, err := r.Make(t.Context(), q)
		var e *onboarding.Error
		if !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	good.Actions = []identity.Action{"erase"}
	if _, _, err := r.Make(t.Context(), good); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("an action that is none: %v", err)
	}
}
