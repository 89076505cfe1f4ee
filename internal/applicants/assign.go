package applicants

import (
	"context"
	"regexp"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// staffForm is what a staff ID looks like: hexadecimal, drawn at sign-in or a keyed
// hash, and never a name.
var staffForm = regexp.MustCompile(`^[0-9a-f]{8,64}$`)

// Staff knows who of the staff may have a case of a program; *identity.Directory is
// one.
type Staff interface {
	MayHave(ctx context.Context, staff, program string) (bool, error)
}

// Assign gives a case to the recruiter of that staff ID; empty hands it back. was is
// who had it as far as the caller knows, so that two who take it at once do not both
// believe that they have it. Errors: CodeInvalid for what is no staff ID and for who
// may have no case of the program, CodeNotNow when was is not true any more, for who
// has given a reviewer's decision on the case and for one that has ended; those of
// StaffView.
func (s *Service) Assign(ctx context.Context, id onboarding.ApplicantID, recruiter, was string, by workflows.Actor) error {
	if recruiter != "" && !staffForm.MatchString(recruiter) {
		return onboarding.Invalid("recruiter", "That is no staff ID.", "Choose a recruiter of the list.")
	}
	if err := s.mayHave(ctx, id, "", recruiter, by); err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateAssign, "", workflows.Assign{Recruiter: recruiter, Was: was, Actor: by}, &workflows.Ack{})
}

// mayHave holds who is to have a case to what the directory says of them; without its
// program the case is asked. Who takes one themselves was let in to do just that, also
// by a one-time link.
func (s *Service) mayHave(ctx context.Context, id onboarding.ApplicantID, program, recruiter string, by workflows.Actor) error {
	if s.Staff == nil || recruiter == "" || strings.HasPrefix(string(by), "staff:") && strings.HasSuffix(string(by), ":"+recruiter) {
		return nil
	}
	if program == "" {
		v, err := s.StaffView(ctx, id)
		if err != nil {
			return err
		}
		program = v.Program
	}
	may, err := s.Staff.MayHave(ctx, recruiter, program)
	if err != nil || may {
		return err
	}
	return onboarding.Invalid("recruiter", "They may not have cases of this program, as far as their last sign-in tells.",
		"Choose a recruiter of the program. Who has just become one signs in once, and is known then.")
}
