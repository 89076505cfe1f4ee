package browsertest

import (
	"net/http"
	"testing"
)

// twoTabs has the same application open twice in one browser.
func twoTabs(t *testing.T, w *world) {
	j := w.begins(t, newcomer("Lin", "Heron"), "support-basics", smartphone)
	other := j.tab.tab()
	other.open("/apply/about")
	j.answers()
	// What the stale page holds does not overwrite what was saved after it, and is told so.
	other.fill("given_name", "Linnea", "family_name", "Hernandez").send().is(http.StatusUnprocessableEntity).
		says("Your application was changed in another tab", "so we did not save this page").holds("given_name", "Lin", "family_name", "Heron")
	other.send("given_name", "Linnea").at("/apply/birth") // now it has been seen, and is taken
	j.p.given = "Linnea"
	stale := j.tab.tab()
	stale.open(j.path())
	j.agrees()
	stale.send().at("/apply/consent/screening") // agreeing twice is agreeing
	other.open("/apply/check")
	j.send().at("/apply/submitted")
	other.send().at("/apply/status") // submitting twice is submitting once
	other.open("/apply/about").at("/apply/status")

	j.waits("/apply/status", "You can get certified now")
	j.reads()
	other.open("/apply/certification/course/quiz")
	j.takesQuiz("support-basics", false).at("/apply/certification/course/result").says("You have not passed")
	second := &journey{tab: other, w: w, p: j.p}
	second.takesQuiz("support-basics", true).at("/apply/certification/course/result").says("You have not passed") // the stale page is of an attempt that is over
	j.press("Try again").at("/apply/certification/course/quiz")
	j.takesQuiz("support-basics", true).says("You passed")
	j.press("Go on")
	other.open("/apply/certification/agreement")
	j.send("signature", j.p.name()).at("/apply/certification/agreement/signed")
	other.send("signature", j.p.name()).at("/apply/certification/agreement/signed")
	j.waits("/apply/status", "You are certified")

	j.press("Sign out").at("/apply/signed-out")
	other.open("/apply/status").is(http.StatusUnauthorized).says("You are not signed in", "Everything you saved is still there")
}
