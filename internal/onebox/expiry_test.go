package onebox_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// TestAbandonedDraftIsForgotten: an application that is begun and left lying is
// reminded of, expires after its fourteen days, and then its key is gone: from
// the vault, and with it from whatever was sealed under it. Its ledger stays.
//
// Promise 23.
func TestAbandonedDraftIsForgotten(t *testing.T) {
	t.Parallel()
	var home string
	h, _ := start(t, func(c *onebox.Config) { c.Clock, home = 300_000, c.Home }) // fourteen days in four seconds
	s := stepper{h, h.phone()}
	s.asks("/apply", ada.email, "support-basics")
	link, err := demo.LastLink(t.Context(), h.face.Mail.Inbox, ada.email)
	if err != nil {
		t.Fatal(err)
	}
	id := h.only()
	h.await(id, func(st client.Status) bool { return st.Stage == "expired" })
	data := filepath.Join(home, "s3", "data", h.face.S3.VaultBucket)
	eventually(t, time.Minute, func() error {
		for _, key := range []string{"keys/" + id, "drafts/" + id} {
			if _, err := os.Stat(filepath.Join(data, key)); err == nil {
				return fmt.Errorf("%s is still there", key)
			}
		}
		return nil
	})
	err = filepath.WalkDir(filepath.Join(data, "contacts"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			body, rerr := os.ReadFile(path)
			if rerr == nil && strings.Contains(string(body), id) {
				t.Errorf("the index still leads to them: %s", filepath.Base(path))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	stale := stepper{h, h.phone()}
	if err := stale.Open(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	if err := stale.Submit(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stale.Says(), "expired") || strings.Contains(stale.Text, ada.email) {
		t.Errorf("the link of a forgotten application: %d, %s", stale.Status, stale.Says())
	}
	h.everyLedgerHolds(1)
	// The address can begin anew, as if it had never been there.
	again := stepper{h, h.phone()}
	// A form that gives program and address together, as the first page once had, does too.
	again.open("/apply").hand("/apply", "email", ada.email, "program", "support-basics")
	eventually(t, time.Minute, func() error {
		fresh, err := demo.LastLink(t.Context(), h.face.Mail.Inbox, ada.email)
		if err == nil && fresh == link {
			err = fmt.Errorf("no new letter came")
		}
		return err
	})
}
