package letters_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/words"
)

// TestEveryLetterIsThereInEveryLanguage: none more, none less.
func TestEveryLetterIsThereInEveryLanguage(t *testing.T) {
	for _, l := range words.Languages()[1:] {
		files, err := filepath.Glob("text/" + l.Tag + "/*.txt")
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, f := range files {
			have = append(have, strings.TrimSuffix(filepath.Base(f), ".txt"))
		}
		slices.Sort(have)
		if want := messages(t); !slices.Equal(want, have) {
			t.Errorf("in %s there are %v, and sent are %v", l.Tag, have, want)
		}
	}
	f := facts()
	f.Language = "tlh"
	if subject, _, err := letters.Write("link", f); err != nil || !strings.HasPrefix(subject, "Your application") {
		t.Errorf("in a language that we do not have: %q, %v", subject, err)
	}
}

// TestSpanishIsWhole: each letter is Spanish, whole, with the link on a line of its
// own where the English has it so, and says nothing that others should not read.
func TestSpanishIsWhole(t *testing.T) {
	english := every(t)
	for name, letter := range everyIn(t, "es") {
		subject, text := letter[0], letter[1]
		if subject == "" || len([]rune(subject)) > 78 || !strings.Contains(subject, "Support Basics") || subject == english[name][0] {
			t.Errorf("%s: the subject is %q", name, subject)
		}
		for _, hole := range []string{"{{", "}}", "<no value>", "%!", "0001", "  ", " .", " ,", "\n\n\n\n", "Questions:", "What happens next", "You "} {
			if i := strings.Index(text, "Lo mismo, en inglés:"); i >= 0 && hole == "You " {
				text = text[:i]
			}
			if strings.Contains(text, hole) && (name != "agreement" || hole != "You ") { // its text is the one that was signed
				t.Errorf("%s has %q in it:\n%s", name, hole, text)
			}
		}
		if a, b := strings.Contains(english[name][1], "\n"+facts().Link+"\n"), strings.Contains(letter[1], "\n"+facts().Link+"\n"); a != b {
			t.Errorf("%s: the link stands on a line of its own: %v, in English %v", name, b, a)
		}
		for _, word := range []string{"criminal", "penal", "delito", "condena", "arresto", "tribunal", "sanción", "exclusión", "Seguro Social", "fecha de nacimiento", "fraude"} {
			if strings.Contains(strings.ToLower(subject+text), strings.ToLower(word)) {
				t.Errorf("%s speaks of %q", name, word)
			}
		}
	}
}

// TestSpanishNotices: what 15 USC 1681b(b)(3) and 1681m(a) ask for stands in the
// Spanish letters as the English ones are held to it.
func TestSpanishNotices(t *testing.T) {
	all := everyIn(t, "es")
	wantWords(t, "pre_adverse", all["pre_adverse"][1],
		"Todavía no se ha decidido nada", "en todo o en parte a causa de un informe de Findly", "una copia del informe", "Resumen de sus derechos", "gratis", "en papel",
		"Tiene hasta el martes, 10 de noviembre de 2026, 1:30 a. m. UTC", "el plazo se detiene", "una persona decide", agency.Address, agency.Phone,
		"no toma la decisión", "disputar con ella la exactitud o la integridad", facts().Contact, "La naturaleza y la gravedad", "Lo mismo, en inglés:", losAngeles.Notice[0])
	wantWords(t, "final", all["final"][1], "Rechazamos su solicitud", "la tomó una persona", "en todo o en parte, a causa de un informe del consumidor de Findly",
		agency.Address, "teléfono gratuito "+agency.Phone, "no tomó la decisión y no puede darle las razones específicas", "copia gratis del informe", "60 días",
		"disputar con ella la exactitud o la integridad", facts().Contact)
	for _, name := range []string{"pre_adverse_without_report", "final_without_report"} {
		for _, w := range []string{"Findly", agency.Address, agency.Phone, "informe", "teléfono"} {
			if strings.Contains(all[name][1], w) {
				t.Errorf("%s speaks of %q, and no report was made", name, w)
			}
		}
	}
}

// TestPlacesAreSpoken: every sentence that a place's law wants said, and every point
// that an assessment weighs, has words in every language, with the same citation.
func TestPlacesAreSpoken(t *testing.T) {
	said := 0
	for _, l := range words.Languages()[1:] {
		in := words.In(l.Tag)
		for _, j := range policy.Jurisdictions() {
			form := policy.AssessmentForm(j)
			texts := slices.Concat(j.Notice, j.Final)
			for _, s := range texts {
				says, ok := in.Entry(s)
				if !ok {
					t.Errorf("internal/words/%s/places.yaml has no %q", l.Tag, s)
				} else if i := strings.LastIndex(s, " ("); !strings.HasSuffix(says, s[i:]) {
					t.Errorf("%q cites another text than %q", says, s)
				}
				said++
			}
			for _, f := range form.Factors {
				texts = append(texts, f.Text)
			}
			for _, s := range append(texts, form.Title) {
				if !in.Has(s) {
					t.Errorf("internal/words/%s has no %q", l.Tag, s)
				}
			}
		}
	}
	if said < 50 {
		t.Errorf("only %d sentences were looked at", said)
	}
}
