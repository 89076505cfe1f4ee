package portal

import (
	"errors"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// readFields takes every input whose ID is a field's name into the profile, in
// validate's form, and notes at the input what validate finds wrong. So the
// portal lets nothing pass that Submit would refuse.
func readFields(f web.Form, o validate.Options) onboarding.Profile {
	out := onboarding.Profile{}
	for _, in := range f {
		field := onboarding.Field(in.ID)
		if in.Problem != "" || len(in.Parts) > 0 || !field.Known() {
			continue
		}
		value, err := validate.Field(field, in.Value, o)
		if err != nil {
			in.Problem = words(err)
			continue
		}
		out[field] = value
	}
	return out
}

// words are an error's for the person concerned.
func words(err error) string {
	var e *onboarding.Error
	if errors.As(err, &e) {
		return strings.TrimSpace(e.Error())
	}
	return "This cannot be used as it is"
}
