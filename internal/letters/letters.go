// Package letters writes what the applicant gets by e-mail: plain words, what
// happened and what happens next. A letter's text is made without personal
// data; the mail adapter adds the first name and the address.
package letters

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

//go:embed text/*.txt
var files embed.FS

// texts is parsed when the program starts, so a fault in a letter stops every
// start and not one applicant.
var texts = template.Must(template.New("letters").Funcs(template.FuncMap{"need": need, "due": due}).ParseFS(files, "text/*.txt"))

// need and due refuse a fact that was not given: a letter with a hole in it is
// not sent. A statutory notice that names no agency, or a day of the year 1, is
// worse than one that comes late.
func need(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", errors.New("a fact that it needs was not given")
	}
	return s, nil
}

func due(t time.Time) (time.Time, error) {
	if t.IsZero() {
		return t, errors.New("the deadline was not given")
	}
	return t.UTC(), nil
}

// Facts is what a letter may say. None of it is personal data.
type Facts struct {
	Program  string
	Link     string         // to the application, for those who hold the letter
	Verify   string         // public page of the credential
	Agency   program.Agency // who made the report; empty when none was made
	Deadline time.Time
	Contact  string // how to reach who decides
}

// Known reports whether there is a letter of that name.
func Known(name string) bool { return texts.Lookup(name+".txt") != nil }

// Write gives a letter's subject and text. The first line of a letter's file is
// its subject, the rest after an empty line its text. It fails when a fact that
// the letter states is missing.
func Write(name string, f Facts) (subject, text string, err error) {
	if !Known(name) {
		return "", "", fmt.Errorf("letters: there is no letter %q", name)
	}
	var b bytes.Buffer
	if err := texts.ExecuteTemplate(&b, name+".txt", f); err != nil {
		return "", "", fmt.Errorf("letters: write %q: %w", name, err)
	}
	subject, text, ok := strings.Cut(b.String(), "\n\n")
	if !ok {
		return "", "", fmt.Errorf("letters: %q has no empty line after its subject", name)
	}
	return strings.TrimSpace(subject), strings.TrimSpace(text) + "\n", nil
}
