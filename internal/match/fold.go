package match

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters writes letters that no decomposition brings to ASCII: Latin ones with
// strokes, Cyrillic (after ICAO Doc 9303, section 6B), Greek (ELOT 743) and the
// consonants of Arabic. Arabic leaves short vowels out; skeletons make up for it.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ħ': "h", 'ı': "i", 'ŋ': "ng", 'ə': "a", 'ŧ': "t", 'ĸ': "k", 'ƙ': "k", 'ɓ': "b", 'ɗ': "d",

	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'ґ': "g", 'д': "d", 'е': "e", 'є': "ie", 'ж': "zh", 'з': "z", 'и': "i", 'і': "i", 'й': "i", 'к': "k",
	'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh",
	'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya", 'ђ': "dj", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dz", 'ѓ': "g", 'ќ': "k", 'ѕ': "dz",

	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m", 'ν': "n", 'ξ': "x",
	'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o",

	'ا': "a", 'ب': "b", 'ت': "t", 'ث': "th", 'ج': "j", 'ح': "h", 'خ': "kh", 'د': "d", 'ذ': "dh", 'ر': "r", 'ز': "z", 'س': "s", 'ش': "sh", 'ص': "s",
	'ض': "d", 'ط': "t", 'ظ': "z", 'ع': "", 'غ': "gh", 'ف': "f", 'ق': "q", 'ك': "k", 'ل': "l", 'م': "m", 'ن': "n", 'ه': "h", 'و': "w", 'ي': "y",
	'ى': "a", 'ة': "a", 'ء': "", 'پ': "p", 'چ': "ch", 'ژ': "zh", 'گ': "g", 'ک': "k", 'ی': "y", 'ٱ': "a",
}

// Fold gives s in lower-case ASCII where that can be done: compatibility forms
// decomposed (NFKD), marks stripped, basic Cyrillic, Greek and Arabic letters
// transliterated. Apostrophes and their kin vanish (O'Neil is oneil); anything
// else that is neither letter nor digit becomes one space. Letters of other
// scripts stay as they are. Fold(Fold(s)) is Fold(s).
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := true // no space at the beginning
	for _, r := range norm.NFKD.String(s) {
		r = unicode.ToLower(r)
		switch {
		case r < unicode.MaxASCII && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9'):
			b.WriteByte(byte(r))
			space = false
		case apostrophe(r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if t, ok := letters[r]; ok {
				b.WriteString(t)
				space = space && t == ""
				continue
			}
			b.WriteRune(r)
			space = false
		case !space:
			b.WriteByte(' ')
			space = true
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}

// apostrophe: the apostrophes, and the signs that romanized Arabic, Hebrew and
// Hawaiian use for hamza, ayin and okina, some of which Unicode calls letters.
func apostrophe(r rune) bool {
	switch r {
	case '\'', '`', '’', '‘', 'ʼ', 'ʻ', 'ʽ', 'ʾ', 'ʿ', 'ˈ', 'ʹ', 'ʺ', '´', '′', 'ـ':
		return true
	}
	return false
}

// particles join names rather than tell people apart; they weigh little.
var particles = map[string]bool{
	"al": true, "el": true, "ul": true, "ad": true, "as": true, "ar": true, "bin": true, "ibn": true, "ben": true, "bint": true, "abu": true, "abd": true,
	"de": true, "del": true, "da": true, "das": true, "do": true, "dos": true, "di": true, "la": true, "las": true, "los": true, "le": true, "y": true, "e": true,
	"van": true, "von": true, "der": true, "den": true, "ter": true, "jr": true, "sr": true, "ii": true, "iii": true, "mr": true, "mrs": true, "ms": true, "dr": true,
}

// skeleton is a token without what transliterations disagree on: vowels and
// doubled letters go, and letters that stand for one sound become one. So
// Mohammed, Muhammad and mhmd are alike.
func skeleton(token string) string {
	out := make([]byte, 0, len(token))
	for i := 0; i < len(token); i++ {
		c := token[i]
		switch c {
		case 'a', 'e', 'i', 'o', 'u', 'y':
			continue
		case 'q', 'c':
			if c == 'c' && i+1 < len(token) && token[i+1] == 'h' {
				break
			}
			c = 'k'
		case 'w':
			c = 'v'
		case 'z':
			c = 's'
		case 'p':
			if i+1 < len(token) && token[i+1] == 'h' {
				c = 'f'
				i++
			}
		}
		if len(out) > 0 && out[len(out)-1] == c {
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

var sounds = strings.NewReplacer("ou", "u", "oo", "u", "ee", "i", "ck", "k", "ph", "f", "q", "k", "w", "v", "x", "ks", "dj", "j", "y", "i")

// sound spells a token as it sounds, as far as transliterations differ by rule.
func sound(token string) string {
	s := sounds.Replace(token)
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if i == 0 || s[i] != s[i-1] {
			out = append(out, s[i])
		}
	}
	return string(out)
}
