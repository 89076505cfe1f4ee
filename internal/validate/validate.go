// Package validate has the forms of what people type: no vendor is asked, and
// nothing leaves the house but a DNS question about a mail domain. It serves
// the portal, the API and the checks alike, so that a form that one lets pass
// is never refused by another.
//
// Each function gives the normalized value, or an *onboarding.Error with
// CodeInvalid whose Field, Message and Hint are in the person's words. No error
// ever holds what was typed.
package validate

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

const maxName = 100 // runes

// Name normalizes a name (NFC, single spaces, on one line). Any script and a
// single letter are names, with whatever else stands beside the letters; control
// characters, markup and more than 100 characters are not.
func Name(field, s string) (string, error) {
	s = tidy(s)
	switch {
	case s == "":
		return "", onboarding.Invalid(field, "Enter your "+field+".", "Write it as on your identity document.")
	case utf8.RuneCountInString(s) > maxName:
		return "", onboarding.Invalid(field, "Your "+field+" is longer than 100 characters.", "Shorten it to what your identity document shows.")
	case strings.ContainsFunc(s, badRune):
		return "", onboarding.Invalid(field, "Your "+field+" has characters that no name has.", "Use letters, spaces, hyphens, apostrophes and full stops.")
	case !strings.ContainsFunc(s, unicode.IsLetter):
		return "", onboarding.Invalid(field, "Your "+field+" has no letter in it.", "Write it as on your identity document.")
	}
	return s, nil
}

// tidy gives s in NFC, on one line, with single spaces and without the invisible
// marks of direction that come along when a name is copied from right-to-left text.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\u061c' || r == '\u200e' || r == '\u200f' {
			return -1
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

func badRune(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || strings.ContainsRune("<>{}[]\\|=;", r) || (unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d')
}

// DateOfBirth takes YYYY-MM-DD and refuses days that do not exist, lie after
// today or more than 120 years back.
func DateOfBirth(s string, today time.Time) (string, error) {
	const field = "date of birth"
	s = strings.TrimSpace(s)
	if s == "" {
		return "", onboarding.Invalid(field, "Enter your date of birth.", "For example 27 4 1990.")
	}
	born, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", onboarding.Invalid(field, "That date of birth does not exist.", "Give day, month and year, for example 27 4 1990.")
	}
	if born.After(today) {
		return "", onboarding.Invalid(field, "Your date of birth must be in the past.", "Check the year.")
	}
	if born.Before(today.AddDate(-120, 0, 0)) {
		return "", onboarding.Invalid(field, "That date of birth is more than 120 years ago.", "Check the year.")
	}
	return born.Format(time.DateOnly), nil
}

// Phone gives the number in E.164. US numbers may be written without a country
// code. Possible numbers pass, assigned or not: what kind of line it is, the
// phone check finds out; so do the 555-01xx numbers, reserved for fiction.
func Phone(s string) (string, error) {
	const field = "phone number"
	if strings.TrimSpace(s) == "" {
		return "", onboarding.Invalid(field, "Enter your phone number.", "For example 503 555 0142.")
	}
	n, err := phonenumbers.Parse(s, "US")
	// IsPossibleNumber would take seven digits too, which can be dialed next door only.
	if err != nil || phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE || n.GetExtension() != "" {
		return "", onboarding.Invalid(field, "That is not a phone number we can use.", "Write it with the area code, for example 503 555 0142, without an extension.")
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

// knownFakes were printed on cards and in advertisements, and were never
// anybody's own (SSA history page on "SSN misuse").
var knownFakes = map[string]bool{"078051120": true, "219099999": true, "123456789": true, "111111111": true}

// NationalID takes a US Social Security number in any of its usual spellings
// and gives its nine digits. The rules are the SSA's since 2011-06-25: area not
// 000, 666 or 900-999, group not 00, serial not 0000. With allowReserved the
// range 987-65-4320 to -4329, set aside for advertising, passes: for tests.
func NationalID(s string, allowReserved bool) (string, error) {
	const field = "Social Security number"
	digits := bare(s)
	if digits == "" {
		return "", onboarding.Invalid(field, "Enter your Social Security number.", "It has nine digits.")
	}
	if !nineDigits(digits) {
		return "", onboarding.Invalid(field, "A Social Security number has nine digits.", "Copy them from your card.")
	}
	if allowReserved && ReservedNationalID(digits) {
		return digits, nil
	}
	area, group, serial := digits[:3], digits[3:5], digits[5:]
	switch {
	case individual(area, group):
		return "", onboarding.Invalid(field, "That is a taxpayer number (ITIN), not a Social Security number.", "We need the number on your Social Security card.")
	case area == "000", area == "666", area >= "900", group == "00", serial == "0000", knownFakes[digits]:
		return "", onboarding.Invalid(field, "That number was never given to anybody.", "Copy the nine digits from your card.")
	}
	return digits, nil
}

// bare leaves out what people write between digits.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
}

func nineDigits(s string) bool {
	return len(s) == 9 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// individual reports whether area and group are those of an individual's taxpayer
// number (ITIN), as the IRS gives them out (26 CFR 301.6109-1(d)(3)).
func individual(area, group string) bool {
	return area >= "900" && ((group >= "50" && group <= "65") || (group >= "70" && group <= "88") || (group >= "90" && group <= "92") || group >= "94")
}

// TaxpayerNumber takes the number that an individual is taxed under, a Social
// Security number or an ITIN, in any of its usual spellings, and gives its nine
// digits. Errors have CodeInvalid and the field.
func TaxpayerNumber(field, s string, allowReserved bool) (string, error) {
	digits := bare(s)
	switch {
	case digits == "":
		return "", onboarding.Invalid(field, "Enter your taxpayer number.", "For most people it is the Social Security number.")
	case !nineDigits(digits):
		return "", onboarding.Invalid(field, "A taxpayer number has nine digits.", "Type it with or without hyphens.")
	case individual(digits[:3], digits[3:5]) && !ReservedNationalID(digits):
		return digits, nil
	}
	if _, err := NationalID(digits, allowReserved); err != nil {
		return "", onboarding.Invalid(field, "That number was never given to anybody.", "Copy the nine digits from your card or from the IRS's letter.")
	}
	return digits, nil
}

// EmployerNumber takes an employer identification number and gives its nine digits.
// Errors have CodeInvalid and the field.
func EmployerNumber(field, s string) (string, error) {
	digits := bare(s)
	switch {
	case digits == "":
		return "", onboarding.Invalid(field, "Enter the employer identification number.", "It stands in the IRS's letter that gave it.")
	case !nineDigits(digits), digits[:2] == "00":
		return "", onboarding.Invalid(field, "That is no employer identification number.", "It has nine digits, such as 12-3456789.")
	}
	return digits, nil
}

// ReservedNationalID reports whether nine digits are one of the ten numbers
// that the SSA set aside for advertising, and that tests use.
func ReservedNationalID(digits string) bool {
	return len(digits) == 9 && strings.HasPrefix(digits, "98765432")
}

// states are the two-letter codes of states, the District and territories.
var states = strings.Fields(`AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
	OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI`)

// States lists the codes that State takes.
func States() []string { return append([]string(nil), states...) }

// State takes a two-letter code in any case.
func State(s string) (string, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	for _, k := range states {
		if s == k {
			return s, nil
		}
	}
	if s == "" {
		return "", onboarding.Invalid("state", "Choose your state.", "Use its two letters, such as OR.")
	}
	return "", onboarding.Invalid("state", "That is not a state we know.", "Use its two letters, such as OR.")
}

var zip = regexp.MustCompile(`^([0-9]{5})(-?([0-9]{4}))?$`)

// PostalCode takes a ZIP code, five digits or nine, and gives nine with a hyphen.
func PostalCode(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", onboarding.Invalid("ZIP code", "Enter your ZIP code.", "For example 97301.")
	}
	m := zip.FindStringSubmatch(s)
	if m == nil {
		return "", onboarding.Invalid("ZIP code", "A ZIP code has five digits.", "For example 97301, or 97301-1234.")
	}
	if m[3] != "" {
		return m[1] + "-" + m[3], nil
	}
	return m[1], nil
}

// Line takes one line of an address. Optional ones may be empty.
func Line(field, s string, optional bool) (string, error) {
	s = tidy(s)
	switch {
	case s == "" && optional:
		return "", nil
	case s == "":
		return "", onboarding.Invalid(field, "Enter your "+field+".", "")
	case utf8.RuneCountInString(s) > maxName:
		return "", onboarding.Invalid(field, "Your "+field+" is longer than 100 characters.", "Shorten it.")
	case strings.ContainsFunc(s, badRune):
		return "", onboarding.Invalid(field, "Your "+field+" has characters that no address has.", "Use letters, digits, spaces and the usual signs.")
	}
	return s, nil
}

const (
	maxPast      = 2000 // runes
	maxPastLines = 20
)

// PastAddresses takes up to 20 former addresses, one a line; none is fine.
func PastAddresses(s string) (string, error) {
	const field = "earlier addresses"
	var out []string
	for line := range strings.Lines(strings.ReplaceAll(norm.NFC.String(s), "\r\n", "\n")) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			out = append(out, line)
		}
	}
	all := strings.Join(out, "\n")
	if len(out) > maxPastLines || utf8.RuneCountInString(all) > maxPast {
		return "", onboarding.Invalid(field, "That is more than we can take.", "Give at most 20 addresses, one a line.")
	}
	if strings.ContainsFunc(strings.ReplaceAll(all, "\n", ""), badRune) {
		return "", onboarding.Invalid(field, "Your earlier addresses have characters that no address has.", "Use letters, digits, spaces and the usual signs.")
	}
	return all, nil
}

// Country takes an ISO 3166-1 alpha-2 code; only the United States for now,
// since the checks know no other country's numbers and records.
func Country(s string) (string, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if s != "US" {
		return "", onboarding.Invalid("country", "We can take applications from the United States only.", "Use US.")
	}
	return s, nil
}
