package browsertest

import (
	"net/http"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// adverse is a report that speaks against somebody: a reviewer's look and decision,
// the copy, the answer, more of it, and what comes of it.
func adverse(t *testing.T, w *world) {
	j := w.handsIn(t, newcomer("Frank", "Felony"), "support-basics", nil)
	j.stands(t, "vetting", "reviewer")
	reviewer := w.staff(t, identity.RoleReviewer)
	reviewer.open("/console?attention=reviewer").open("/console/applicants/" + j.id).says("a reviewer")
	reviewer.open("/console/applicants/" + j.id + "/checks/background")
	reviewer.open("/console/applicants/" + j.id + "/decision").send().is(http.StatusUnprocessableEntity)
	reviewer.decides("adverse", "A felony, a year ago.").at("/console/applicants/" + j.id)

	w.letter(t, j.p.email, "Before we decide")
	j.enters(t, phone).says("We may have to turn your application down", "Nothing is decided")
	j.press("Read the copy of the report about you").at("/apply/report").says("Findly", "The decision would rest on this entry")
	j.open("/apply/rights").open("/apply/status")
	j.press("Say what is wrong, or add a statement").at("/apply/dispute")
	j.send().is(http.StatusUnprocessableEntity).says("There is a problem")
	items := js[[]string](j.tab, `[...document.querySelectorAll("[name=items]")].map(e => e.value)`)
	if len(items) == 0 {
		t.Fatalf("no entry can be ticked: %.800s", j.text())
	}
	words := "This case is another person's, who has the same name as I."
	j.send("kind", "statement", "items", items[0], "statement", words).is(http.StatusUnprocessableEntity).holds("kind", "statement", "statement", words)
	if j.has(`[type=file]`) {
		j.attach(js[string](j.tab, `document.querySelector("[type=file]").name`), evidenceFile(t))
	}
	j.send("kind", "dispute", "statement", words).at("/apply/status").says("We have your answer")
	j.open("/apply/dispute")
	reviewer.open("/console/applicants/" + j.id).says("lie sealed").silent(words)

	// The agency finds the record right: a new notice, and a whole new time.
	w.letter(t, j.p.email, "What came of your dispute")
	j.waits("/apply/status", "its report stands as it was")
	reviewer.open("/console/applicants/"+j.id+"/decision").decides("adverse", "The agency has found it right.").at("/console/applicants/" + j.id)
	j.waits("/apply/status", "Say what is wrong, or add a statement")
	j.open("/apply/report")
	reviewer.open("/console/applicants/" + j.id)
}

// cleared is a name on a list that is another person's.
func cleared(t *testing.T, w *world) {
	p := newcomer("Wiktor", "Sandboksov")
	p.born = [3]string{"2", "15", "1971"}
	j := w.handsIn(t, p, "support-basics", nil)
	j.stands(t, "", "reviewer")
	j.enters(t, smartphone)
	reviewer := w.staff(t, identity.RoleReviewer)
	reviewer.open("/console/applicants/"+j.id+"/checks/sanctions").says("SANDBOXOV", "Wiktor")
	recruiter := w.staff(t, identity.RoleRecruiter)
	recruiter.open("/console/applicants/" + j.id + "/checks/sanctions").is(http.StatusForbidden).says("not for that role")
	reviewer.open("/console/applicants/"+j.id+"/decision").decides("proceed", "Another place of birth.").at("/console/applicants/" + j.id)
	reviewer.open("/console/applicants/" + j.id + "/decision").is(http.StatusConflict)
	j.waits("/apply/status", "You can get certified now")
}

// operations are a day at the desk of ops: an order that the agency refuses.
func operations(t *testing.T, w *world) {
	j := w.handsIn(t, newcomer("Rhea", "Refused"), "support-basics", nil)
	j.stands(t, "", "ops")
	j.enters(t, phone)
	ops := w.staff(t, identity.RoleOps)
	ops.open("/console?attention=ops").open("/console/failed").says("Findly")
	ops.open("/console/failed?check=background&vendor=findly")
	ops.fill("mark", js[string](ops, `document.querySelector("[name=mark]").value`)).press("Retry the marked").says("Retry 1 failed check")
	ops.send().is(http.StatusUnprocessableEntity)
	ops.send("reason", "The agency says that it is well again.").says("asked for again")
	w.await(t, j.id, func(st client.Status) bool {
		for _, c := range st.Checks {
			if c.Name == "background" && c.Round == 2 && c.Status == "failed" {
				return true
			}
		}
		return false
	})
	ops.open("/console/applicants/" + j.id + "/checks/background/retry").send().is(http.StatusUnprocessableEntity).says("Enter a reason")
	ops.open("/console/applicants/"+j.id+"/checks/background/waive").send("reason", "Seen on paper.").at("/console/applicants/" + j.id)
	j.waits("/apply/status", "You can get certified now")
	ops.open("/console/applicants/" + j.id + "/checks/background/waive").is(http.StatusConflict)
	ops.open("/console/applicants/" + j.id + "/ledger").is(http.StatusForbidden)
	auditor := w.staff(t, identity.RoleAuditor)
	auditor.open("/console/applicants/" + j.id + "/ledger").says("The ledger is whole")
	auditor.open("/console/applicants/019ab3c0-0000-7000-8000-000000000001").is(http.StatusNotFound)
	auditor.open("/console?stage=certification&program=support-basics").press("Sign out")
	auditor.open("/console").is(http.StatusUnauthorized)
}

// corrects mends an e-mail address that does not hold, and proves the new one.
func corrects(t *testing.T, w *world) {
	p := newcomer("Cora", "Mend")
	right := p.email
	p.email = "rejected-email." + right
	j := w.handsIn(t, p, "support-basics", nil)
	j.stands(t, "", "reviewer")
	j.enters(t, phone)
	j.open("/apply/correct/email").send("email", "nobody@").is(http.StatusUnprocessableEntity).holds("email", "nobody@")
	j.send("email", right).at("/apply/status")
	j.p.email = right
	other := &journey{tab: w.profile(t, phone), w: w, p: j.p}
	other.open(other.link()).press("Open my application").at("/apply/prove").send().is(http.StatusUnprocessableEntity)
	other.send("date_of_birth-month", "1", "date_of_birth-day", "1", "date_of_birth-year", "1950").is(http.StatusUnprocessableEntity)
	other.send("date_of_birth-month", p.born[0], "date_of_birth-day", p.born[1], "date_of_birth-year", p.born[2]).at("/apply/status")
}

// ends are the ways in which an application ends before its time.
func ends(t *testing.T, w *world) {
	young := w.begins(t, newcomer("Toby", "Young"), "support-basics", phone)
	young.send("given_name", "Toby", "family_name", "Young").at("/apply/birth").send("date_of_birth-month", "1", "date_of_birth-day", "1", "date_of_birth-year", "2020").says("You cannot apply yet")
	young.open("/apply/about").is(http.StatusUnauthorized)

	declines := w.begins(t, newcomer("Dee", "Klein"), "support-basics", phone)
	declines.answers()
	declines.press("I do not agree").says("You do not have to agree").press("Go back to the question")
	declines.open("/apply/withdraw").press("Withdraw my application")

	later := w.handsIn(t, newcomer("Vic", "Drawn"), "support-basics", nil)
	later.stands(t, "certification", "applicant")
	later.enters(t, phone)
	later.press("Take back").says("Take this consent back?").press("No, go back").at("/apply/status")
	later.open("/apply/withdraw").press("Withdraw my application").at("/apply/status").says("Your application was withdrawn")
}

// elsewhere are the programs that lead to other companies' pages.
func elsewhere(t *testing.T, w *world) {
	j := w.handsIn(t, newcomer("Stella", "Heath"), "secure-line", nil)
	j.stands(t, "validation", "applicant")
	j.enters(t, phone)
	j.open("/apply/checks/identity_document").says("Stripe", "What we get")
	guest := w.handsIn(t, newcomer("Gus", "Dale"), "guest-line", nil)
	guest.stands(t, "vetting", "applicant")
	guest.enters(t, phone)
	guest.open("/apply/checks/background").says("Checkr")
}

// wrongTurns are addresses where nothing is, or nothing for whoever comes.
func wrongTurns(t *testing.T, w *world) {
	b := w.profile(t, phone)
	b.open("/apply/nowhere").is(http.StatusNotFound)
	b.open("/apply/status").is(http.StatusUnauthorized)
	b.open("/apply/sign-out").is(http.StatusMethodNotAllowed)
	b.open("/apply/link/abc").is(http.StatusForbidden)
	b.open("/verify/nothing").is(http.StatusNotFound)
	b.open("/console").is(http.StatusUnauthorized)
	b.open("/console/sign-in/abc").press("Sign in").is(http.StatusForbidden)
	b.open("/").at("/apply")
}
