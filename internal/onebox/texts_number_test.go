package onebox_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

// lookedAt is in the subject of the letter that comes some time after a case goes to a
// reviewer. Who asks for texts before it is there gets it as a text too.
const lookedAt = "A person looks at your application"

// asksForTexts gives the consent on its own page, in a language.
func (d *desk) asksForTexts(email, lang string) {
	d.Helper()
	s := d.portal(email)
	s.open("/apply/texts?lang=" + lang).hand("/apply/status")
}

// texted waits until a number has got so many messages, and gives them.
func (d *desk) texted(number string, n int) []string {
	d.Helper()
	var got []string
	eventually(d.T, time.Minute, func() error {
		if got = d.phoneOf(number); len(got) != n {
			return fmt.Errorf("%s got %q, not %d messages", number, got, n)
		}
		return nil
	})
	return got
}

// TestTextsOfOneNumber: two people of one household give the same number. Each is
// texted in their own language, and one STOP ends it for both of them.
//
// Promise 62.
func TestTextsOfOneNumber(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a house")
	}
	d := openDesk(t, nil)
	const number = "+12125550179"
	var ids, mails []string
	for n, lang := range []string{"en", "es"} {
		id, email := d.apply("support-basics", map[string]string{"family_name": "Consider", "phone": number, "given_name": []string{"Ada", "Ivana"}[n], "national_id": "987-65-432" + strconv.Itoa(n)})
		d.await(id, func(s client.Status) bool { return s.Attention == "reviewer" })
		if n == 1 { // the number is another application's too: a person looks at that first
			d.decide(id, "proceed")
			d.await(id, func(s client.Status) bool { return s.Stage == "vetting" && s.Attention == "reviewer" })
		}
		d.letter(email, lookedAt)
		d.asksForTexts(email, lang)
		ids, mails = append(ids, id), append(mails, email)
	}
	for _, id := range ids {
		d.decide(id, "proceed")
	}
	got := strings.Join(d.texted(number, 2), "\n")
	if !strings.Contains(got, "there is news of your application") || !strings.Contains(got, "hay novedades de su solicitud") {
		t.Errorf("texts: %s", got)
	}
	if got := d.textBack(number, "AYUDA"); !strings.Contains(got, "hay novedades") || strings.Count(got, "escriba a help@example.com") != 1 || strings.Count(got, "help@example.com") != 1 {
		t.Errorf("AYUDA: %s", got)
	}
	if got := d.textBack(number, "ALTO"); !strings.Contains(got, `"webhook":200`) || !strings.Contains(got, "Ya no recibe mensajes") {
		t.Errorf("ALTO: %s", got)
	}
	for n, want := range []string{"Get text messages", "Recibir mensajes de texto"} {
		if says := d.portal(mails[n]).open("/apply/status").Text; !strings.Contains(says, want) {
			t.Errorf("after ALTO the page of %s does not offer them anew: %s", ids[n], says)
		}
	}
	before := len(d.phoneOf(number))
	for n, email := range mails {
		d.portal(email).open("/apply/withdraw").hand("/apply/status")
		d.letter(email, []string{"Your application has ended", "Su solicitud terminó"}[n])
		d.await(ids[n], func(s client.Status) bool { return s.Stage == "withdrawn" })
		d.whole(ids[n])
	}
	if got := d.phoneOf(number); len(got) != before {
		t.Errorf("texted after ALTO: %v", got[before:])
	}
}

// TestTextsStayWithTheirNumber: the consent is for the number that it was given
// for. Another one gets nothing until its owner asks.
func TestTextsStayWithTheirNumber(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a house")
	}
	d := openDesk(t, nil)
	const old, corrected = "+12125550180", "+12125550181"
	id, email := d.apply("support-basics", map[string]string{"family_name": "Consider", "phone": old})
	d.await(id, func(s client.Status) bool { return s.Attention == "reviewer" })
	d.letter(email, lookedAt)
	d.asksForTexts(email, "en")
	s := d.portal(email)
	s.open("/apply/correct/phone")
	if !strings.Contains(s.Text, "Text messages stop with this") {
		t.Errorf("the page does not say that they stop: %s", s.Says())
	}
	s.hand("/apply/status", "phone", corrected)
	if !strings.Contains(s.open("/apply/status").Text, "Get text messages") {
		t.Errorf("the page does not offer them anew: %s", s.Says())
	}
	d.await(id, func(st client.Status) bool {
		return st.Attention == "reviewer" && slices.ContainsFunc(st.Checks, func(k client.Check) bool { return k.Name == "phone" && k.Round == 2 && k.Status == "passed" })
	})
	d.decide(id, "proceed")
	d.letter(email, "Your turn: the certification")
	for _, n := range []string{old, corrected} {
		if got := d.phoneOf(n); len(got) != 0 {
			t.Errorf("%s got %q", n, got)
		}
	}
	d.asksForTexts(email, "en")
	s.open("/apply/withdraw").hand("/apply/status")
	d.texted(corrected, 1)
	if got := d.phoneOf(old); len(got) != 0 {
		t.Errorf("the number before got %q", got)
	}
	d.whole(id)
}
