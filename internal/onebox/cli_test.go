package onebox_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// operator types commands.
type operator struct {
	*testing.T
	binary, stack string
}

// runs gives what a command says, and holds it to the exit code: 0 done, 1
// failed, 2 called wrongly.
func (o operator) runs(code int, args ...string) (stdout, stderr string) {
	o.Helper()
	cmd := exec.CommandContext(o.Context(), o.binary, args...)
	cmd.Env = append(os.Environ(), "VOUCHSAFE_STACK="+o.stack)
	var out, say bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &say
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		o.Fatalf("vouchsafe %s: exit code %d, not %d\n%s%s", strings.Join(args, " "), got, code, out.String(), say.String())
	}
	return out.String(), say.String()
}

func buildCLI(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "vouchsafe")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/vouchsafe/vouchsafe/cmd/vouchsafe").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// TestCommands goes through an operator's day: applications come in by file,
// one of them wrong; a vendor is away; its checks are found, retried and waived;
// the ledgers are proved; one is tampered with, and found.
func TestCommands(t *testing.T) {
	t.Parallel()
	var home string
	h, _ := start(t, func(c *onebox.Config) { c.Attempts, home = 2, c.Home })
	o := operator{t, buildCLI(t), filepath.Join(home, stackfile.Name)}

	h.fault(`{"vendor":"kickbox","status":503}`)
	notices, err := h.api.Notices(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	people := demo.NewClear(notices)
	var file []json.RawMessage
	for i := range 3 {
		_, body, _ := people.Application(i)
		file = append(file, body)
	}
	wrong := json.RawMessage(strings.Replace(string(file[0]), `"national_id":"`, `"national_id":"9`, 1))
	path := filepath.Join(t.TempDir(), "people.json")
	write(t, path, append(file, wrong))
	out, say := o.runs(1, "apply", path)
	if !strings.Contains(out, "people.json row 4: ") || !strings.Contains(out, "national_id") || !strings.Contains(say, "1 of 4 applications were refused") {
		t.Errorf("a wrong row is not named:\n%s%s", out, say)
	}
	write(t, path, file)
	again, _ := o.runs(0, "apply", path)
	if ids := strings.Fields(again); len(ids) != 3 || !strings.Contains(out, ids[0]) {
		t.Errorf("the same file made other applicants: %s after %s", again, out)
	}
	ids := strings.Fields(again)
	for _, id := range ids {
		h.await(id, func(st client.Status) bool { return st.Attention == "ops" })
	}
	o.lists(ids, file[0])
	if out, _ := o.runs(0, "status", ids[0]); !strings.Contains(out, "validation") || !strings.Contains(out, "ops to retry or waive") {
		t.Errorf("status:\n%s", out)
	}
	if out, _ := o.runs(0, "failed", "--vendor", "kickbox"); strings.Count(out, "kickbox") != 3 {
		t.Errorf("failed:\n%s", out)
	}
	if out, _ := o.runs(0, "failed", "--vendor", "twilio"); !strings.Contains(out, "No failed checks") {
		t.Errorf("failed at another vendor:\n%s", out)
	}
	o.runs(2, "retry", ids[0], "email") // no reason
	if _, say := o.runs(1, "retry", ids[0], "phone", "--reason", "x"); !strings.Contains(say, "has not failed") {
		t.Errorf("a check that has not failed was retried: %s", say)
	}
	o.runs(0, "waive", ids[0], "email", "--reason", "Seen on paper.")
	h.send("DELETE", h.face.Sandbox+"/_faults", "")
	if out, _ := o.runs(0, "retry", "--all-matching", "--vendor", "kickbox", "--reason", "Kickbox is back."); !strings.Contains(out, "Retried: 2 of ") {
		t.Errorf("retry:\n%s", out)
	}
	for _, id := range ids {
		h.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	}
	if out, _ := o.runs(0, "ledger", "show", ids[0]); !strings.Contains(out, "waived") || !strings.Contains(out, "check=email") {
		t.Errorf("ledger show:\n%s", out)
	}
	if out, _ := o.runs(0, "ledger", "verify", "--all"); !strings.Contains(out, "3 ledgers") || strings.Contains(out, "could not be held") {
		t.Errorf("ledger verify:\n%s", out)
	}
	o.runs(1, "status", "019ab3c0-0000-7000-8000-000000000001")
	o.runs(2, "status")

	tamper(t, filepath.Join(home, "s3", "data", h.face.S3.EvidenceBucket), onboarding.ApplicantID(ids[1]))
	if out, say := o.runs(1, "ledger", "verify", "--all"); !strings.Contains(out, ids[1]) || strings.Contains(out, ids[2]) {
		t.Errorf("tampering is not found, or found elsewhere:\n%s%s", out, say)
	}
}

// tamper changes one word in a ledger's page, below the gateway and its locks.
func tamper(t *testing.T, bucket string, id onboarding.ApplicantID) {
	t.Helper()
	path := filepath.Join(bucket, "ledger", string(id), "00000001.jsonl")
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(body, []byte("validation"), []byte("vetting"), 1)
	if bytes.Equal(body, changed) {
		t.Fatal("there is nothing to change on the page")
	}
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, v any) {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestProgramCheck names file, line and reason of a wrong program file, and the
// same file stops the start.
func TestProgramCheck(t *testing.T) {
	o := operator{T: t, binary: buildCLI(t)}
	dir := t.TempDir()
	good, err := os.ReadFile("../program/files/support-basics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "support-basics.yaml")
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	o.runs(0, "program", "check", path)
	if err := os.WriteFile(path, append(good, []byte("\nsurprise: 1\n")...), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := o.runs(1, "program", "check", path)
	if !strings.Contains(out, "support-basics.yaml:") || !strings.Contains(out, "surprise") {
		t.Errorf("program check:\n%s", out)
	}
	cfg := config(t.TempDir())
	cfg.ProgramsDir = dir
	box, err := onebox.Start(t.Context(), cfg)
	if err == nil {
		_ = box.Close()
		t.Fatal("started with a wrong program file")
	}
	if !strings.Contains(err.Error(), "support-basics.yaml:") || !strings.Contains(err.Error(), "surprise") {
		t.Errorf("the start says: %v", err)
	}
}
