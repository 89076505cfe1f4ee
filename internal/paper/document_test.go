package paper_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/paper"
	"github.com/vouchsafe/vouchsafe/internal/paper/papertest"
)

// TestDocument: a document of many pages says all that it was given, in that order,
// within its margins, in its language; what its fonts do not have it says so.
func TestDocument(t *testing.T) {
	d := paper.Document{Title: "Título", Language: "es", Made: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Unprintable: "No se puede imprimir."}
	var want []string
	for i := range 60 {
		name, says := fmt.Sprint("Tribunal ", i), fmt.Sprint("Żółć, Ελλάδα y ", i)
		d.Parts = append(d.Parts, paper.Part{Heading: fmt.Sprint("Parte ", i), Marked: "Marca", Rows: []paper.Row{{Name: name, Says: says}, {Name: "Nombre", Says: "محمد"}}})
		want = append(want, fmt.Sprint("Parte ", i), "Marca", name, says, "Nombre", "No se puede imprimir.")
	}
	long := strings.Repeat("palabra ", 3000)
	d.Parts = append(d.Parts, paper.Part{Heading: "Largo", Text: []string{long}, Rows: []paper.Row{{Name: "Fuente", Says: long}}})
	doc, err := d.PDF()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d.PDF(); err != nil || !bytes.Equal(doc, again) {
		t.Error("the same document gives other bytes", err)
	}
	if !bytes.Contains(doc, []byte("/Lang (es)")) || !bytes.Contains(doc, []byte("/Outlines")) {
		t.Error("no language, or no outline")
	}
	pages := len(regexp.MustCompile(`/Type /Page\b[^s]`).FindAll(doc, -1))
	if pages < 10 {
		t.Errorf("%d pages", pages)
	}
	text := papertest.Text(t, doc)
	at := 0
	for _, w := range want {
		next := strings.Index(text[at:], w)
		if next < 0 {
			t.Fatalf("no %q behind what stands before it", w)
		}
		at += next + len(w)
	}
	if n := strings.Count(text, "palabra"); n != 6000 {
		t.Errorf("%d of 6000 words", n)
	}
	for _, piece := range papertest.Page(t, doc) {
		if piece.X < 60 || piece.X > 540 {
			t.Errorf("%q begins at %.0f", piece.Text, piece.X)
		}
	}
}
