package activities_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/evidence/evidencetest"
	"github.com/vouchsafe/vouchsafe/internal/vault"
)

// gateway is the embedded S3, started once by the first test that asks; masterKey is
// the file with the key of all that lies in it.
var (
	gateway   func() (evidencetest.Target, error)
	masterKey string
)

// TestMain lets the test's own binary be the gateway's child process.
func TestMain(m *testing.M) {
	if objects.IsChild() {
		os.Exit(objects.RunChild())
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "activities-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	masterKey = filepath.Join(dir, "master.json")
	var store *objects.Store
	gateway = sync.OnceValues(func() (evidencetest.Target, error) {
		const evidenceBucket, vaultBucket = "evidence", "vault"
		ports, err := loopback.Free("", 1)
		if err != nil {
			return evidencetest.Target{}, err
		}
		if store, err = objects.Start(context.Background(), objects.Config{Dir: filepath.Join(dir, "objects"), Port: ports[0], EvidenceBucket: evidenceBucket, VaultBucket: vaultBucket}); err != nil {
			return evidencetest.Target{}, err
		}
		return evidencetest.Target{Endpoint: store.Endpoint(), Region: store.Region(), AccessKey: store.AccessKey(), SecretKey: store.SecretKey(),
			EvidenceBucket: evidenceBucket, VaultBucket: vaultBucket}, nil
	})
	defer func() {
		if store != nil {
			store.Close()
		}
	}()
	return m.Run()
}

// stores are the two buckets and the keys.
func stores(t *testing.T) (locked, plain *evidence.Store, keys *vault.Vault) {
	t.Helper()
	target, err := gateway()
	if err != nil {
		t.Fatal(err)
	}
	locked = evidence.New(evidence.Config{Bucket: target.EvidenceBucket, Client: target.Client(t, nil), Lock: time.Hour})
	plain = evidence.New(evidence.Config{Bucket: target.VaultBucket, Client: target.Client(t, nil)})
	master, err := vault.LocalMaster(masterKey)
	if err != nil {
		t.Fatal(err)
	}
	if keys, err = vault.New(t.Context(), vault.Config{Objects: plain, Master: master}); err != nil {
		t.Fatal(err)
	}
	return locked, plain, keys
}
