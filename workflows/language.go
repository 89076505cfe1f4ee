package workflows

import (
	"regexp"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// UpdateSetLanguage is the update by which the applicant chooses a language.
const UpdateSetLanguage = "SetLanguage"

// SetLanguage says in which language the applicant is written to from now on, and
// met on a new device. It is no use of data and has no record.
type SetLanguage struct {
	Language string `json:"language"` // BCP 47
}

// languageForm is what a tag of BCP 47 looks like, as far as we have any.
var languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$`)

func (c *file) maySetLanguage(in SetLanguage) error {
	if !languageForm.MatchString(in.Language) {
		return onboarding.Invalid("language", "This is not a language that we know.", "Choose one of those on the page.")
	}
	if c.Stage.Closed() || c.Ending != "" {
		return notNow("This application has ended.", "Start a new one.")
	}
	return nil
}

func (c *file) setLanguage(_ workflow.Context, in SetLanguage) (Ack, error) {
	c.Language = in.Language
	return c.ack(), nil
}
