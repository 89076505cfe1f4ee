package applicants

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/words"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// SetLanguage keeps with the application the language in which the applicant is
// written to and met on another device. Errors: CodeInvalid for one that we do not
// have, CodeNotNow when the application has ended.
func (s *Service) SetLanguage(ctx context.Context, id onboarding.ApplicantID, tag string) error {
	if err := knownLanguage(tag); err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateSetLanguage, "", workflows.SetLanguage{Language: tag}, &workflows.Ack{})
}

func knownLanguage(tag string) error {
	if words.Known(tag) {
		return nil
	}
	return onboarding.Invalid("language", "This is not a language that we have.", "Send one of the tags that the API's description names.")
}

// languageOf is the language in which an integrator's applicant is written to: the
// one that the application names, else the one in which they read every notice,
// else English.
func languageOf(a Application) string {
	tag := a.Language
	if tag != "" {
		return tag
	}
	for _, c := range a.Consents {
		if tag != "" && tag != c.Notice.Language {
			return words.English
		}
		tag = c.Notice.Language
	}
	return words.Or(tag)
}
