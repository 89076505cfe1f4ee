package onebox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// TestStranger is an auditor's visit, obligation 47: with a copy of the bucket and one
// public key, and no word to the house any more, they prove all ledgers whole, go on
// from a checkpoint that they have kept, check the proof of one record, and find what
// was altered since.
func TestStranger(t *testing.T) {
	t.Parallel()
	var home string
	h, box := start(t, func(c *onebox.Config) { c.Checkpoints, home = time.Second, c.Home })
	o := operator{t, buildCLI(t), filepath.Join(home, stackfile.Name)}
	notices, err := h.api.Notices(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := demo.NewClear(notices).Application(0)
	made, err := h.api.Apply(t.Context(), body, "stranger")
	if err != nil {
		t.Fatal(err)
	}
	h.await(made.ID, func(st client.Status) bool { return st.Stage == "certification" })
	out, _ := o.runs(0, "ledger", "key", "show")
	key := strings.TrimSpace(out)
	proof := filepath.Join(t.TempDir(), "proof.json")
	eventually(t, time.Minute, func() error { // until a checkpoint has it
		body, err := h.api.LedgerProof(t.Context(), made.ID, 2)
		if err != nil {
			return err
		}
		return os.WriteFile(proof, body, 0o600)
	})
	_, _, note := h.send("GET", "/.well-known/ledger/checkpoint", "")
	kept := filepath.Join(t.TempDir(), "kept.note")
	if err := os.WriteFile(kept, []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(home, "s3", "data", h.face.S3.EvidenceBucket)
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	alone := operator{t, o.binary, ""}
	report, _ := alone.runs(0, "--json", "ledger", "verify", "--all", "--public-key", key, "--bucket", copied, "--since", kept)
	var found struct {
		Checkpoint, Records, Faults int
		Signatures                  bool
		Ledgers                     []struct{ Signed uint64 }
	}
	if err := json.Unmarshal([]byte(report), &found); err != nil || found.Checkpoint < 1 || !found.Signatures || found.Records < 10 || len(found.Ledgers) != 1 || found.Ledgers[0].Signed < 2 {
		t.Errorf("%v: %s", err, report)
	}
	if out, _ := alone.runs(0, "ledger", "check", proof, "--public-key", key); !strings.Contains(out, made.ID) {
		t.Errorf("the proof shows %s", out)
	}
	tamper(t, copied, onboarding.ApplicantID(made.ID))
	if out, _ := alone.runs(1, "ledger", "verify", "--all", "--public-key", key, "--bucket", copied); !strings.Contains(out, "forked") && !strings.Contains(out, "altered") {
		t.Errorf("what was altered is not found:\n%s", out)
	}
}
