package consent_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
)

// facts are what a translation must have as its original has it: companies, and
// whatever else is written with figures.
var facts = regexp.MustCompile(`Kickbox, Inc\.|Twilio Inc\.|SmartyStreets, LLC|MaxMind, Inc\.|Stripe, Inc\.|Moov Watchman|OpenSanctions( Datenbanken GmbH)?|Findly|Checkr(, Inc\.)?|[0-9]+`)

// TestSpanishSaysTheSame: every notice that can be agreed to is there in Spanish, in
// the same version, with as many paragraphs, and names the same companies in each.
func TestSpanishSaysTheSame(t *testing.T) {
	var english, spanish []consent.Notice
	for _, s := range consent.Specs() {
		for _, k := range s.Kinds {
			for language, list := range map[string]*[]consent.Notice{"en": &english, "es": &spanish} {
				n, err := consent.CurrentNotice(s.ID, k, language)
				if err != nil {
					t.Fatal(err)
				}
				*list = append(*list, n)
			}
		}
	}
	for i, n := range english {
		es := spanish[i]
		if es.Language != "es" || es.ID != n.ID || es.Version != n.Version || es.Kind != n.Kind || es.Purpose != n.Purpose {
			t.Errorf("%s %s has no translation: found %+v", n.ID, n.Version, es.Ref())
			continue
		}
		if es.SHA256 == n.SHA256 || es.Title == n.Title || es.Action == n.Action {
			t.Errorf("%s is not translated", n.ID)
		}
		a, b := n.Paragraphs(), es.Paragraphs()
		if len(a) != len(b) {
			t.Errorf("%s has %d paragraphs, in Spanish %d", n.ID, len(a), len(b))
			continue
		}
		for k := range a {
			want, got := slices.Compact(slices.Sorted(slices.Values(facts.FindAllString(a[k], -1)))), slices.Compact(slices.Sorted(slices.Values(facts.FindAllString(b[k], -1))))
			if !slices.Equal(want, got) {
				t.Errorf("%s, paragraph %d: %q, in Spanish %q", n.ID, k+1, want, got)
			}
		}
	}
}

// TestSpanishDisclosureStandsAlone: 15 USC 1681b(b)(2)(A)(i) knows no language.
func TestSpanishDisclosureStandsAlone(t *testing.T) {
	n, err := consent.CurrentNotice(consent.PurposeVetting, consent.KindDisclosureShown, "es")
	if err != nil {
		t.Fatal(err)
	}
	if want := "Es posible que se obtenga de una agencia de informes del consumidor un informe del consumidor sobre usted para fines de empleo, " +
		"incluida su contratación como contratista independiente."; n.Text != want {
		t.Errorf("the disclosure is now\n%q\nHas counsel read it?", n.Text)
	}
	for _, word := range []string{"renunci", "responsab", "indemni", "reclam", "acept", "consent", "autoriz", "certific", "firm", "california", "nueva york", "minnesota", "oklahoma",
		"ley", "copia", "arbitraje", "exact", "verdad", "privacidad", "polític", "findly", "http"} {
		if strings.Contains(strings.ToLower(n.Text+" "+n.Title), word) {
			t.Errorf("%q does not belong in a disclosure that stands alone", word)
		}
	}
}

// TestSpanishESign: what 15 USC 7001(c) asks for, as the English is held to it.
func TestSpanishESign(t *testing.T) {
	n, err := consent.CurrentNotice(consent.PurposeVetting, consent.KindESign, "es")
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"en papel", "retirar este consentimiento", "Esto abarca", "cambiar su correo electrónico", "sin costo", "navegador web"} {
		if !strings.Contains(n.Text, says) {
			t.Errorf("the notice does not say %q", says)
		}
	}
}
