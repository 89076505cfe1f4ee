package lists_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	samples "github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/lists"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
)

// What the house wires in must fit.
var _ lists.Objects = (*evidence.Store)(nil)

var (
	errMissing  = errors.New("fake: missing")
	errConflict = errors.New("fake: conflict")
	errDown     = errors.New("fake: the store is down")
)

// bucket is the vault bucket in memory, with the rules that matter here.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	gets    map[string]int
	down    bool
	before  func(key string) // called before each conditional put, outside the lock
}

func newBucket() *bucket { return &bucket{objects: map[string][]byte{}, gets: map[string]int{}} }

func tag(body []byte) string { sum := sha256.Sum256(body); return hex.EncodeToString(sum[:]) }

func (b *bucket) GetTagged(_ context.Context, key string) ([]byte, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gets[key]++
	if b.down {
		return nil, "", errDown
	}
	body, ok := b.objects[key]
	if !ok {
		return nil, "", errMissing
	}
	return body, tag(body), nil
}

func (b *bucket) Get(ctx context.Context, key string) ([]byte, error) {
	body, _, err := b.GetTagged(ctx, key)
	return body, err
}

func (b *bucket) Put(_ context.Context, key string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := evidence.CheckKey(key); err != nil || b.down {
		return errors.Join(err, errDown)
	}
	b.objects[key] = slices.Clone(body)
	return nil
}

func (b *bucket) PutIf(_ context.Context, key string, body []byte, etag string) (string, error) {
	if b.before != nil {
		b.before(key)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return "", errDown
	}
	was, ok := b.objects[key]
	if (etag == "") == ok || (ok && tag(was) != etag) {
		return "", errConflict
	}
	b.objects[key] = slices.Clone(body)
	return tag(body), nil
}

func (b *bucket) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (b *bucket) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

// set changes the bucket from outside.
func (b *bucket) set(change func()) { b.mu.Lock(); defer b.mu.Unlock(); change() }

func (b *bucket) got(key string) int { b.mu.Lock(); defer b.mu.Unlock(); return b.gets[key] }

func (b *bucket) keys(prefix string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for k := range b.objects {
		if strings.HasPrefix(k, prefix) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) move(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// world is a store with the sample lists' files as sources.
type world struct {
	t      *testing.T
	bucket *bucket
	clock  *clock
	dirs   map[onboarding.ListName]fstest.MapFS
	said   *bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, bucket: newBucket(), clock: &clock{at: noon}, said: &bytes.Buffer{}, dirs: map[onboarding.ListName]fstest.MapFS{
		onboarding.ListOFAC: copyOf(t, samples.OFAC()), onboarding.ListLEIE: copyOf(t, samples.LEIE()), onboarding.ListSAM: copyOf(t, samples.SAM())}}
	return w
}

// keeper makes a Keeper as one of several machines has it.
func (w *world) keeper(sources map[onboarding.ListName]lists.Source) *lists.Keeper {
	w.t.Helper()
	if sources == nil {
		sources = map[onboarding.ListName]lists.Source{}
		for n, dir := range w.dirs {
			sources[n] = lists.Folder(dir, "the folder "+string(n))
		}
	}
	k, err := lists.NewKeeper(lists.Config{Objects: w.bucket, Sources: sources, Now: w.clock.now, Log: slog.New(slog.NewTextHandler(w.said, nil))})
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

// started is a keeper that has loaded every list.
func (w *world) started() *lists.Keeper {
	w.t.Helper()
	k := w.keeper(nil)
	if err := k.Start(w.t.Context(), onboarding.ListNames()...); err != nil {
		w.t.Fatal(err)
	}
	return k
}

// edit replaces text in a file of a source.
func (w *world) edit(n onboarding.ListName, file, old, new string) {
	w.t.Helper()
	body := string(w.dirs[n][file].Data)
	if !strings.Contains(body, old) {
		w.t.Fatalf("%s has no %q", file, old)
	}
	w.dirs[n][file] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(body, old, new))}
}

func (w *world) refresh(k *lists.Keeper, n onboarding.ListName, force bool) lists.Outcome {
	w.t.Helper()
	out, err := k.Refresh(w.t.Context(), n, force)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) current(k *lists.Keeper, n onboarding.ListName) lists.List {
	w.t.Helper()
	l, err := k.Current(w.t.Context(), n)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *world) inForce(n onboarding.ListName) string {
	w.t.Helper()
	all, err := lists.InForce(w.t.Context(), w.bucket)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range all {
		if e.List == n {
			return e.Edition
		}
	}
	return ""
}

// finding screens somebody.
func finding(t *testing.T, l lists.List, check onboarding.CheckName, given, family, born string) onboarding.Finding {
	t.Helper()
	g := granttest.Give[consent.Screening](t, granttest.Use{Check: check, Recipient: consent.RecipientOwn,
		Fields:  []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth, onboarding.FieldState, onboarding.FieldCountry},
		Profile: onboarding.Profile{onboarding.FieldGivenName: given, onboarding.FieldFamilyName: family, onboarding.FieldDateOfBirth: born, onboarding.FieldState: "OR", onboarding.FieldCountry: "US"}})
	a, err := l.Screen(t.Context(), g, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	return a.Findings[0]
}

func copyOf(t *testing.T, dir fs.FS) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		body, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = &fstest.MapFile{Data: body}
	}
	return out
}
