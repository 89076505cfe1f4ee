package invitations

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/validate"
)

// Person is one who can be invited, as far as their line alone says.
type Person struct {
	Line      int                      `json:"line"`
	Email     string                   `json:"email"`
	GivenName string                   `json:"given_name,omitempty"`
	Language  string                   `json:"language"`
	Reference string                   `json:"reference,omitempty"`
	Ref       onboarding.InvitationRef `json:"ref"`
}

// Defaults stand where a line says nothing.
type Defaults struct {
	Program  string
	Language string // English when empty
}

// fault is what is wrong with one cell.
type fault struct {
	Field string
	Says  string // what to mend, without what stands there
}

// languages by how people write them, folded.
var languages = map[string]string{"en": "en", "english": "en", "ingles": "en", "enus": "en", "engb": "en", "eng": "en",
	"es": "es", "spanish": "es", "espanol": "es", "castellano": "es", "eses": "es", "esus": "es", "esmx": "es", "spa": "es"}

// read takes a line apart. may says for which programs somebody may invite.
func (s *Service) read(row Row, d Defaults, may func(program string) bool) (Person, []fault) {
	p := Person{Line: row.Line}
	var faults []fault
	bad := func(field, says string) { faults = append(faults, fault{field, says}) }
	if row.Cells[columnMend] != "" {
		bad("line", "This line has more cells than there are columns: put a cell with a comma in it in quotation marks.")
	}
	address := row.Cells[ColumnEmail]
	if len(address) > len("mailto:") && strings.EqualFold(address[:len("mailto:")], "mailto:") {
		address = address[len("mailto:"):]
	}
	email, err := validate.Email(address)
	switch {
	case address == "":
		bad(ColumnEmail, "There is no e-mail address: write it like name@example.com.")
	case err != nil:
		bad(ColumnEmail, "That is not an e-mail address: write it like name@example.com.")
	case validate.Disposable(email):
		bad(ColumnEmail, "This address is of a service that gives addresses away for minutes: ask for another one.")
	}
	p.Email = email
	prog, says := s.programOf(row.Cells[ColumnProgram], d.Program, may)
	if says != "" {
		bad(ColumnProgram, says)
	}
	if p.GivenName, says = givenName(row.Cells[ColumnGivenName]); says != "" {
		bad(ColumnGivenName, says)
	}
	if p.Language, says = languageOf(row.Cells[ColumnLanguage], d.Language); says != "" {
		bad(ColumnLanguage, says)
	}
	if p.Reference, says = reference(row.Cells[ColumnReference]); says != "" {
		bad(ColumnReference, says)
	}
	if len(faults) == 0 {
		p.Ref = onboarding.InvitationRef{Program: prog.ID, Contact: s.contact(email)}
	}
	return p, faults
}

func (s *Service) programOf(cell, otherwise string, may func(string) bool) (program.Program, string) {
	cell = strings.TrimSpace(cell)
	if cell == "" {
		cell = otherwise
	}
	if cell == "" {
		return program.Program{}, "It does not say to which program: write the program's name or ID."
	}
	for _, p := range s.Programs.All() {
		if fold(cell) != fold(p.ID) && fold(cell) != fold(p.Title) {
			continue
		}
		switch {
		case !may(p.ID):
			return program.Program{}, "You do not invite for this program: take the line out, or ask somebody who does."
		case !p.Invitations.Open():
			return program.Program{}, "Nobody is invited to this program: its file has no section invitations."
		}
		return p, ""
	}
	return program.Program{}, "There is no program of that name: write the program's name or ID."
}

const maxName = 60

// givenName takes a name that a letter can begin with: a letter to a stranger must
// not carry a third one's words or links.
func givenName(cell string) (string, string) {
	name := strings.Join(strings.Fields(cell), " ")
	if name == "" {
		return "", ""
	}
	if utf8.RuneCountInString(name) > maxName {
		return "", fmt.Sprintf("The name is longer than %d characters: give the first name alone.", maxName)
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune(" '’-.·", r) {
			return "", "A name has letters, spaces, hyphens and apostrophes only: mend it or leave it out."
		}
	}
	if strings.Contains(strings.ToLower(name), "www.") || dotted.MatchString(name) {
		return "", "That looks like an address of the web: give the first name alone, or leave it out."
	}
	return name, ""
}

// dotted is what mail programs make a link of, such as example.com.
var dotted = regexp.MustCompile(`\pL{2,}\.\pL{2,}`)

func languageOf(cell, otherwise string) (string, string) {
	if strings.TrimSpace(cell) == "" {
		cell = otherwise
	}
	if strings.TrimSpace(cell) == "" {
		return "en", ""
	}
	if l, ok := languages[fold(cell)]; ok {
		return l, ""
	}
	return "", "The language is en (English) or es (Spanish)."
}

var (
	referenceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/:-]{0,39}$`)
	numberAlone   = regexp.MustCompile(`^[0-9./:-]+$`)
	digits        = regexp.MustCompile(`[0-9]`)
)

// reference takes whoever invites' own name for a person. It outlives the address,
// so what names somebody to everybody has no place in it.
func reference(cell string) (string, string) {
	if cell == "" {
		return "", ""
	}
	if !referenceForm.MatchString(cell) {
		return "", "A reference has letters, digits and . _ / : - only, 40 characters at most, and no name or address in it."
	}
	if n := len(digits.FindAllString(cell, -1)); numberAlone.MatchString(cell) && n >= 9 && n <= 11 {
		return "", "This reference looks like a phone or Social Security number: use a number of your own."
	}
	return cell, ""
}
