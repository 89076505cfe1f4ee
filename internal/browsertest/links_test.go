package browsertest

import (
	"errors"
	"net/http"
	"path"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

var errNotYet = errors.New("not yet")

// links: what happens to those that are old, used, cut short or somebody else's.
func links(t *testing.T, w *world) {
	j := w.begins(t, newcomer("Lena", "Quill"), "support-basics", phone)
	fresh := j.link()
	j.send("given_name", "Lena", "family_name", "Quill").at("/apply/birth").send("date_of_birth-month", "3", "date_of_birth-day", "4", "date_of_birth-year", "1985").at("/apply/contact")

	// Twice used, on another device: it opens the same application, where it was left.
	again := w.profile(t, phone)
	again.open(fresh).press("Open my application").at("/apply/contact")

	// Cut short, as mail programs do.
	again.open(fresh[:len(fresh)-8]).is(http.StatusForbidden).says("This link does not work", "still there")

	// Past its time: minted as the house mints them, a day ago.
	old := w.mint(t, path.Base(fresh), time.Now().Add(-25*time.Hour))
	late := &journey{tab: w.profile(t, phone), w: w, p: j.p}
	late.open(old).is(http.StatusGone).says("This link has expired", "What you saved is still there").silent("Lena", j.p.email)
	late.press("Send me a new link").says("Check your e-mail").silent(j.p.email)
	// For a minute after a letter there is none, so that nobody's mailbox is filled.
	eventually(t, func() error {
		if late.link() != fresh {
			return nil
		}
		late.open(old).press("Send me a new link").says("Check your e-mail")
		time.Sleep(2 * time.Second)
		return errNotYet
	})
	late.open(late.link()).press("Open my application").at("/apply/contact")
	late.press("Back").at("/apply/birth").holds("date_of_birth-year", "1985").press("Back").at("/apply/about").holds("given_name", "Lena", "family_name", "Quill")

	// Staff's links hold once.
	link, err := w.box.StaffLink(identity.RoleRecruiter, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w.profile(t, desk).open(link).press("Sign in").at("/console")
	w.profile(t, desk).open(link).press("Sign in").is(http.StatusForbidden).says("used")
}
