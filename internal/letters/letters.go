// Package letters writes what the applicant gets by e-mail: plain words, what
// happened and what happens next. A letter's text is made without personal
// data; the mail adapter adds the first name and the address.
package letters

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/words"
)

//go:embed text/*.txt text/*/*.txt
var files embed.FS

// texts is parsed when the program starts, so a fault in a letter stops every
// start and not one applicant.
// The English letters stand in text, the others in a folder of their language.
var texts = mustTexts()

func mustTexts() map[string]*template.Template {
	out := map[string]*template.Template{}
	for _, l := range words.Languages() {
		in, where := words.In(l.Tag), "text/*.txt"
		if l.Tag != words.English {
			where = "text/" + l.Tag + "/*.txt"
		}
		out[l.Tag] = template.Must(template.New("letters").Funcs(template.FuncMap{"need": need, "due": due, "lines": lines, "outcome": outcome, "request": request, "step": step, "asked": asked, "upon": upon, "revocation": revocation,
			"t": in.T, "day": in.Day, "moment": in.Moment}).ParseFS(files, where))
	}
	return out
}

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

// lines refuses an empty list, and a list with an empty line in it.
func lines(list []string) ([]string, error) {
	if len(list) == 0 {
		return nil, errors.New("the lines that it needs were not given")
	}
	for _, l := range list {
		if _, err := need(l); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// outcome refuses one that the letter has no words for.
func outcome(o Outcome) (Outcome, error) {
	if !o.Known() {
		return "", errors.New("the outcome was not given")
	}
	return o, nil
}

// request refuses one that the letter has no words for.
func request(kind string) (string, error) {
	if kind != "copy" && kind != "erasure" {
		return "", errors.New("what was asked for was not given")
	}
	return kind, nil
}

// step refuses one that the letter has no words for.
func step(s string) (string, error) {
	switch s {
	case "code", "link", "ready", "extended", "answered", "refused", "redirected", "restricted", "lifting", "lifted", "closing", "kept":
		return s, nil
	}
	return "", errors.New("what the letter tells was not given")
}

// asked is what a data request asks for, inside a sentence.
func asked(kind string) (string, error) {
	switch kind {
	case "access", "copy":
		return "a copy of your data", nil
	case "correct":
		return "a correction of your data", nil
	case "delete", "erasure":
		return "the erasure of your data", nil
	case "amend":
		return "an addition to your data", nil
	case "restrict":
		return "a restriction of what is done with your data", nil
	case "close":
		return "the closing of your account", nil
	}
	return "", errors.New("what was asked for was not given")
}

// Facts is what a letter may say. None of it is personal data.
type Facts struct {
	// Language is the one in which it is written, BCP 47; English when it is empty
	// or one that we do not have.
	Language string
	Program  string
	Link     string         // to the application, for those who hold the letter
	Verify   string         // public page of the credential
	Agency   program.Agency // who made the report, or will make it; empty when none was made
	Deadline time.Time
	Contact  string // how to reach who decides
	// Place is what the law of the place wants the notice to say: a jurisdiction's
	// Notice for the pre-adverse one, its Final for the final one. The sentences
	// speak of a report, so a notice without one does not have them.
	Place []string
	// Assessed says that a written assessment is in the application, for the
	// applicant to read.
	Assessed bool
	// Assessment is the points that it weighs, in the form's own words (a Factor's
	// Text). What was written under them never stands in a letter.
	Assessment []string
	// Details is what the letter "correct" asks to be put right, a line each; see
	// the function Details.
	Details []string
	// Cleared says that what an earlier notice was about stands in the way no more.
	Cleared bool
	// Dispute says that the answer, in the letter "answered", disputes a report.
	Dispute bool
	// Outcome is what the letter "reinvestigated" tells.
	Outcome Outcome
	// Agreement is what the letter "agreement" is the copy of, and Signed when it was
	// signed.
	Agreement program.Agreement
	Signed    time.Time
	// Request is what a request about one's own data asks for, "copy" or "erasure",
	// in the letters "data_asked" and "data_answered"; Refused that it was refused.
	Request string
	Refused bool
	// Step is what the letter "data_request" tells, Request there one of "access",
	// "correct" and "delete"; Code and Proof are what proves who the reader is, and
	// Extended why it takes longer.
	Step, Code, Proof, Extended string
	// Kept is what the law obliges to keep, in the letter "erased".
	Kept []Kept
	// Reason is for which kind of reason a certificate is revoked: a
	// RevocationReason of the workflows.
	Reason string
	// Open says, in the letters about a certificate's end, that it can be renewed or
	// that its renewal is under way; in the statutory notices, that what is decided
	// upon is a renewal.
	Open bool
	// Inviter is who invites, Source where they have the address from, a sentence in
	// the letter's language, and Stop where the reader says that they do not want to
	// be invited: in the letters "invited" and "invited_reminder".
	Inviter, Source, Stop string
	// Notice is the title of a text that changes, Text the address where it can be
	// read, and Again that it is to be agreed to anew: in the letter "notice_changed".
	Notice, Text string
	Again        bool
	// NoOwner says, in the letter "notice_off", that nobody takes over after all; without
	// it a text does not change after all.
	NoOwner bool
	// Reference is the number of a complaint, in the letters about one.
	Reference string
	// Disclosed is what was given because the law compels or allows it, in the letter
	// "disclosed".
	Disclosed Disclosed
	// Owner is who takes over, and OwnerContact how to reach them: in the letter
	// "new_owner".
	Owner, OwnerContact string
	// More says that there will be another letter about the same invitation.
	More bool
}

// Disclosed is what was given of the reader's data without their consent.
type Disclosed struct {
	To     string                 // who got it, as staff have named them
	Upon   onboarding.ProcessKind // upon what
	What   []string               // of Given
	On     time.Time
	Waited bool // an order forbade to tell the reader before
}

// upon refuses a kind of legal process that the letter has no words for.
func upon(k onboarding.ProcessKind) (string, error) {
	switch k {
	case onboarding.ProcessSubpoena:
		return "a subpoena", nil
	case onboarding.ProcessCourtOrder:
		return "a court order", nil
	case onboarding.ProcessWarrant:
		return "a warrant", nil
	case onboarding.ProcessEmergency:
		return "an emergency: somebody was in danger of death or serious harm", nil
	}
	return "", errors.New("upon what it was given was not given")
}

// Given is a category of data in words to the person.
func Given(c onboarding.Category) string {
	words, ok := givens[c]
	if !ok {
		return c.Words()
	}
	return words
}

var givens = map[onboarding.Category]string{
	onboarding.KeptApplication: "what you gave us in your application", onboarding.KeptFindings: "what checks found, and reports about you",
	onboarding.KeptLetters: "letters that we sent you", onboarding.KeptFiles: "files that you handed in", onboarding.KeptTax: "the details of your tax form",
	onboarding.KeptConsents: "what you agreed to, and when", onboarding.KeptCertificates: "your certificates",
}

// Kept is something that the law obliges to keep of who is erased.
type Kept struct {
	What  string // in the words of internal/policy
	Rule  string
	Until time.Time
}

// revocations are the kinds of reason for which a certificate is revoked, as its
// holder is told. Their names are those of the workflows' own.
var revocations = map[string]string{
	"requirement": "You do not meet any more what the program asks for.",
	"conduct":     "A rule of the program was broken.",
	"mistake":     "The certificate was issued by mistake.",
	"request":     "You asked for it.",
	"program":     "The program is not offered any more.",
	"":            "The reason is not one of those that we can name in a letter. Ask us for it.",
}

// revocation refuses a reason that the letter has no words for.
func revocation(reason string) (string, error) {
	words, ok := revocations[reason]
	if !ok {
		return "", errors.New("the reason was not given")
	}
	return words, nil
}

// Outcome is what an agency's re-investigation came to.
type Outcome string

// The outcomes. Their text is that of the workflows' own.
const (
	OutcomeChanged   Outcome = "changed"   // the report says something else now
	OutcomeUnchanged Outcome = "unchanged" // the agency has verified it as it stood
	OutcomeOverdue   Outcome = "overdue"   // not verified in time: it is used no more, 15 USC 1681i(a)(5)(A)
)

// Known reports whether the letter has words for the outcome.
func (o Outcome) Known() bool {
	return o == OutcomeChanged || o == OutcomeUnchanged || o == OutcomeOverdue
}

// Details gives the lines for details that did not hold, once each and in the
// order of people's reading: what is wrong, never what was typed. Fields that
// nobody can correct by themselves give none.
func Details(fields []onboarding.Field) []string {
	var out []string
	for _, d := range details {
		if slices.ContainsFunc(d.fields, func(f onboarding.Field) bool { return slices.Contains(fields, f) }) {
			out = append(out, d.line)
		}
	}
	return out
}

var details = []struct {
	fields []onboarding.Field
	line   string
}{
	{[]onboarding.Field{onboarding.FieldEmail}, "The e-mail address: mail to it does not arrive, or it is one that is thrown away after use."},
	{[]onboarding.Field{onboarding.FieldPhone}, "The phone number: it is not a number that works, or not of a line that this program takes."},
	{[]onboarding.Field{onboarding.FieldNationalID}, "The number that identifies you to the authorities: no such number is given out."},
	{[]onboarding.Field{onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode, onboarding.FieldCountry},
		"The address: the Postal Service does not know it as it is written, or knows nobody there."},
	{[]onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName}, "The name: it must be written as on your document."},
	{[]onboarding.Field{onboarding.FieldDateOfBirth}, "The day on which you were born: it must be as on your document."},
}

// Known reports whether there is a letter of that name.
func Known(name string) bool { return texts[words.English].Lookup(name+".txt") != nil }

// Write gives a letter's subject and text. The first line of a letter's file is
// its subject, the rest after an empty line its text. It fails when a fact that
// the letter states is missing.
func Write(name string, f Facts) (subject, text string, err error) {
	if !Known(name) {
		return "", "", fmt.Errorf("letters: there is no letter %q", name)
	}
	var b bytes.Buffer
	in := texts[words.Or(f.Language)]
	if in.Lookup(name+".txt") == nil {
		in = texts[words.English] // a test holds that there is none
	}
	if err := in.ExecuteTemplate(&b, name+".txt", f); err != nil {
		return "", "", fmt.Errorf("letters: write %q: %w", name, err)
	}
	subject, text, ok := strings.Cut(b.String(), "\n\n")
	if !ok {
		return "", "", fmt.Errorf("letters: %q has no empty line after its subject", name)
	}
	return strings.TrimSpace(subject), strings.TrimSpace(text) + "\n", nil
}
