package browsertest

import (
	"net/http"
	"testing"
)

// passes lets the page believe that so many seconds are left of the session, which
// the server then says too, and waits for what the page makes of it.
const passes = `(async () => {
	const left = Number(%s), real = fetch, now = Date.now();
	Date.now = () => now + 24 * 3600 * 1000;
	fetch = async () => new Response(JSON.stringify({left}));
	const dialog = document.getElementById("ending");
	const part = () => [...dialog.querySelectorAll("[data-when]")].find(e => !e.hidden).dataset.when;
	const shown = () => dialog.open && part() === (left > 0 ? "soon" : "over");
	await new Promise(done => {
		new MutationObserver(() => shown() && done()).observe(dialog, {attributes: true, subtree: true, childList: true});
		document.dispatchEvent(new Event("visibilitychange"));
		if (shown()) done();
	});
	fetch = real;
	return true;
})()`

// staysSignedIn is told of the end of the session before it comes, stays, is signed
// out all the same, and loses nothing.
func staysSignedIn(t *testing.T, w *world) {
	j := w.begins(t, newcomer("Ines", "Moor"), "support-basics", smartphone)
	j.says("You stay signed in until").silent("You will be signed out")
	j.fill("given_name", "Ines")

	js[bool](j.tab, passes, "200")
	j.says("You will be signed out soon", "What you have saved stays saved")
	if f := j.focus(); f.Tag != "H2" {
		t.Errorf("the focus is at %+v, not at what has come up", f)
	}
	allChecks.hold(j.tab)
	js[bool](j.tab, `(window.gone = new Promise(done => document.getElementById("ending").addEventListener("close", () => done(true))), true)`)
	j.key("Tab")
	if f := j.focus(); f.Text != "Stay signed in" {
		t.Errorf("the keyboard comes to %+v first", f)
	}
	j.key("Enter")
	js[bool](j.tab, `window.gone`)
	j.silent("You will be signed out").holds("given_name", "Ines")

	other := j.tab.tab()
	other.open("/apply/about").press("Sign out").at("/apply/signed-out")
	js[bool](j.tab, passes, "0")
	j.says("You have been signed out", "Sign in again (opens a new tab)")
	allChecks.hold(j.tab)
	j.key("Escape")
	p := j.p
	j.send("family_name", p.family).
		is(http.StatusUnauthorized).says("You have been signed out", "is not saved yet", "Send it again")
	other.open(j.link()).press("Open my application").at("/apply/about").holds("given_name", "")
	j.press("Send it again").at("/apply/birth")
	other.open("/apply/about").holds("given_name", "Ines", "family_name", p.family)
}

// pressedTwice sends a form once, however often its button is pressed.
func pressedTwice(t *testing.T, w *world) {
	j := w.begins(t, newcomer("Twyla", "Moor"), "support-basics", smartphone)
	p := j.p
	j.send().is(http.StatusUnprocessableEntity)
	if !js[bool](j.tab, `document.activeElement.classList.contains("problems")`) {
		t.Errorf("the focus is at %+v, not at the summary of what is wrong", j.focus())
	}
	j.fill("given_name", p.given, "family_name", p.family)
	j.goes(func() {
		n := js[int](j.tab, `(() => {
			let sent = 0;
			addEventListener("submit", e => { if (!e.defaultPrevented) sent++; });
			const button = document.querySelector("main form button");
			button.click(); button.click(); button.click();
			return sent;
		})()`)
		if n != 1 {
			t.Errorf("three presses sent the form %d times", n)
		}
	}).at("/apply/birth")
}
