package vault_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/evidence/evidencetest"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault"
)

// embedded starts the embedded gateway, once for all tests of the package.
var embedded func() (evidencetest.Target, error)

// The vault upon a real store: eight replicas agree, and after Destroy no version
// of the key is left, in a bucket that keeps versions too.
func TestOnAStore(t *testing.T) {
	target, ok, err := evidencetest.FromEnv()
	if !ok && err == nil {
		target, err = embedded()
	}
	if err != nil {
		t.Fatal(err)
	}
	client := target.Client(t, nil)
	for name, bucket := range map[string]string{"plain": target.VaultBucket, "versioned": target.EvidenceBucket} {
		t.Run(name, func(t *testing.T) {
			store := evidence.New(evidence.Config{Bucket: bucket, Client: client})
			for _, key := range []string{"keys/_system", "keys/_lookup"} { // of an earlier run, with another master
				if err := store.Delete(t.Context(), key); err != nil {
					t.Fatal(err)
				}
			}
			master := localMaster(t, masterFile(t))
			id := newID()
			vaults, sealed := make([]*vault.Vault, 8), make([][]byte, 8)
			var all sync.WaitGroup
			for i := range vaults {
				all.Go(func() {
					var err error
					if vaults[i], err = vault.New(t.Context(), vault.Config{Objects: store, Master: master}); err == nil {
						err = vaults[i].Create(t.Context(), id)
					}
					if err == nil {
						sealed[i], err = vaults[i].Seal(t.Context(), id, "n", []byte("same"))
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if t.Failed() {
				return
			}
			for i := range vaults {
				got, err := vaults[0].Open(t.Context(), id, "n", sealed[i])
				if err != nil || !bytes.Equal(got, []byte("same")) {
					t.Errorf("replica 0 opens replica %d's as %q, %v", i, got, err)
				}
				if vaults[i].LookupHash("email", "x") != vaults[0].LookupHash("email", "x") {
					t.Errorf("replica %d hashes otherwise", i)
				}
			}
			if err := vaults[0].Destroy(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			key := "keys/" + string(id)
			left, err := client.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: &key})
			if err != nil || len(left.Versions)+len(left.DeleteMarkers) != 0 {
				t.Errorf("left of the key: %v %v, %v", left.Versions, left.DeleteMarkers, err)
			}
			wantCode(t, "create", vaults[1].Create(t.Context(), id), onboarding.CodeKeyDestroyed)
			fresh := newVault(t, vault.Config{Objects: store, Master: master})
			_, err = fresh.Open(t.Context(), id, "n", sealed[0])
			wantCode(t, "open", err, onboarding.CodeKeyDestroyed)
			if errors.Is(err, vault.ErrBroken) {
				t.Error("an erasure looks like tampering")
			}
		})
	}
}
