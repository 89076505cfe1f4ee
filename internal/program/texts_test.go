package program

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestShippedProgramsSpeak: what the programs that we ship show to applicants has
// words in every language that their files name, and they name Spanish.
func TestShippedProgramsSpeak(t *testing.T) {
	for _, dir := range []string{"files", "trial"} {
		set, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range set.All() {
			if _, ok := p.Texts["es"]; !ok {
				t.Errorf("%s has no Spanish texts", p.ID)
			}
			for language := range p.Texts {
				if lacks := p.Lacking(language); len(lacks) > 0 {
					t.Errorf("%s: no words in %s for\n%s", p.ID, language, strings.Join(lacks, "\n"))
				}
			}
		}
	}
}

// TestIn: what is shown is said in the language, what is scored is not, and nothing of
// the program itself changes.
func TestIn(t *testing.T) {
	p := Program{Texts: Texts{"es": {"Read": "Lea", "One.": "Uno.", "Two.": "Dos.", "Which?": "¿Cuál?", "Left": "Izquierda", "Nothing": "Nada", "Type": "Teclee"}},
		Certification: Certification{Requirements: []Requirement{
			{ID: "course", Title: "Read", Course: &Course{Pages: []CoursePage{{ID: "a", Title: "Read", Text: "One.\n\nTwo.\n\nThree."}}}},
			{ID: "quiz", Quiz: &Quiz{Title: "Read", Questions: []Question{{ID: "q", Text: "Which?", Options: []Option{{ID: "Nothing", Text: "Left"}}, Answer: "Nothing"}}}},
			{ID: "sign", Agreement: &Agreement{Title: "Read", Version: "1", Text: "One.\n\nTwo."}},
			{ID: "half", Agreement: &Agreement{Title: "Read", Version: "1", Text: "One.\n\nThree."}},
			{ID: "type", Title: "Type", Typing: &Typing{Passages: []Passage{{ID: "a", Text: "One."}}}},
		}}}
	es := p.In("es").Certification.Requirements
	for got, want := range map[string]string{
		es[0].Title: "Lea", es[0].Course.Pages[0].Text: "Uno.\n\nDos.\n\nThree.", es[1].Quiz.Questions[0].Text: "¿Cuál?", es[1].Quiz.Questions[0].Options[0].Text: "Izquierda",
		es[1].Quiz.Questions[0].Answer: "Nothing", es[2].Agreement.Text: "Uno.\n\nDos.", es[3].Agreement.Text: "One.\n\nThree.", es[3].Agreement.Title: "Read",
		es[4].Title: "Teclee", es[4].Typing.Passages[0].Text: "One.",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if en := p.Certification.Requirements; en[0].Title != "Read" || en[0].Course.Pages[0].Title != "Read" || en[1].Quiz.Questions[0].Options[0].Text != "Left" || en[2].Agreement.Text != "One.\n\nTwo." {
		t.Errorf("the program itself has changed: %+v", en)
	}
	if again := p.In("tlh").Certification.Requirements[0].Title; again != "Read" {
		t.Errorf("in a language that it does not have: %q", again)
	}
	for _, text := range []string{"One.\n\nTwo.", "Uno.\n\nDos."} {
		if a, ok := p.Signable("sign", TextSHA256(text)); !ok || a.Text != text || a.Version != "1" {
			t.Errorf("%q cannot be signed: %+v", text, a)
		}
	}
	for _, c := range [][2]string{{"sign", "Uno."}, {"quiz", "One."}, {"none", "One."}} {
		if a, ok := p.Signable(c[0], TextSHA256(c[1])); ok {
			t.Errorf("%v can be signed: %+v", c, a)
		}
	}
	if lacks := p.Lacking("es"); !slices.Equal(lacks, []string{"Three."}) {
		t.Errorf("lacking: %q", lacks)
	}
}

// TestIdleTexts: a text that stands nowhere is a slip of the keys, and is told.
func TestIdleTexts(t *testing.T) {
	body, err := os.ReadFile("files/support-basics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := t.TempDir() + "/p.yaml"
	if err := os.WriteFile(file, []byte(strings.Replace(string(body), "\"Lock it\": ", "\"Lok it\": ", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	problems := Check(file)
	if len(problems) != 1 || !strings.Contains(problems[0].String(), `nothing that applicants are shown says "Lok it"`) {
		t.Errorf("%v", problems)
	}
}
