package vault_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault"
)

func TestSealAndOpen(t *testing.T) {
	v := newVault(t, vault.Config{})
	ann, bob := applicant(t, v), applicant(t, v)
	ctx := t.Context()
	sealed, err := v.Seal(ctx, ann, "sealed/identity", []byte("123-45-6789"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("45-6789")) {
		t.Error("the seal is transparent")
	}
	if got, err := v.Open(ctx, ann, "sealed/identity", sealed); err != nil || string(got) != "123-45-6789" {
		t.Errorf("opened %q, %v", got, err)
	}
	again, err := v.Seal(ctx, ann, "sealed/identity", []byte("123-45-6789"))
	if err != nil || bytes.Equal(again, sealed) {
		t.Errorf("sealed twice the same: equal values would show (%v)", err)
	}

	refuse := func(what string, id onboarding.ApplicantID, name string, sealed []byte) {
		t.Helper()
		got, err := v.Open(ctx, id, name, sealed)
		wantCode(t, what, err, onboarding.CodeInvalid)
		if !errors.Is(err, vault.ErrBroken) || got != nil {
			t.Errorf("%s: %q, %v, want ErrBroken", what, got, err)
		}
	}
	refuse("wrong applicant", bob, "sealed/identity", sealed)
	refuse("moved", ann, "sealed/other", sealed)
	refuse("empty", ann, "sealed/identity", nil)
	refuse("cut", ann, "sealed/identity", sealed[:len(sealed)-1])
	for i := range sealed {
		tampered := bytes.Clone(sealed)
		tampered[i] ^= 1
		refuse("tampered", ann, "sealed/identity", tampered)
	}
	system, err := v.SystemSeal("sealed/identity", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	refuse("the system's", ann, "sealed/identity", system)
	if _, err := v.SystemOpen("sealed/identity", sealed); !errors.Is(err, vault.ErrBroken) {
		t.Errorf("an applicant's, opened as the system's: %v", err)
	}
	if _, err := v.SystemOpen("other", system); !errors.Is(err, vault.ErrBroken) {
		t.Errorf("the system's, moved: %v", err)
	}
	for _, err := range []error{second(v.Seal(ctx, ann, "", nil)), second(v.Open(ctx, ann, "", sealed)), second(v.SystemSeal("", nil))} {
		if err == nil {
			t.Error("sealed or opened without a name")
		}
	}
}

func second(_ []byte, err error) error { return err }

// A wrapped key that is copied to another applicant's place does not open.
func TestWrappedKeyMoved(t *testing.T) {
	b := newBucket()
	master := localMaster(t, masterFile(t))
	v := newVault(t, vault.Config{Objects: b, Master: master})
	ann, bob := applicant(t, v), applicant(t, v)
	sealed, err := v.Seal(t.Context(), ann, "n", []byte("ann's"))
	if err != nil {
		t.Fatal(err)
	}
	b.objects["keys/"+string(bob)] = b.objects["keys/"+string(ann)]
	fresh := newVault(t, vault.Config{Objects: b, Master: master})
	if got, err := fresh.Open(t.Context(), bob, "n", sealed); err == nil {
		t.Errorf("opened %q with a key that was moved", got)
	}
	for key, body := range b.objects {
		if strings.Contains(body, "ann's") || len(body) < 40 {
			t.Errorf("%s holds %q", key, body)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	v := newVault(t, vault.Config{})
	ids := []onboarding.ApplicantID{applicant(t, v), applicant(t, v), applicant(t, v)}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.SampledFrom(ids).Draw(t, "id")
		name := rapid.StringN(1, 200, -1).Draw(t, "name")
		plain := rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(t, "plain")
		sealed, err := v.Seal(context.Background(), id, name, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Open(context.Background(), id, name, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v", got, err)
		}
		if other := rapid.StringN(1, 200, -1).Draw(t, "other"); other != name {
			if _, err := v.Open(context.Background(), id, other, sealed); !errors.Is(err, vault.ErrBroken) {
				t.Fatalf("%q opened as %q: %v", name, other, err)
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	v := newVault(f, vault.Config{})
	id := applicant(f, v)
	sealed, err := v.Seal(f.Context(), id, "name", []byte("plain"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(nil))
	f.Add(sealed[:5])
	f.Add(append(bytes.Clone(sealed), 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := v.Open(context.Background(), id, "name", b)
		if err == nil && !bytes.Equal(b, sealed) {
			t.Errorf("%x opened as %q", b, got)
		}
	})
}

func TestUnknownApplicants(t *testing.T) {
	v := newVault(t, vault.Config{})
	ctx := t.Context()
	id := newID()
	_, err := v.Seal(ctx, id, "n", nil)
	wantCode(t, "seal without a key", err, onboarding.CodeUnknownApplicant)
	_, err = v.Open(ctx, id, "n", nil)
	wantCode(t, "open without a key", err, onboarding.CodeUnknownApplicant)
	for _, bad := range []onboarding.ApplicantID{"", "_system", "../keys", onboarding.ApplicantID(strings.ToUpper(string(id)))} {
		wantCode(t, "create", v.Create(ctx, bad), onboarding.CodeUnknownApplicant)
		wantCode(t, "destroy", v.Destroy(ctx, bad), onboarding.CodeUnknownApplicant)
		_, err := v.Seal(ctx, bad, "n", nil)
		wantCode(t, "seal", err, onboarding.CodeUnknownApplicant)
	}
	if err := v.Create(ctx, id); err != nil { // not remembered as unknown
		t.Fatal(err)
	}
	if _, err := v.Seal(ctx, id, "n", nil); err != nil {
		t.Errorf("seal after create: %v", err)
	}
}

func TestCreateTwiceKeepsTheKey(t *testing.T) {
	b := newBucket()
	v := newVault(t, vault.Config{Objects: b})
	id := applicant(t, v)
	before := b.objects["keys/"+string(id)]
	if err := v.Create(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if b.objects["keys/"+string(id)] != before {
		t.Error("the key was replaced")
	}
}

// Replicas that start and create at once agree on every key.
func TestConcurrentCreate(t *testing.T) {
	b := newBucket()
	path := masterFile(t)
	id := newID()
	sealed := make([][]byte, 8)
	hashes := make([]string, 8)
	vaults := make([]*vault.Vault, 8)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range vaults {
		all.Go(func() {
			<-start
			master, err := vault.LocalMaster(path)
			if err != nil {
				t.Error(err)
				return
			}
			v, err := vault.New(t.Context(), vault.Config{Objects: b, Master: master})
			if err != nil {
				t.Error(err)
				return
			}
			vaults[i], hashes[i] = v, v.LookupHash("email", "a@example.com")
			if err := v.Create(t.Context(), id); err != nil {
				t.Error(err)
			}
			if sealed[i], err = v.Seal(t.Context(), id, "n", []byte("same")); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	all.Wait()
	if t.Failed() {
		return
	}
	for i, v := range vaults {
		if hashes[i] != hashes[0] {
			t.Errorf("replica %d hashes otherwise", i)
		}
		for j, s := range sealed {
			if got, err := v.Open(t.Context(), id, "n", s); err != nil || string(got) != "same" {
				t.Errorf("replica %d opens replica %d's as %q, %v", i, j, got, err)
			}
		}
	}
}

func TestDestroy(t *testing.T) {
	b := newBucket()
	master := localMaster(t, masterFile(t))
	v := newVault(t, vault.Config{Objects: b, Master: master})
	id, other := applicant(t, v), applicant(t, v)
	ctx := t.Context()
	sealed, err := v.Seal(ctx, id, "n", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // may be repeated
		if err := v.Destroy(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := b.objects["keys/"+string(id)]; ok {
		t.Error("the wrapped key is still there")
	}
	for name, v := range map[string]*vault.Vault{"this": v, "fresh": newVault(t, vault.Config{Objects: b, Master: master})} {
		_, err = v.Open(ctx, id, "n", sealed)
		wantCode(t, name+": open", err, onboarding.CodeKeyDestroyed)
		_, err = v.Seal(ctx, id, "n", nil)
		wantCode(t, name+": seal", err, onboarding.CodeKeyDestroyed)
		wantCode(t, name+": create", v.Create(ctx, id), onboarding.CodeKeyDestroyed)
		if _, err := v.Seal(ctx, other, "n", nil); err != nil {
			t.Errorf("%s: another applicant: %v", name, err)
		}
	}
	never := newID()
	if err := v.Destroy(ctx, never); err != nil {
		t.Errorf("without a key: %v", err)
	}
	wantCode(t, "create what was destroyed before it was", v.Create(ctx, never), onboarding.CodeKeyDestroyed)
}

// Even who holds the bucket as it was cannot read on with a tombstone in it, and
// a new key under the ID would not open what the old one sealed.
func TestDestroyedIsNoise(t *testing.T) {
	b := newBucket()
	master := localMaster(t, masterFile(t))
	v := newVault(t, vault.Config{Objects: b, Master: master})
	id := applicant(t, v)
	sealed, err := v.Seal(t.Context(), id, "n", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	kept := b.objects["keys/"+string(id)]
	if err := v.Destroy(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.objects["keys/"+string(id)] = kept // a cut-off Create, or a restored backup
	fresh := newVault(t, vault.Config{Objects: b, Master: master})
	_, err = fresh.Open(t.Context(), id, "n", sealed)
	wantCode(t, "tombstone with a key", err, onboarding.CodeKeyDestroyed)

	delete(b.objects, "erased/"+string(id))
	delete(b.objects, "keys/"+string(id))
	fresh = newVault(t, vault.Config{Objects: b, Master: master})
	if err := fresh.Create(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.Open(t.Context(), id, "n", sealed); !errors.Is(err, vault.ErrBroken) {
		t.Errorf("a new key opens the old seal: %v", err)
	}
}

// Destroy between Create's look and its put: no key may stay.
func TestCreateMeetsDestroy(t *testing.T) {
	b := newBucket()
	v := newVault(t, vault.Config{Objects: b})
	id := newID()
	b.onPut = func(key string) {
		if key == "keys/"+string(id) {
			b.onPut = nil
			if err := v.Destroy(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
	}
	wantCode(t, "create", v.Create(t.Context(), id), onboarding.CodeKeyDestroyed)
	if _, ok := b.objects["keys/"+string(id)]; ok {
		t.Error("a key stands beside the tombstone")
	}
}

// Destroy while a load is under way: the load must not bring the key back.
func TestLoadMeetsDestroy(t *testing.T) {
	b := newBucket()
	master := localMaster(t, masterFile(t))
	id := applicant(t, newVault(t, vault.Config{Objects: b, Master: master}))
	v := newVault(t, vault.Config{Objects: b, Master: master})
	b.onGet = func(key string) {
		if key == "keys/"+string(id) {
			b.onGet = nil
			if err := v.Destroy(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
	}
	for range 2 {
		_, err := v.Seal(t.Context(), id, "n", nil)
		wantCode(t, "seal", err, onboarding.CodeKeyDestroyed)
	}
}

// Trouble with the store is neither unknown nor destroyed.
func TestStorageTrouble(t *testing.T) {
	b := newBucket()
	master := localMaster(t, masterFile(t))
	id := applicant(t, newVault(t, vault.Config{Objects: b, Master: master}))
	v := newVault(t, vault.Config{Objects: b, Master: master})
	b.down.Store(true)
	_, sealErr := v.Seal(t.Context(), id, "n", nil)
	_, newErr := vault.New(t.Context(), vault.Config{Objects: b, Master: master})
	for _, err := range []error{sealErr, newErr, v.Create(t.Context(), id), v.Destroy(t.Context(), id)} {
		var verdict *onboarding.Error
		if !errors.Is(err, errDown) || errors.As(err, &verdict) {
			t.Errorf("%v, want the store's own error", err)
		}
	}
	b.down.Store(false)
	if _, err := v.Seal(t.Context(), id, "n", nil); err != nil {
		t.Errorf("after the trouble: %v", err)
	}
}

// All who miss at once share one load, and a canceled one among them does not
// spoil it for the others.
func TestLoadsAreShared(t *testing.T) {
	b := newBucket()
	master := localMaster(t, masterFile(t))
	id := applicant(t, newVault(t, vault.Config{Objects: b, Master: master}))
	v := newVault(t, vault.Config{Objects: b, Master: master})
	loading, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	b.onGet = func(string) { once.Do(func() { close(loading) }); <-release }
	b.gets.Store(0)
	canceled, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := v.Seal(canceled, id, "n", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
	})
	<-loading
	cancel()
	for range 20 {
		all.Go(func() {
			if _, err := v.Seal(t.Context(), id, "n", nil); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(release)
	all.Wait()
	if n := b.gets.Load(); n != 1 {
		t.Errorf("%d loads, want 1", n)
	}
}

func TestLookupHash(t *testing.T) {
	b := newBucket()
	master := localMaster(t, masterFile(t))
	v := newVault(t, vault.Config{Objects: b, Master: master})
	hash := v.LookupHash("email", "a@example.com")
	if len(hash) != 40 || strings.Trim(hash, "0123456789abcdef") != "" {
		t.Errorf("%q is not 40 hex digits", hash)
	}
	if again := newVault(t, vault.Config{Objects: b, Master: master}).LookupHash("email", "a@example.com"); again != hash {
		t.Error("another start, another hash")
	}
	seen := map[string]string{hash: "email"}
	for _, pair := range [][2]string{{"phone", "a@example.com"}, {"email", "b@example.com"}, {"emaila", "@example.com"}, {"", ""}} {
		h := v.LookupHash(pair[0], pair[1])
		if other, ok := seen[h]; ok {
			t.Errorf("%v hashes like %s", pair, other)
		}
		seen[h] = pair[0]
	}
	if newVault(t, vault.Config{}).LookupHash("email", "a@example.com") == hash {
		t.Error("another bucket's key gives the same hash")
	}
}

func BenchmarkSeal4KiB(b *testing.B) {
	v := newVault(b, vault.Config{})
	id := applicant(b, v)
	plain := make([]byte, 4096)
	b.SetBytes(4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Seal(b.Context(), id, "name", plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen4KiB(b *testing.B) {
	v := newVault(b, vault.Config{})
	id := applicant(b, v)
	sealed, err := v.Seal(b.Context(), id, "name", make([]byte, 4096))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(4096)
	for b.Loop() {
		if _, err := v.Open(b.Context(), id, "name", sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreate(b *testing.B) {
	v := newVault(b, vault.Config{})
	for b.Loop() {
		if err := v.Create(b.Context(), newID()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookupHash(b *testing.B) {
	v := newVault(b, vault.Config{})
	for b.Loop() {
		v.LookupHash("email", "somebody@example.com")
	}
}
