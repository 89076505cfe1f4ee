package browsertest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

var errNoCredential = errors.New("the program's file has no credential")

// lasting sets for how many days a program's certificates are valid, how many before
// the end they can be renewed, and how many before it their holder is reminded.
func lasting(p map[string]any, title string, days, opens, remind int) error {
	certification, _ := p["certification"].(map[string]any)
	credential, _ := certification["credential"].(map[string]any)
	renewal, _ := certification["renewal"].(map[string]any)
	if credential == nil || renewal == nil {
		return errNoCredential
	}
	p["title"], credential["validity_days"], credential["remind_days_before"], renewal["opens_days_before"] = title, days, []int{remind}, opens
	return nil
}

// underOldText has somebody agree to be compared with lists by the notice's first text.
func underOldText(t testing.TB) func([]map[string]any) {
	t.Helper()
	body, err := os.ReadFile("../consent/notices/screening.en.2026-11-01.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(body), "\n\n")
	sum := sha256.Sum256([]byte(strings.TrimSpace(text)))
	return func(consents []map[string]any) {
		for _, c := range consents {
			if notice, ok := c["notice"].(map[string]any); ok && c["purpose"] == "screening" {
				notice["version"], notice["sha256"] = "2026-11-01", hex.EncodeToString(sum[:])
			}
		}
	}
}

// validUntil is the day that stands on a badge.
func (b badge) validUntil(t testing.TB) time.Time {
	t.Helper()
	s, _ := b["validUntil"].(string)
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatalf("the badge is valid until %q: %v", s, err)
	}
	return at
}

// publicPage is the address of the certificate's public page.
func (j *journey) publicPage() string {
	j.Helper()
	return js[string](j.tab, `document.querySelector('a[href*="/verify/"]').getAttribute("href")`)
}

// renewed is a certificate near its end: its holder is written to, corrects a detail,
// agrees to a text that has changed, and has a new one when the program's checks are
// through. The old one stands to its day, and no longer.
func renewed(t *testing.T, w *world) {
	w = w.later(t)
	j := w.handsIn(t, newcomer("Rosa", "Anew"), "long-line", nil, underOldText(t))
	j.enters(t, smartphone).certifies("support-basics")
	j.open("/apply/certificate")
	first, firstPage := proves(t, w, j), j.publicPage()

	w.letter(t, j.p.email, "You can renew your certificate")
	j.tab = w.profile(t, phone) // another device, by the letter's link
	j.open(j.link()).press("Open my application").at("/apply/status").says("Look at your details and say that they are right")
	j.press("Renew your certificate").at("/apply/renewal").says("First read what has changed", "Background report", "22 Example Street").silent("My details are right")
	j.press("Change your home address").at("/apply/correct/address").says("Your renewal goes on with it").holds("street", "22 Example Street")
	j.press("Back").at("/apply/renewal")
	j.press("Change your phone number").send("phone", "555").at("/apply/correct/phone").says("There is a problem")
	j.send("phone", "(909) 555-0142").at("/apply/renewal").says("we check your phone number again now", "+19095550142")
	j.press("Comparing you with public lists").send().at("/apply/renewal").silent("First read what has changed")
	j.says("My details are right").send().at("/apply/status").silent("Look at your details and say")

	w.letter(t, j.p.email, "Your certificate is renewed")
	j.open("/apply/certificate").says("Valid")
	second, secondPage := proves(t, w, j), j.publicPage()
	if firstPage == secondPage || first["id"] == second["id"] {
		t.Error("it is the same certificate")
	}
	if days := second.validUntil(t).Sub(first.validUntil(t)).Seconds(); days < 149 || days > 151 {
		t.Errorf("the new one ends %.0f days after the old one, not 150", days)
	}
	round := map[string]int{}
	for _, k := range w.await(t, j.id, func(client.Status) bool { return true }).Checks {
		round[k.Name] = k.Round
	}
	if round["phone"] != 2 || round["background"] != 2 || round["sanctions"] != 2 || round["exclusions"] != 2 || round["email"] != 1 || round["national_id"] != 1 {
		t.Errorf("checked again: %v", round)
	}
	j.open("/apply/renewal").at("/apply/status")

	stranger := w.profile(t, phone)
	for !stranger.open(firstPage).saysNow("This certificate has expired") {
		if stranger.says("This certificate is valid"); time.Now().After(first.validUntil(t).Add(patience)) {
			t.Fatal("the old certificate does not end")
		}
		time.Sleep(time.Second)
	}
	stranger.silent("Rosa", "Anew").open(secondPage).says("This certificate is valid")
}

// saysNow reports whether the page has the words.
func (b *tab) saysNow(words string) bool {
	b.Helper()
	return strings.Contains(b.text(), words)
}

// notRenewed is a certificate that nobody renews: its holder is asked, reminded, and
// told of the end; then the page is closed, and the public one says so.
func notRenewed(t *testing.T, w *world) {
	w = w.later(t)
	j := w.handsIn(t, newcomer("Ida", "Idle"), "brief-line", nil)
	j.enters(t, phone).certifies("support-basics")
	j.open("/apply/certificate")
	address := j.publicPage()
	for _, letter := range []string{"You can renew your certificate", "Your certificate ends soon", "Your certificate has expired"} {
		w.letter(t, j.p.email, letter)
	}
	j.waits("/apply/status", "Your certificate has expired")
	j.open("/apply/renewal").at("/apply/status").silent("Renew your certificate")
	j.open("/apply/certificate").says("Expired").silent("Renew your certificate")
	w.profile(t, phone).open(address).says("This certificate has expired").silent("Ida", "Idle")
}
