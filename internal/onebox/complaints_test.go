package onebox_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

var complaintNumber = regexp.MustCompile(`C-[0-9A-Z]{4}-[0-9A-Z]{4}`)

// TestComplaint: an applicant complains and is told a number, a day and whom to turn to
// outside; the privacy officer, and no other role, reads and answers it, which stands in
// the ledger; the applicant reads the answer, also when the application has ended. One
// that staff take in goes the same way.
//
// Promise 66.
func TestComplaint(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	d := openDesk(t, func(c *onebox.Config) { c.Clock = 1 })
	id, email := d.apply("support-basics", nil)
	d.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	d.letter(email, "Your turn")
	const words, answer = "Your letter called me by another name", "We found the mistake and mended it"
	s := d.portal(email)
	s.open("/apply/complaints").says("Consumer Financial Protection Bureau", "attorney general")
	s.hand("/apply/complaints", "complaint", words).says("name it when you write or call", words)
	number := complaintNumber.FindString(s.Text)
	if number == "" {
		t.Fatalf("no number is shown: %s", s.Says())
	}
	d.letter(email, "Your complaint is here, number "+number)

	recruiter := stepper{d.house, d.recruiter}
	recruiter.refused("/console/complaints", http.StatusForbidden)
	privacy := d.staff(identity.RolePrivacy)
	privacy.open("/console/complaints").says(number, "days left")
	page := privacy.LinkTo("/console/applicants/" + id + "/complaints/")
	privacy.open(page).says(words, "Consumer Financial Protection Bureau").hand("/console/complaints", "answer", answer).says("answered")
	d.letter(email, "Your complaint "+number+" is answered")
	s.open("/apply/complaints").says(answer)

	recruiter.open("/console/applicants/"+id+"/complaints").hand("/console/applicants/"+id, "complaint", "They called: nobody answers")
	privacy.open("/console/complaints").says("days left")

	// The pages of what reaches many, for who may.
	recruiter.open("/console/announcements").says("Nobody else is: it is advertising")
	recruiter.open("/console/announcements/" + d.announce(d.box, "health-line").ID).says("Have not asked for it")
	recruiter.refused("/console/notices", http.StatusForbidden)
	if _, err := d.api.StartRollout(t.Context(), client.RolloutRequest{Notice: "account", Version: nextAccount, Effective: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	privacy.open("/console/notices").says("people are told")
	privacy.open("/console/notices/account/"+nextAccount).says("Owed no letter", "it does not yet")

	s.open("/apply/withdraw").hand("/apply/status")
	d.await(id, func(st client.Status) bool { return st.Stage == "withdrawn" })
	s.open("/apply/complaints").says(answer, "They called: nobody answers").hand("/apply/complaints", "complaint", "And nobody was there").says("name it when")
	read := 0
	for _, r := range d.recordsOf(id) {
		if r.Kind == "viewed" {
			read++
		}
		for _, mark := range []string{words, answer} {
			if strings.Contains(r.Outcome, mark) {
				t.Errorf("the ledger says %q", mark)
			}
		}
	}
	if read == 0 {
		t.Error("that it was read is not on record")
	}
	d.everyLedgerHolds(1)
}
