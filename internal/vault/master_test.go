package vault_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault"
)

func TestLocalMasterFile(t *testing.T) {
	path := masterFile(t)
	localMaster(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	first, _ := os.ReadFile(path)
	localMaster(t, path)
	if second, _ := os.ReadFile(path); !bytes.Equal(first, second) {
		t.Error("an existing master key was replaced")
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.LocalMaster(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v, want what to do", mode, err)
		}
	}
}

func TestLocalMasterRefusesGarbage(t *testing.T) {
	path := masterFile(t)
	const secret = `{"primaryKeyId":1,"key":"c2VjcmV0"`
	for _, content := range []string{"", "not json", secret, "{}"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := vault.LocalMaster(path)
		if err == nil || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%q: %v", content, err)
		}
		if after, _ := os.ReadFile(path); string(after) != content {
			t.Errorf("%q was overwritten", content)
		}
	}
	if _, err := vault.LocalMaster(filepath.Join(t.TempDir(), "no", "such", "dir")); err == nil {
		t.Error("made a master key in a folder that is not there")
	}
	if _, err := vault.LocalMaster(t.TempDir()); err == nil {
		t.Error("took a folder for a master key")
	}
}

// After rotation old data opens, and new data too.
func TestRotatedMaster(t *testing.T) {
	b := newBucket()
	path := masterFile(t)
	before := newVault(t, vault.Config{Objects: b, Master: localMaster(t, path)})
	old := applicant(t, before)
	sealed, err := before.Seal(t.Context(), old, "n", []byte("old"))
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.RotateLocalMaster(path); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v after rotation", info.Mode())
	}
	after := newVault(t, vault.Config{Objects: b, Master: localMaster(t, path)})
	if got, err := after.Open(t.Context(), old, "n", sealed); err != nil || string(got) != "old" {
		t.Errorf("old data: %q, %v", got, err)
	}
	if after.LookupHash("email", "x") != before.LookupHash("email", "x") {
		t.Error("rotation changed the look-up hash")
	}
	fresh := applicant(t, after)
	if _, err := after.Seal(t.Context(), fresh, "n", nil); err != nil {
		t.Errorf("new data: %v", err)
	}
	if err := vault.RotateLocalMaster(masterFile(t)); err == nil {
		t.Error("rotated a master key that is not there")
	}
}

// Another master key must be noticed at the start, not at the first applicant,
// and must not replace the keys that it cannot read.
func TestForeignMaster(t *testing.T) {
	b := newBucket()
	newVault(t, vault.Config{Objects: b})
	before := maps.Clone(b.objects)
	_, err := vault.New(t.Context(), vault.Config{Objects: b, Master: localMaster(t, masterFile(t))})
	if err == nil || !strings.Contains(err.Error(), "master key") {
		t.Errorf("%v, want that the master key does not fit", err)
	}
	if !maps.Equal(before, b.objects) {
		t.Error("the bucket was changed")
	}
}

// fakeKMS is AWS KMS as far as we use it: it binds the encryption context.
type fakeKMS struct {
	aead  cipher.AEAD
	keyID string
	calls int
	err   error
}

func newFakeKMS(t *testing.T, keyID string) *fakeKMS {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return &fakeKMS{aead: aead, keyID: keyID}
}

func (f *fakeKMS) Encrypt(_ context.Context, in *kms.EncryptInput, _ ...func(*kms.Options)) (*kms.EncryptOutput, error) {
	f.calls++
	if f.err != nil || *in.KeyId != f.keyID || len(in.Plaintext) > 4096 {
		return nil, errors.Join(f.err, errors.New("fake KMS: refused"))
	}
	return &kms.EncryptOutput{CiphertextBlob: f.aead.Seal(nil, nil, in.Plaintext, fmt.Append(nil, in.EncryptionContext))}, nil
}

func (f *fakeKMS) Decrypt(_ context.Context, in *kms.DecryptInput, _ ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	f.calls++
	if f.err != nil || *in.KeyId != f.keyID {
		return nil, errors.Join(f.err, errors.New("fake KMS: refused"))
	}
	plain, err := f.aead.Open(nil, nil, in.CiphertextBlob, fmt.Append(nil, in.EncryptionContext))
	return &kms.DecryptOutput{Plaintext: plain}, err
}

func TestKMSMaster(t *testing.T) {
	const arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	fake := newFakeKMS(t, arn)
	master, err := vault.KMSMaster(t.Context(), "aws-kms://"+arn, vault.WithKMS(fake))
	if err != nil {
		t.Fatal(err)
	}
	b := newBucket()
	id := applicant(t, newVault(t, vault.Config{Objects: b, Master: master}))
	v := newVault(t, vault.Config{Objects: b, Master: master})
	fake.calls = 0
	for range 10 {
		sealed, err := v.Seal(t.Context(), id, "n", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Open(t.Context(), id, "n", sealed); err != nil {
			t.Fatal(err)
		}
	}
	if fake.calls != 1 {
		t.Errorf("%d calls of KMS, want 1: each costs", fake.calls)
	}
	fake.err = errors.New("throttled")
	other := newVaultID(t, b)
	_, err = v.Seal(t.Context(), other, "n", nil)
	var verdict *onboarding.Error
	if !errors.Is(err, fake.err) || errors.As(err, &verdict) {
		t.Errorf("KMS in trouble: %v, want its own error, to be tried again", err)
	}
	for _, uri := range []string{"", arn, "gcp-kms://x", "aws-kms://"} {
		if _, err := vault.KMSMaster(t.Context(), uri, vault.WithKMS(fake)); err == nil {
			t.Errorf("took %q for a key", uri)
		}
	}
}

// newVaultID puts some wrapped key under a new ID.
func newVaultID(t *testing.T, b *bucket) onboarding.ApplicantID {
	t.Helper()
	id := newID()
	b.objects["keys/"+string(id)] = b.objects["keys/_system"]
	return id
}
