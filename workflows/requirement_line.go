package workflows

import (
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Ready reports whether the applicant can do the requirement at the time now: nil
// when they can, else CodeNotNow with what holds it up.
func (l RequirementLine) Ready(now time.Time) error {
	switch {
	case l.Status.Met():
		return notNow("This is done already.", "Go on with what else there is to do.")
	case l.Status == RequirementFailed:
		return notNow("Every attempt is used up.", "A person will look at it and write to you.")
	case l.Status == RequirementLocked:
		return notNow("Something else comes first.", "Look at the application's status, which says what.")
	case l.Undecided():
		return notNow("A person looks at what you declared.", "We write to you when that is done.")
	case l.NotBefore.After(now):
		return notNow("There is a pause before the next attempt.", "You can try again from "+l.NotBefore.UTC().Format("January 2, 2006, 3:04 PM MST")+".")
	}
	return nil
}

// Seed names the attempt that comes next, for what is drawn for it.
func (l RequirementLine) Seed(id onboarding.ApplicantID) assess.Seed {
	return assess.Seed{Applicant: string(id), Requirement: l.ID, Attempt: l.Attempt, Start: l.Starts}
}

// Certifying reports whether what the certification asks for is to be shown: it has
// begun, or is over.
func (v StaffView) Certifying() bool {
	return v.Stage == onboarding.StageCertification || v.Stage == onboarding.StageCertified ||
		slices.ContainsFunc(v.Required, func(l RequirementLine) bool { return l.Status != RequirementLocked })
}

// Ended reports whether nothing more can be done about the requirements.
func (v StaffView) Ended() bool { return !v.Stage.Open() && v.Stage != onboarding.StageCertified }
