package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Input is one control of a form as its template shows it. What was typed is
// in Value, also when it is wrong.
type Input struct {
	ID           string // also its name
	Label        string
	Noun         string // what "Enter …" and "Choose …" say; the label when empty
	Hint         string
	Type         string // "text" when empty
	Value        string
	Autocomplete string
	InputMode    string
	Width        string // "short", "medium" or empty for all of the line
	Rows         int    // of a text area; 0 makes a single line
	Max          int    // longest in characters; 0 means DefaultMax
	Optional     bool
	Problem      string
	Spellcheck   bool
	Options      []Option // of a choice; then it is neither line nor area
	// Said says that label, hint and options stand in the person's language already,
	// as a program's own texts do.
	Said  bool
	Parts []Input // of a date
}

// Option is one answer of a choice.
type Option struct {
	Value, Label, Hint string
	Said               bool // the label stands in the person's language already
}

// DefaultMax is the longest that a line may be, in characters.
const DefaultMax = 100

// Form is a run of inputs.
type Form []*Input

// Get finds an input by its ID; nil when there is none.
func (f Form) Get(id string) *Input {
	for _, in := range f {
		if in.ID == id {
			return in
		}
		for i := range in.Parts {
			if in.Parts[i].ID == id {
				return &in.Parts[i]
			}
		}
	}
	return nil
}

// Value is what was typed at an input, or "".
func (f Form) Value(id string) string {
	if in := f.Get(id); in != nil {
		return in.Value
	}
	return ""
}

// Fill takes what was typed from a posted form and notes what any line can be
// wrong with: empty though needed, too long. It fails when the body cannot be
// read as a form or is too large.
func (f Form) Fill(r *http.Request) error {
	if err := ParseForm(r); err != nil {
		return err
	}
	for _, in := range f {
		for i := range in.Parts {
			in.Parts[i].Value = Clean(r.PostForm.Get(in.Parts[i].ID), false)
		}
		if len(in.Parts) > 0 {
			continue
		}
		in.Value = Clean(r.PostForm.Get(in.ID), in.Rows > 0)
		longest := in.Max
		if longest == 0 {
			longest = DefaultMax
		}
		switch {
		case in.Value == "" && !in.Optional:
			in.Problem = "Enter " + in.noun()
			if len(in.Options) > 0 {
				in.Problem = "Choose " + in.noun()
			}
		case utf8.RuneCountInString(in.Value) > longest:
			in.Problem = fmt.Sprintf("%s must be %d characters or fewer", in.Label, longest)
		}
	}
	return nil
}

// Blame notes an error at the input that it names, by ID or by label, and
// gives true. A form of one input is to blame for whatever is invalid. False
// means that no input here is to blame, or that the error is of another kind.
func (f Form) Blame(err error) bool {
	var e *onboarding.Error
	if !errors.As(err, &e) || e.Code != onboarding.CodeInvalid {
		return false
	}
	for _, in := range f {
		if len(f) == 1 || strings.EqualFold(in.ID, e.Field) || strings.EqualFold(in.Label, e.Field) {
			in.Problem = e.Error()
			return true
		}
	}
	return false
}

// Problems lists what is wrong, in the order of the inputs, for the summary.
func (f Form) Problems() []Problem {
	var out []Problem
	for _, in := range f {
		if in.Problem == "" {
			continue
		}
		id := in.ID
		if len(in.Parts) > 0 {
			id = in.Parts[0].ID
		}
		if len(in.Options) > 0 {
			id += "-0"
		}
		out = append(out, Problem{Field: id, Text: in.Problem})
	}
	return out
}

// ParseForm reads a posted form. A body that is no form is CodeInvalid, one
// over the limit *http.MaxBytesError.
func ParseForm(r *http.Request) error {
	err := r.ParseForm()
	if err == nil {
		return nil
	}
	if StatusOf(err) == http.StatusRequestEntityTooLarge {
		return err
	}
	return &onboarding.Error{Code: onboarding.CodeInvalid, Message: "We could not read the form as your browser sent it.",
		Hint: "Go back, reload the page and fill it in again.", Cause: err}
}

// Clean brings typed text into one form: valid UTF-8, no control characters,
// no spaces around it, runs of spaces as one. Lines are kept when lines is true.
// Invisible marks go, since people paste them unseen and overrides among them
// can make a text look like another; the two joiners stay, which scripts and
// emoji need.
func Clean(s string, lines bool) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case r == 0x200C, r == 0x200D:
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
	if !lines {
		return strings.Join(strings.Fields(s), " ")
	}
	var kept []string
	for _, line := range strings.Split(s, "\n") {
		kept = append(kept, strings.Join(strings.Fields(line), " "))
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}

func (in Input) noun() string {
	if in.Noun != "" {
		return in.Noun
	}
	r, n := utf8.DecodeRuneInString(in.Label)
	return string(unicode.ToLower(r)) + in.Label[n:]
}

// Described lists the IDs of the texts that describe the input, for
// aria-describedby.
func (in Input) Described() string {
	var ids []string
	if in.Hint != "" {
		ids = append(ids, in.ID+"-hint")
	}
	if in.Problem != "" {
		ids = append(ids, in.ID+"-why")
	}
	return strings.Join(ids, " ")
}
