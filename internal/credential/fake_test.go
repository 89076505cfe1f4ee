package credential_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/credential"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
	"github.com/vouchsafe/vouchsafe/internal/vault"
)

// What the house wires in must fit.
var (
	_ shelf.Objects       = (*evidence.Store)(nil)
	_ credential.Records  = (*evidence.Store)(nil)
	_ credential.Evidence = (*evidence.Store)(nil)
	_ credential.Objects  = (*evidence.Store)(nil)
	_ credential.Vault    = (*vault.Vault)(nil)
	_ shelf.Sealer        = (*vault.Vault)(nil)
)

var (
	errMissing  = errors.New("fake: missing")
	errConflict = errors.New("fake: conflict")
	errDown     = errors.New("fake: the store is down")
)

// bucket is either of the buckets in memory, with the rules that matter here:
// a conditional put wins once, a put-once of other bytes is a conflict.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	down    bool
	missed  func(key string) // told of each get that found nothing, outside the lock
}

func newBucket() *bucket { return &bucket{objects: map[string][]byte{}} }

func (b *bucket) Get(_ context.Context, key string) ([]byte, error) {
	b.mu.Lock()
	body, ok := b.objects[key]
	down, missed := b.down, b.missed
	b.mu.Unlock()
	if down {
		return nil, errDown
	}
	if !ok {
		if missed != nil {
			missed(key)
		}
		return nil, errMissing
	}
	return body, nil
}

func (b *bucket) Has(ctx context.Context, key string) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return false, errDown
	}
	_, ok := b.objects[key]
	return ok, nil
}

func (b *bucket) put(key string, body []byte, allowed func(was []byte, stands bool) bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return errDown
	}
	if was, ok := b.objects[key]; !allowed(was, ok) {
		return errConflict
	}
	b.objects[key] = body
	return nil
}

func (b *bucket) Put(_ context.Context, key string, body []byte) error {
	return b.put(key, body, func([]byte, bool) bool { return true })
}

func (b *bucket) PutIf(_ context.Context, key string, body []byte, etag string) (string, error) {
	return tagOf(body), b.put(key, body, func(was []byte, stands bool) bool {
		return (!stands && etag == "") || (stands && etag == tagOf(was))
	})
}

func (b *bucket) GetTagged(ctx context.Context, key string) ([]byte, string, error) {
	body, err := b.Get(ctx, key)
	return body, tagOf(body), err
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func (b *bucket) PutOnce(_ context.Context, key string, body []byte) error {
	return b.put(key, body, func(was []byte, stands bool) bool { return !stands || bytes.Equal(was, body) })
}

func (b *bucket) Delete(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, key)
	return nil
}

func (b *bucket) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (b *bucket) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

const public = "https://apply.example.com"

// house is a real vault and issuer over buckets in memory.
type house struct {
	t                 *testing.T
	url               string
	objects, evidence *bucket
	vault             *vault.Vault
	issuer            *credential.Issuer
	store             *credential.Store
	now               time.Time
}

func newHouse(t *testing.T) *house { return newHouseAt(t, public) }

func newHouseAt(t *testing.T, url string) *house {
	t.Helper()
	master, err := vault.LocalMaster(filepath.Join(t.TempDir(), "master.json"))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, url: url, objects: newBucket(), evidence: newBucket(), now: issued}
	if h.vault, err = vault.New(t.Context(), vault.Config{Objects: h.objects, Master: master}); err != nil {
		t.Fatal(err)
	}
	h.issuer = h.replica()
	h.store = credential.NewStore(credential.StoreConfig{Evidence: h.evidence, Objects: h.objects, Vault: h.vault, Issuer: h.issuer,
		PublicURL: url, Now: func() time.Time { return h.now }})
	return h
}

// replica is the issuer of another process on the same bucket.
func (h *house) replica() *credential.Issuer {
	h.t.Helper()
	i, err := credential.NewIssuer(h.t.Context(), h.config())
	if err != nil {
		h.t.Fatal(err)
	}
	return i
}

func (h *house) config() credential.IssuerConfig {
	return credential.IssuerConfig{Objects: h.objects, Records: h.evidence, Sealer: h.vault, URL: h.url, Name: "Vouchsafe",
		Now: func() time.Time { return h.now }}
}

func (h *house) holder() onboarding.ApplicantID {
	h.t.Helper()
	id := onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String())
	if err := h.vault.Create(h.t.Context(), id); err != nil {
		h.t.Fatal(err)
	}
	return id
}

var (
	issued  = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	expires = issued.AddDate(1, 0, 0)
)

func badge() credential.Badge {
	return credential.Badge{ID: uuid.Must(uuid.NewV7()).String(), Program: "Support Basics", ProgramID: "support-basics", Achievement: "Certified Support Agent",
		Description: "Knows how callers and their data are treated.", Holder: "Zoë Example", From: issued, Until: expires}
}
