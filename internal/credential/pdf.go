package credential

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
	"rsc.io/qr"
)

// PDF draws the certificate on one A4 page, with a QR code that leads to
// verifyURL. The fonts that every PDF reader has know Western European letters
// only: a letter beyond them loses its accent, and one that has no such form is
// drawn as a question mark. The signed file has the name as it is.
func PDF(b Badge, verifyURL string) ([]byte, error) {
	code, err := qr.Encode(verifyURL, qr.M)
	if err != nil {
		return nil, fmt.Errorf("credential: QR code: %w", err)
	}
	doc := fpdf.New("L", "mm", "A4", "")
	doc.SetTitle("Certificate", true)
	doc.SetCreator("vouchsafe", true)
	doc.SetCatalogSort(true) // the same certificate gives the same bytes
	doc.SetCreationDate(b.From)
	doc.SetModificationDate(b.From)
	doc.AddPage()
	doc.SetDrawColor(30, 70, 90)
	doc.SetLineWidth(1)
	doc.Rect(10, 10, 277, 190, "D")
	line := func(y, size float64, style, words string) {
		doc.SetFont("Helvetica", style, size)
		if wide := doc.GetStringWidth(western(words)); wide > room {
			size *= room / wide
			doc.SetFontSize(size)
		}
		doc.SetXY(20, y)
		doc.CellFormat(257, size/2, western(words), "", 0, "C", false, 0, "")
	}
	line(32, 14, "", "This is to certify that")
	line(50, 34, "B", b.Holder)
	line(76, 14, "", "has met everything that is asked for")
	line(90, 22, "B", b.Achievement)
	if doc.SetFont("Helvetica", "", 12); doc.GetStringWidth(western(b.Description)) <= room {
		line(106, 12, "", b.Description)
	} else { // four lines hold the longest that a program file may have
		doc.SetFont("Helvetica", "", 9)
		doc.SetXY(20, 106)
		doc.MultiCell(257, 4, western(b.Description), "", "C", false)
	}
	line(122, 12, "", fmt.Sprintf("Issued %s. Valid until %s.", b.From.UTC().Format("2 January 2006"), b.Until.UTC().Format("2 January 2006")))
	image := "qr"
	doc.RegisterImageOptionsReader(image, fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(code.PNG()))
	doc.ImageOptions(image, 133.5, 136, 30, 30, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, verifyURL)
	line(170, 9, "", "Scan to see whether it is still valid, or open "+verifyURL)
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		return nil, fmt.Errorf("credential: draw the PDF: %w", err)
	}
	return out.Bytes(), nil
}

// room is how wide a line may be, in millimetres.
const room = 250

// western encodes in Windows-1252, which the standard fonts use.
func western(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		if c, ok := charmap.Windows1252.EncodeRune(r); ok && !unicode.IsControl(r) {
			b.WriteByte(c)
			continue
		}
		b.WriteString(plainer(r))
	}
	return b.String()
}

func plainer(r rune) string {
	for _, base := range norm.NFD.String(string(r)) {
		if c, ok := charmap.Windows1252.EncodeRune(base); ok && unicode.IsLetter(base) {
			return string([]byte{c})
		}
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return "?"
	}
	return ""
}
