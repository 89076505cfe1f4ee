package credential

import (
	"bytes"
	"fmt"

	"codeberg.org/go-pdf/fpdf"
	"rsc.io/qr"

	"github.com/vouchsafe/vouchsafe/internal/paper"
)

// nameless is what the page says when the holder's name is in letters that its
// fonts do not have: never a question mark in a person's name.
const nameless = "Their name is in letters that this file cannot print. They can have it shown on the web page below."

// PDF draws the certificate on one A4 page, with a QR code that leads to
// verifyURL. Names in Latin, Greek, Cyrillic, Armenian and Georgian letters are
// drawn as they are, with every accent. One in other letters is not drawn at all:
// the page says so, and where it can be shown. The signed file has it in any case.
func PDF(b Badge, verifyURL string) ([]byte, error) { return draw(b, verifyURL, nil) }

// proofFile is what the proof is called inside the PDF.
const proofFile = "ledger-proof.json"

// draw is PDF with the proof of the certificate's record as an attached file; nil: none.
func draw(b Badge, verifyURL string, proof []byte) ([]byte, error) {
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
	paper.AddFonts(doc)
	doc.AddPage()
	doc.SetDrawColor(30, 70, 90)
	doc.SetLineWidth(1)
	doc.Rect(10, 10, 277, 190, "D")
	line := func(y, size float64, style, words string) {
		if words == "" {
			return
		}
		doc.SetFont(paper.Family, style, size)
		if wide := doc.GetStringWidth(words); wide > room {
			size *= room / wide
			doc.SetFontSize(size)
		}
		doc.SetXY(20, y)
		doc.CellFormat(257, size/2, words, "", 0, "C", false, 0, "")
	}
	line(32, 14, "", "This is to certify that")
	if name, ok := paper.Printable(b.Holder); ok {
		line(50, 34, "B", name)
	} else {
		line(50, 34, "B", "the holder")
		line(67.5, 9, "", nameless)
	}
	line(76, 14, "", "has met everything that is asked for")
	title, ok := paper.Printable(b.Achievement)
	if !ok {
		title = "What the web page below names"
	}
	line(90, 22, "B", title)
	about, _ := paper.Printable(b.Description)
	if doc.SetFont(paper.Family, "", 12); doc.GetStringWidth(about) <= room {
		line(106, 12, "", about)
	} else { // four lines hold the longest that a program file may have
		doc.SetFont(paper.Family, "", 9)
		doc.SetXY(20, 106)
		doc.MultiCell(257, 4, about, "", "C", false)
	}
	line(124, 12, "", fmt.Sprintf("Issued %s. Valid until %s.", b.From.UTC().Format("2 January 2006"), b.Until.UTC().Format("2 January 2006")))
	image := "qr"
	doc.RegisterImageOptionsReader(image, fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(code.PNG()))
	doc.ImageOptions(image, 133.5, 136, 30, 30, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, verifyURL)
	line(170, 9, "", "Scan to see whether it is still valid, or open "+verifyURL)
	if proof != nil {
		doc.SetAttachments([]fpdf.Attachment{{Content: proof, Filename: proofFile, Description: "Proof that the issue stands in a signed checkpoint"}})
		line(178, 7, "", "Attached, as "+proofFile+": the proof that its issue stands in a signed checkpoint of our ledgers.")
	}
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		return nil, fmt.Errorf("credential: draw the PDF: %w", err)
	}
	return out.Bytes(), nil
}

// room is how wide a line may be, in millimetres.
const room = 250
