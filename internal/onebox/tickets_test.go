package onebox_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// TestSupportTickets: in the console and by the API documents are opened to help the
// applicant under a ticket alone; the ledger has its number, the applicant reads it, and a
// ticket that was closed opens nothing.
//
// Promise 37.
func TestSupportTickets(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	id, email := d.apply("support-basics", nil)
	recruiter, auditor := stepper{d.house, d.recruiter.Tab()}, d.staff(identity.RoleAuditor)
	documents, tickets := "/console/applicants/"+id+"/documents", "/console/applicants/"+id+"/tickets"
	open := map[string]string{"document": "application", "why": string(identity.ToHelp)}

	recruiter.open(documents)
	if err := recruiter.Submit(t.Context(), open); err != nil || recruiter.Status != http.StatusForbidden || !strings.Contains(recruiter.Text, "you have none for this applicant") {
		t.Fatalf("without a ticket: %d, %s, %v", recruiter.Status, recruiter.Says(), err)
	}
	recruiter.open(tickets).says("None is open").hand(tickets, "reason", "Cannot find the letter of Monday", "reference", "HD-4711", "minutes", "15").says("Your ticket is open", "HD-4711")
	number := regexp.MustCompile(`t-\d{8}-[a-z2-7]{6}`).FindString(regexp.MustCompile(`tickets/t-[^/]+/close`).FindString(recruiter.Text))
	if number == "" || strings.Contains(recruiter.Text, "letter of Monday") {
		t.Fatalf("ticket %q: %s", number, recruiter.Says())
	}
	recruiter.open(documents)
	if err := recruiter.Submit(t.Context(), open); err != nil || recruiter.Status != http.StatusOK || !strings.Contains(recruiter.Text, "Application "+id) {
		t.Fatalf("under a ticket: %d, %s, %v", recruiter.Status, recruiter.Text, err)
	}
	auditor.open("/console/applicants/" + id).says("to help the applicant, support ticket " + number)
	auditor.open("/console/tickets").says(number, "everybody's tickets")
	stepper{d.house, d.reviewer.Tab()}.open("/console/tickets").says("None is open", "You see your own")
	s := d.portal(email)
	s.open("/apply/data").says("support ticket " + number)

	recruiter.open(tickets).hand(tickets).says("The ticket is closed")
	recruiter.open(documents)
	if err := recruiter.Submit(t.Context(), open); err != nil || recruiter.Status != http.StatusForbidden || !strings.Contains(recruiter.Text, "has ended") {
		t.Errorf("after its end: %d, %s, %v", recruiter.Status, recruiter.Says(), err)
	}
	auditor.open("/console/access").says("opened a support ticket", "closed a support ticket", "no support ticket that is open")

	// By the API.
	call := func() (int, string) {
		status, _, said := d.send(http.MethodPost, "/api/v1/applications/"+id+"/documents/open", `{"document":"application","why":"`+string(identity.ToHelp)+`"}`,
			"Authorization", "Bearer "+d.face.APIKey, "Content-Type", "application/json")
		return status, said
	}
	if status, said := call(); status != http.StatusForbidden || !strings.Contains(said, "support ticket") {
		t.Errorf("a key without a ticket: %d, %s", status, said)
	}
	made, err := d.api.OpenTicket(t.Context(), id, "", "A call of the applicant", 30)
	if err != nil || made.Applicant != id || made.Ends.Sub(made.Opened).Minutes() != 30 {
		t.Fatalf("%+v, %v", made, err)
	}
	if status, said := call(); status != http.StatusOK {
		t.Errorf("a key with a ticket: %d, %s", status, said)
	}
	if reason, err := d.api.TicketReason(t.Context(), id, number); err != nil || reason != "Cannot find the letter of Monday" {
		t.Errorf("%q, %v", reason, err)
	}
	if made, err = d.api.CloseTicket(t.Context(), id, made.ID); err != nil || made.Closed == nil {
		t.Errorf("%+v, %v", made, err)
	}
	if all, err := d.api.Tickets(t.Context(), id); err != nil || len(all) != 2 {
		t.Errorf("%+v, %v", all, err)
	}
	d.whole(id)
}
