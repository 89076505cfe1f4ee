package evidence_test

import (
	"errors"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
)

// TestLegalHold: what is held is not deleted, whatever its retention says, until the hold
// is taken off; a bucket without Object Lock says that it cannot hold anything.
//
// Promise 24.
func TestLegalHold(t *testing.T) {
	named := keys(t)
	env := environment(t)
	_, plain := stores(t, nil)
	store := evidence.New(evidence.Config{Bucket: env.EvidenceBucket, Client: env.Client(t, nil), Lock: time.Second, Mode: evidence.Governance})
	key := named("held")
	if err := store.PutOnce(t.Context(), key, []byte("body")); err != nil {
		t.Fatal(err)
	}
	if err := store.LegalHold(t.Context(), key, true); err != nil {
		t.Fatal(err)
	}
	for { // its own retention ends
		_, until, err := store.Retention(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if time.Now().After(until.Add(time.Second)) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := store.Delete(t.Context(), key); err == nil {
		t.Error("what is held was deleted")
	}
	if _, err := store.Get(t.Context(), key); err != nil {
		t.Errorf("it is gone: %v", err)
	}
	if err := store.LegalHold(t.Context(), key, false); err != nil {
		t.Fatal(err)
	}
	if err := store.Delete(t.Context(), key); err != nil {
		t.Errorf("after the release: %v", err)
	}
	if n := versions(t, env, key); n != 0 {
		t.Errorf("%d versions are left", n)
	}
	if err := store.LegalHold(t.Context(), named("none"), true); err != nil {
		t.Errorf("what is not there: %v", err)
	}
	if err := plain.Put(t.Context(), named("plain"), []byte("body")); err != nil {
		t.Fatal(err)
	}
	if err := plain.LegalHold(t.Context(), named("plain"), true); !errors.Is(err, evidence.ErrNoObjectLock) {
		t.Errorf("a bucket without Object Lock: %v", err)
	}
}
