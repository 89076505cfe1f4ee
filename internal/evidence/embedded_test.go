package evidence_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
	"github.com/vouchsafe/vouchsafe/internal/evidence/evidencetest"
)

// TestMain lets the test's own binary be the gateway's child process.
func TestMain(m *testing.M) {
	if objects.IsChild() {
		os.Exit(objects.RunChild())
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "evidence-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	var gateway *objects.Store
	embedded = sync.OnceValues(func() (evidencetest.Target, error) {
		const evidenceBucket, vaultBucket = "evidence", "vault"
		ports, err := loopback.Free("", 1)
		if err != nil {
			return evidencetest.Target{}, err
		}
		gateway, err = objects.Start(context.Background(), objects.Config{Dir: filepath.Join(dir, "objects"),
			Port: ports[0], EvidenceBucket: evidenceBucket, VaultBucket: vaultBucket})
		if err != nil {
			return evidencetest.Target{}, err
		}
		return evidencetest.Target{Endpoint: gateway.Endpoint(), Region: gateway.Region(), AccessKey: gateway.AccessKey(),
			SecretKey: gateway.SecretKey(), EvidenceBucket: evidenceBucket, VaultBucket: vaultBucket}, nil
	})
	defer func() {
		if gateway != nil {
			gateway.Close()
		}
	}()
	return m.Run()
}
