package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
)

// allAsked does one of everything that a certification can ask for, in a browser
// that has JavaScript.
func allAsked(t *testing.T, w *world) {
	j := w.handsIn(t, newcomer("Alma", "Reed"), "full-line", nil)
	j.stands(t, "certification", "applicant")
	j.enters(t, smartphone)
	at := "/apply/certification/"
	j.open("/apply/certification").says("How we speak with callers", "Typing test", "Listening exercise", "Equipment and line", "Tax form", "Live assessment")

	j.open(at + "course").at(at + "course/page/one").send().at(at + "course/page/two").send().at(at + "course/quiz")
	j.send() // nothing is chosen
	j.is(422)
	j.answersCourse().at(at + "course/result").says("passed")

	j.open(at + "typing").press("Start the typing test").at(at + "typing/text")
	j.types("typed", strings.Join(strings.Fields(js[string](j.tab, `document.querySelector("main [role=region]").innerText`)), " "))
	j.send().at(at + "typing/result").says("passed")

	j.open(at + "listening")
	if heard := js[string](j.tab, `(a => a.play().then(() => a.error ? a.error.message : "", e => e.message))(document.querySelector("audio"))`); heard != "" {
		t.Errorf("the recording does not play: %s", heard)
	}
	j.send("order.number", "7").at(at + "listening/result").says("passed")

	j.open(at + "equipment")
	j.click("Measure my line").shows("fast enough")
	j.click("Find my microphone").shows("found your microphone")
	j.press("Hand it in").at(at + "equipment/result").says("passed")

	j.open(at+"contract").send().is(422).send("signature", j.p.name()).at(at + "contract/signed")

	j.open(at + "tax").at(at + "tax/notice").send().at(at + "tax/name")
	for _, answer := range [][]string{{"name", j.p.name()}, {"classification", "individual"}, {"street", "1 Example Street", "city", "Salem", "state", "OR", "postal_code", "97301"},
		{"number_kind", "ssn", "number", "987-65-4320"}, {"withholding", "no"}, {"signature", j.p.name()}} {
		j.send(answer...)
		if status := j.status(); status != 200 {
			t.Fatalf("%s does not take %v: %.600s", j.path(), answer[0], j.text())
		}
	}
	j.at("/apply/certification")

	j.open(at + "live")
	j.open(js[string](j.tab, `document.querySelector("main a[href*='/live/day/']").getAttribute("href")`)).send().is(422)
	j.send("slot", js[string](j.tab, `document.querySelector("[name=slot]").value`)).at(at + "live")
	j.open("/apply/certification").open("/apply/status")
}

// byHand is the equipment check of somebody whose browser has no JavaScript.
func byHand(t *testing.T, w *world) {
	j := w.handsIn(t, newcomer("Hanna", "Plain"), "full-line", nil)
	j.stands(t, "certification", "applicant")
	j.enters(t, phone)
	j.open("/apply/certification/equipment").says("Answer by hand")
	j.send().is(422)
	for _, name := range js[[]string](j.tab, `[...new Set([...document.querySelectorAll("#by-hand input[type=radio], #by-hand input[type=checkbox]")].map(e => e.name))]`) {
		j.fill(name, js[string](j.tab, `document.getElementsByName(%s)[0].value`, name))
	}
	j.send().at("/apply/certification/equipment/result")
	j.open("/apply/certification/listening").open("/apply/certification/typing").open("/apply/certification/live").open("/apply/certification/tax")
}

// answersCourse chooses what the course's quiz counts as right.
func (j *journey) answersCourse() *journey {
	j.Helper()
	for _, q := range js[[]question](j.tab, questions) {
		for _, o := range q.Options {
			if o.Text == "The name of the program" || o.Text == "What happens next" {
				j.fill(o.Name, o.Value)
			}
		}
	}
	j.send()
	return j
}

// types as somebody does who types fast: the clock of a typing test is the server's.
func (j *journey) types(name, text string) {
	j.Helper()
	j.clickAt(j.point(`document.getElementsByName(%s)[0]`, name))
	for _, word := range strings.SplitAfter(text, " ") {
		call(j.tab, input.InsertText, input.InsertTextParams{Text: word})
		time.Sleep(time.Duration(len(word)) * time.Second / 14)
	}
	j.holds(name, text)
}

// click presses what leads to no other page.
func (j *journey) click(words string) *journey {
	j.Helper()
	j.clickAt(j.point(named, words))
	return j
}

// shows waits until the page says something.
func (j *journey) shows(words string) *journey {
	j.Helper()
	eventually(j, func() error {
		if text := j.text(); !strings.Contains(text, words) {
			return fmt.Errorf("%s does not say %q: %.1500s", j.path(), words, text)
		}
		return nil
	})
	return j
}
