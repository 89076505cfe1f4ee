package browsertest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

var invitedLink = regexp.MustCompile(`http://\S+/apply/invited/\S+`)

// uploads gives the page of invitations a file and has it looked at.
func (b *tab) uploads(body, program string) *tab {
	b.Helper()
	path := filepath.Join(b.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		b.Fatal(err)
	}
	return b.open("/console/invitations").send("file", path, "program", program)
}

// inviterDay: a recruiter invites by a file with faults, mends them, sends it again,
// and sees an invited person begin and hand in.
func inviterDay(t *testing.T, w *world, l look) {
	one, two, three := newcomer("Ines", "Invited"), newcomer("Tilo", "Twice"), newcomer("Moe", "Mended")
	rows := func(third string) string {
		return fmt.Sprintf("email,given_name,reference\n%s,Ines,A-1\n%s,Tilo,A-2\n%s,Moe,A-3\n%s,Tilo,A-4\n", one.email, two.email, third, strings.ToUpper(two.email))
	}
	broken := strings.Replace(three.email, "@", " at ", 1)
	b := w.staffBy(t, identity.RoleRecruiter, l)
	b.open("/console/invitations").send().is(http.StatusUnprocessableEntity).says("Choose the file with the people to invite")
	b.uploads("name,town\nInes,Salem\n", "support-basics").is(http.StatusUnprocessableEntity).says("There is a problem")
	b.uploads(rows(broken), "support-basics").says("2 of 4 can be invited", "To be confirmed", "That is not an e-mail address", "has the same address").silent(one.email, two.email)
	list := b.path()

	// The faulty line as a file, mended and sent as it is: our column in it is not read.
	faulty := b.download("The lines to mend, as CSV")
	read, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(faulty, []byte("\ufeff")))).ReadAll()
	if err != nil || len(read) != 2 || !strings.Contains(strings.Join(read[0], ","), "what_to_mend") || !strings.Contains(strings.Join(read[1], ","), "at example.com") {
		t.Fatalf("the lines to mend: %v %q", err, faulty)
	}
	b.press("Invite 2").at(list).again("2 of 4 invited").says("Done")
	w.letter(t, two.email, "Support Basics")
	b.uploads(strings.Replace(string(faulty), " at ", "@", 1), "support-basics").says("1 of 1 can be invited").press("Invite 1").again("1 of 1 invited")
	w.letter(t, three.email, "Support Basics")

	// Sent once more as it was, mended or not, nobody is invited again.
	b.uploads(rows(three.email), "support-basics").says("0 of 4 can be invited", "Nobody on this list can be invited as it is").press("Drop this list").says("Dropped")

	// The person opens the letter's link and applies; the recruiter's pages follow.
	b.open("/console/invitations").says("Invitations", "Lists")
	b.open(list).again("sent 2")
	link := invitedLink.FindString(w.letter(t, one.email, "Support Basics"))
	j := &journey{tab: w.profile(t, smartphone), w: w, p: one}
	j.open(link).says("You are invited to apply", "Where we have your e-mail address from")
	j.press("See what it asks for").press("Agree and start").at("/apply/about").holds("given_name", "Ines")
	b.again("started 1")
	b.press("started 1").at("/console/invitations").goesTo(js[string](b, `document.querySelector("main table td a[href^='/console/invitations/']").getAttribute("href")`)).says("Started", "A-1", "is destroyed").silent(one.email)
	j.applies()
	b.again("Handed in").press("The application").says("Applicant")
	w.counted(t, two.email, 1)
	w.counted(t, three.email, 1)

	// One is withdrawn; its link says so.
	gone := invitedLink.FindString(w.letter(t, two.email, "Support Basics"))
	b.open("/console/invitations?state=sent&list=" + list[strings.LastIndex(list, "/")+1:]).goesTo(js[string](b, `document.querySelector("main table td a[href^='/console/invitations/']").getAttribute("href")`))
	b.press("Withdraw the invitation").says("Withdrawn", "Invite this person again")
	w.profile(t, phone).open(gone).is(http.StatusGone)
	w.staffBy(t, identity.RoleOps, l).open("/console/invitations").silent("Look at the file")
}

// counted holds how many letters came to an address.
func (w *world) counted(t *testing.T, email string, want int) {
	t.Helper()
	var letters []struct{ Subject string }
	w.read(t, w.inbox+"/api/messages?to="+email, &letters)
	if len(letters) != want {
		t.Errorf("%d letters came to one who was invited %d times: %v", len(letters), want, letters)
	}
}
