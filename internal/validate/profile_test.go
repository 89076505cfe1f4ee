package validate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
)

func options() validate.Options { return validate.Options{Today: today, AllowReserved: true} }

// right is a profile as a person types it, and as it is kept.
func right() (typed, kept onboarding.Profile) {
	typed = onboarding.Profile{
		onboarding.FieldGivenName: " Ada ", onboarding.FieldMiddleName: "", onboarding.FieldFamilyName: "Lovelace", onboarding.FieldDateOfBirth: "1990-04-27",
		onboarding.FieldEmail: "ada@Example.com", onboarding.FieldPhone: "(503) 555-0142", onboarding.FieldNationalID: "987-65-4321",
		onboarding.FieldStreet: "1  Example Way", onboarding.FieldUnit: " ", onboarding.FieldCity: "Salem", onboarding.FieldState: "or",
		onboarding.FieldPostalCode: "973011234", onboarding.FieldCountry: "us", onboarding.FieldPastAddresses: "2 Example Way\r\n\r\n",
	}
	kept = onboarding.Profile{
		onboarding.FieldGivenName: "Ada", onboarding.FieldFamilyName: "Lovelace", onboarding.FieldDateOfBirth: "1990-04-27",
		onboarding.FieldEmail: "ada@example.com", onboarding.FieldPhone: "+15035550142", onboarding.FieldNationalID: "987654321",
		onboarding.FieldStreet: "1 Example Way", onboarding.FieldCity: "Salem", onboarding.FieldState: "OR",
		onboarding.FieldPostalCode: "97301-1234", onboarding.FieldCountry: "US", onboarding.FieldPastAddresses: "2 Example Way",
	}
	return typed, kept
}

// told gives the fields with a fault, in the order in which they are told.
func told(t *testing.T, typed onboarding.Profile, faults []validate.Fault) string {
	t.Helper()
	var fields []string
	for _, f := range faults {
		fields = append(fields, string(f.Field))
		wantInvalid(t, typed[f.Field], f.Err)
	}
	return strings.Join(fields, " ")
}

func TestProfile(t *testing.T) {
	typed, want := right()
	got, faults := validate.Profile(typed, options())
	if d := cmp.Diff(want, got); d != "" || len(faults) != 0 {
		t.Errorf("%v (-want +got):\n%s", faults, d)
	}
	if again, faults := validate.Profile(got, options()); len(faults) != 0 || !cmp.Equal(again, got) {
		t.Errorf("what was normalized is changed again: %v, %v", again, faults)
	}
	if untouched, _ := right(); !cmp.Equal(typed, untouched) {
		t.Error("what was typed is changed in place: the form shows it again")
	}
	// Sandbox numbers are for the sandbox.
	if _, faults := validate.Profile(typed, validate.Options{Today: today}); told(t, typed, faults) != "national_id" {
		t.Errorf("a reserved number where applicants are real: %v", faults)
	}
}

// TestProfileTellsAllAtOnce, in the order of the page, so that nobody corrects one
// fault to meet the next.
func TestProfileTellsAllAtOnce(t *testing.T) {
	empty := onboarding.Profile{}
	const needed = "given_name family_name date_of_birth email phone national_id street city state postal_code country"
	if got, faults := validate.Profile(empty, options()); told(t, empty, faults) != needed || len(got) != 0 {
		t.Errorf("of nothing: %v", told(t, empty, faults))
	}
	wrong := onboarding.Profile{}
	for _, f := range onboarding.Fields() {
		wrong[f] = "<" + string(f) + ">"
	}
	got, faults := validate.Profile(wrong, options())
	want := "given_name middle_name family_name date_of_birth email phone national_id street unit city state postal_code country past_addresses " +
		"ip_address signature user_agent" // which no form asks for: promise 1
	if told(t, wrong, faults) != want || len(got) != 0 {
		t.Errorf("told %s\nwant %s\nkept %v", told(t, wrong, faults), want, got)
	}
}

// TestProfileKeepsWhatIsRight: one wrong field does not cost the others.
func TestProfileKeepsWhatIsRight(t *testing.T) {
	for _, f := range []onboarding.Field{onboarding.FieldEmail, onboarding.FieldUnit, onboarding.FieldPastAddresses} {
		typed, want := right()
		typed[f] = "<>"
		delete(want, f)
		got, faults := validate.Profile(typed, options())
		if d := cmp.Diff(want, got); d != "" || told(t, typed, faults) != string(f) {
			t.Errorf("%s: told %s (-want +got):\n%s", f, told(t, typed, faults), d)
		}
	}
}

// TestUnknownField holds promise 1: a field without a purpose is refused.
//
// Promise 1, 49.
func TestUnknownField(t *testing.T) {
	typed, want := right()
	typed["shoe_size"] = "42"
	typed["religion"] = ""
	typed["card_number"] = "4242424242424242"
	got, faults := validate.Profile(typed, options())
	if told(t, typed, faults) != "card_number shoe_size" || !cmp.Equal(got, want) {
		t.Errorf("1: told %s, kept %v", told(t, typed, faults), got)
	}
	for _, f := range []onboarding.Field{"shoe_size", "card_number", "card_code", "", onboarding.FieldSignature, onboarding.FieldIPAddress, onboarding.FieldUserAgent} {
		if v, err := validate.Field(f, "x", options()); err == nil || v != "" {
			t.Errorf("1: %s is taken: %q", f, v)
		}
	}
}

// TestSigns: a typed signature is the name in the profile, in any spelling that a
// phone's keyboard makes of it, and nobody else's.
func TestSigns(t *testing.T) {
	profile := func(given, middle, family string) onboarding.Profile {
		return onboarding.Profile{onboarding.FieldGivenName: given, onboarding.FieldMiddleName: middle, onboarding.FieldFamilyName: family}
	}
	for _, c := range []struct {
		name  string
		of    onboarding.Profile
		typed string
		signs bool
	}{
		{"as it is", profile("Ada", "", "Lovelace"), "Ada Lovelace", true},
		{"small letters", profile("Ada", "", "Lovelace"), "ada lovelace", true},
		{"spaces", profile("Ada", "", "Lovelace"), "  Ada   Lovelace\n", true},
		{"no space", profile("Ada", "", "Lovelace"), "AdaLovelace", true},
		{"with the middle name", profile("Ada", "Byron", "Lovelace"), "Ada Byron Lovelace", true},
		{"without it", profile("Ada", "Byron", "Lovelace"), "Ada Lovelace", true},
		{"apostrophe of a phone", profile("Sean", "", "O'Hara"), "Sean O’Hara", true},
		{"no apostrophe", profile("Sean", "", "O’Hara"), "Sean OHara", true},
		{"no-break hyphen", profile("Anne-Marie", "", "Cruz"), "Anne‑Marie Cruz", true},
		{"no accents", profile("José", "", "Núñez"), "Jose Nunez", true},
		{"accents as characters of their own", profile("José", "", "Núñez"), "Jose\u0301 Nun\u0303ez", true},
		{"Turkish capital", profile("İpek", "", "Ak"), "ipek ak", true},
		{"Arabic", profile("عمر", "", "حسن"), "عمر حسن", true},
		{"Arabic with marks of direction", profile("عمر", "", "حسن"), "\u200fعمر حسن\u200f", true},
		{"Chinese", profile("小龙", "", "李"), "小龙 李", true},
		{"wide letters", profile("Ada", "", "Lovelace"), "Ａｄａ Ｌｏｖｅｌａｃｅ", true},
		{"full stops", profile("J.", "", "Smith Jr."), "J Smith Jr", true},
		{"one word, typed once", profile("Madonna", "", "Madonna"), "Madonna", true},
		{"one word, typed twice", profile("Madonna", "", "Madonna"), "Madonna Madonna", true},
		{"digits", profile("Ada", "", "Lovelace 3"), "Ada Lovelace 3", true},

		{"nothing", profile("Ada", "", "Lovelace"), "", false},
		{"signs only", profile("Ada", "", "Lovelace"), " -.'", false},
		{"the given name only", profile("Ada", "", "Lovelace"), "Ada", false},
		{"the family name only", profile("Ada", "", "Lovelace"), "Lovelace", false},
		{"another", profile("Ada", "", "Lovelace"), "Grace Hopper", false},
		{"more than the name", profile("Ada", "", "Lovelace"), "Ada Lovelace, under protest", false},
		{"an initial for the middle name", profile("Ada", "Byron", "Lovelace"), "Ada B Lovelace", false},
		{"a cross", profile("Ada", "", "Lovelace"), "X", false},
		{"two alike with a middle name, typed once", profile("Ada", "B", "Ada"), "Ada", false},
		{"another digit", profile("Ada", "", "Lovelace 3"), "Ada Lovelace 2", false},
		{"a name that we do not have", profile("", "", ""), "Ada", false},
		{"nothing for nothing", profile("", "", ""), "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if signs := validate.Signs(c.typed, c.of); signs != c.signs {
				t.Errorf("%q signs for %v: %v", c.typed, c.of, signs)
			}
		})
	}
}
