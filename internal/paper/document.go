package paper

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Document is a text to be read or printed: a heading, then parts in their order.
type Document struct {
	Title    string
	Language string    // BCP 47; a reader that speaks takes its voice from it
	Made     time.Time // the same document of the same time gives the same bytes; zero: now
	// Unprintable stands where a text is in letters that the fonts do not have: never
	// a question mark in a person's name or a court's.
	Unprintable string
	Parts       []Part
}

// Part is a heading (when there is one), then text, then named rows.
type Part struct {
	Heading string // also in the outline, by which a reader jumps to it
	Text    []string
	Marked  string // a word in bold before the rows
	Rows    []Row
}

// Row is a value with its name.
type Row struct{ Name, Says string }

// The measures of a page, in millimetres.
const (
	margin = 22.0
	names  = 48.0 // the width of the rows' names
	lead   = 5.6  // from line to line
)

// PDF draws the document on A4 pages, in one column and in reading order, its text as
// text: it can be searched, copied and read aloud. It has an outline and says its
// language. It is not tagged (ISO 14289): the library knows no structure tree.
func (d Document) PDF() ([]byte, error) {
	doc := fpdf.New("P", "mm", "A4", "")
	doc.SetTitle(d.Title, true)
	doc.SetCreator("vouchsafe", true)
	doc.SetLang(d.Language)
	doc.SetCatalogSort(true)
	doc.SetCreationDate(d.Made)
	doc.SetModificationDate(d.Made)
	doc.SetMargins(margin, margin, margin)
	doc.SetAutoPageBreak(true, margin)
	AddFonts(doc)
	doc.SetFooterFunc(func() {
		doc.SetY(-margin + 6)
		doc.SetFont(Family, "", 9)
		doc.CellFormat(0, lead, strconv.Itoa(doc.PageNo()), "", 0, "R", false, 0, "")
	})
	doc.AddPage()
	width, height := doc.GetPageSize()
	width -= 2 * margin
	write := func(style string, size, wide float64, words string) {
		said, ok := Printable(words)
		if !ok {
			said = d.Unprintable
		}
		doc.SetFont(Family, style, size)
		doc.MultiCell(wide, size/2, said, "", "L", false)
	}
	room := func(lines float64) { // so that no heading stands alone at a page's end
		if doc.GetY()+lines*lead > height-margin {
			doc.AddPage()
		}
	}
	doc.Bookmark(d.Title, 0, -1)
	write("B", 18, width, d.Title)
	doc.Ln(lead)
	for _, p := range d.Parts {
		if p.Heading != "" {
			room(5)
			doc.Ln(lead / 2)
			said, _ := Printable(p.Heading)
			doc.Bookmark(said, 1, -1)
			write("B", 13, width, p.Heading)
			doc.Ln(lead / 3)
		}
		for _, text := range p.Text {
			write("", 11, width, text)
			doc.Ln(lead / 3)
		}
		if p.Marked != "" {
			room(4)
			write("B", 11, width, p.Marked)
			doc.Ln(lead / 4)
		}
		for _, r := range p.Rows {
			room(2)
			top, page := doc.GetY(), doc.PageNo()
			write("B", 10, names, r.Name)
			end := doc.GetY()
			if doc.PageNo() != page { // cannot be: a name has two lines at most
				top = margin
			}
			doc.SetXY(margin+names, top)
			doc.SetLeftMargin(margin + names)
			write("", 10, width-names, r.Says)
			doc.SetLeftMargin(margin)
			doc.SetXY(margin, max(doc.GetY(), end))
		}
		doc.Ln(lead / 2)
	}
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		return nil, fmt.Errorf("paper: draw the PDF: %w", err)
	}
	return out.Bytes(), nil
}
