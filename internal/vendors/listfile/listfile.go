// Package listfile reads the CSV files of public lists and checks them whole: a
// list that is cut off or has another shape is refused, with file and line,
// instead of clearing people whom it would have named.
package listfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"
)

// Row is one line of a file.
type Row struct {
	File   string
	Line   int
	Fields []string // trimmed
}

// Fault makes an error that names the row's file and line.
func (r Row) Fault(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", r.File, r.Line, fmt.Sprintf(format, args...))
}

// File is a file as read.
type File struct {
	Name string
	Rows []Row
	body []byte
}

// maxSize bounds a file; the largest known list has 30 MB.
const maxSize = 256 << 20

// Read reads a CSV file whose rows all have so many columns. Bytes that are not
// UTF-8 are taken for ISO 8859-1, which older lists use. A last line that is
// DOS's end-of-file sign is none. No row at all is a fault.
func Read(dir fs.FS, name string, columns int) (File, error) {
	f, err := dir.Open(name)
	if err != nil {
		return File{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", name, err)
	}
	if len(body) > maxSize {
		return File{}, fmt.Errorf("%s: is larger than %d bytes", name, maxSize)
	}
	out := File{Name: name, body: body}
	text := bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	text = bytes.TrimRight(text, "\x1a\r\n ")
	if !utf8.Valid(text) {
		text = fromLatin1(text)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = columns
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return File{}, fault(name, columns, len(fields), err)
		}
		line, _ := r.FieldPos(0)
		for i, s := range fields {
			fields[i] = strings.TrimSpace(s)
		}
		out.Rows = append(out.Rows, Row{File: name, Line: line, Fields: fields})
	}
	if len(out.Rows) == 0 {
		return File{}, fmt.Errorf("%s:1: the file has no row", name)
	}
	return out, nil
}

// ReadHeaded reads a list that is one CSV file, whose first row has to be the header;
// it stays the first of the rows. With it comes the day that published.txt names,
// zero without one. Errors are those of Read and Published, and that of a column
// with another name.
func ReadHeaded(dir fs.FS, name string, header []string) (File, time.Time, error) {
	file, err := Read(dir, name, len(header))
	if err != nil {
		return File{}, time.Time{}, err
	}
	published, err := Published(dir)
	if err != nil {
		return File{}, time.Time{}, err
	}
	for i, want := range header {
		if got := file.Rows[0].Fields[i]; got != want {
			return File{}, time.Time{}, file.Rows[0].Fault("column %d is %q, not %q", i+1, got, want)
		}
	}
	return file, published, nil
}

func fault(name string, columns, got int, err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return fmt.Errorf("%s: %w", name, err)
	}
	if errors.Is(p.Err, csv.ErrFieldCount) {
		return fmt.Errorf("%s:%d: has %d columns, not %d", name, p.StartLine, got, columns)
	}
	return fmt.Errorf("%s:%d: %w", name, p.Line, p.Err)
}

func fromLatin1(b []byte) []byte {
	out := make([]byte, 0, len(b)+len(b)/8)
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

// PublishedFile may stand beside a list and hold the day of its publication
// (YYYY-MM-DD), which the files themselves do not say.
const PublishedFile = "published.txt"

// Published reads PublishedFile; the zero time when there is none.
func Published(dir fs.FS) (time.Time, error) {
	body, err := fs.ReadFile(dir, PublishedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	day, err := time.Parse(time.DateOnly, strings.TrimSpace(string(body)))
	if err != nil {
		return time.Time{}, fmt.Errorf("%s:1: is no date such as 2026-01-31", PublishedFile)
	}
	return day, nil
}

// Edition names what was read: the day of publication, or "undated", and the
// beginning of the SHA-256 over all files. It is the same wherever the same
// bytes are read.
func Edition(published time.Time, files ...File) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s %d\n", f.Name, len(f.body))
		h.Write(f.body)
	}
	day := "undated"
	if !published.IsZero() {
		day = published.Format(time.DateOnly)
	}
	return day + "/" + hex.EncodeToString(h.Sum(nil))[:12]
}
