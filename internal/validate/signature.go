package validate

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Signs reports whether what was typed is the name in the profile, with or
// without the middle names. Case, accents, spaces and the form of apostrophes
// and dashes do not count: phones put in their own. A name of one word, which
// stands in both name fields, may be typed once or twice.
func Signs(typed string, p onboarding.Profile) bool {
	given, middle, family := p[onboarding.FieldGivenName], p[onboarding.FieldMiddleName], p[onboarding.FieldFamilyName]
	t := letters(typed)
	if t == "" {
		return false
	}
	once := given == family && middle == "" && t == letters(given)
	return once || t == letters(given+family) || t == letters(given+middle+family)
}

// letters keeps a name's letters and digits only, in lower case and without
// accents.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(s))
}
