package credential_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/dejavu/dejavuserif"
	"github.com/go-fonts/dejavu/dejavuserifbold"
	"rsc.io/qr"

	"github.com/vouchsafe/vouchsafe/internal/credential"
	"github.com/vouchsafe/vouchsafe/internal/paper/papertest"
)

const verifyURL = public + "/verify/019ab3c0-0000-7000-8000-000000000001"

func draw(t *testing.T, b credential.Badge) []byte {
	t.Helper()
	doc, err := credential.PDF(b, verifyURL)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestPDF(t *testing.T) {
	doc := draw(t, badge())
	if !bytes.HasPrefix(doc, []byte("%PDF-1.")) || !bytes.HasSuffix(bytes.TrimSpace(doc), []byte("%%EOF")) {
		t.Fatalf("no PDF: %.20q", doc)
	}
	if n := len(regexp.MustCompile(`/Type /Page\b[^s]`).FindAll(doc, -1)); n != 1 {
		t.Errorf("%d pages, want one", n)
	}
	// Every word on the page is meant: a line that comes is a decision, since a
	// certificate is shown around and says nothing of a check.
	want := strings.Join([]string{"This is to certify that", "Zoë Example", "has met everything that is asked for", "Certified Support Agent",
		"Knows how callers and their data are treated.", "Issued 2 November 2026. Valid until 2 November 2027.",
		"Scan to see whether it is still valid, or open " + verifyURL}, "\n")
	if got := papertest.Text(t, doc); got != want {
		t.Errorf("the page says\n%s\nwant\n%s", got, want)
	}
	// The document's own data are read by search engines and mail filters.
	if bytes.Contains(doc, []byte("Example")) || bytes.Contains(doc, []byte("Z\x00o")) {
		t.Error("the holder's name stands outside the page")
	}
	if !bytes.Contains(doc, []byte("/URI ("+verifyURL+")")) {
		t.Error("the code cannot be clicked")
	}
	if !bytes.Equal(doc, draw(t, badge())) {
		t.Error("the same certificate gives other bytes: it holds the time of printing, or chance")
	}
}

// TestQRCode: the picture is the code of the address, to the last module. Its
// pixels come into a PDF as they are.
func TestQRCode(t *testing.T) {
	code, err := qr.Encode(verifyURL, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	png := code.PNG()
	var pixels []byte
	for at := 8; at+12 <= len(png); { // PNG: chunks behind an eight byte mark
		size := int(binary.BigEndian.Uint32(png[at:]))
		if string(png[at+4:at+8]) == "IDAT" {
			pixels = append(pixels, png[at+8:at+8+size]...)
		}
		at += 12 + size
	}
	if len(pixels) == 0 || !bytes.Contains(draw(t, badge()), pixels) {
		t.Error("the page has not the code of its address")
	}
}

// TestEverythingFits: whatever a person is called and a program file may say, no
// line runs off the page.
func TestEverythingFits(t *testing.T) {
	measure := fpdf.New("L", "pt", "A4", "")
	measure.AddUTF8FontFromBytes("DejaVu", "", slices.Clone(dejavuserif.TTF))
	measure.AddUTF8FontFromBytes("DejaVu", "B", slices.Clone(dejavuserifbold.TTF))
	const left, right = 10 / 25.4 * 72, 287 / 25.4 * 72 // the frame
	for name, change := range map[string]func(*credential.Badge){
		"as usual":             func(*credential.Badge) {},
		"one letter":           func(b *credential.Badge) { b.Holder = "O" },
		"no name":              func(b *credential.Badge) { b.Holder = "" },
		"26 letters":           func(b *credential.Badge) { b.Holder = strings.Repeat("W", 26) },
		"the widest name":      func(b *credential.Badge) { b.Holder = strings.Repeat("W", 100) + " " + strings.Repeat("W", 100) },
		"a title of a line":    func(b *credential.Badge) { b.Achievement = strings.Repeat("Certified Agent ", 31) },
		"a long description":   func(b *credential.Badge) { b.Description = strings.Repeat("knows what callers need ", 20) },
		"the longest of words": func(b *credential.Badge) { b.Description = strings.Repeat("m", 300) },
	} {
		b := badge()
		change(&b)
		doc := draw(t, b)
		if n := bytes.Count(doc, []byte("/Type /Page\n")); n != 1 {
			t.Errorf("%s: %d pages", name, n)
		}
		for _, d := range papertest.Page(t, doc) {
			style := ""
			if d.Bold {
				style = "B"
			}
			measure.SetFont("DejaVu", style, d.Size)
			if end := d.X + measure.GetStringWidth(d.Text); d.X < left || end > right {
				t.Errorf("%s: %.40q goes from %.0f to %.0f, the frame from %.0f to %.0f", name, d.Text, d.X, end, left, right)
			}
		}
	}
}

// TestNamesOfTheWorld: names are drawn letter by letter as they are. One in letters
// that the fonts do not have is not drawn, and the page says so: a person's name
// never gets a question mark, loses an accent, runs together or breaks the file.
func TestNamesOfTheWorld(t *testing.T) {
	const nobody = "the holder\nTheir name is in letters that this file cannot print. They can have it shown on the web page below."
	for name, want := range map[string]string{
		"Zoë Núñez": "Zoë Núñez", "Jürgen Weiß": "Jürgen Weiß", "Œuvrard": "Œuvrard", "O’Brien": "O’Brien",
		"Nguyễn Thị": "Nguyễn Thị", "Łukasz Wałęsa": "Łukasz Wałęsa", "Čapek": "Čapek", "Ивана Ђорђевић": "Ивана Ђорђевић", "Ελένη Ώρα": "Ελένη Ώρα",
		"Արամ": "Արամ", "გიორგი": "გიორგი", "Åsa Đỗ Ğ İ Ș": "Åsa Đỗ Ğ İ Ș",
		"李": nobody, "王 Wang": nobody, "محمد": nobody, "שרה": nobody, "ศรี": nobody, "𝒜da": nobody, "🙂": nobody,
		"e\u0301toile": "étoile", // written in two parts
		"(Bob) \\ 50%": "(Bob) \\ 50%", "Tab\tand\nline": "Tab and line", "Ada 🙂": "Ada", "A\u202eda\x00": "Ada", "o\rčapek": "o čapek",
		"?": "?", // one's own
	} {
		b := badge()
		b.Holder = name
		doc := draw(t, b)
		got := strings.TrimSuffix(strings.TrimPrefix(papertest.Text(t, doc), "This is to certify that\n"), "\nhas met everything that is asked for\nCertified Support Agent\n"+
			"Knows how callers and their data are treated.\nIssued 2 November 2026. Valid until 2 November 2027.\nScan to see whether it is still valid, or open "+verifyURL)
		if got != want {
			t.Errorf("%q is drawn as %q, want %q", name, got, want)
		}
		if len(doc) > 60<<10 {
			t.Errorf("%q: %d bytes", name, len(doc))
		}
	}
}

// TestReadersFindTheName: what a reader copies from the page is the name, by a
// program that is not ours, where it is installed.
func TestReadersFindTheName(t *testing.T) {
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed (package poppler-utils)")
	}
	for _, name := range []string{"Łukasz Nguyễn", "Ивана Ελένη", "Zoë O’Brien"} {
		b := badge()
		b.Holder = name
		file := filepath.Join(t.TempDir(), "certificate.pdf")
		if err := os.WriteFile(file, draw(t, b), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), reader, "-enc", "UTF-8", file, "-").CombinedOutput()
		if err != nil || !strings.Contains(string(out), name) || strings.Contains(string(out), "?") {
			t.Errorf("%s reads as %q: %v", name, out, err)
		}
	}
}

// TestForeignTitle: a program may be called in any letters.
func TestForeignTitle(t *testing.T) {
	b := badge()
	b.Achievement, b.Description = "客服", "客服人员"
	if got := papertest.Text(t, draw(t, b)); strings.Contains(got, "?") || !strings.Contains(got, "What the web page below names") {
		t.Errorf("the page says %q", got)
	}
}

// TestNoSecretOfThePerson: a badge has no place for a national ID or a birth
// date, so neither face can tell one. A field that comes must be looked at here.
func TestNoSecretOfThePerson(t *testing.T) {
	if got := fmt.Sprintf("%+v", credential.Badge{}); !regexp.MustCompile(`^\{ID: Program: ProgramID: Achievement: Description: Holder: From:\S+ \S+ \S+ \S+ Until:\S+ \S+ \S+ \S+ Slot:\{List:0 Index:0\}\}$`).MatchString(got) {
		t.Errorf("Badge has other fields than before: %s", got)
	}
}
