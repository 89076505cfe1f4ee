package portal

import (
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// contact asks for the phone number. The e-mail address is known: the link
// went there.
var contact = detail{
	path:  "/apply/contact",
	title: "How to reach you",
	intro: []string{"We use your phone number to check that your application is genuine. We do not send text messages and do not call to sell anything."},
	done:  func(v *visit) bool { return has(v, onboarding.FieldPhone) },
	form: func(p onboarding.Profile) web.Form {
		return web.Form{{ID: "phone", Label: "Phone number", Noun: "your phone number", Type: "tel", Autocomplete: "tel", InputMode: "tel", Width: "medium", Max: 40,
			Hint: "With the area code, like 415 555 0132. For a number outside the United States begin with + and the country code.", Value: p[onboarding.FieldPhone]}}
	},
	read: func(f web.Form, _ onboarding.Profile, o validate.Options) onboarding.Profile { return readFields(f, o) },
}
