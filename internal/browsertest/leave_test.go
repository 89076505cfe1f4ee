package browsertest

import (
	"path"
	"strings"
	"testing"
	"time"
)

// leftAndTakenUp closes the browser at every page of the form, and goes on in
// another one by a new link: at the page where it was left, with all that was typed.
func leftAndTakenUp(t *testing.T, w *world) {
	p := newcomer("Grace", "Wren")
	j := w.begins(t, p, "support-basics", smartphone)
	again := func(at string) {
		t.Helper()
		link := w.mint(t, path.Base(j.link()), time.Now()) // as a letter has it; asked for again at once, none would be sent
		j = &journey{tab: w.profile(t, smartphone), w: w, p: p}
		j.open(link).press("Open my application").at(at)
	}
	again("/apply/about")
	j.send("given_name", p.given, "middle_name", "Brewster", "family_name", p.family)
	again("/apply/birth")
	j.send("date_of_birth-month", p.born[0], "date_of_birth-day", p.born[1], "date_of_birth-year", p.born[2])
	again("/apply/contact")
	j.press("Back").at("/apply/birth").holds("date_of_birth-year", p.born[2])
	j.press("Back").at("/apply/about").holds("given_name", p.given, "middle_name", "Brewster", "family_name", p.family)
	j.send().at("/apply/birth").send().at("/apply/contact").send("phone", p.phone)
	again("/apply/address")
	j.press("Back").at("/apply/contact")
	if digits := strings.NewReplacer("(", "", ")", "", " ", "", "-", ""); !strings.Contains(digits.Replace(j.value("phone")), digits.Replace(p.phone)) {
		t.Errorf("the phone number is %q, not %q", j.value("phone"), p.phone)
	}
	j.send().at("/apply/address").send("street", "12 Example Street", "unit", "4B", "city", "Salem", "state", p.state, "postal_code", "97301", "past_addresses", "2 High St, Waco, TX 76701")
	again("/apply/national-id")
	j.press("Back").at("/apply/address").holds("street", "12 Example Street", "unit", "4B", "city", "Salem", "postal_code", "97301", "past_addresses", "2 High St, Waco, TX 76701")
	j.send().at("/apply/national-id").send("national_id", p.id)
	for j.path() != "/apply/check" {
		here := j.path()
		again(here) // nothing is given by leaving
		if j.has(`[name="signature"]`) {
			j.fill("signature", p.name())
		}
		if j.send(); j.path() == here {
			t.Fatalf("%s does not go on: %.600s", here, j.text())
		}
	}
	again("/apply/check")
	j.says("Grace Brewster Wren", "12 Example Street", "Waco").silent(p.id[:6])
	j.send().at("/apply/submitted")
	again("/apply/status")
}
