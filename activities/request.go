package activities

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
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
	held, err := a.held(ctx, in.Applicant)
	if err == nil && held == 0 {
		err = a.cfg.Requests.StartErasure(ctx, in.Applicant, "", workflows.EraseRequest, in.Request)
	}
	return workflows.StartErasureOut{Held: held}, edge(err)
}
