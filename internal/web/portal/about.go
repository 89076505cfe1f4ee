package portal

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// yourName asks for the names. Registers and vendors want two; one whose name is one
// word says so by writing it twice, which no forgotten field can be taken for.
var yourName = detail{
	path:  "/apply/about",
	title: "Your name",
	intro: []string{"Give your name as it is on your passport, driver's license or identity card. If your whole name is one word, write it in both fields."},
	done:  func(v *visit) bool { return has(v, onboarding.FieldGivenName, onboarding.FieldFamilyName) },
	form: func(p onboarding.Profile) web.Form {
		return web.Form{
			{ID: "given_name", Label: "First name", Noun: "your first name", Autocomplete: "given-name", Value: p[onboarding.FieldGivenName]},
			{ID: "middle_name", Label: "Middle name", Autocomplete: "additional-name", Optional: true, Value: p[onboarding.FieldMiddleName]},
			{ID: "family_name", Label: "Last name", Noun: "your last name", Autocomplete: "family-name", Value: p[onboarding.FieldFamilyName]},
		}
	},
	read: func(f web.Form, _ onboarding.Profile, o validate.Options) onboarding.Profile {
		if in := f.Get("family_name"); in.Value == "" {
			in.Problem = "Enter your last name; if your whole name is one word, write it here too"
		}
		return readFields(f, o)
	},
}

// yourBirth asks for the date of birth. Who is under age is refused there.
var yourBirth = detail{
	path:  "/apply/birth",
	title: "Your date of birth",
	done:  func(v *visit) bool { return has(v, onboarding.FieldDateOfBirth) },
	form:  func(p onboarding.Profile) web.Form { return web.Form{birthInput(p[onboarding.FieldDateOfBirth])} },
	read: func(f web.Form, _ onboarding.Profile, o validate.Options) onboarding.Profile {
		return onboarding.Profile{onboarding.FieldDateOfBirth: readDate(f.Get("date_of_birth"), o.Today)}
	},
}

// birthInput asks for a date of birth, with that day (YYYY-MM-DD) in it, if any.
func birthInput(born string) *web.Input {
	year, month, day := splitDate(born)
	return &web.Input{ID: "date_of_birth", Label: "Date of birth", Hint: "For example, 3 27 1994", Parts: []web.Input{
		{ID: "date_of_birth-month", Label: "Month", Autocomplete: "bday-month", Value: month},
		{ID: "date_of_birth-day", Label: "Day", Autocomplete: "bday-day", Value: day},
		{ID: "date_of_birth-year", Label: "Year", Autocomplete: "bday-year", Width: "year", Value: year},
	}}
}

func splitDate(s string) (year, month, day string) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", "", ""
	}
	return strconv.Itoa(t.Year()), strconv.Itoa(int(t.Month())), strconv.Itoa(t.Day())
}

// readDate reads the parts of a date of birth (month, day, year) and gives
// YYYY-MM-DD, or notes what is wrong and marks the parts that are to blame.
func readDate(in *web.Input, now time.Time) string {
	month, day, year := &in.Parts[0], &in.Parts[1], &in.Parts[2]
	var missing []string
	for _, part := range []*web.Input{month, day, year} {
		if part.Value == "" {
			part.Problem = "missing"
			missing = append(missing, "a "+strings.ToLower(part.Label))
		}
	}
	switch len(missing) {
	case 0:
	case 3:
		in.Problem = "Enter your date of birth"
		return ""
	default:
		in.Problem = "Date of birth must have " + strings.Join(missing, " and ")
		return ""
	}
	m, ok := readMonth(month.Value)
	if !ok {
		month.Problem, in.Problem = "wrong", "Month of birth must be a number from 1 to 12 or the name of a month"
		return ""
	}
	y, err := strconv.Atoi(year.Value)
	if err != nil || len(year.Value) != 4 {
		year.Problem, in.Problem = "wrong", "Year of birth must have 4 digits, like 1994"
		return ""
	}
	d, err := strconv.Atoi(day.Value)
	born := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if err != nil || born.Day() != d || born.Month() != m {
		day.Problem, in.Problem = "wrong", fmt.Sprintf("Day of birth must be a day that %s %d has", m, y)
		return ""
	}
	switch {
	case born.After(now):
		year.Problem, in.Problem = "wrong", "Date of birth must be in the past"
		return ""
	case born.Before(now.AddDate(-120, 0, 0)):
		year.Problem, in.Problem = "wrong", "Date of birth must be less than 120 years ago"
		return ""
	}
	return born.Format(time.DateOnly)
}

func readMonth(s string) (time.Month, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return time.Month(n), n >= 1 && n <= 12
	}
	for m := time.January; m <= time.December; m++ {
		if len(s) >= 3 && len(s) <= len(m.String()) && strings.EqualFold(s, m.String()[:len(s)]) {
			return m, true
		}
	}
	return 0, false
}
