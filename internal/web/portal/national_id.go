package portal

import (
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// nationalID asks for the Social Security number. One that is saved is never
// shown again but for its end (obligation 2): an empty field keeps it.
var nationalID = detail{
	path:  "/apply/national-id",
	title: "Your Social Security number",
	intro: []string{"We use it to make sure that records we find are yours and not another person's who has your name. After this page we show no more of it than the last four digits."},
	done:  func(v *visit) bool { return has(v, onboarding.FieldNationalID) },
	form: func(p onboarding.Profile) web.Form {
		in := &web.Input{ID: "national_id", Label: "Social Security number", Noun: "your Social Security number", Autocomplete: "off", InputMode: "numeric", Width: "medium", Max: 40,
			Hint: "9 digits, like 123-45-6789"}
		if saved := p[onboarding.FieldNationalID]; saved != "" {
			in.Optional = true
			in.Label = "New Social Security number"
			in.Hint = "The number that we have ends in " + endsIn(saved, 4) + ". Leave this empty to keep it."
		}
		return web.Form{in}
	},
	read: func(f web.Form, old onboarding.Profile, o validate.Options) onboarding.Profile {
		if f.Value("national_id") == "" && old[onboarding.FieldNationalID] != "" {
			return nil
		}
		return readFields(f, o)
	},
}

// endsIn is the last n characters.
func endsIn(s string, n int) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) <= n {
		return string(r)
	}
	return string(r[len(r)-n:])
}
