package validate_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
)

var today = time.Date(2026, 11, 2, 15, 0, 0, 0, time.UTC)

// wantInvalid: what cannot be used is told in the person's words, with a way on,
// and never with what was typed (design, decision 6).
func wantInvalid(t *testing.T, typed string, err error) {
	t.Helper()
	var e *onboarding.Error
	if !errors.As(err, &e) || e.Code != onboarding.CodeInvalid || e.Field == "" || e.Message == "" {
		t.Errorf("%q: error is %v", typed, err)
		return
	}
	told := e.Field + e.Message + e.Hint
	if word := strings.TrimSpace(typed); len(word) > 3 && strings.Contains(told, word) {
		t.Errorf("the error repeats what was typed: %s", told)
	}
	if e.Unwrap() != nil {
		t.Errorf("%q: the error has a cause, which may hold what was typed: %v", typed, e.Cause)
	}
}

// form is a row of what may be typed: what becomes of it, or "-" when it is refused.
type form struct{ name, typed, want string }

func try(t *testing.T, rows []form, take func(string) (string, error)) {
	t.Helper()
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			got, err := take(c.typed)
			if c.want == "-" {
				if got != "" {
					t.Errorf("%q becomes %q and an error", c.typed, got)
				}
				wantInvalid(t, c.typed, err)
				return
			}
			if err != nil || got != c.want {
				t.Errorf("%q becomes %q, %v; want %q", c.typed, got, err, c.want)
			}
			// What was normalized once is not changed again: a profile goes through
			// the portal, the API and the checks.
			if again, err := take(got); err != nil || again != got {
				t.Errorf("%q becomes %q, and that becomes %q, %v", c.typed, got, again, err)
			}
		})
	}
}

func TestName(t *testing.T) {
	try(t, []form{
		{"plain", "Ada", "Ada"},
		{"one letter", "O", "O"},
		{"one word of another script", "李", "李"},
		{"straight apostrophe", "O'Hara", "O'Hara"},
		{"typographic apostrophe, as phones write it", "O’Hara", "O’Hara"},
		{"okina", "Kaʻiulani", "Kaʻiulani"},
		{"hyphen, particle, full stop", "de la Cruz-Núñez Jr.", "de la Cruz-Núñez Jr."},
		{"digits, which some documents show", "X Æ A-12", "X Æ A-12"},
		{"spaces", "  Anne \t Marie\u00a0", "Anne Marie"},
		{"a line's end, as pasted", "Ada\n", "Ada"},
		{"two lines", "Ada\r\nMaria", "Ada Maria"},
		{"accent as a character of its own", "Jose\u0301", "José"},
		{"Arabic", "عمر", "عمر"},
		{"Hebrew", "דָּוִד", "דָּוִד"},
		{"Arabic with the marks that copying adds", "\u200fعمر\u200e", "عمر"},
		{"Persian with a joiner inside", "می\u200cنا", "می\u200cنا"},
		{"Devanagari", "नीता", "नीता"},
		// A name is text: pages and letters must bear what a phone's keyboard has.
		{"emoji beside a name", "Ada 🎉", "Ada 🎉"},
		{"emoji of several parts", "Ada 👩\u200d🚀", "Ada 👩\u200d🚀"},
		{"as long as it may be", strings.Repeat("é", 100), strings.Repeat("é", 100)},

		{"nothing", "", "-"},
		{"spaces only", " \t\u00a0\n", "-"},
		{"too long", strings.Repeat("é", 101), "-"},
		{"digits only", "12345", "-"},
		{"signs only", "-.-'", "-"},
		{"emoji only", "🎉🎉", "-"},
		{"text turned around", "\u202eAda\u202c", "-"},
		{"an invisible space inside", "Ad\u200ba", "-"},
		{"a control character", "Ad\x00a", "-"},
		{"an escape sequence", "\x1b[31mAda", "-"},
		{"markup", "<b>Ada</b>", "-"},
		{"a formula", "=HYPERLINK(1)", "-"},
		{"a template", "{{Ada}}", "-"},
		{"bytes that are no text", "Ad\xffa", "-"},
	}, func(s string) (string, error) { return validate.Name("first name", s) })
}

func TestNameSaysWhich(t *testing.T) {
	for _, field := range []string{"first name", "last name"} {
		for _, typed := range []string{"", strings.Repeat("x", 101), "<", "1"} {
			_, err := validate.Name(field, typed)
			var e *onboarding.Error
			if !errors.As(err, &e) || e.Field != field || !strings.Contains(e.Message, field) || e.Hint == "" {
				t.Errorf("%s, %.5q: %+v", field, typed, e)
			}
		}
	}
}

// TestPhone has numbers of 555-0100 to -0199 only, set aside for fiction.
func TestPhone(t *testing.T) {
	try(t, []form{
		{"spaces", "503 555 0142", "+15035550142"},
		{"as printed", "(503) 555-0142", "+15035550142"},
		{"dots", "503.555.0142", "+15035550142"},
		{"country code", "+1 503 555 0142", "+15035550142"},
		{"country code without a plus", "1-503-555-0142", "+15035550142"},
		{"no-break hyphen", "503‑555‑0142", "+15035550142"},
		{"Arabic digits", "٥٠٣٥٥٥٠١٤٢", "+15035550142"},
		{"toll-free", "1-800-555-0100", "+18005550100"},
		{"spaces around", "  5035550142 ", "+15035550142"},
		{"another country's, set aside by Ofcom", "+44 20 7946 0958", "+442079460958"},

		{"nothing", " ", "-"},
		{"without the area code", "555-0142", "-"},
		{"a digit too few", "503 555 019", "-"},
		{"a digit too many", "503 555 01423", "-"},
		{"extension", "503 555 0142 ext. 5", "-"},
		{"extension, short", "503-555-0142x12", "-"},
		{"extension in a link", "tel:+15035550142;ext=3", "-"},
		{"emergency", "911", "-"},
		{"words", "none of your business", "-"},
		{"two numbers", "503-555-0142, 503-555-0199", "-"},
		{"a country that there is not", "+999 503 555 0142", "-"},
		{"very long", strings.Repeat("5", 300), "-"},
	}, validate.Phone)
}

// TestNationalID has the ten numbers that the SSA set aside (987-65-4320 to
// -4329) and numbers that were never given to anybody.
func TestNationalID(t *testing.T) {
	rows := []form{
		{"nothing", "", "-"},
		{"hyphens only", "--", "-"},
		{"eight digits", "98765432", "-"},
		{"ten digits", "9876543210", "-"},
		{"letters", "98765432O", "-"},
		{"Arabic digits", "٩٨٧٦٥٤٣٢١", "-"},
		{"masked", "***-**-4321", "-"},
		// SSA, randomization since 2011-06-25: no area 000, 666, 900-999; no group 00; no serial 0000.
		{"area 000", "000-12-3456", "-"},
		{"area 666", "666-12-3456", "-"},
		{"area 900", "900-12-3456", "-"},
		{"area 999", "999-99-9999", "-"},
		{"group 00", "123-00-4567", "-"},
		{"serial 0000", "123-45-0000", "-"},
		// SSA's history page on misuse.
		{"the one on the wallet's card", "078-05-1120", "-"},
		{"the one of the pamphlet", "219-09-9999", "-"},
		{"the row", "123-45-6789", "-"},
		{"the same nine times", "111111111", "-"},
		{"an ITIN", "912-70-1234", "-"},
	}
	for _, allow := range []bool{false, true} {
		reserved := "-"
		if allow {
			reserved = "987654321"
		}
		try(t, append(rows, form{"reserved", "987-65-4321", reserved}, form{"next to the reserved, below", "987-65-4319", "-"}, form{"next to the reserved, above", "987-65-4330", "-"}),
			func(s string) (string, error) { return validate.NationalID(s, allow) })
	}
	t.Run("spellings", func(t *testing.T) {
		for _, typed := range []string{"987-65-4321", "987654321", "987 65 4321", " 987.65.4321 ", "98-7654321"} {
			if got, err := validate.NationalID(typed, true); err != nil || got != "987654321" {
				t.Errorf("%q becomes %q, %v", typed, got, err)
			}
		}
	})
	t.Run("those that may be somebody's", func(t *testing.T) {
		// By chance, and told to nobody: no such number stands in our files.
		for range 1000 {
			id := fmt.Sprintf("%03d%02d%04d", 1+rand.N(665), 1+rand.N(99), 1+rand.N(9999))
			_, err := validate.NationalID(id, false)
			if fake := slices.Contains([]string{"078051120", "219099999", "123456789", "111111111"}, id); (err == nil) == fake {
				t.Errorf("a number of a right form passes: %v", err == nil)
			}
		}
	})
	t.Run("all ten", func(t *testing.T) {
		for _, d := range "0123456789" {
			id := "98765432" + string(d)
			if got, err := validate.NationalID(id, true); err != nil || got != id || !validate.ReservedNationalID(id) {
				t.Errorf("%s: %q, %v", id, got, err)
			}
			if _, err := validate.NationalID(id, false); err == nil {
				t.Errorf("%s passes where applicants are real", id)
			}
		}
		for _, not := range []string{"", "98765432", "9876543210", "987-65-4321", "987654330"} {
			if validate.ReservedNationalID(not) {
				t.Errorf("%q counts as reserved", not)
			}
		}
	})
	t.Run("an ITIN is told from a number that there is not", func(t *testing.T) {
		// IRS Publication 1915: 9xx, with 50-65, 70-88, 90-92 and 94-99 in the middle.
		for group, itin := range map[string]bool{"49": false, "50": true, "65": true, "66": false, "69": false, "70": true, "88": true, "89": false,
			"90": true, "92": true, "93": false, "94": true, "99": true} {
			_, err := validate.NationalID("912-"+group+"-1234", false)
			if err == nil || strings.Contains(err.Error(), "ITIN") != itin {
				t.Errorf("group %s: %v", group, err)
			}
		}
	})
}

func TestDateOfBirth(t *testing.T) {
	try(t, []form{
		{"plain", "1990-04-27", "1990-04-27"},
		{"spaces around", " 1990-04-27 ", "1990-04-27"},
		{"29 February of a leap year", "2000-02-29", "2000-02-29"},
		{"today", "2026-11-02", "2026-11-02"},
		{"120 years ago", "1906-11-03", "1906-11-03"},

		{"nothing", "", "-"},
		{"29 February of another year", "2001-02-29", "-"},
		{"1900 was none", "1900-02-29", "-"},
		{"31 April", "1990-04-31", "-"},
		{"month 13", "1990-13-01", "-"},
		{"as Americans write", "04/27/1990", "-"},
		{"two digits of the year", "90-04-27", "-"},
		{"with a time", "1990-04-27T00:00:00Z", "-"},
		{"tomorrow", "2026-11-03", "-"},
		{"more than 120 years ago", "1906-11-02", "-"},
		{"words", "yesterday", "-"},
	}, func(s string) (string, error) { return validate.DateOfBirth(s, today) })
}

func TestState(t *testing.T) {
	rows := []form{{"small letters", "or", "OR"}, {"spaces", " Ny ", "NY"}, {"the District", "dc", "DC"}, {"a territory", "PR", "PR"},
		{"nothing", "", "-"}, {"the name", "Oregon", "-"}, {"none", "ZZ", "-"}, {"the army's post", "AE", "-"}, {"a province", "ON", "-"}}
	for _, s := range validate.States() {
		rows = append(rows, form{s, s, s})
	}
	try(t, rows, validate.State)
	// Fifty states, the District, five territories.
	if all := validate.States(); len(all) != 56 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 56 {
		t.Errorf("%d states", len(all))
	}
	validate.States()[0] = "ZZ"
	if validate.States()[0] == "ZZ" {
		t.Error("the list can be changed from outside")
	}
}

func TestPostalCode(t *testing.T) {
	try(t, []form{
		{"five", "97301", "97301"},
		{"leading zero", "02134", "02134"},
		{"nine", "97301-1234", "97301-1234"},
		{"nine without a hyphen", "973011234", "97301-1234"},
		{"spaces around", " 97301 ", "97301"},

		{"nothing", "", "-"},
		{"four", "9731", "-"},
		{"six", "973011", "-"},
		{"a hyphen and nothing behind", "97302-", "-"},
		{"a hyphen elsewhere", "973-011234", "-"},
		{"a hyphen in five", "973-01", "-"},
		{"two hyphens", "97301--1234", "-"},
		{"letters", "SW1A 1AA", "-"},
		{"Arabic digits", "٩٧٣٠١", "-"},
	}, validate.PostalCode)
}

func TestLine(t *testing.T) {
	street := func(s string) (string, error) { return validate.Line("street", s, false) }
	unit := func(s string) (string, error) { return validate.Line("apartment or unit", s, true) }
	rows := []form{
		{"plain", "1 Example Way", "1 Example Way"},
		{"signs of an address", "No. 5½, c/o O'Hara & Sons #12 (rear)", "No. 5½, c/o O'Hara & Sons #12 (rear)"},
		{"spaces and line's ends", " 1  Example\nWay\t", "1 Example Way"},
		{"accents", "Cafe\u0301 Row", "Café Row"},
		{"as long as it may be", strings.Repeat("x", 100), strings.Repeat("x", 100)},
		{"too long", strings.Repeat("x", 101), "-"},
		{"markup", "1 <script> Way", "-"},
		{"a control character", "1 Example\x07Way", "-"},
		{"text turned around", "1 \u202eyaW", "-"},
		{"bytes that are no text", "1 Example\xffWay", "-"},
	}
	try(t, append(rows, form{"nothing", "  ", "-"}), street)
	try(t, append(rows, form{"nothing, where nothing may be", "  ", ""}), unit)
}

func TestCountry(t *testing.T) {
	try(t, []form{{"US", "US", "US"}, {"small letters", " us ", "US"}, {"nothing", "", "-"}, {"another", "CA", "-"}, {"its name", "USA", "-"}}, validate.Country)
}

func TestPastAddresses(t *testing.T) {
	try(t, []form{
		{"none", "", ""},
		{"empty lines only", "\n \r\n\t\n", ""},
		{"one", "1 Example Way, Salem, OR 97301", "1 Example Way, Salem, OR 97301"},
		{"as a browser sends them", " 1  Example Way\r\n\r\n2 Example Way \r\n", "1 Example Way\n2 Example Way"},
		{"twenty", strings.Repeat("1 Example Way\n", 20), strings.TrimSuffix(strings.Repeat("1 Example Way\n", 20), "\n")},
		{"twenty-one", strings.Repeat("1 Example Way\n", 21), "-"},
		{"as long as they may be", strings.Repeat("é", 2000), strings.Repeat("é", 2000)},
		{"too long", strings.Repeat("é", 2001), "-"},
		{"markup in the second", "1 Example Way\n<b>", "-"},
		{"bytes that are no text", "1 Example\xffWay", "-"},
	}, validate.PastAddresses)
}
