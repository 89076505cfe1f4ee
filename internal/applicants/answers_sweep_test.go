package applicants_test

import (
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
)

// sealsNothing keeps what it is given; what answers are sealed with is the vault's
// affair.
type sealsNothing struct{}

func (sealsNothing) SystemSeal(_ string, plain []byte) ([]byte, error)  { return plain, nil }
func (sealsNothing) SystemOpen(_ string, sealed []byte) ([]byte, error) { return sealed, nil }
func (sealsNothing) LookupHash(_, value string) string                  { return "hash-of-" + value[len(value)-1:] } // kept under the key's last letter

// TestMain lets the test's own binary be the gateway's child process.
func TestMain(m *testing.M) {
	if objects.IsChild() {
		os.Exit(objects.RunChild())
	}
	os.Exit(m.Run())
}

// TestAnswersGoInTheEnd: on a real S3 gateway, what is past its time goes and nothing
// else does, given up or unreadable though it be.
func TestAnswersGoInTheEnd(t *testing.T) {
	ports, err := loopback.Free("", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { loopback.Release(ports...) })
	store, err := objects.Start(t.Context(), objects.Config{Dir: t.TempDir(), Port: ports[0], EvidenceBucket: "evidence", VaultBucket: "vault"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := evidence.NewClient(t.Context(), evidence.ClientConfig{Endpoint: store.Endpoint(), Region: store.Region(), AccessKey: store.AccessKey(), SecretKey: store.SecretKey()})
	if err != nil {
		t.Fatal(err)
	}
	bucket := evidence.New(evidence.Config{Bucket: "vault", Client: client})
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	answers := &applicants.Answers{Objects: bucket, Vault: sealsNothing{}, Now: func() time.Time { return now }}
	keep := func(key string, a *applicants.GivenAnswer) {
		t.Helper()
		_, once, err := answers.Begin(t.Context(), "acme", key, "POST /x")
		if err != nil {
			t.Fatal(err)
		}
		if err := answers.End(t.Context(), once, a); err != nil {
			t.Fatal(err)
		}
	}
	sweep := func(want int) []string {
		t.Helper()
		if gone, err := answers.Sweep(t.Context(), bucket); err != nil || gone != want {
			t.Errorf("%d are gone, want %d: %v", gone, want, err)
		}
		var left []string
		for key, err := range bucket.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			left = append(left, key)
		}
		return left
	}

	keep("a", &applicants.GivenAnswer{Status: http.StatusOK})
	keep("b", nil) // it was refused
	if err := bucket.Put(t.Context(), "staff/kept-by-others", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(applicants.KeepAnswers + 23*time.Hour)
	keep("c", &applicants.GivenAnswer{Status: http.StatusOK})
	if left := sweep(0); len(left) != 4 {
		t.Errorf("too early: %q is left", left)
	}
	now = now.Add(time.Hour)
	if left, want := sweep(2), []string{"idempotency-answers/hash-of-c", "staff/kept-by-others"}; !slices.Equal(left, want) {
		t.Errorf("left: %q, want %q", left, want)
	}
	if first, _, err := answers.Begin(t.Context(), "acme", "c", "POST /x"); err != nil || first == nil {
		t.Errorf("what is not over is given no more: %v, %v", first, err)
	}
	// One that cannot be read is told of, and the others go all the same.
	if err := bucket.Put(t.Context(), "idempotency-answers/0", []byte("no JSON")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(applicants.KeepAnswers + 24*time.Hour)
	if gone, err := answers.Sweep(t.Context(), bucket); err == nil || gone != 1 {
		t.Errorf("with a broken one: %d are gone, %v", gone, err)
	}
}
