package evidence_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/evidence/evidencetest"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

// A Store is what the ledger asks for.
var _ ledger.Objects = (*evidence.Store)(nil)

// embedded starts the embedded gateway, once for all tests of the package.
var embedded func() (evidencetest.Target, error)

// environment is the S3 that the environment names, or the embedded gateway.
func environment(t *testing.T) evidencetest.Target {
	t.Helper()
	target, ok, err := evidencetest.FromEnv()
	if !ok && err == nil {
		target, err = embedded()
	}
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// versions counts what the evidence bucket keeps of key, markers included.
func versions(t *testing.T, target evidencetest.Target, key string) int {
	t.Helper()
	out, err := target.Client(t, nil).ListObjectVersions(t.Context(),
		&s3.ListObjectVersionsInput{Bucket: &target.EvidenceBucket, Prefix: &key})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.Versions) + len(out.DeleteMarkers)
}

func stores(t *testing.T, change func(*evidence.ClientConfig)) (locked, plain *evidence.Store) {
	t.Helper()
	env := environment(t)
	client := env.Client(t, change)
	return evidence.New(evidence.Config{Bucket: env.EvidenceBucket, Client: client, Lock: time.Hour}),
		evidence.New(evidence.Config{Bucket: env.VaultBucket, Client: client})
}

// fakeClient speaks to a test's own server.
func fakeClient(t *testing.T, url string) *s3.Client {
	t.Helper()
	return evidencetest.Target{Endpoint: url, AccessKey: "a", SecretKey: "s"}.Client(t, nil)
}

// keys gives object keys that no other test and no other run uses.
func keys(t *testing.T) func(name string) string {
	prefix := strings.ToLower(t.Name() + "-" + rand.Text() + "/")
	return func(name string) string { return prefix + name }
}
