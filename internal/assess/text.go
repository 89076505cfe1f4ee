package assess

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
	"golang.org/x/text/unicode/norm"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// Same reports whether what was typed is one of the answers, apart from spacing,
// case, dashes, accents and other marks.
func Same(typed string, answers ...string) bool {
	got := fold(typed)
	if got == "" {
		return false
	}
	for _, a := range answers {
		if fold(a) == got {
			return true
		}
	}
	return false
}

// fold leaves letters and digits, small and without accents.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// MaxTyped is the most characters that are compared: nobody types more, and the
// comparison costs the product of both lengths.
const MaxTyped = 4000

// Typed compares what was typed with the text that was shown: the characters that
// were typed, and the single corrections (a character put in, taken out or
// replaced) that would make the one of the other. Spacing at the ends and between
// words does not count, nor do the curly quotation marks and long dashes that a
// phone's keyboard makes of straight and short ones.
func Typed(shown, typed string) (characters, errors int) {
	a, b := plain(shown), plain(typed)
	if n := utf8.RuneCountInString(b); n > MaxTyped {
		b = string([]rune(b)[:MaxTyped])
	}
	return utf8.RuneCountInString(b), levenshtein.ComputeDistance(a, b)
}

var keyboard = strings.NewReplacer("\u2018", "'", "\u2019", "'", "\u201c", `"`, "\u201d", `"`, "\u2013", "-", "\u2014", "-", "\u2026", "...")

func plain(s string) string {
	return strings.Join(strings.Fields(keyboard.Replace(norm.NFC.String(strings.ToValidUTF8(s, "\ufffd")))), " ")
}

// Length is how many characters a text has as Typed counts them.
func Length(text string) int { return utf8.RuneCountInString(plain(text)) }

// Speed is what a typing test came to.
type Speed struct {
	WPM      float64 // net words of five characters a minute: wrong characters do not count
	Accuracy float64 // percent
	TooFast  bool    // faster than anybody types: it was not typed
}

// mostWPM is faster than the fastest typists over a minute or more; what is
// beyond was pasted.
const mostWPM = 220

// Speedy gives the speed and accuracy of a typing test from what Typed counted, of a
// text of length characters, in the time taken.
func Speedy(length, characters, errors int, taken time.Duration) Speed {
	longest := max(length, characters)
	if longest <= 0 || characters <= 0 {
		return Speed{}
	}
	taken = max(taken, time.Second)
	right := max(characters-errors, 0)
	s := Speed{WPM: float64(right) / 5 / taken.Minutes(), Accuracy: 100 * float64(max(longest-errors, 0)) / float64(longest)}
	s.TooFast = float64(characters)/5/taken.Minutes() > mostWPM
	return s
}

// Passes reports whether the speed is enough for the test.
func (s Speed) Passes(t program.Typing) bool {
	return !s.TooFast && s.WPM >= t.MinWPM && s.Accuracy >= t.MinAccuracy
}
