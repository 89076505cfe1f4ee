package onebox_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// TestVerifyHoldsInvitations: the ledgers of invitations are held against the end that
// their workflows know, so that a record dropped from below S3 is missed, and so is a
// whole ledger.
func TestVerifyHoldsInvitations(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	var home string
	h, _ := start(t, func(c *onebox.Config) { c.Clock, c.Checkpoints, home = 1, time.Hour, c.Home }) // no checkpoint tells of them yet
	o := operator{t, buildCLI(t), filepath.Join(home, stackfile.Name)}
	h.invite("email,program\nquill.ray@example.com,support-basics\nwren.ray@example.com,support-basics\n", client.InviteOptions{})
	h.invitation("quill.ray@example.com", 1)
	h.invitation("wren.ray@example.com", 1)
	all, _, err := h.api.Invitations(t.Context(), nil)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	ledgers := make([]string, len(all))
	for i, one := range all {
		if _, err := h.api.WithdrawInvitation(t.Context(), one.Invitation); err != nil {
			t.Fatal(err)
		}
		eventually(t, time.Minute, func() error {
			v, err := h.api.Invitation(t.Context(), one.Invitation)
			if err == nil && (!v.AddressGone || v.LedgerEnd.Seq < 4) {
				err = errors.New("it has not ended yet")
			}
			ledgers[i] = v.Ledger
			return err
		})
	}
	if out, _ := o.runs(0, "ledger", "verify", "--all"); !strings.Contains(out, "2 ledgers") || strings.Contains(out, "could not be held") {
		t.Errorf("whole:\n%s", out)
	}
	o.runs(0, "ledger", "verify", ledgers[0])

	folder := func(id string) string {
		return filepath.Join(home, "s3", "data", h.face.S3.EvidenceBucket, "ledger", id)
	}
	pages, err := filepath.Glob(filepath.Join(folder(ledgers[0]), "*.jsonl"))
	if err != nil || len(pages) < 2 {
		t.Fatalf("%q, %v", pages, err)
	}
	if err := os.Remove(slices.Max(pages)); err != nil {
		t.Fatal(err)
	}
	if out, _ := o.runs(1, "ledger", "verify", "--all"); !missed(out, ledgers[0]) || missed(out, ledgers[1]) {
		t.Errorf("its last records are dropped:\n%s", out)
	}
	if out, _ := o.runs(1, "ledger", "verify", ledgers[0]); !missed(out, ledgers[0]) {
		t.Errorf("of one:\n%s", out)
	}
	if err := os.RemoveAll(folder(ledgers[1])); err != nil {
		t.Fatal(err)
	}
	if out, _ := o.runs(1, "ledger", "verify", "--all"); !missed(out, ledgers[1]) {
		t.Errorf("a whole ledger is dropped:\n%s", out)
	}
}

// missed reports whether a verification says that something of a ledger is gone.
func missed(out, id string) bool {
	return slices.ContainsFunc(strings.Split(out, "\n"), func(line string) bool { return strings.HasPrefix(line, "missing") && strings.Contains(line, id) })
}
