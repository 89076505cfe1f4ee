package onebox_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// TestProductionShape runs the production binary as an operator does, by the
// environment alone: one web and two workers, each a process, beside the
// engines. One worker is killed while applicants are on their way.
func TestProductionShape(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	h, box := start(t, func(c *onebox.Config) { c.EnginesOnly = true })
	binary := buildCLI(t)
	env := environment(t, box)
	web := run(t, binary, env, "web")
	workers := []*process{run(t, binary, env, "worker"), run(t, binary, env, "worker")}
	eventually(t, time.Minute, func() error {
		resp, err := http.Get(h.face.Web + "/readyz")
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})

	n := demo.Personas()
	ended := make(chan error, 1)
	go func() {
		_, err := demo.Run(t.Context(), h.face, n, io.Discard, t.Output())
		ended <- err
	}()
	time.Sleep(3 * time.Second) // orders are out, reports come in
	if err := workers[0].cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = workers[0].cmd.Wait()
	if err := <-ended; err != nil {
		t.Fatalf("%v\nthe web says:\n%s\nthe worker that was left:\n%s", err, web.said.bytes(), workers[1].said.bytes())
	}
	h.everyLedgerHolds(n)
	for key, made := range h.orders() {
		if made != 1 {
			t.Errorf("order %s was made %d times", key, made)
		}
	}
	for _, p := range []*process{web, workers[1]} {
		if err := p.stop(); err != nil {
			t.Errorf("%s, told to stop: %v\n%s", p.cmd.Args[1], err, p.said.bytes())
		}
	}
	failed := []byte("level=ERROR")
	if bytes.Contains(web.said.bytes(), failed) || bytes.Contains(workers[1].said.bytes(), failed) {
		t.Errorf("errors were logged:\n%s\n%s", web.said.bytes(), workers[1].said.bytes())
	}
}

// environment is what deploy/env.example has, for the engines of the box.
func environment(t *testing.T, box *onebox.Box) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, lists.All()); err != nil {
		t.Fatal(err)
	}
	c, f := box.Config, box.Face
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"TEMPORAL_ADDRESS=" + f.Temporal.Address, "TEMPORAL_NAMESPACE=" + f.Temporal.Namespace,
		"AWS_ENDPOINT_URL_S3=" + f.S3.Endpoint, "AWS_REGION=" + f.S3.Region, "AWS_ACCESS_KEY_ID=" + f.S3.AccessKey, "AWS_SECRET_ACCESS_KEY=" + f.S3.SecretKey,
		"VOUCHSAFE_EVIDENCE_BUCKET=" + c.EvidenceBucket, "VOUCHSAFE_VAULT_BUCKET=" + c.VaultBucket, "VOUCHSAFE_EVIDENCE_LOCK_DAYS=1",
		"VOUCHSAFE_MASTER_KEY=" + c.MasterKey, "VOUCHSAFE_LISTS_DIR=" + dir, "VOUCHSAFE_TRIAL=true",
		"VOUCHSAFE_WEB_ADDR=" + c.WebAddr, "VOUCHSAFE_PUBLIC_URL=" + c.PublicURL,
		"VOUCHSAFE_KICKBOX_URL=" + c.KickboxURL, "VOUCHSAFE_KICKBOX_KEY=" + c.KickboxKey,
		"VOUCHSAFE_SMS_URL=" + c.SMSURL, "VOUCHSAFE_SMS_ACCOUNT=" + c.SMSAccount, "VOUCHSAFE_SMS_KEY=" + c.SMSKey, "VOUCHSAFE_SMS_SECRET=" + c.SMSSecret,
		"VOUCHSAFE_SMS_FROM=" + c.SMSFrom, "VOUCHSAFE_SMS_AUTH_TOKENS=" + strings.Join(c.SMSTokens, ","),
		"VOUCHSAFE_TWILIO_URL=" + c.TwilioURL, "VOUCHSAFE_TWILIO_KEY=" + c.TwilioKey, "VOUCHSAFE_TWILIO_SECRET=" + c.TwilioSecret,
		"VOUCHSAFE_FINDLY_URL=" + c.FindlyURL, "VOUCHSAFE_FINDLY_KEY=" + c.FindlyKey,
		"VOUCHSAFE_FINDLY_WEBHOOK_SECRETS=" + strings.Join(c.FindlyWebhookSecrets, ","),
		"VOUCHSAFE_SMTP_ADDR=" + c.SMTPAddr, "VOUCHSAFE_API_KEYS=" + strings.Join(c.APIKeys, ","),
		"VOUCHSAFE_CHECK_ATTEMPTS=3", "VOUCHSAFE_CLOCK=" + strconv.Itoa(fast), "VOUCHSAFE_LOG_LEVEL=warn", "VOUCHSAFE_LOG_FORMAT=text",
	}
}

type process struct {
	cmd  *exec.Cmd
	said buffer
}

func run(t *testing.T, binary string, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary, args...)}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, &p.said, &p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	return p
}

// stop is SIGTERM, as an orchestrator stops a process.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}
