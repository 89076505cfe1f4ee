package browsertest

import (
	"strings"
	"testing"
	"time"
)

// inSpanish is the way of somebody who chooses Spanish on the first page: it stays,
// on each page, in the letters, and on another device.
func inSpanish(t *testing.T, w *world) {
	p := newcomer("Ximena", "Núñez")
	j := &journey{tab: w.profile(t, phone), w: w, p: p}
	spanish := func() {
		t.Helper()
		if lang := js[string](j.tab, `document.documentElement.lang`); lang != "es" {
			t.Errorf("%s is in %q", j.where(), lang)
		}
	}
	j.open("/apply").press("Español")
	spanish()
	j.send().is(422)
	spanish()
	j.send("program", "support-basics").at("/apply/email")
	spanish()
	j.send().is(422)
	spanish()
	j.send("email", p.email)
	spanish()
	letter := w.letter(t, p.email, "")
	if !strings.Contains(letter, "solicitud") {
		t.Errorf("the letter is not in Spanish: %.300s", letter)
	}
	j.open(j.link()).send().at("/apply/about")
	spanish()
	j.send().is(422)
	j.answers()
	for j.path() != "/apply/check" {
		spanish()
		if j.has(`[name="signature"]`) {
			j.fill("signature", p.name())
		}
		here := j.path()
		if j.send(); j.path() == here {
			t.Fatalf("%s does not go on: %.600s", here, j.text())
		}
	}
	spanish()
	j.send().at("/apply/submitted")
	j.id = w.applicant(t, j.link())
	j.stands(t, "certification", "applicant")
	other := &journey{tab: w.profile(t, smartphone), w: w, p: p, id: j.id}
	other.open(w.linkTo(t, j.id, time.Now())).send().at("/apply/status")
	j = other
	spanish()
	j.follows("/apply/status", "/apply/data")
	j.open("/apply/status").press("English").silent("solicitud")
}
