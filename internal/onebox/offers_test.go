package onebox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// announce tells all who asked for it of a program, by the service that the console and
// the API use, and waits until it is over.
func (h *house) announce(box *onebox.Box, program string) workflows.AnnouncementView {
	h.Helper()
	id := uuid.NewString()
	for range 2 { // the button pressed twice
		if err := box.Applicants().StartAnnouncement(h.Context(), applicants.AnnouncementRequest{ID: id, Program: program, By: "staff:recruiter:1"}); err != nil {
			h.Fatal(err)
		}
	}
	var v workflows.AnnouncementView
	eventually(h.T, time.Minute, func() (err error) {
		if v, err = box.Applicants().Announcement(h.Context(), id); err == nil && v.Ended.IsZero() {
			err = fmt.Errorf("%d of %d", v.Next, v.Total)
		}
		return err
	})
	return v
}

// TestMarketing: nobody is written to about other programs who did not ask for it on its
// own page. Who did gets one letter for each announcement, with the headers of RFC 8058;
// the POST that a mail program makes of them, without a page or a cookie, ends it at
// once, also for invitations, and letters about the application still come.
//
// Promise 15, 60, 61.
func TestMarketing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	d := openDesk(t, func(c *onebox.Config) { c.Clock = 1 })
	wanting, email := d.apply("support-basics", nil)
	other, quiet := d.apply("support-basics", nil)
	for _, id := range []string{wanting, other} {
		d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	}
	d.letter(email, "Your turn")
	offers := func(to string) (out []mailed) {
		for _, l := range d.mailTo(to) {
			if strings.Contains(l.Subject, "Another program takes applications") {
				out = append(out, l)
			}
		}
		return out
	}
	if v := d.announce(d.box, "health-line"); v.Tally.Sent != 0 || v.Tally.NotAsked != 2 {
		t.Fatalf("nobody has asked for it: %+v", v)
	}
	s := d.portal(email)
	s.open("/apply/data").says("choose whether we write to you about other programs")
	s.open("/apply/offers").says("That is advertising").hand("/apply/offers").says("You asked us to write to you")
	if v := d.announce(d.box, "health-line"); v.Tally.Sent != 1 || v.Tally.NotAsked != 1 {
		t.Fatalf("one has asked for it: %+v", v)
	}
	got := offers(email)
	if len(got) != 1 || len(offers(quiet)) != 0 {
		t.Fatalf("%d and %d letters", len(got), len(offers(quiet)))
	}
	stop := strings.Trim(got[0].Headers["List-Unsubscribe"], "<>")
	if got[0].Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" || !strings.HasPrefix(stop, d.face.Web+"/apply/offers/stop/") || !strings.Contains(got[0].Text, stop) {
		t.Fatalf("the headers are %v", got[0].Headers)
	}
	for _, l := range d.mailTo(email) {
		if l.Headers["List-Unsubscribe"] != "" && l.Subject != got[0].Subject {
			t.Errorf("%q can be unsubscribed from", l.Subject)
		}
	}
	if status, _, _ := d.send(http.MethodGet, stop, ""); status != http.StatusOK { // a scanner opens every link
		t.Errorf("the page: %d", status)
	}
	s.open("/apply/offers").says("You asked us to write to you")
	for range 2 {
		if status, _, body := d.send(http.MethodPost, stop, "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded"); status != http.StatusOK {
			t.Fatalf("one click: %d, %s", status, body)
		}
	}
	if status, _, _ := d.send(http.MethodPost, stop+"x", "List-Unsubscribe=One-Click", "Content-Type", "application/x-www-form-urlencoded"); status != http.StatusForbidden {
		t.Errorf("a link that is none: %d", status)
	}
	if v := d.announce(d.box, "secure-line"); v.Tally.Sent != 0 || len(offers(email)) != 1 {
		t.Errorf("written to after it was ended: %+v", v)
	}
	if invited := d.invite("email\n"+email+"\n", client.InviteOptions{Program: "secure-line"}); invited.List.Total != 0 || invited.Lines[0].Outcome != "no_letters" {
		t.Errorf("invited all the same: %+v", invited)
	}
	before := len(d.mailTo(email))
	s.open("/apply/withdraw").hand("/apply/status")
	eventually(t, time.Minute, func() error {
		if len(d.mailTo(email)) <= before {
			return fmt.Errorf("no letter that the application has ended")
		}
		return nil
	})
	d.everyLedgerHolds(2)

	// Who asks again is written to again: it is their latest word.
	s = d.portal(quiet)
	s.open("/apply/offers").hand("/apply/offers")
	s.hand("/apply/offers").says("That is advertising") // one press ends it
	if v := d.announce(d.box, "secure-line"); v.Tally.Sent != 0 {
		t.Errorf("written to after one press: %+v", v)
	}
}
