// Package papertest reads back what a PDF says, for tests.
package papertest

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

// Drawn is one piece of text on the page: where, how large, and what.
type Drawn struct {
	X, Size float64
	Bold    bool
	Text    string
}

var (
	streams = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	fonts   = regexp.MustCompile(`/F([0-9a-f]+) ([0-9.]+) Tf`)
	shows   = regexp.MustCompile(`(?s)BT ([0-9.-]+) ([0-9.-]+) Td \(((?:\\.|[^\\)])*)\) ?Tj ET`)
	named   = regexp.MustCompile(`/F([0-9a-f]+) ([0-9]+) 0 R`)
)

// Page reads what a PDF's page draws, with no help of the library that drew it.
func Page(t testing.TB, doc []byte) []Drawn {
	t.Helper()
	bold := map[string]bool{}
	for _, f := range named.FindAllSubmatch(doc, -1) {
		at := bytes.Index(doc, []byte("\n"+string(f[2])+" 0 obj"))
		if at < 0 {
			t.Fatalf("the font %s is nowhere", f[1])
		}
		object, _, _ := bytes.Cut(doc[at:], []byte("endobj"))
		bold[string(f[1])] = bytes.Contains(object, []byte("dejavuB"))
	}
	var out []Drawn
	for _, s := range streams.FindAllSubmatch(doc, -1) {
		r, err := zlib.NewReader(bytes.NewReader(s[1]))
		if err != nil {
			continue // an image
		}
		plain, err := io.ReadAll(r)
		if err != nil || !bytes.Contains(plain, []byte("Tj ET")) {
			continue
		}
		marks := append(fonts.FindAllSubmatchIndex(plain, -1), shows.FindAllSubmatchIndex(plain, -1)...)
		var d Drawn
		for at := 0; at < len(plain); at++ {
			for _, m := range marks {
				if m[0] != at {
					continue
				}
				if len(m) == 6 {
					d.Bold = bold[string(plain[m[2]:m[3]])]
					d.Size, _ = strconv.ParseFloat(string(plain[m[4]:m[5]]), 64)
					continue
				}
				d.X, _ = strconv.ParseFloat(string(plain[m[2]:m[3]]), 64)
				d.Text = utf16(t, unescape(plain[m[6]:m[7]]))
				out = append(out, d)
			}
		}
	}
	return out
}

// unescape undoes what a string in a PDF is written with: ISO 32000-1, 7.3.4.2.
func unescape(s []byte) []byte {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			if i++; s[i] == 'r' {
				out = append(out, '\r')
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

func utf16(t testing.TB, s []byte) string {
	t.Helper()
	out, err := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Bytes(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Text is all that a PDF says, a line each.
func Text(t testing.TB, doc []byte) string {
	t.Helper()
	var lines []string
	for _, d := range Page(t, doc) {
		lines = append(lines, d.Text)
	}
	return strings.Join(lines, "\n")
}
