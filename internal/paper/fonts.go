package paper

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavuserif"
	"github.com/go-fonts/dejavu/dejavuserifbold"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// Family is DejaVu Serif, which may be embedded and passed on; its licence is
// served at /assets/licences.txt. A PDF gets the letters that it uses, no others.
const Family = "DejaVu"

// AddFonts gives a document the two fonts, regular and bold ("B"), under Family.
func AddFonts(doc *fpdf.Fpdf) {
	doc.AddUTF8FontFromBytes(Family, "", slices.Clone(dejavuserif.TTF)) // the library writes into what it is given
	doc.AddUTF8FontFromBytes(Family, "B", slices.Clone(dejavuserifbold.TTF))
}

// faces are the two fonts, to be asked which letters they have.
var faces = sync.OnceValues(func() ([]*sfnt.Font, error) {
	var out []*sfnt.Font
	for _, ttf := range [][]byte{dejavuserif.TTF, dejavuserifbold.TTF} {
		f, err := sfnt.Parse(ttf)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
})

// Printable gives words as they are drawn, and whether they can be: each letter is
// in the fonts, and of a script that runs from left to right with letters that do
// not change their form by what stands beside them. What is no letter, such as an
// emoji, is left out when the fonts do not have it.
func Printable(words string) (string, bool) {
	fonts, err := faces()
	if err != nil {
		return "", false
	}
	var buf sfnt.Buffer
	known := func(r rune) bool {
		for _, f := range fonts {
			if i, err := f.GlyphIndex(&buf, r); err != nil || i == 0 {
				return false
			}
		}
		return r <= 0xffff // the library draws no others
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(words) {
		part := unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.In(r, unicode.C, unicode.Variation_Selector):
		case known(r) && unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Common, unicode.Inherited):
			b.WriteRune(r)
		case part:
			return "", false
		}
	}
	out := strings.TrimSpace(b.String())
	return out, out != "" || strings.TrimSpace(words) == ""
}
