package browsertest

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

var requestLink = regexp.MustCompile(`http://\S+/apply/requests/\S+/\S+`)

// privacyDay is what a privacy officer does: a request that came by mail, from the board
// to its answer; a complaint; a hold that is set, read and released; and legal process
// with a colleague.
func privacyDay(t *testing.T, w *world, l look) {
	j := w.handsIn(t, newcomer("Priya", "Request"), "support-basics", nil)
	j.stands(t, "certification", "")
	b := w.staffBy(t, identity.RolePrivacy, l)
	dataRequest(t, w, j, b)
	complaint(t, w, j, b)
	hold(w, j, b)
	legalProcess(t, w, j, b)

	auditor := w.staffBy(t, identity.RoleAuditor, l)
	auditor.open("/console/holds?released=yes").says("Released").silent("Release this hold")
	auditor.open(j.casePage() + "/holds").silent("Set a hold")
	auditor.open("/console/legal").silent("A new case")
	auditor.open("/console/retention").silent("Find what is due now")
	auditor.open("/console/requests").is(http.StatusForbidden)
	auditor.open("/console/complaints").is(http.StatusForbidden)
}

// dataRequest is a correction that somebody asks for by mail: taken in, proved by the
// date of birth, given more time, carried out.
func dataRequest(t *testing.T, w *world, j *journey, b *tab) {
	b.open("/console/requests").says("Each is to be answered within 30 days")
	b.open(j.casePage()).press("Take a data request in").send().is(http.StatusUnprocessableEntity).says("There is a problem")
	b.fill("kind", "correct", "words", "My street is Sample Road.")
	b.pressButton("Take it in").at("/console/requests").says("It is taken down")
	b.loadsUntil("/console/requests", j.id[len(j.id)-12:]) // the list is a little behind
	line := js[string](b, `document.querySelector("main tr:has(a[href=" + JSON.stringify(%s) + "]) a").getAttribute("href")`, j.casePage())
	b.open(line).says("by mail, taken in by staff", "Who asks is not proved").silent("Answer it")

	// Whoever has the letter tells the date of birth; a wrong one shows nothing.
	applicant := w.profile(t, phone)
	link := requestLink.FindString(w.letter(t, j.p.email, "your data"))
	applicant.open(link).says("tell us your date of birth").silent(j.p.given)
	applicant.send("date_of_birth-month", "1", "date_of_birth-day", "31", "date_of_birth-year", "1950").is(http.StatusUnprocessableEntity).says("That does not fit")
	applicant.send("date_of_birth-month", j.p.born[0], "date_of_birth-day", j.p.born[1], "date_of_birth-year", j.p.born[2]).says("Our privacy officer answers by")

	b.loadsUntil(line, "To be answered")
	b.says("Sample Road", "Tries that failed")
	b.pressButton("Take 30 days more").is(http.StatusUnprocessableEntity).says("why it takes longer")
	b.fill("why", "vendors")
	b.pressButton("Take 30 days more").at("/console/requests")
	b.loadsUntil("/console/requests", "Extended")
	b.open(line).silent("Take 30 days more")
	b.pressButton("Answer").is(http.StatusUnprocessableEntity).says("what you answer")
	b.fill("granted", "yes", "reason", "We have corrected your street.")
	b.pressButton("Answer").at("/console/requests")
	b.loadsUntil("/console/requests", "Answered lately")
	b.loadsUntil(line, "Carried out")
	b.says("We have corrected your street.").silent("Answer it")
	applicant.open(link).send("date_of_birth-month", j.p.born[0], "date_of_birth-day", j.p.born[1], "date_of_birth-year", j.p.born[2]).says("We have corrected your street.")
}

// complaint is taken in by phone, and answered.
func complaint(t *testing.T, w *world, j *journey, b *tab) {
	b.open(j.casePage()).press("Take a complaint in").send("complaint", "").is(http.StatusUnprocessableEntity).says("There is a problem")
	b.send("complaint", "Nobody has called me back.").at(j.casePage())
	w.letter(t, j.p.email, "Your complaint is here")
	b.open("/console/complaints").says("days left")
	page := js[string](b, `document.querySelector("main a[href^=" + JSON.stringify(%s) + "]").getAttribute("href")`, j.casePage()+"/complaints/")
	b.open(page).says("Nobody has called me back.", "Outside bodies").send("answer", "").is(http.StatusUnprocessableEntity).says("There is a problem")
	b.send("answer", "We call you on Monday.").at("/console/complaints").says("Answered")
	b.open(page).says("We call you on Monday.").silent("Enter an answer")
}

// hold is set, its reason is read, and it is released.
func hold(w *world, j *journey, b *tab) {
	b.open(j.casePage()).goesTo(j.casePage() + "/holds").says("None stands").send().is(http.StatusUnprocessableEntity).says("There is a problem")
	b.fill("kind", "legal", "reason", "Doe against Vouchsafe, until the ruling.")
	b.pressButton("Set the hold").at(j.casePage()+"/holds").says("The hold is set", "Stands").silent("Doe against")
	b.pressButton("Read it").says("Doe against Vouchsafe, until the ruling.", "stands in the applicant's ledger")
	b.open(j.casePage()).says("A legal hold stands")
	b.open("/console/holds").says("Stands")
	b.open(j.casePage() + "/holds").press("Release").says("Release this hold?").pressButton("Release the hold").is(http.StatusUnprocessableEntity).says("There is a problem")
	b.fill("reason", "The ruling stands.")
	b.pressButton("Release the hold").at(j.casePage()+"/holds").says("The hold is released", "None stands", "Released")
	b.pressButton("Read it").says("Why it was released", "The ruling stands.")
	b.open("/console/holds?released=yes").says("Released", "Show those alone that stand")
}

// legalProcess is a case that one opens and another approves, to what is handed over.
func legalProcess(t *testing.T, w *world, j *journey, b *tab) {
	b.open("/console/legal").says("who asks cannot approve")
	b.fill("authority", "Superior Court of Nowhere, 26-1234")
	b.pressButton("Ask for the approval").is(http.StatusUnprocessableEntity).says("Choose the document").holds("authority", "Superior Court of Nowhere, 26-1234")
	b.fill("kind", "subpoena", "authority", "Superior Court of Nowhere, 26-1234", "applicants", j.id, "reason", "The court's subpoena compels us.", "category", "application", "file", evidenceFile(t))
	b.pressButton("Ask for the approval").says("Subpoena", "Superior Court of Nowhere", "Asked", "somebody else must approve it").silent("Approve it, or refuse it?")
	page := b.path()

	colleague := w.another(t, identity.RolePrivacy, b.look)
	colleague.open("/console/legal").says("Asked").open(page)
	if pdf := colleague.saves("/document"); !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Errorf("the document: %.40q", pdf)
	}
	colleague.pressButton("Approve it").is(http.StatusUnprocessableEntity).says("There is a problem")
	colleague.fill("reason", "Read it; the scope is the document's.")
	colleague.pressButton("Approve it").at(page).says("Approved", "Read it; the scope is the document's.")
	b.open(page).pressButton("Put together what is given").at(page).says("Given of")
	if zip := b.saves("/fetch"); !bytes.HasPrefix(zip, []byte("PK")) {
		t.Errorf("what is given: %.40q", zip)
	}
	b.loadsUntil("/console/legal", "Told") // nothing forbids it, so the letter goes at once
	b.open(page)
}

// retentionDay is a purge in a house in which nothing is due yet: its report says so.
func retentionDay(t *testing.T, w *world, l look) {
	b := w.staffBy(t, identity.RolePrivacy, l)
	before := len(js[[]string](b.open("/console/retention"), purges))
	b.says("How long each category is kept").pressButton("Find what is due now").says("What is due is being found")
	var all []string
	eventually(t, func() error {
		if all = js[[]string](b.open("/console/retention"), purges); len(all) == before {
			return fmt.Errorf("the purge is not listed: %.800s", b.text())
		}
		return nil
	})
	b.loadsUntil(all[0], "Nothing is due")
}

const purges = `[...document.querySelectorAll('main a[href^="/console/retention/"]')].map(e => e.getAttribute("href"))`

// newsDay: a recruiter has those written to who asked for it.
func newsDay(t *testing.T, w *world, l look) {
	b := w.staffBy(t, identity.RoleRecruiter, l)
	b.open("/console/announcements").says("it is advertising").send("rate", "many").is(http.StatusUnprocessableEntity).says("There is a problem")
	b.send("program", "support-basics", "rate", "50").says("News of Support Basics")
	b.loadsUntil(b.path(), "Done")
	b.open("/console/announcements").says("Written to", "Done")
}

// noticesDay: a text changes, or somebody takes over, and everybody is told first.
func noticesDay(t *testing.T, w *world, l look) {
	b := w.staffBy(t, identity.RolePrivacy, l)
	b.open("/console/notices").says("Roll out a text", "Somebody takes over")
	b.send("rate", "50").is(http.StatusUnprocessableEntity).says("There is a problem")
	day := time.Now().AddDate(2, 0, 0).Format(time.DateOnly)
	if l.script { // a text is rolled out once, and so is a new owner
		b.send("text", js[string](b, `document.querySelector('[name="text"]').value`), "effective", day, "rate", "50")
	} else {
		b.fill("owner", "Sample Holdings", "owner-contact", "Write to privacy@example.com.", "owner-day", day, "owner-rate", "50")
		b.goes(func() { b.clickAt(b.point(`[...document.querySelectorAll("main form button")].at(-1)`)) }).says("Sample Holdings")
	}
	page := b.path()
	b.loadsUntil(page, "All were told, waits for its day")
	b.pressButton("Pause").at(page).says("Paused").pressButton("Go on").at(page).silent("Paused")
	b.open("/console/notices").says("People are told")
}

// saves sends the form whose address ends so, as the page has it, and gives the file that
// comes.
func (b *tab) saves(ending string) []byte {
	b.Helper()
	body, err := decode64(js[string](b, `(async f => {
		const r = await fetch(f.action, {method: "POST", body: new URLSearchParams(new FormData(f))});
		if (!r.ok) return "";
		return btoa(String.fromCharCode(...new Uint8Array(await r.arrayBuffer()))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
	})([...document.forms].find(f => f.action.endsWith(%s)))`, ending))
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// pressButton presses a button of the page's main part by the whole of its words.
func (b *tab) pressButton(words string) *tab {
	b.Helper()
	return b.goes(func() {
		b.clickAt(b.point(`[...document.querySelectorAll("main form button")].find(e => e.getClientRects().length && (e.innerText.trim() === %[1]s || e.firstChild.textContent.trim() === %[1]s))`, words))
	})
}
