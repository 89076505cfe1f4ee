package activities

import (
	"context"
	"fmt"

	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Requests is what data requests need of the service behind the faces;
// *applicants.Service is one.
type Requests interface {
	// NoteRequest records something about a request in the applicant's ledger and writes
	// to them, once for each once.
	NoteRequest(ctx context.Context, id onboarding.ApplicantID, once string, note workflows.NoteRequest) error
	// StartErasure begins to erase an applicant, or finds the erasure that is under way.
	StartErasure(ctx context.Context, id onboarding.ApplicantID, profile, reason, request string) error
	// Restrict has the uses of an applicant's data restricted, or that lifted, once for
	// each request.
	Restrict(ctx context.Context, id onboarding.ApplicantID, in workflows.Restrict) error
	// CloseCase ends an applicant's case; nil when it has ended.
	CloseCase(ctx context.Context, id onboarding.ApplicantID, by workflows.Actor) error
	// PrivacyOfficer is the address of who answers for a program; empty: its file names none.
	PrivacyOfficer(program string) string
	// RequestCode and RequestLink are what proves to be who a request is about: a code for
	// who is signed in, an address for who is not.
	RequestCode(request string) string
	RequestLink(request string) string
}

// NoteRequest notes something about a data request.
func (a *Activities) NoteRequest(ctx context.Context, in workflows.NoteRequestIn) (workflows.Nothing, error) {
	err := a.cfg.Requests.NoteRequest(ctx, in.Applicant, in.Once, in.Note)
	if code := onboarding.CodeOf(err); err != nil && code == onboarding.CodeKeyDestroyed {
		err = nil // erased meanwhile, upon another request: there is nobody to write to
	}
	return workflows.Nothing{}, edge(err)
}

// StartErasure begins an erasure upon a data request, unless a hold stands.
func (a *Activities) StartErasure(ctx context.Context, in workflows.StartErasureIn) (workflows.StartErasureOut, error) {
	held, err := a.held(ctx, in.Applicant, workflows.EraseRequest)
	if err == nil && held == 0 {
		err = a.cfg.Requests.StartErasure(ctx, in.Applicant, "", workflows.EraseRequest, in.Request)
	}
	return workflows.StartErasureOut{Held: held}, edge(err)
}

// gone makes nothing of an error that says that the person was erased meanwhile, upon
// another request: there is nothing left to be done for this one.
func gone(err error) error {
	if onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed {
		return nil
	}
	return err
}

// RestrictUses has the uses of an applicant's data restricted, or that lifted.
func (a *Activities) RestrictUses(ctx context.Context, in workflows.RestrictIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(gone(a.cfg.Requests.Restrict(ctx, in.Applicant, in.Restrict)))
}

// CloseCase ends an applicant's case, if it is open still.
func (a *Activities) CloseCase(ctx context.Context, in workflows.CloseCaseIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(gone(a.cfg.Requests.CloseCase(ctx, in.Applicant, in.Actor)))
}

// MailOfficer writes to the privacy officer of a program about a request, once: what a try
// before this one had begun to hand to the mail server is not handed there again, since
// the board says it all the same. The letter has the request's number and its address on
// the board, and nothing of the person.
func (a *Activities) MailOfficer(ctx context.Context, in workflows.MailOfficerIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.mailOfficer(ctx, in))
}

func (a *Activities) mailOfficer(ctx context.Context, in workflows.MailOfficerIn) error {
	to := a.cfg.Requests.PrivacyOfficer(in.Program)
	if to == "" {
		return nil
	}
	subject, text, err := letters.Officer(letters.OfficerFacts{News: string(in.News), Request: in.Request, Board: a.cfg.PublicURL + "/console/requests/" + in.Request, Due: in.Due})
	if err != nil {
		return err
	}
	id := a.cfg.Vault.LookupHash("officer-letter", fmt.Sprintf("%s.%d", in.Request, in.Number))
	mark := onboarding.OfficerLetterKey(id)
	if _, err := a.cfg.Objects.PutIf(ctx, mark, []byte("on its way\n"), ""); a.cfg.Objects.IsConflict(err) {
		return nil
	} else if err != nil {
		return err
	}
	if err := a.cfg.Mail.Tell(ctx, to, mail.Letter{ID: id, Subject: subject, Text: text}); err != nil {
		// It has not been taken, so it may be tried again. Cut off here, it may not.
		if derr := a.cfg.Objects.Delete(context.WithoutCancel(ctx), mark); derr != nil {
			return fmt.Errorf("activities: take back that a letter is on its way: %w", derr)
		}
		return err
	}
	return nil
}
