package devstack_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/devstack"
	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
)

// killedEnv makes this binary a stack that waits to be killed.
const killedEnv = "DEVSTACK_TEST_HOME"

func TestMain(m *testing.M) {
	if objects.IsChild() {
		os.Exit(objects.RunChild())
	}
	if home := os.Getenv(killedEnv); home != "" {
		s, err := devstack.Start(context.Background(), config(home))
		if err != nil {
			panic(err)
		}
		if err := devstack.WriteFace(home, s.Face()); err != nil {
			panic(err)
		}
		select {}
	}
	os.Exit(m.Run())
}

func config(home string) devstack.Config {
	return devstack.Config{Home: home, FreePorts: true, CodecEndpoint: "http://127.0.0.1:1/codec",
		SearchAttributes: map[string]enums.IndexedValueType{"Stage": enums.INDEXED_VALUE_TYPE_KEYWORD},
		Sandbox:          http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })}
}

func start(t *testing.T, home string) *devstack.Stack {
	t.Helper()
	cfg := config(home)
	cfg.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	began := time.Now()
	s, err := devstack.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %s, resident: %s", time.Since(began).Round(time.Millisecond), resident(t))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// resident gives the memory of this process and of the gateway.
func resident(t *testing.T) string {
	t.Helper()
	var sizes []string
	children, _ := exec.Command("pgrep", "-P", strconv.Itoa(os.Getpid()), "-f", "__objects").Output()
	for _, pid := range append([]string{"self"}, strings.Fields(string(children))...) {
		status, _ := os.ReadFile("/proc/" + pid + "/status")
		for line := range strings.Lines(string(status)) {
			if size, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				sizes = append(sizes, strings.TrimSpace(size))
			}
		}
	}
	return strings.Join(sizes, " and ")
}

func greet(_ workflow.Context, name string) (string, error) { return "good day, " + name, nil }

func dial(t *testing.T, face devstack.Face) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: face.Temporal.Address, Namespace: face.Temporal.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func runWorkflow(t *testing.T, c client.Client, id string) {
	t.Helper()
	w := worker.New(c, "test", worker.Options{})
	w.RegisterWorkflow(greet)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stage := temporal.NewSearchAttributeKeyKeyword("Stage")
	wf, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: "test",
		TypedSearchAttributes: temporal.NewSearchAttributes(stage.ValueSet("vetting"))}, greet, "you")
	if err != nil {
		t.Fatal(err)
	}
	if err := wf.Get(ctx, nil); err != nil {
		t.Fatal(err)
	}
}

func inVetting(t *testing.T, c client.Client, want int64) {
	t.Helper()
	var got int64
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		n, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "Stage = 'vetting'"})
		if err != nil {
			t.Fatal(err)
		}
		if got = n.GetCount(); got == want {
			return
		}
	}
	t.Fatalf("%d workflows in vetting, want %d", got, want)
}

func store(face devstack.Face) *s3.Client {
	return s3.New(s3.Options{BaseEndpoint: &face.S3.Endpoint, Region: face.S3.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(face.S3.AccessKey, face.S3.SecretKey, "")})
}

func put(t *testing.T, face devstack.Face, bucket, key string) {
	t.Helper()
	if _, err := store(face).PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key,
		Body: strings.NewReader(key), IfNoneMatch: aws.String("*")}); err != nil {
		t.Fatal(err)
	}
}

func has(t *testing.T, face devstack.Face, bucket, key string) {
	t.Helper()
	if _, err := store(face).HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key}); err != nil {
		t.Fatal(err)
	}
}

func TestStackRunsAndRestarts(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	s := start(t, home)
	face := s.Face()
	if err := devstack.WriteFace(home, face); err != nil {
		t.Fatal(err)
	}
	if got, err := devstack.ReadFace(filepath.Join(home, "stack.json")); err != nil || got.S3 != face.S3 || got.Temporal != face.Temporal || got.Mail != face.Mail {
		t.Errorf("%+v, %v", got, err)
	}
	if info, err := os.Stat(filepath.Join(home, "stack.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("stack.json: %v, %v", info, err)
	}
	for _, path := range []string{face.Temporal.UI, face.Mail.Inbox} {
		resp, err := http.Get(path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	resp, err := http.Get(face.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusTeapot {
		t.Errorf("the sandbox: %s", resp.Status)
	}
	if err := smtp.SendMail(face.Mail.SMTP, nil, "a@example.com", []string{"b@example.com"}, []byte("Subject: x\r\n\r\nx\r\n")); err != nil {
		t.Error(err)
	}

	// A second stack on the same home is refused, whichever way it tries.
	if _, err := devstack.Start(t.Context(), config(home)); !errors.Is(err, devstack.ErrHomeBusy) {
		t.Errorf("a second stack: %v", err)
	}
	if _, err := devstack.Allocate(home, true); !errors.Is(err, devstack.ErrHomeBusy) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("ports for a second stack: %v", err)
	}

	c := dial(t, face)
	runWorkflow(t, c, "first")
	inVetting(t, c, 1)
	put(t, face, face.S3.EvidenceBucket, "a/b")
	put(t, face, face.S3.VaultBucket, "a/b")
	c.Close()
	began := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("stopped after %s", time.Since(began).Round(time.Millisecond))
	if _, err := os.Stat(filepath.Join(home, "stack.json")); err == nil {
		t.Error("stack.json tells of a stack that is gone")
	}

	again := start(t, home)
	if again.Ports() != s.Ports() {
		t.Errorf("other ports: %+v, before %+v", again.Ports(), s.Ports())
	}
	face2 := again.Face()
	if face2.S3 != face.S3 {
		t.Error("other keys")
	}
	c = dial(t, face2)
	inVetting(t, c, 1)
	runWorkflow(t, c, "second")
	inVetting(t, c, 2)
	has(t, face2, face.S3.EvidenceBucket, "a/b")
	has(t, face2, face.S3.VaultBucket, "a/b")
}

func TestStackSurvivesSIGKILL(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killedEnv+"="+home)
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var face devstack.Face
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		var err error
		if face, err = devstack.ReadFace(filepath.Join(home, "stack.json")); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	c := dial(t, face)
	runWorkflow(t, c, "before")
	put(t, face, face.S3.EvidenceBucket, "before")
	c.Close()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()

	s := start(t, home)
	if _, err := os.Stat(filepath.Join(home, "stack.json")); err == nil {
		t.Error("the dead stack's stack.json is still there")
	}
	if s.Face().Temporal != face.Temporal || s.Face().S3 != face.S3 {
		t.Errorf("another face: %+v, before %+v", s.Face(), face)
	}
	c = dial(t, s.Face())
	if err := c.GetWorkflow(t.Context(), "before", "").Get(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	inVetting(t, c, 1)
	has(t, s.Face(), face.S3.EvidenceBucket, "before")
}

func TestBusyPorts(t *testing.T) {
	l, err := net.Listen("tcp", loopback.Address("", devstack.Fixed.SMTP))
	if err == nil {
		defer func() { _ = l.Close() }()
	}
	_, err = devstack.Allocate(t.TempDir(), false)
	if !errors.Is(err, devstack.ErrPortBusy) {
		t.Fatal(err)
	}
	for _, word := range []string{"port 1025", "SMTP", "--free-ports"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("it does not say %q: %v", word, err)
		}
	}
}

func TestFreePortsAreRemembered(t *testing.T) {
	home := t.TempDir()
	first, err := devstack.Allocate(home, true)
	if err != nil {
		t.Fatal(err)
	}
	same, err := devstack.Allocate(home, true)
	if err != nil || same != first {
		t.Errorf("%+v, %v; before %+v", same, err, first)
	}
	l, err := net.Listen("tcp", loopback.Address("", first.S3))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	moved, err := devstack.Allocate(home, true)
	if err != nil {
		t.Fatal(err)
	}
	if moved.S3 == first.S3 {
		t.Error("a busy port was given")
	}
	moved.S3 = first.S3
	if moved != first {
		t.Errorf("%+v; before %+v", moved, first)
	}
}

func TestAFailedStartLeavesNothing(t *testing.T) {
	home := t.TempDir()
	cfg := config(home)
	ports, err := devstack.Allocate(home, true)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Ports = ports
	l, err := net.Listen("tcp", loopback.Address("", ports.Inbox))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := devstack.Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), strconv.Itoa(ports.Inbox)) {
		t.Fatalf("a busy inbox port: %v", err)
	}
	_ = l.Close()
	s, err := devstack.Start(t.Context(), cfg) // the lock and all ports are free again
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
