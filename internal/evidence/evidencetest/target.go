package evidencetest

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
)

// Variable names the environment variable that puts the tests upon another S3
// than the embedded one. It holds what stack.json has under "s3". Mind that
// whatever is put into a bucket with Object Lock stays in it for an hour.
const Variable = "VOUCHSAFE_TEST_S3"

// Target is an S3 with the two buckets: one with versioning and Object Lock, one
// with neither.
type Target struct {
	Endpoint       string `json:"endpoint"`
	Region         string `json:"region"`
	AccessKey      string `json:"access_key"`
	SecretKey      string `json:"secret_key"`
	EvidenceBucket string `json:"evidence_bucket"`
	VaultBucket    string `json:"vault_bucket"`
}

// FromEnv reads Variable; ok is false when it is not set.
func FromEnv() (target Target, ok bool, err error) {
	text := os.Getenv(Variable)
	if text == "" {
		return Target{}, false, nil
	}
	if err := json.Unmarshal([]byte(text), &target); err != nil {
		return Target{}, false, fmt.Errorf("evidencetest: %s is not the JSON of an S3: %w", Variable, err)
	}
	return target, true, nil
}

// Client makes a client of the target; change may be nil.
func (g Target) Client(t *testing.T, change func(*evidence.ClientConfig)) *s3.Client {
	t.Helper()
	cfg := evidence.ClientConfig{Endpoint: g.Endpoint, Region: g.Region, AccessKey: g.AccessKey, SecretKey: g.SecretKey}
	if change != nil {
		change(&cfg)
	}
	client, err := evidence.NewClient(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}
