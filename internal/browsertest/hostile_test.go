package browsertest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// hugePaste puts five megabytes into a name.
func hugePaste(t *testing.T, w *world) {
	j := w.begins(t, newcomer("Paz", "Long"), "support-basics", smartphone)
	p := j.p
	j.send("given_name", p.given, "family_name", p.family).at("/apply/birth").send("date_of_birth-month", p.born[0], "date_of_birth-day", p.born[1], "date_of_birth-year", p.born[2]).at("/apply/contact")
	j.open("/apply/about").send("given_name", strings.Repeat("Long ", 1<<20)).is(http.StatusRequestEntityTooLarge).says("too large", "Nothing of it was saved")
	j.press("Go to your application").at("/apply/contact")
	j.open("/apply/about").holds("given_name", p.given, "family_name", p.family)
	// What is too long by less is said at the field, and kept to be shortened.
	name := strings.TrimSpace(strings.Repeat("Long ", 40))
	j.send("given_name", name).is(http.StatusUnprocessableEntity).holds("given_name", name, "family_name", p.family)
	j.send("given_name", p.given).at("/apply/birth")
}

// evil runs if anybody takes it for more than words.
const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}<svg/onload=alert(3)>`

// scripted types it into every field. No dialog may open and no policy be broken,
// which every page is held to; it is refused and kept, or taken and shown as it is.
func scripted(t *testing.T, w *world) {
	j := &journey{tab: w.profile(t, smartphone), w: w, p: newcomer("Sol", "Consider")}
	p := j.p
	j.open("/apply").send("program", "support-basics").at("/apply/email").send("email", evil).is(http.StatusUnprocessableEntity).holds("email", evil)
	j.send("email", p.email).says("Check your e-mail")
	j.open(j.link()).press("Open my application")

	refused := func(name string) {
		t.Helper()
		j.send(name, evil).is(http.StatusUnprocessableEntity).holds(name, evil)
	}
	refused("given_name")
	refused("family_name")
	refused("middle_name")
	j.open("/apply/about").send("given_name", p.given, "family_name", p.family).at("/apply/birth")
	refused("date_of_birth-day")
	j.open("/apply/birth").send("date_of_birth-month", p.born[0], "date_of_birth-day", p.born[1], "date_of_birth-year", p.born[2]).at("/apply/contact")
	refused("phone")
	j.send("phone", p.phone).at("/apply/address")
	j.fill("street", evil, "unit", evil, "city", evil, "state", p.state, "postal_code", "97301", "past_addresses", evil)
	taken := map[string]bool{}
	for range 6 { // those that are refused are written anew, the others stay as they are
		if j.send(); j.path() != "/apply/address" {
			break
		}
		for _, name := range js[[]string](j.tab, `[...document.querySelectorAll("[aria-invalid=true]")].map(e => e.name)`) {
			j.holds(name, evil).fill(name, map[string]string{"street": "12 Example Street", "unit": "", "city": "Salem", "past_addresses": ""}[name])
			taken[name] = true
		}
	}
	j.at("/apply/national-id")
	refused("national_id")
	j.send("national_id", p.id)
	for j.path() != "/apply/check" {
		if j.has(`[name="signature"]`) {
			j.send("signature", evil).is(http.StatusUnprocessableEntity).holds("signature", evil).fill("signature", p.name())
		}
		j.send()
	}
	for _, name := range []string{"street", "city", "past_addresses"} {
		if !taken[name] {
			j.says(evil)
		}
	}
	j.send().at("/apply/submitted")

	// The same from staff, and what either reads of the other.
	id := w.applicant(t, j.link())
	w.await(t, id, func(st client.Status) bool { return st.Attention == "reviewer" })
	reviewer := w.staff(t, identity.RoleReviewer)
	decision := "/console/applicants/" + id + "/decision"
	reviewer.open("/console/applicants/" + id).open(decision)
	reviewer.decides("adverse", evil)
	reviewer.open("/console/applicants/" + id).says("lie sealed")
	w.letter(t, p.email, "Before we decide")
	j.waits("/apply/status", "We may have to turn your application down")
	j.open("/apply/dispute").send("kind", "dispute", "statement", "").is(http.StatusUnprocessableEntity)
	j.send("kind", "dispute", "statement", evil).at("/apply/status")
	reviewer.open("/console/applicants/" + id)

	inbox := w.profile(t, smartphone)
	inbox.base, inbox.checks = w.inbox, checks{quiet: true}
	inbox.open("/?to=" + p.email)
	for _, address := range js[[]string](inbox, `[...document.querySelectorAll("li a")].map(a => a.getAttribute("href"))`) {
		inbox.open(address)
	}
}

// emptyForms sends every form as it comes: each says what is missing, at the top
// and at the field, and leads there.
func emptyForms(t *testing.T, w *world) {
	p := newcomer("Nil", "Blank")
	j := &journey{tab: w.profile(t, phone), w: w, p: p}
	empty := func() {
		t.Helper()
		where := j.path()
		j.send().is(http.StatusUnprocessableEntity).says("There is a problem")
		if title := js[string](j.tab, `document.title`); !strings.HasPrefix(title, "Error: ") {
			t.Errorf("%s: the title is %q", where, title)
		}
		lines := js[[]struct{ Says, To string }](j.tab, `[...document.querySelectorAll("[role=alert] li a, .govuk-error-summary li a")].map(a => ({Says: a.innerText, To: a.getAttribute("href")}))`)
		if len(lines) == 0 {
			t.Errorf("%s: the summary leads nowhere", where)
		}
		text := j.text()
		for _, l := range lines {
			if strings.Count(text, l.Says) < 2 {
				t.Errorf("%s: %q does not stand at its field", where, l.Says)
			}
			if !js[bool](j.tab, `(e => !!e && ["INPUT", "TEXTAREA", "SELECT"].includes(e.tagName))(document.querySelector(%s))`, l.To) {
				t.Errorf("%s: %q leads to %s, which is no field", where, l.Says, l.To)
			}
		}
	}
	j.open("/apply")
	empty()
	j.send("program", "support-basics").at("/apply/email")
	empty()
	j.send("email", p.email).says("Check your e-mail")
	j.open(j.link()).press("Open my application").at("/apply/about")
	empty()
	j.send("given_name", p.given).is(http.StatusUnprocessableEntity).holds("given_name", p.given)
	j.send("family_name", p.family).at("/apply/birth")
	empty()
	j.send("date_of_birth-month", "13", "date_of_birth-day", p.born[1], "date_of_birth-year", p.born[2]).is(http.StatusUnprocessableEntity).holds("date_of_birth-year", p.born[2])
	j.send("date_of_birth-month", p.born[0]).at("/apply/contact")
	empty()
	j.send("phone", p.phone).at("/apply/address")
	empty()
	j.send("street", "12 Example Street", "city", "Salem", "state", "Nowhere", "postal_code", "97301").is(http.StatusUnprocessableEntity).holds("street", "12 Example Street", "state", "Nowhere")
	j.send("state", p.state).at("/apply/national-id")
	empty()
	j.send("national_id", p.id)
	for j.path() != "/apply/check" {
		if j.has(`[name="signature"]`) {
			empty()
			j.fill("signature", p.name())
		}
		j.send()
	}
	j.send().at("/apply/submitted")
	j.waits("/apply/status", "You can get certified now")
	j.reads()
	empty()
	j.takesQuiz("support-basics", true).at("/apply/certification/course/result")
	j.open("/apply/certification/agreement")
	empty()
	j.send("signature", "Somebody Else").is(http.StatusUnprocessableEntity).holds("signature", "Somebody Else")
}
