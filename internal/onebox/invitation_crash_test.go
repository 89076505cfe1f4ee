package onebox_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// TestInvitationsKilled kills the whole house while a list is being invited. Nobody
// gets a letter twice, and who gets none is one whose letter was being handed over
// just then: nobody knows whether it arrived.
func TestInvitationsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	home := t.TempDir()
	c := startChild(t, home)
	face, err := stackfile.Read(filepath.Join(home, stackfile.Name))
	if err != nil {
		t.Fatal(err)
	}
	h := visit(t, face)
	const n, kills, atOnce = 60, 3, 8
	var list strings.Builder
	list.WriteString("email\n")
	for i := range n {
		fmt.Fprintf(&list, "killed.%02d@example.com\n", i)
	}
	sent, err := h.api.InviteCSV(t.Context(), []byte(list.String()), client.InviteOptions{Program: "support-basics"}, uuid.NewString())
	if err != nil || sent.List.Total != n {
		t.Fatalf("%+v, %v", sent.List, err)
	}
	for range kills {
		time.Sleep(300*time.Millisecond + rand.N(time.Second))
		c.kill()
		c = startChild(t, home)
	}
	if l := h.awaitList(sent.List.ID); l.Invited != n || l.LeftOut != 0 {
		t.Errorf("%+v", l)
	}
	eventually(t, 2*time.Minute, func() error {
		items, _, err := h.api.Invitations(t.Context(), map[string]string{"state": "waiting"})
		if err == nil && len(items) > 0 {
			err = fmt.Errorf("%d letters wait", len(items))
		}
		return err
	})
	none := 0
	for i := range n {
		first, reminders := 0, 0
		for _, l := range h.mailTo(fmt.Sprintf("killed.%02d@example.com", i)) {
			if strings.HasPrefix(l.Subject, "You are invited") {
				first++
			} else {
				reminders++
			}
		}
		if first > 1 || reminders > 2 {
			t.Errorf("number %d got %d letters and %d reminders", i, first, reminders)
		}
		if first == 0 {
			none++
		}
	}
	if none > kills*atOnce {
		t.Errorf("%d of %d got no letter", none, n)
	}
}
