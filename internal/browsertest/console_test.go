package browsertest

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// TestConsole are the days of staff, in a house of their own: what one of them makes
// fail, or counts, is nobody else's. Each is lived twice: at a desk with scripts, and
// on a small screen without.
func TestConsole(t *testing.T) {
	looks := map[string]look{"at a desk": desk, "on a phone without JavaScript": phone}
	w := theWorld.atDesk(t, looks)
	t.Run("side by side", func(t *testing.T) {
		for name, day := range map[string]func(*testing.T, *world, look){"recruiter": recruiterDay, "reviewer": reviewerDay, "admin": adminDay,
			"a recruiter who invites": inviterDay, "an integrator's endpoint": integratorDay, "privacy": privacyDay, "news of programs": newsDay} {
			for how, l := range looks {
				t.Run(name+" "+how, func(t *testing.T) {
					t.Parallel()
					day(t, w, l)
				})
			}
		}
		t.Run("without a reload", func(t *testing.T) {
			t.Parallel()
			seenAtOnce(t, w)
		})
		t.Run("with the keyboard alone", func(t *testing.T) {
			t.Parallel()
			keyboardDesk(t, w)
		})
	})
	for how, l := range looks { // an outage or a pause is everybody's, so one after the other
		t.Run("ops "+how, func(t *testing.T) { opsDay(t, w, l) })
		t.Run("a vendor paused "+how, func(t *testing.T) { pauseDay(t, w, l) })
		t.Run("retention "+how, func(t *testing.T) { retentionDay(t, w, l) }) // one purge at a time
		t.Run("notices "+how, func(t *testing.T) { noticesDay(t, w, l) })
	}
}

// atDesk starts the house in which staff are looked over the shoulder.
func (w *world) atDesk(t *testing.T, looks map[string]look) *world {
	t.Helper()
	cfg := config(filepath.Join(w.home, "desk"))
	cfg.ProgramsDir = filepath.Join(w.home, "desk-programs")
	if err := writePrograms(cfg.ProgramsDir); err != nil {
		t.Fatal(err)
	}
	if err := variant(cfg.ProgramsDir, "four-eyes", func(p map[string]any) error {
		p["title"], p["review"] = "Four Eyes", map[string]any{"second_reviewer": "always"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, l := range looks {
		title := fmt.Sprint("Warehouse ", l.width)
		if err := variant(cfg.ProgramsDir, fmt.Sprint("warehouse-", l.width), func(p map[string]any) error { p["title"] = title; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	cfg.WebhookPatience = 3 * time.Second // what an endpoint does not take is a dead letter soon
	box, err := onebox.Start(w.browser, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{browser: w.browser, box: box, api: client.New(box.Face.Web, box.Face.APIKey), site: box.Face.Web, inbox: box.Face.Mail.Inbox, axe: w.axe, home: w.home}
}

// casePage is a case in the console.
func (j *journey) casePage() string { return "/console/applicants/" + j.id }

// becomes waits until the page that is open says something, without loading it anew;
// it fails when anything has loaded it.
func (b *tab) becomes(words string) *tab {
	b.Helper()
	b.mu.Lock()
	before := b.loads
	b.mu.Unlock()
	eventually(b, func() error {
		if !b.saysNow(words) {
			return fmt.Errorf("%s does not say %q by itself: %.1000s", b.where(), words, b.text())
		}
		return nil
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.loads != before {
		b.Errorf("the page was loaded anew")
	}
	return b
}

// again looks at a page until it says something: by itself where it has a script,
// by loading it anew where it has none.
func (b *tab) again(words string) *tab {
	b.Helper()
	if b.look.script {
		return b.becomes(words)
	}
	return b.loadsUntil(b.where(), words)
}

// loadsUntil loads a page until it says something; only what it says then is looked at.
func (b *tab) loadsUntil(path, words string) *tab {
	b.Helper()
	full := b.checks
	b.checks = checks{}
	eventually(b, func() error {
		if b.open(path); !b.saysNow(words) {
			return fmt.Errorf("%s does not say %q: %.1000s", path, words, b.text())
		}
		return nil
	})
	b.checks = full
	full.hold(b)
	return b
}

// fault has the vendors' sandbox fail, or end a fault.
func (w *world) fault(t testing.TB, method, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.box.Face.Sandbox+"/_faults", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		t.Fatalf("the sandbox answers %d", resp.StatusCode)
	}
}

// another signs a second person of a role in.
func (w *world) another(t testing.TB, role identity.Role, l look) *tab { return w.staffBy(t, role, l) }

// reviewerDay is what a reviewer does: the queue, what matched, a decision that needs
// a second pair of eyes, and a colleague's.
func reviewerDay(t *testing.T, w *world, l look) {
	j := w.handsIn(t, newcomer("Felix", "Felony"), "four-eyes", nil)
	p := newcomer("Wiktor", "Sandboksov")
	p.born = [3]string{"2", "15", "1971"}
	matched := w.handsIn(t, p, "support-basics", nil)
	j.stands(t, "vetting", "reviewer")
	matched.stands(t, "validation", "reviewer")

	b := w.staffBy(t, identity.RoleReviewer, l)
	b.open("/console?attention=reviewer").says("Applicants").goesTo(j.casePage()).says("Waits for a reviewer", "What policy says")
	b.open(matched.casePage()).press("Look at the sanctions list").says("SANDBOXOV", "Wiktor")
	b.open(matched.casePage()+"/decision").decides("proceed", "Born in another place.").at(matched.casePage())
	b.again("certification")

	b.open(j.casePage() + "/documents").says("All that lies with us").send().is(http.StatusUnprocessableEntity).says("Choose what you open it for")
	b.open(j.casePage()).press("Decide").send().is(http.StatusUnprocessableEntity).says("There is a problem")
	b.decides("proceed", "Long ago, and of no weight here.").at(j.casePage()).says("You have given your decision", "a first reviewer")
	b.open(j.casePage()+"/decision").is(http.StatusConflict).says("You have given your decision", "a second reviewer").silent("Record this decision")
	b.open(j.casePage())

	colleague := w.another(t, identity.RoleReviewer, l)
	colleague.open(j.casePage()).says("a first reviewer").press("Decide").decides("proceed", "I see it so too.").at(j.casePage())
	j.stands(t, "certification", "")
	b.again("certification")
	colleague.open(j.casePage() + "/ledger").is(http.StatusForbidden)
}

// adminDay is what an administrator does: keys of programs, who is signed in, and who
// asked for what.
func adminDay(t *testing.T, w *world, l look) {
	b := w.staffBy(t, identity.RoleAdmin, l)
	name := "Importer " + fmt.Sprint(l.width)
	b.open("/console/keys").says("API keys").send("name", "").is(http.StatusUnprocessableEntity).says("There is a problem")
	action := js[string](b, `document.querySelector("[name=action]").value`)
	b.fill("name", name, "action", action)
	b.goes(func() {
		b.clickAt(b.point(`[...document.querySelectorAll("main form button")].find(e => e.innerText.includes("Make the key"))`))
	})
	b.says("Copy the secret now", name)
	secret := js[string](b, `document.querySelector(".card code").innerText`)
	id := js[string](b, `document.querySelectorAll("main p code")[0].innerText`)
	if len(secret) < 20 {
		t.Errorf("the secret is %q", secret)
	}
	b.press("I have copied it").at("/console/keys").says(name).silent(secret)
	b.press(id).says(name, "never")
	b.press("Make a new secret").says("Copy the secret now", "The secret before works on")
	b.open("/console/keys").press(id).press("Revoke this key").says("revoked")

	other := w.staffBy(t, identity.RoleRecruiter, l)
	other.open("/console/keys").is(http.StatusForbidden)
	b.open("/console/sessions").says("Who is signed in")
	b.open("/console/access").says("Who asked for what")
	b.says("/console/keys")
	b.send("what", "refused").says("refused")
	auditor := w.staffBy(t, identity.RoleAuditor, l)
	auditor.open("/console/access").open("/console/keys").is(http.StatusForbidden)
}

// seenAtOnce: a page that is open follows what happens, without being loaded anew, and
// leaves alone what somebody types.
func seenAtOnce(t *testing.T, w *world) {
	j := w.handsIn(t, newcomer("Lia", "Consider"), "support-basics", nil)
	j.stands(t, "vetting", "reviewer")
	watcher := w.staff(t, identity.RoleRecruiter)
	watcher.open(j.casePage()).says("Waits for a reviewer")
	list := watcher.tab()
	list.open("/console?program=support-basics")
	w.staff(t, identity.RoleReviewer).open(j.casePage()+"/decision").decides("proceed", "Long ago.").at(j.casePage())
	watcher.becomes("the applicant to")
	late := w.handsIn(t, newcomer("Nora", "New"), "support-basics", nil)
	list.becomes(late.id[len(late.id)-8:])
}

// goesTo presses the link to an address.
func (b *tab) goesTo(path string) *tab {
	b.Helper()
	return b.goes(func() { b.clickAt(b.point(`document.querySelector("main a[href=" + JSON.stringify(%s) + "]")`, path)) }).at(path)
}
