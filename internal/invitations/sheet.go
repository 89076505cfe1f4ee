package invitations

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// MaxUpload is the largest list that is read, in bytes, and MaxRows the most people
// in it.
const (
	MaxUpload = 2 << 20
	MaxRows   = 10_000
)

// The columns of a list.
const (
	ColumnEmail     = "email"
	ColumnProgram   = "program"
	ColumnGivenName = "given_name"
	ColumnLanguage  = "language"
	ColumnReference = "reference"
	columnMend      = "what_to_mend" // ours, in the file of faulty lines: not read
)

// Columns lists them, in the order of the files that we give back.
func Columns() []string {
	return []string{ColumnEmail, ColumnProgram, ColumnGivenName, ColumnLanguage, ColumnReference}
}

// names are the headings under which people write the columns, folded.
var names = map[string]string{
	"email": ColumnEmail, "mail": ColumnEmail, "emailaddress": ColumnEmail, "mailaddress": ColumnEmail, "emailid": ColumnEmail, "address": ColumnEmail,
	"correo": ColumnEmail, "correoelectronico": ColumnEmail, "direcciondecorreo": ColumnEmail, "direcciondecorreoelectronico": ColumnEmail,
	"program": ColumnProgram, "programid": ColumnProgram, "programme": ColumnProgram, "programname": ColumnProgram, "programa": ColumnProgram,
	"givenname": ColumnGivenName, "firstname": ColumnGivenName, "first": ColumnGivenName, "forename": ColumnGivenName, "name": ColumnGivenName, "nombre": ColumnGivenName,
	"language": ColumnLanguage, "lang": ColumnLanguage, "locale": ColumnLanguage, "idioma": ColumnLanguage, "lengua": ColumnLanguage,
	"reference": ColumnReference, "ref": ColumnReference, "ownreference": ColumnReference, "yourreference": ColumnReference, "externalid": ColumnReference, "id": ColumnReference,
	"referencia": ColumnReference, "whattomend": columnMend,
}

// Row is one person of a list as it was written, by column.
type Row struct {
	Line  int               `json:"line"` // of the file, from 1
	Cells map[string]string `json:"cells"`
}

// Sheet is a list as it was read.
type Sheet struct {
	Rows []Row
	// Encoding says in words how the bytes were read, when they are not UTF-8.
	Encoding string
	// Comma is what stands between the cells.
	Comma rune
	// Unread are the headings of columns that are for nothing: they are not kept.
	Unread []string
}

// errList is a fault of the list as a whole.
func errList(message, hint string) error { return onboarding.Invalid("file", message, hint) }

// Read reads a list as spreadsheets write them: with commas, semicolons or tabs,
// with a mark of the byte order or without, in UTF-8, UTF-16 or Windows-1252, with
// the line of Excel that names the separator, quotes, and empty lines. Its errors
// are CodeInvalid or CodeTooLarge, and quote nothing of the list but headings.
func Read(body []byte) (Sheet, error) {
	if len(body) > MaxUpload {
		return Sheet{}, &onboarding.Error{Code: onboarding.CodeTooLarge, Field: "file", Message: fmt.Sprintf("The file is larger than %d MB.", MaxUpload>>20), Hint: "Divide it into several."}
	}
	text, encoding, err := decode(body)
	if err != nil {
		return Sheet{}, err
	}
	s := Sheet{Encoding: encoding}
	skipped := 0 // lines before the headings
	if first, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(strings.ToLower(first), "sep=") {
		text, skipped = rest, 1
		for _, c := range strings.TrimSpace(first[len("sep="):]) {
			s.Comma = c
			break
		}
		if strings.HasPrefix(first[len("sep="):], "\t") {
			s.Comma = '\t'
		}
	}
	if !slices.Contains(commas, s.Comma) {
		s.Comma = comma(text)
	}
	for range 2 { // neighbors share what stands between them
		text = keptText.ReplaceAllString(text, `$1"$2"$3`)
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = s.Comma, -1
	var columns []string
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Sheet{}, unreadable(err, skipped)
		}
		line, _ := r.FieldPos(0)
		line += skipped
		if blank(cells) {
			continue
		}
		if columns == nil {
			if columns, s.Unread, err = headings(cells); err != nil {
				return Sheet{}, err
			}
			continue
		}
		row := Row{Line: line, Cells: map[string]string{}}
		for i, cell := range cells {
			switch {
			case i < len(columns) && columns[i] != "" && columns[i] != columnMend:
				row.Cells[columns[i]] = unescape(cell)
			case i >= len(columns) && strings.TrimSpace(cell) != "":
				row.Cells[columnMend] = "wide" // a comma that is not in quotes has moved the cells
			}
		}
		s.Rows = append(s.Rows, row)
		if len(s.Rows) > MaxRows {
			return Sheet{}, &onboarding.Error{Code: onboarding.CodeTooLarge, Field: "file", Message: fmt.Sprintf("The list has more than %d people.", MaxRows), Hint: "Divide it into several."}
		}
	}
	if len(s.Rows) == 0 {
		return Sheet{}, errList("The list has nobody in it.", "Its first line names the columns, and each line after it is one person.")
	}
	return s, nil
}

// keptText is how Excel keeps a text from being read as a number: ="0123".
var keptText = regexp.MustCompile(`(?m)(^|[,;\t])="([^"\n]*)"([,;\t]|$)`)

// decode gives the text of a file, and how it was read when that is not UTF-8.
func decode(body []byte) (text, how string, err error) {
	switch {
	case bytes.HasPrefix(body, []byte("PK\x03\x04")), bytes.HasPrefix(body, []byte("\xd0\xcf\x11\xe0")):
		return "", "", errList("That is an Excel workbook, not a CSV file.", "In Excel choose Save As, then CSV UTF-8, and send that file.")
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		out, _, err := transform.Bytes(utf.UTF16(utf.LittleEndian, utf.ExpectBOM).NewDecoder(), body)
		if err != nil {
			return "", "", errList("The file cannot be read as text.", "Save it as CSV UTF-8 and send it again.")
		}
		body, how = out, "UTF-16"
	case !utf8.Valid(body):
		out, err := charmap.Windows1252.NewDecoder().Bytes(body)
		if err != nil {
			return "", "", errList("The file cannot be read as text.", "Save it as CSV UTF-8 and send it again.")
		}
		body, how = out, "Windows-1252"
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if bytes.IndexByte(body, 0) >= 0 {
		return "", "", errList("The file is not text.", "Save the list as CSV UTF-8 and send that file.")
	}
	text = strings.ReplaceAll(string(body), "\r\n", "\n")
	return strings.ReplaceAll(text, "\r", "\n"), how, nil
}

var commas = []rune{',', ';', '\t'}

// comma is what stands between the headings.
func comma(text string) rune {
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	best := ','
	for _, c := range commas {
		if strings.Count(first, string(c)) > strings.Count(first, string(best)) {
			best = c
		}
	}
	return best
}

func unreadable(err error, skipped int) error {
	var p *csv.ParseError
	line := 0
	if errors.As(err, &p) {
		line = p.StartLine + skipped
	}
	return errList(fmt.Sprintf("Line %d cannot be read: a quotation mark there does not belong to a pair.", line), `Write cells with a quotation mark in them as "a ""quoted"" word", or take the marks out.`)
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// headings reads the first line: the column of each cell, empty for those that are
// for nothing.
func headings(cells []string) (columns, unread []string, err error) {
	for _, cell := range cells {
		name := names[fold(cell)]
		switch {
		case name == ColumnEmail && slices.Contains(columns, name):
			return nil, nil, errList("Two columns are for the e-mail address.", "Take one of them out.")
		case name != "" && slices.Contains(columns, name): // the first one counts
			name, unread = "", append(unread, heading(cell))
		case name == "" && strings.Contains(cell, "@"):
			return nil, nil, errList("The first line does not name the columns.", "Write a first line such as: "+strings.Join(Columns(), ","))
		case name == "" && strings.TrimSpace(cell) != "":
			unread = append(unread, heading(cell))
		}
		columns = append(columns, name)
	}
	if !slices.Contains(columns, ColumnEmail) {
		return nil, nil, errList("The first line has no column for the e-mail address.", "Write a first line such as: "+strings.Join(Columns(), ","))
	}
	return columns, unread, nil
}

// heading is a heading as it may be shown.
func heading(s string) string {
	out := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.TrimSpace(s)))
	if len(out) > 40 {
		out = append(out[:40], '…')
	}
	return string(out)
}

// fold brings words into one form: small letters and digits without marks.
func fold(s string) string {
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		plain = s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, plain)
}

// unescape takes off what spreadsheets put around a text: ="text", and the
// apostrophe that keeps it from being a formula, which escape puts there.
func unescape(cell string) string {
	cell = strings.TrimFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u2060' })
	if inner, ok := strings.CutPrefix(cell, `="`); ok && strings.HasSuffix(inner, `"`) {
		cell = strings.TrimSuffix(inner, `"`)
	}
	if rest, ok := strings.CutPrefix(cell, "'"); ok && formula(rest) {
		cell = rest
	}
	return cell
}

// formula reports whether a spreadsheet takes a cell for something to compute.
func formula(cell string) bool { return cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) }

func escape(cell string) string {
	if formula(cell) {
		return "'" + cell
	}
	return cell
}

// Mended is a faulty line and what to mend in it.
type Mended struct {
	Row  Row
	Says string
}

// Write gives the faulty lines as a file that can be mended and sent again as it is:
// UTF-8 with a mark, which Excel asks for, and a column more that is not read.
func Write(rows []Mended, comma rune) ([]byte, error) {
	if !slices.Contains(commas, comma) {
		comma = ','
	}
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = comma, true
	if err := w.Write(append(Columns(), columnMend)); err != nil {
		return nil, err
	}
	for _, m := range rows {
		var line []string
		for _, c := range Columns() {
			line = append(line, escape(m.Row.Cells[c]))
		}
		if err := w.Write(append(line, m.Says)); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}
