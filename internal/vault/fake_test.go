package vault_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault"
)

var (
	errMissing  = errors.New("fake: missing")
	errConflict = errors.New("fake: conflict")
	errDown     = errors.New("fake: the store is down")
)

// bucket is a vault bucket in memory.
type bucket struct {
	mu      sync.Mutex
	objects map[string]string
	tags    map[string]int
	gets    atomic.Int32
	down    atomic.Bool
	onPut   func(key string) // called before a put is decided
	onGet   func(key string) // called after a get was decided
}

func newBucket() *bucket {
	return &bucket{objects: map[string]string{}, tags: map[string]int{}}
}

func (b *bucket) Get(_ context.Context, key string) ([]byte, error) {
	b.gets.Add(1)
	if b.down.Load() {
		return nil, errDown
	}
	b.mu.Lock()
	body, ok := b.objects[key]
	b.mu.Unlock()
	if b.onGet != nil {
		b.onGet(key)
	}
	if !ok {
		return nil, errMissing
	}
	return []byte(body), nil
}

func (b *bucket) Has(_ context.Context, key string) (bool, error) {
	if b.down.Load() {
		return false, errDown
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.objects[key]
	return ok, nil
}

func (b *bucket) PutIf(_ context.Context, key string, body []byte, etag string) (string, error) {
	if b.down.Load() {
		return "", errDown
	}
	if b.onPut != nil {
		b.onPut(key)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.objects[key]; ok && etag != strconv.Itoa(b.tags[key]) || !ok && etag != "" {
		return "", errConflict
	}
	b.objects[key] = string(body)
	b.tags[key]++
	return strconv.Itoa(b.tags[key]), nil
}

func (b *bucket) Delete(_ context.Context, key string) error {
	if b.down.Load() {
		return errDown
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, key)
	return nil
}

func (b *bucket) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (b *bucket) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

// masterFile is a fresh path for a master key.
func masterFile(t testing.TB) string { return filepath.Join(t.TempDir(), "master.json") }

func localMaster(t testing.TB, path string) vault.Master {
	t.Helper()
	master, err := vault.LocalMaster(path)
	if err != nil {
		t.Fatal(err)
	}
	return master
}

func newVault(t testing.TB, cfg vault.Config) *vault.Vault {
	t.Helper()
	if cfg.Objects == nil {
		cfg.Objects = newBucket()
	}
	if cfg.Master == nil {
		cfg.Master = localMaster(t, masterFile(t))
	}
	v, err := vault.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newID() onboarding.ApplicantID {
	return onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String())
}

// applicant is a new one with a key.
func applicant(t testing.TB, v *vault.Vault) onboarding.ApplicantID {
	t.Helper()
	id := newID()
	if err := v.Create(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return id
}

func wantCode(t testing.TB, what string, err error, want onboarding.Code) {
	t.Helper()
	if err == nil || onboarding.CodeOf(err) != want {
		t.Errorf("%s: %v (code %s), want code %s", what, err, onboarding.CodeOf(err), want)
	}
}
