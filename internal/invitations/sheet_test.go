package invitations

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// cells gives the rows in the columns' order, joined.
func cells(s Sheet) []string {
	var out []string
	for _, r := range s.Rows {
		var row []string
		for _, c := range Columns() {
			row = append(row, r.Cells[c])
		}
		out = append(out, strings.Join(row, "|"))
	}
	return out
}

func wide(text string, order binary.AppendByteOrder) []byte {
	out := order.AppendUint16(nil, 0xfeff)
	for _, u := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// TestRead: the same people, as spreadsheets of all sorts write them.
func TestRead(t *testing.T) {
	plain := "email,program,given_name,language,reference\nada@example.com,support-basics,Zoë,es,A-1\n"
	latin, err := charmap.Windows1252.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ada@example.com|support-basics|Zoë|es|A-1"}
	for name, tt := range map[string]struct {
		body []byte
		how  string
		line int
	}{
		"plain":                   {[]byte(plain), "", 2},
		"a mark and CRLF":         {[]byte("\ufeff" + strings.ReplaceAll(plain, "\n", "\r\n")), "", 2},
		"an old Mac's lines":      {[]byte(strings.ReplaceAll(plain, "\n", "\r")), "", 2},
		"Windows-1252":            {[]byte(latin), "Windows-1252", 2},
		"UTF-16, little end":      {wide(plain, binary.LittleEndian), "UTF-16", 2},
		"UTF-16, big end":         {wide(plain, binary.BigEndian), "UTF-16", 2},
		"semicolons":              {[]byte(strings.ReplaceAll(plain, ",", ";")), "", 2},
		"tabs":                    {[]byte(strings.ReplaceAll(plain, ",", "\t")), "", 2},
		"Excel names its comma":   {[]byte("sep=;\r\n" + strings.ReplaceAll(plain, ",", ";")), "", 3},
		"quotes":                  {[]byte("\"E-mail address\",\"Program\",\"First name\",\"Language\",\"Ref\"\n\"ada@example.com\",\"support-basics\",\"Zoë\",\"es\",\"A-1\"\n"), "", 2},
		"text that Excel keeps":   {[]byte("email,program,name,lang,id\n=\"ada@example.com\",support-basics,Zoë,es,=\"A-1\"\n"), "", 2},
		"empty lines and columns": {[]byte("\n email ,Programa,,Nombre,IDIOMA,Referencia,,\n,,,,,,,\n\u00a0ada@example.com\u200b,support-basics,,Zoë,es,A-1,,\n\n"), "", 4},
		"other columns":           {[]byte("SSN,email,program,given_name,language,reference\n987-65-4320,ada@example.com,support-basics,Zoë,es,A-1\n"), "", 2},
		"no last line's end":      {[]byte(strings.TrimSpace(plain)), "", 2},
	} {
		s, err := Read(tt.body)
		if err != nil || !slices.Equal(cells(s), want) || s.Encoding != tt.how || s.Rows[0].Line != tt.line {
			t.Errorf("%s: %q in %q at %v, %v", name, cells(s), s.Encoding, s.Rows, err)
		}
		for _, r := range s.Rows {
			for _, c := range r.Cells {
				if strings.Contains(c, "987-65") {
					t.Errorf("%s: a column that is for nothing was kept", name)
				}
			}
		}
		if name == "other columns" && !slices.Equal(s.Unread, []string{"SSN"}) {
			t.Errorf("unread: %v", s.Unread)
		}
	}
}

// TestReadRefuses: a list that cannot be read says why and what to do, and quotes
// nobody's address.
func TestReadRefuses(t *testing.T) {
	const secret = "ada.wren@example.com"
	for name, tt := range map[string]struct {
		body, says string
		code       onboarding.Code
	}{
		"nothing":         {"", "nobody in it", onboarding.CodeInvalid},
		"headings alone":  {"email,program\n", "nobody in it", onboarding.CodeInvalid},
		"no headings":     {secret + ",support-basics\n" + secret + "\n", "does not name the columns", onboarding.CodeInvalid},
		"no address":      {"name,program\nAda,x\n", "no column for the e-mail", onboarding.CodeInvalid},
		"two addresses":   {"email,e-mail\n" + secret + "," + secret + "\n", "Two columns", onboarding.CodeInvalid},
		"a workbook":      {"PK\x03\x04 and more", "Excel workbook", onboarding.CodeInvalid},
		"bytes":           {"email\n\x00\x01\x02", "not text", onboarding.CodeInvalid},
		"an open quote":   {"email,name\n\"" + secret + ",x\n", "Line 2", onboarding.CodeInvalid},
		"a bare quote":    {"email,name\n" + secret + ",Ada \"the\" x\n", "Line 2", onboarding.CodeInvalid},
		"too long":        {"email\n" + strings.Repeat("x", MaxUpload), "larger than 2 MB", onboarding.CodeTooLarge},
		"too many people": {"email\n" + strings.Repeat("a@b.co\n", MaxRows+1), "more than 10000", onboarding.CodeTooLarge},
	} {
		_, err := Read([]byte(tt.body))
		if onboarding.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
	}
}

// TestFaultyRoundTrip: the file of faulty lines reads back as it was, whatever a
// spreadsheet would take for a formula, and its last column is not read.
func TestFaultyRoundTrip(t *testing.T) {
	row := Row{Line: 9, Cells: map[string]string{ColumnEmail: "=HYPERLINK(\"x\")", ColumnGivenName: "+1, \"q\"", ColumnReference: "@ref", ColumnProgram: "-x"}}
	for _, comma := range []rune{',', ';', '\t', 'x'} {
		body, err := Write([]Mended{{row, "Mend it."}}, comma)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(body)) {
			for _, cell := range strings.FieldsFunc(line, func(r rune) bool { return r == comma }) {
				if formula(strings.Trim(strings.TrimSpace(cell), `"`)) {
					t.Errorf("a spreadsheet would compute %q", cell)
				}
			}
		}
		s, err := Read(body)
		if err != nil || len(s.Rows) != 1 || s.Rows[0].Cells[columnMend] != "" {
			t.Fatalf("%v, %v", s, err)
		}
		for _, c := range Columns() {
			if s.Rows[0].Cells[c] != row.Cells[c] {
				t.Errorf("%s came back as %q, and was %q", c, s.Rows[0].Cells[c], row.Cells[c])
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("email,program\na@b.co,x\n"))
	f.Add([]byte("sep=;\nemail;name\n\"a@b.co\";'=x\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := Read(body)
		if err != nil {
			if c := onboarding.CodeOf(err); c != onboarding.CodeInvalid && c != onboarding.CodeTooLarge {
				t.Errorf("%v", err)
			}
			return
		}
		var all []Mended
		for _, r := range s.Rows {
			all = append(all, Mended{Row: r})
		}
		back, err := Write(all, s.Comma)
		if err != nil {
			t.Fatal(err)
		}
		if len(back) > MaxUpload {
			return
		}
		again, err := Read(back)
		if err != nil && len(s.Rows) > 0 && !strings.Contains(err.Error(), "nobody") {
			t.Errorf("what was written cannot be read: %v", err)
		}
		if err == nil && len(again.Rows) > len(s.Rows) {
			t.Errorf("%d rows came of %d", len(again.Rows), len(s.Rows))
		}
	})
}
