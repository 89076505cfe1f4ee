package browsertest

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// recruiterDay is what a recruiter does: who is where, one case, taken and handed on,
// a note, and people who are invited.
func recruiterDay(t *testing.T, w *world, l look) {
	j := w.handsIn(t, newcomer("Cleo", "Consider"), "support-basics", nil)
	j.stands(t, "vetting", "reviewer")
	b := w.staffBy(t, identity.RoleRecruiter, l)
	b.open("/console/board").says("Board", "Waiting for").send("program", "support-basics")
	b.goes(func() { b.clickAt(b.point(`document.querySelector('main a.tally[href*="stage=vetting"]')`)) }).at("/console").says("Vetting")

	// Found by what the applicant says of themselves, which stands in no address.
	b.open("/console").finds("nobody.at.all@example.com").says("Nobody matches")
	b.open("/console").finds(j.p.email).says("These are whom the search finds").silent(j.p.email)
	if where := b.where(); strings.Contains(where, "example.com") {
		t.Errorf("what was searched for stands in the address: %s", where)
	}
	b.goesTo(j.casePage())
	b.open("/console").send().is(http.StatusUnprocessableEntity).says("There is nothing to search for")

	// A list of one's own, and the same for a spreadsheet.
	kept := "In vetting " + strconv.FormatInt(l.width, 10)
	b.open("/console?stage=vetting&program=support-basics")
	b.clickAt(b.point(named, "Keep this list"))
	b.fill("name", kept)
	b.goes(func() { b.clickAt(b.point(`document.querySelector("main details button")`)) }).says(kept)
	b.open("/console/board").open("/console").press(kept).at("/console").says("Remove the list")
	if csv := string(b.download("All of these as CSV")); !strings.Contains(csv, j.id) || strings.Contains(csv, "Consider") || strings.Contains(csv, j.p.email) {
		t.Errorf("the CSV: %.400s", csv)
	}
	b.press("Remove the list").silent(kept)

	b.open("/console?stage=vetting&program=support-basics").goesTo(j.casePage()).says("Waits for a reviewer", "Nobody has this case").silent("Cleo", "Consider")

	b.press("Take it").says("You have this case")
	b.press("Give it to somebody else").says("Who has this case?").press("No, go back").at(j.casePage())
	b.open(j.casePage() + "/notes").send().is(http.StatusUnprocessableEntity).says("There is a problem")
	b.send("note", "Called back: the court has the wrong year.").at(j.casePage()).says("Your note is kept").silent("Called back")
	b.open(j.casePage()+"/notes").says("Called back: the court has the wrong year.").press("Correct it").send("note", "Called back: the court has the wrong day.").at(j.casePage())
	b.open(j.casePage()+"/notes").says("says what is right", "the wrong day")
	b.open(j.casePage() + "/documents").says("not for your role")
	b.open(j.casePage() + "/decision").is(http.StatusForbidden).says("not for that role")
	b.open(j.casePage()).press("Hand it back").says("Nobody has this case")
	givesMany(b, j)
	b.open("/console/failed").open("/console/vendors").open("/console/runs")
}

// givesMany: the marked cases of a list are given to one recruiter by a run.
func givesMany(b *tab, j *journey) {
	list := "/console?stage=vetting&program=support-basics"
	b.open(list).press("Give the marked to a recruiter").is(http.StatusUnprocessableEntity).says("Mark at least one applicant")
	b.open(list).press("Give all that match to a recruiter").says("to a recruiter?", "all that match").press("No, go back").at("/console")
	b.clickAt(b.point(`[...document.querySelectorAll("[name=mark]")].find(e => e.value.startsWith(%s))`, j.id))
	b.press("Give the marked to a recruiter").says("Give 1 case to a recruiter?", "that you marked")
	if b.has(`input[type="radio"][name="to"]`) {
		b.send().is(http.StatusUnprocessableEntity).says("who gets them")
		b.fill("to", js[string](b, `[...document.getElementsByName("to")].find(e => e.labels[0].innerText.includes("(you)")).value`))
	} else {
		b.send("to", "nobody").is(http.StatusUnprocessableEntity).says("There is a problem")
		b.fill("to", "0badcafe")
	}
	b.press("Give them 1").again("1 of 1 dealt with").says("Done", "the cases that were marked")
	b.press("Back to the applicants").at("/console")
	b.open("/console/runs").says("Give cases to")
}

// finds searches the list.
func (b *tab) finds(words string) *tab {
	b.Helper()
	b.fill("q", words)
	return b.goes(func() { b.clickAt(b.point(`document.querySelector("form[role=search] button")`)) })
}

// keyboardDesk goes to a case by the keyboard, and through every page that has a table.
func keyboardDesk(t *testing.T, w *world) {
	j := w.handsIn(t, newcomer("Kay", "Consider"), "support-basics", nil)
	j.stands(t, "vetting", "reviewer")
	b := w.staff(t, identity.RoleReviewer)
	b.open("/console?attention=reviewer")
	b.walks()
	b.key("j") // to the first row, and on
	first := b.focus()
	b.key("j")
	if second := b.focus(); first.Tag != "A" || !strings.HasPrefix(first.Text, "…") || !second.Shown {
		t.Errorf("j leads to %+v, then to %+v", first, second)
	}
	b.key("/")
	if f := b.focus(); f.Name != "q" {
		t.Errorf("/ leads to %+v, not to the search", f)
	}
	b.tabTo("the newest case", func(f focus) bool {
		return f.Tag == "A" && len(f.Text) > 8 && f.Text[len(f.Text)-8:] == j.id[len(j.id)-8:]
	})
	b.goes(func() { b.key("Enter") }).at(j.casePage())
	b.walks()
	b.open(j.casePage() + "/decision").walks()
}
