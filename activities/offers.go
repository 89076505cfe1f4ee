package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Offers writes to many about a program; *applicants.Service is one.
type Offers interface {
	OfferPrograms(ctx context.Context, in workflows.OfferProgramsIn, beat func()) (workflows.AnnouncementTally, error)
}

// OfferPrograms writes to a part of an announcement's list.
func (a *Activities) OfferPrograms(ctx context.Context, in workflows.OfferProgramsIn) (workflows.AnnouncementTally, error) {
	in.Repeat = activity.GetInfo(ctx).Attempt > 1
	out, err := a.cfg.Offers.OfferPrograms(ctx, in, func() { activity.RecordHeartbeat(ctx) })
	return out, edge(err)
}

// sendOffer sends a marketing letter, unless the address's owner has said that they are
// not to be written to: to this application, to another, to an invitation, or to one
// that is erased. Statutory notices and letters about the application do not come by
// here (obligation 61).
func (a *Activities) sendOffer(ctx context.Context, stored intents, in workflows.SendMessageIn, letter mail.Letter) error {
	refused := &onboarding.Error{Code: onboarding.CodeConsentNotLive, Message: "This address is not written to for advertising."}
	if in.Reader == "" || letter.Stop == "" { // asked for it, the list would answer with trouble, for ever
		return refused
	}
	if stopped, err := (objections{a.cfg}).Objected(ctx, in.Reader); err != nil {
		return err
	} else if stopped {
		return refused
	}
	return send[consent.Marketing](ctx, a, stored, in.Use, letter)
}
