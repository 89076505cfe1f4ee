package onebox_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestFriend: an applicant has a friend invited. One letter goes out, whoever asks how
// often, and nothing of the friend is kept; it does not say whose wish it was; and its
// reader can end all invitations. An applicant may do so a few times.
//
// Promise 22.
func TestFriend(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	var home string
	d := openDesk(t, func(c *onebox.Config) { c.Clock, home = 1, c.Home })
	id, email := d.apply("support-basics", nil)
	d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	d.letter(email, "Your turn")
	const friend = "wilhelmina.ostrander@example.com"
	s := d.portal(email)
	s.open("/apply/status").says("Tell a friend of this program")
	for range 2 {
		s.open("/apply/friend").hand("/apply/friend", "email", friend).says("one letter goes out now")
	}
	var got []mailed
	eventually(t, time.Minute, func() error {
		if got = d.mailTo(friend); len(got) == 0 {
			return fmt.Errorf("no letter came")
		}
		return nil
	})
	vault := filepath.Join(home, "s3", "data", d.face.S3.VaultBucket)
	eventually(t, time.Minute, func() error {
		left, err := filepath.Glob(filepath.Join(vault, "invitations", "*"))
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("%v is still kept", left)
		}
		return err
	})
	for _, dir := range []string{"s3", "temporal"} {
		nowhere(t, filepath.Join(home, dir), "wilhelmina")
	}
	if keys, _ := os.ReadDir(filepath.Join(vault, "invitation-letters")); len(keys) != 0 {
		t.Errorf("%d marks of letters are left", len(keys))
	}
	l := got[0]
	stop := strings.Trim(l.Headers["List-Unsubscribe"], "<>")
	if len(got) != 1 || strings.Contains(l.Text, "Reminder") || !strings.Contains(l.Text, "/apply?program=support-basics") || stop == "" {
		t.Errorf("%d letters, the first: %+v", len(got), l)
	}
	if status, _, _ := d.send(http.MethodPost, stop, "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded"); status != http.StatusOK {
		t.Errorf("one click: %d", status)
	}
	if later := d.invite("email\n"+friend+"\n", client.InviteOptions{Program: "health-line"}); later.List.Total != 0 {
		t.Errorf("invited all the same: %+v", later)
	}
	for i := 2; i < workflows.MostFriends; i++ {
		s.open("/apply/friend").hand("/apply/friend", "email", fmt.Sprintf("friend.%d@example.com", i)).says("one letter goes out now")
	}
	s.open("/apply/friend")
	if err := s.Submit(t.Context(), map[string]string{"email": "friend.more@example.com"}); err != nil || s.Status != http.StatusUnprocessableEntity || !strings.Contains(s.Text, "You have invited 5 friends in 30 days.") {
		t.Errorf("one too many: %d, %v", s.Status, err)
	}
	d.everyLedgerHolds(1)
}
