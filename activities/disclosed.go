package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Disclosures knows the cases of legal process; *applicants.Service is one.
type Disclosures interface {
	// TellDisclosed tells who may be told and was not, and gives when the others may be.
	TellDisclosed(ctx context.Context, legal string, beat func()) (time.Time, error)
	// DisclosureFacts is what a letter to an applicant says.
	DisclosureFacts(ctx context.Context, legal string, applicant onboarding.ApplicantID) (workflows.DisclosureFacts, error)
}

// TellDisclosed tells the persons of a case of legal process what was given of theirs.
func (a *Activities) TellDisclosed(ctx context.Context, in workflows.TellDisclosedIn) (workflows.TellDisclosedOut, error) {
	until, err := a.cfg.Disclosures.TellDisclosed(ctx, in.Case, func() { activity.RecordHeartbeat(ctx) })
	return workflows.TellDisclosedOut{Until: until}, edge(err)
}

// disclosed is what a letter says of a disclosure.
func (a *Activities) disclosed(ctx context.Context, in workflows.SendMessageIn) (letters.Disclosed, error) {
	if in.Disclosure == "" {
		return letters.Disclosed{}, nil
	}
	f, err := a.cfg.Disclosures.DisclosureFacts(ctx, in.Disclosure, in.Applicant)
	out := letters.Disclosed{To: f.Authority, Upon: f.Kind, On: f.Given, Waited: f.Waited}
	for _, c := range f.Categories {
		out.What = append(out.What, letters.Given(c))
	}
	return out, err
}
