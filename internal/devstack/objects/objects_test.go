package objects_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
)

// parentEnv makes this binary a program with a store, which waits to be killed.
const parentEnv = "OBJECTS_TEST_DIR"

func TestMain(m *testing.M) {
	if objects.IsChild() {
		os.Exit(objects.RunChild())
	}
	if dir := os.Getenv(parentEnv); dir != "" {
		port, _ := strconv.Atoi(os.Getenv("OBJECTS_TEST_PORT"))
		s, err := objects.Start(context.Background(), objects.Config{Dir: dir, Port: port, EvidenceBucket: "evidence", VaultBucket: "vault"})
		if err != nil {
			panic(err)
		}
		fmt.Println(s.Endpoint())
		select {}
	}
	os.Exit(m.Run())
}

func config(t testing.TB, dir string) objects.Config {
	t.Helper()
	ports, err := loopback.Free("", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { loopback.Release(ports...) })
	return objects.Config{Dir: dir, Port: ports[0], EvidenceBucket: "evidence", VaultBucket: "vault",
		Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

func start(t testing.TB, cfg objects.Config) *objects.Store {
	t.Helper()
	began := time.Now()
	s, err := objects.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %s", time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func client(s *objects.Store) *s3.Client {
	return s3.New(s3.Options{BaseEndpoint: aws.String(s.Endpoint()), Region: s.Region(), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(s.AccessKey(), s.SecretKey(), "")})
}

func status(err error) int {
	var resp *awshttp.ResponseError
	if errors.As(err, &resp) {
		return resp.HTTPStatusCode()
	}
	return 0
}

func put(t testing.TB, c *s3.Client, bucket, key, body string, change func(*s3.PutObjectInput)) (*s3.PutObjectOutput, error) {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)}
	if change != nil {
		change(in)
	}
	return c.PutObject(t.Context(), in)
}

func read(t testing.TB, c *s3.Client, bucket, key string) string {
	t.Helper()
	out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func once(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }

func locked(in *s3.PutObjectInput) {
	once(in)
	in.ObjectLockMode = types.ObjectLockModeCompliance
	in.ObjectLockRetainUntilDate = aws.Time(time.Now().Add(time.Hour))
}

func TestConditionalPut(t *testing.T) {
	c := client(start(t, config(t, t.TempDir())))
	for _, bucket := range []string{"evidence", "vault"} {
		if _, err := put(t, c, bucket, "a/b/c", "one", once); err != nil {
			t.Fatal(err)
		}
		if _, err := put(t, c, bucket, "a/b/c", "two", once); status(err) != http.StatusPreconditionFailed {
			t.Errorf("%s: a second put: %v", bucket, err)
		}
		if got := read(t, c, bucket, "a/b/c"); got != "one" {
			t.Errorf("%s holds %q", bucket, got)
		}
	}
}

func TestOneOfManyWins(t *testing.T) {
	c := client(start(t, config(t, t.TempDir())))
	var won, lost int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			_, err := put(t, c, "evidence", "race", strconv.Itoa(i), locked)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case status(err) == http.StatusPreconditionFailed, status(err) == http.StatusConflict:
				lost++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won != 1 || lost != 15 {
		t.Errorf("%d won and %d lost", won, lost)
	}
}

func TestRetentionHolds(t *testing.T) {
	c := client(start(t, config(t, t.TempDir())))
	out, err := put(t, c, "evidence", "held/record", "intent", func(in *s3.PutObjectInput) {
		locked(in)
		in.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn
	})
	if err != nil {
		t.Fatal(err)
	}
	head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("evidence"), Key: aws.String("held/record")})
	if err != nil {
		t.Fatal(err)
	}
	if head.ObjectLockMode != types.ObjectLockModeCompliance || time.Until(aws.ToTime(head.ObjectLockRetainUntilDate)) < 50*time.Minute ||
		head.ObjectLockLegalHoldStatus != types.ObjectLockLegalHoldStatusOn {
		t.Errorf("locks: %v until %v, hold %v", head.ObjectLockMode, head.ObjectLockRetainUntilDate, head.ObjectLockLegalHoldStatus)
	}
	_, err = c.PutObjectLegalHold(t.Context(), &s3.PutObjectLegalHoldInput{Bucket: aws.String("evidence"), Key: aws.String("held/record"),
		LegalHold: &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatusOff}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("evidence"), Key: aws.String("held/record"),
		VersionId: out.VersionId, BypassGovernanceRetention: aws.Bool(true)})
	if status(err) != http.StatusForbidden {
		t.Errorf("deleting a version under retention: %v", err)
	}
	// Without a version it only gets a marker, and the version stays.
	if _, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("evidence"), Key: aws.String("held/record")}); err != nil {
		t.Fatal(err)
	}
	got, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("evidence"), Key: aws.String("held/record"), VersionId: out.VersionId})
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	// Where nothing can be locked, a lock is refused and nothing is stored.
	if _, err := put(t, c, "vault", "held", "x", locked); status(err) != http.StatusBadRequest {
		t.Errorf("a lock in the vault: %v", err)
	}
	if _, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("vault"), Key: aws.String("held")}); status(err) != http.StatusNotFound {
		t.Errorf("what was refused is stored: %v", err)
	}
}

func TestVaultForgets(t *testing.T) {
	dir := t.TempDir()
	c := client(start(t, config(t, dir)))
	for _, body := range []string{"first secret", "second secret"} {
		if _, err := put(t, c, "vault", "keys/applicant", body, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("vault"), Key: aws.String("keys/applicant")}); err != nil {
		t.Fatal(err)
	}
	versions, err := c.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: aws.String("vault")})
	if err != nil || len(versions.Versions)+len(versions.DeleteMarkers) != 0 {
		t.Errorf("left: %v, %v", versions, err)
	}
	_ = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if body, _ := os.ReadFile(path); bytes.Contains(body, []byte("secret")) && filepath.Base(path) != "keys.json" {
				t.Errorf("%s still holds it", path)
			}
		}
		return nil
	})
	// The gateway removes folders that become empty; the next put makes them again.
	if _, err := put(t, c, "vault", "keys/another", "x", once); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("vault"), Key: aws.String("copy"), CopySource: aws.String("vault/keys/another")}); err != nil {
		t.Error(err)
	}
}

func TestRestartKeepsAllAndSweeps(t *testing.T) {
	dir := t.TempDir()
	cfg := config(t, dir)
	s := start(t, cfg)
	access, secret := s.AccessKey(), s.SecretKey()
	if _, err := put(t, client(s), "evidence", "kept", "kept", locked); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "keys.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the keys: %v, %v", info, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "running")); err == nil {
		t.Error("it stopped without a goodbye")
	}
	stray := filepath.Join(dir, "data", "vault", ".name.sgwtmp.17")
	for _, path := range []string{stray, filepath.Join(dir, "running")} { // as a kill leaves them
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = start(t, cfg)
	if s.AccessKey() != access || s.SecretKey() != secret {
		t.Error("it has other keys")
	}
	if got := read(t, client(s), "evidence", "kept"); got != "kept" {
		t.Errorf("%q", got)
	}
	if _, err := os.Stat(stray); err == nil {
		t.Error("it did not sweep")
	}
}

// gateway finds the process that serves the store.
func gateway(t *testing.T, of int) int {
	t.Helper()
	out, err := exec.Command("pgrep", "-P", strconv.Itoa(of), "-f", "__objects").Output()
	if err != nil {
		t.Skipf("pgrep: %v", err)
	}
	pid, err := strconv.Atoi(strings.Fields(string(out))[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestADeadGatewayComesBack(t *testing.T) {
	var log bytes.Buffer
	cfg := config(t, t.TempDir())
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	s := start(t, cfg)
	c := client(s)
	if _, err := put(t, c, "evidence", "before", "before", locked); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(gateway(t, os.Getpid()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		_, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("evidence"), Key: aws.String("before")})
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("it was logged %d times: %s", n, &log)
	}
}

func TestTheGatewayDiesWithItsParent(t *testing.T) {
	ports, err := loopback.Free("", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer loopback.Release(ports...)
	loopback.Release(ports...) // the parent's process reserves nothing, but may listen
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentEnv+"="+t.TempDir(), "OBJECTS_TEST_PORT="+strconv.Itoa(ports[0]))
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = parent.Process.Kill() })
	if _, err := out.Read(make([]byte, 128)); err != nil {
		t.Fatal(err)
	}
	pid := gateway(t, parent.Process.Pid)
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	for deadline := time.Now().Add(time.Minute); syscall.Kill(pid, 0) == nil; time.Sleep(20 * time.Millisecond) {
		if state, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); bytes.Contains(state, []byte(") Z ")) {
			break // dead, and not yet collected by whoever inherited it
		}
		if time.Now().After(deadline) {
			t.Fatal("it outlived its parent")
		}
	}
	if !loopback.Available("", ports[0]) {
		t.Error("its port is still taken")
	}
}

func TestRefusals(t *testing.T) {
	cfg := config(t, t.TempDir())
	start(t, cfg)
	again := cfg
	again.Dir = t.TempDir()
	if _, err := objects.Start(t.Context(), again); err == nil || !strings.Contains(err.Error(), strconv.Itoa(cfg.Port)) {
		t.Errorf("a busy port: %v", err)
	}
	open := config(t, t.TempDir())
	open.Host = "0.0.0.0"
	if _, err := objects.Start(t.Context(), open); err == nil {
		t.Error("an open host was taken")
	}
	odd := config(t, t.TempDir())
	odd.VaultBucket = "../vault"
	if _, err := objects.Start(t.Context(), odd); err == nil || !strings.Contains(err.Error(), "bucket") {
		t.Errorf("an odd bucket: %v", err)
	}
	// What the child has against its order reaches the caller.
	swapped := config(t, t.TempDir())
	if err := start(t, swapped).Close(); err != nil {
		t.Fatal(err)
	}
	swapped.EvidenceBucket, swapped.VaultBucket = swapped.VaultBucket, swapped.EvidenceBucket
	if _, err := objects.Start(t.Context(), swapped); err == nil || !strings.Contains(err.Error(), "object lock is false and must be true") {
		t.Errorf("an evidence bucket that locks nothing: %v", err)
	}
}

func BenchmarkPut(b *testing.B) {
	for _, fsync := range []bool{true, false} {
		b.Run("fsync="+strconv.FormatBool(fsync), func(b *testing.B) {
			cfg := config(b, b.TempDir())
			cfg.Fsync = &fsync
			s, err := objects.Start(b.Context(), cfg)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			c := client(s)
			body := strings.Repeat("x", 4096)
			var n int64
			var mu sync.Mutex
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					mu.Lock()
					n++
					key := "applicant/" + strconv.FormatInt(n%100, 10) + "/ledger/" + strconv.FormatInt(n, 10)
					mu.Unlock()
					if _, err := put(b, c, "evidence", key, body, locked); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "put/s")
		})
	}
}
