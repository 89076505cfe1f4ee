package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// focus is where the keyboard is.
type focus struct {
	Tag, Type, Name, Text string
	Lost                  bool // nowhere in the page
	Shown                 bool // to be seen, and seen to be there
	Index                 int  // among all that the keyboard can come to
}

// A control may show its focus by itself or, where a picture of it is drawn, beside it.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body || e === document.documentElement) return {Lost: true};
	const marks = s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none";
	const beside = e.nextElementSibling;
	const shown = marks(getComputedStyle(e)) || (beside && ["::before", "::after"].some(p => marks(getComputedStyle(beside, p))));
	const r = (e.getClientRects()[0] || {}), label = e.labels && e.labels[0] && e.labels[0].getBoundingClientRect();
	const inView = r => r && r.bottom > 0 && r.top < innerHeight && r.width > 1;
	return {Tag: e.tagName, Type: e.type || "", Name: e.name || "", Text: (e.innerText || "").replace(/\s+/g, " ").trim(), Shown: !!shown && (inView(r) || inView(label)),
		Index: ` + stops + `.indexOf(e)};
})()`

// stops are what the keyboard comes to, in order; of radio buttons the chosen one,
// or the first.
const stops = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter(e => !e.disabled && e.getClientRects().length && e.checkVisibility() &&
	(e.type !== "radio" || (e.form.querySelector("input[name='" + e.name + "']:checked") || e.form.querySelector("input[name='" + e.name + "']")) === e))`

func (b *tab) focus() focus {
	b.Helper()
	return js[focus](b, focused)
}

// walks goes through the whole page with Tab and back with Shift-Tab: the focus is
// never lost, trapped or out of sight, and comes to everything in order.
func (b *tab) walks() {
	b.Helper()
	n := js[int](b, stops+`.length`)
	js[bool](b, `(e => { e.tabIndex = -1; e.focus(); e.removeAttribute("tabindex"); scrollTo(0, 0); return true })(document.body)`) // begin at the top
	for i := range n {
		b.key("Tab")
		f := b.focus()
		if f.Lost || f.Index != i {
			b.Errorf("%s: Tab %d of %d leads to %+v", b.where(), i+1, n, f)
			return
		}
		if !f.Shown {
			b.Errorf("%s: the focus is not to be seen at %+v", b.where(), f)
		}
	}
	for i := n - 2; i >= 0; i-- {
		b.keyWith("Tab", shift)
		if f := b.focus(); f.Lost || f.Index != i {
			b.Errorf("%s: Shift-Tab from %d of %d leads to %+v", b.where(), i+2, n, f)
			return
		}
	}
}

// tabTo presses Tab until the focus is where it should be.
func (b *tab) tabTo(what string, is func(focus) bool) focus {
	b.Helper()
	for range 80 {
		if f := b.focus(); is(f) {
			return f
		}
		b.key("Tab")
	}
	b.Fatalf("%s: the keyboard does not come to %s: %.600s", b.where(), what, b.text())
	return focus{}
}

// typeInto comes to a field by Tab and types.
func (b *tab) typeInto(pairs ...string) *tab {
	b.Helper()
	for i := 0; i < len(pairs); i += 2 {
		b.tabTo(pairs[i], func(f focus) bool { return f.Name == pairs[i] })
		call(b, input.InsertText, input.InsertTextParams{Text: pairs[i+1]})
	}
	return b
}

// choose comes to a list of choices by Tab, and takes one with the arrow keys.
func (b *tab) choose(name, value string) *tab {
	b.Helper()
	b.tabTo(name, func(f focus) bool { return f.Name == name })
	b.key(" ")
	for range 10 {
		if b.value(name) == value {
			return b
		}
		b.key("ArrowDown")
	}
	b.Fatalf("%s: no arrow leads to %s of %s", b.where(), value, name)
	return b
}

// enter comes to a link or button by Tab, and presses Enter.
func (b *tab) enter(words string) *tab {
	b.Helper()
	b.tabTo(words, func(f focus) bool { return (f.Tag == "A" || f.Tag == "BUTTON") && f.Text == words })
	return b.goes(func() { b.key("Enter") })
}

// submits comes to the button of the page's form, and presses the space bar.
func (b *tab) submits() *tab {
	b.Helper()
	b.tabTo("the form's button", func(f focus) bool {
		return f.Tag == "BUTTON" && js[bool](b, `document.activeElement.closest("main form") !== null`)
	})
	return b.goes(func() { b.key(" ") })
}

// byKeyboard goes the whole way without a mouse or a touch.
func byKeyboard(t *testing.T, w *world) {
	p := newcomer("Kay", "Board")
	j := &journey{tab: w.profile(t, phone), w: w, p: p}
	j.open("/apply")
	j.key("Tab")
	if f := j.focus(); f.Tag != "A" || !f.Shown {
		t.Errorf("the first Tab leads to %+v, not to the link that skips the header", f)
	}
	j.key("Enter")
	j.key("Tab")
	if !js[bool](j.tab, `document.activeElement.closest("main") !== null`) {
		t.Errorf("the link that skips leads to %+v", j.focus())
	}
	j.walks()
	j.submits().is(422) // nothing is filled in
	j.walks()
	j.tabTo("the summary's first line", func(f focus) bool {
		return js[bool](j.tab, `document.activeElement.closest("[role=alert] a, .govuk-error-summary a") !== null`)
	})
	j.key("Enter")
	if f := j.focus(); f.Tag != "INPUT" {
		t.Errorf("the line of the summary leads to %+v", f)
	}
	j.open("/apply").choose("program", "support-basics").submits().at("/apply/email").walks()
	j.submits().is(422)
	j.typeInto("email", p.email).submits().says("Check your e-mail")
	j.walks()
	j.open(j.link()).walks()
	j.submits().at("/apply/about").walks()
	j.typeInto("given_name", p.given, "family_name", p.family).submits().at("/apply/birth").walks()
	j.typeInto("date_of_birth-month", p.born[0], "date_of_birth-day", p.born[1], "date_of_birth-year", p.born[2])
	j.goes(func() { j.key("Enter") }).at("/apply/contact").walks() // Enter in a field sends the form
	j.typeInto("phone", p.phone).submits().at("/apply/address").walks()
	j.typeInto("street", "12 Example Street", "city", "Salem", "state", p.state, "postal_code", "97301").submits().at("/apply/national-id").walks()
	j.enter("Back").at("/apply/address").submits().at("/apply/national-id")
	j.typeInto("national_id", p.id).submits()
	for j.path() != "/apply/check" {
		j.walks()
		if j.has(`[name="signature"]`) {
			j.typeInto("signature", p.name())
		}
		here := j.path()
		if j.submits(); j.path() == here {
			t.Fatalf("%s does not go on: %.600s", here, j.text())
		}
	}
	j.walks()
	j.submits().at("/apply/submitted").walks()
	j.enter("See where your application stands").at("/apply/status")
	j.waits("/apply/status", "You can get certified now")
	j.walks()
	j.enter("Go on with your certification").at("/apply/certification").walks()
	j.open("/apply/certification/course")
	for strings.HasPrefix(j.path(), "/apply/certification/course/page/") {
		j.walks()
		j.submits()
	}
	j.at("/apply/certification/course/quiz").walks()
	for name, value := range j.right("support-basics") {
		j.choose(name, value)
	}
	j.submits().at("/apply/certification/course/result").says("You passed").walks()
	j.enter("Go on").at("/apply/certification/agreement").walks()
	j.typeInto("signature", p.name()).submits().at("/apply/certification/agreement/signed").walks()
	j.waits("/apply/status", "You are certified")
	j.walks()
	j.enter("See your certificate").at("/apply/certificate").walks()
	j.enter("Sign out").at("/apply/signed-out")
}
