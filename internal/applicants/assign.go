package applicants

import (
	"context"
	"regexp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// staffForm is what a staff ID looks like: hexadecimal, drawn at sign-in or a keyed
// hash, and never a name.
var staffForm = regexp.MustCompile(`^[0-9a-f]{8,64}$`)

// Assign gives a case to the recruiter of that staff ID; empty hands it back. was is
// who had it as far as the caller knows, so that two who take it at once do not both
// believe that they have it. Errors: CodeInvalid for what is no staff ID, CodeNotNow
// when was is not true any more, for who has given a reviewer's decision on the case
// and for one that has ended; those of StaffView.
func (s *Service) Assign(ctx context.Context, id onboarding.ApplicantID, recruiter, was string, by workflows.Actor) error {
	if recruiter != "" && !staffForm.MatchString(recruiter) {
		return onboarding.Invalid("recruiter", "That is no staff ID.", "Choose a recruiter of the list.")
	}
	return s.update(ctx, id, workflows.UpdateAssign, "", workflows.Assign{Recruiter: recruiter, Was: was, Actor: by}, &workflows.Ack{})
}
