package browsertest

import (
	"path/filepath"
	"testing"

	"codeberg.org/go-pdf/fpdf"
)

// evidenceFile is a small PDF to hand in with an answer.
func evidenceFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dismissed.pdf")
	doc := fpdf.New("P", "mm", "A4", "")
	doc.AddPage()
	doc.SetFont("Helvetica", "", 12)
	doc.Cell(40, 10, "The case was dismissed.")
	if err := doc.OutputFileAndClose(path); err != nil {
		t.Fatal(err)
	}
	return path
}
