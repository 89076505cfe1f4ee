package words

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func made(t *testing.T, files map[string]string) *Catalog {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, body := range files {
		fsys["es/"+name] = &fstest.MapFile{Data: []byte(body)}
	}
	c, err := load(fsys, "es")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestT: by its own entry, by a pattern, as a day, sentence by sentence; what has no
// words stays English and is told.
func TestT(t *testing.T) {
	c := made(t, map[string]string{"a.yaml": `
"Wait.": "Espere."
"your name": "su nombre"
"your city": "su ciudad"
"Enter {noun}": "Escriba {noun|t}"
"We wait for: {list}.": "Esperamos: {list|list}."
"You have until {when}: {n} days left.": "Tiene hasta el {when|t}: quedan {n} días."
"The name is {name}": "El nombre es {name}"
`})
	var missed []string
	c = c.Telling(func(s string) { missed = append(missed, s) })
	for english, want := range map[string]string{
		"Wait.":                              "Espere.",
		"Enter your name":                    "Escriba su nombre",
		"Wait. Enter your name":              "Espere. Escriba su nombre",
		"We wait for: your name, your city.": "Esperamos: su nombre, su ciudad.",
		"You have until Friday, November 27, 2026, 11:05 PM UTC: 3 days left. Wait.": "Tiene hasta el viernes, 27 de noviembre de 2026, 11:05 p. m. UTC: quedan 3 días. Espere.",
		"The name is Wait. O. Your name":                                             "El nombre es Wait. O. Your name",
		"November 2, 2026":                                                           "2 de noviembre de 2026",
		"12, 3":                                                                      "12, 3",
		"":                                                                           "",
		"su nombre":                                                                  "su nombre", // it went through before
	} {
		if got := c.T(english); got != want {
			t.Errorf("%q: %q, not %q", english, got, want)
		}
	}
	if len(missed) > 0 {
		t.Errorf("missed %q", missed)
	}
	if got := c.T("Enter a house"); got != "Escriba a house" || len(missed) != 1 || missed[0] != "a house" {
		t.Errorf("%q, missed %q", got, missed)
	}
	if got := c.T("You have until noon: many days left."); got != "You have until noon: many days left." {
		t.Errorf("%q", got)
	}
	if got := In(English).T("Anything"); got != "Anything" {
		t.Errorf("English says %q", got)
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"twice in two files": {map[string]string{"a.yaml": "A: B", "b.yaml": "\nA: C"}, `b.yaml:2: "A" stands in es/a.yaml:1`},
		"twice in one":       {map[string]string{"a.yaml": "A: B\nA: C"}, "a.yaml"},
		"a gap too many":     {map[string]string{"a.yaml": `"A {x}": "B {x} {y}"`}, "{y}"},
		"a gap left out":     {map[string]string{"a.yaml": `"A {x}": "B"`}, "{x}"},
		"no translation":     {map[string]string{"a.yaml": `"A": ""`}, "give English: translation"},
		"a list":             {map[string]string{"a.yaml": "- A"}, "must be a list of English"},
		"no YAML":            {map[string]string{"a.yaml": "\"A"}, "a.yaml"},
	} {
		fsys := fstest.MapFS{}
		for file, body := range c.files {
			fsys["es/"+file] = &fstest.MapFile{Data: []byte(body)}
		}
		if _, err := load(fsys, "es"); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnits: what is one unit, and what is taken apart.
func TestUnits(t *testing.T) {
	for source, want := range map[string][]string{
		`<p>One <a href="/x">two</a>, three.</p>`:                                      {`One <a href="/x">two</a>, three.`},
		`<p><a href="/x">Two</a></p>`:                                                  {`Two`},
		`{{with .A}}<p><strong>Last:</strong> {{.}}</p>{{end}}`:                        {`Last:`},
		`<p>{{.A}} of {{.B}} right.</p>`:                                               {`{{.A}} of {{.B}} right.`},
		`<p>{{if .A}}Yes{{else if .B}}Maybe{{else}}<em>No</em>{{end}}</p>`:             {`Yes`, `Maybe`, `No`},
		`<ul>{{range .A}}<li>{{.}}</li>{{end}}</ul>`:                                   nil,
		`<p aria-label="Hear {{if eq .A "b"}}c{{end}}" class="x">{{.}}</p>`:            {`Hear {{if eq .A "b"}}c{{end}}`},
		"<p>\n  One\n  two.\n</p><!-- no --><script>var not = 1</script>{{/* nor */}}": {`One two.`},
		`{{define "content"}}{{$b := .Body}}<h1>Head</h1>{{end}}`:                      {`Head`},
		`<p>A {{if .B}}b</p><p>c{{end}}</p>`:                                           {`A`, `b`, `c`},
		`<input title="{{.A}}" placeholder="Your {{.B}}">`:                             {`Your {{.B}}`},
		`<p>{{"a > b"}} &amp; &nbsp;</p>`:                                              nil,
		`<td>{{- .A -}} – {{.B}}</td>`:                                                 nil,
	} {
		got := Units(source)
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: %q, not %q", source, got, want)
		}
		if same := cut(source).rewrite(func(string) string { return "" }); same != source {
			t.Errorf("%s became %s", source, same)
		}
	}
	c := made(t, map[string]string{"a.yaml": `
'One <a href="/x">two</a>.': '<a href="/x">Dos</a> uno.'
"Yes": "Sí"
`})
	said, missing := c.Page("<p>\n One <a href=\"/x\">two</a>.\n</p><p>{{if .A}}Yes{{else}}No{{end}}</p>")
	if said != "<p>\n <a href=\"/x\">Dos</a> uno.\n</p><p>{{if .A}}Sí{{else}}No{{end}}</p>" || len(missing) != 1 || missing[0] != "No" {
		t.Errorf("%q, missing %q", said, missing)
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{"": "en", "es": "es", "es-MX,es;q=0.9,en;q=0.8": "es", "en-US,en;q=0.5,es;q=0.4": "en", "tlh": "en", "fr, es;q=0.5": "es", ";;;": "en"} {
		if got := Match(header); got != want {
			t.Errorf("%q: %s, not %s", header, got, want)
		}
	}
	if Known("de") || !Known("es") || Or("") != "en" || Or("es") != "es" {
		t.Error("what is known?")
	}
}

func TestTimes(t *testing.T) {
	noon := time.Date(2026, 2, 3, 12, 5, 0, 0, time.UTC)
	if got := In("es").Moment(noon) + "; " + In("es").Day(noon) + "; " + In("en").Moment(noon) + "; " + In("en").Day(noon); got !=
		"martes, 3 de febrero de 2026, 12:05 p. m. UTC; 3 de febrero de 2026; Tuesday, February 3, 2026, 12:05 PM UTC; February 3, 2026" {
		t.Error(got)
	}
}
