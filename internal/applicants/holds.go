package applicants

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/holds"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Hold is a hold on an applicant's data, its reason sealed.
type Hold = holds.Hold

// DrawHoldID gives an ID for a new hold; a form has it from the start, so that one that
// is sent twice sets one hold.
func DrawHoldID() string { return strings.ToLower(rand.Text()) }

// SetHold has nothing of an applicant destroyed until it is released, also after the
// case has ended; the ledger's record stands first. With an ID that there is already it
// does nothing. Errors: CodeInvalid for an unknown kind, a bad ID and no reason;
// CodeKeyDestroyed when the data are gone already.
func (s *Service) SetHold(ctx context.Context, id onboarding.ApplicantID, hold string, kind onboarding.HoldKind, reason string, by workflows.Actor) error {
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return err
	}
	if err := onboarding.CheckHoldID(hold); err != nil {
		return err
	}
	past, err := s.Holds.Past(ctx, id)
	if err != nil || slices.ContainsFunc(past, func(h Hold) bool { return h.ID == hold }) {
		return err
	}
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.updateAlsoAfter(ctx, id, workflows.UpdateSetHold, "hold/"+hold, workflows.SetHold{ID: hold, Kind: kind, Reason: sealed, Actor: by, Program: v.Program})
}

// ReleaseHold ends a hold, with a reason that is kept. One that has ended already stays
// as it is. Errors: CodeInvalid for no such hold, for one that ends with its dispute and
// for no reason.
func (s *Service) ReleaseHold(ctx context.Context, id onboarding.ApplicantID, hold, reason string, by workflows.Actor) error {
	h, err := s.holdOf(ctx, id, hold)
	if err != nil || !h.Stands() {
		return err
	}
	if onboarding.RestrictionHold(h.ID) {
		return onboarding.Invalid("hold", "That hold is a restriction that the person has asked for.", "Lift it at the request, on the board of data requests: the person is told beforehand.")
	}
	if onboarding.OwnHold(h.ID) {
		return onboarding.Invalid("hold", "That hold is the applicant's dispute: it ends by itself when the dispute is settled.", "Look at the applicant's page: it says what the dispute waits for.")
	}
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.updateAlsoAfter(ctx, id, workflows.UpdateReleaseHold, "release/"+hold, workflows.ReleaseHold{ID: hold, Reason: sealed, Actor: by})
}

// holdOf is one hold of an applicant whom the caller may know of.
func (s *Service) holdOf(ctx context.Context, id onboarding.ApplicantID, hold string) (Hold, error) {
	h, err := s.Holds.Get(ctx, id, hold)
	if err == nil && !InScope(ctx, h.Program) {
		err = Unknown(nil)
	}
	return h, err
}

// HoldsOn lists an applicant's holds, released ones too, the oldest first.
func (s *Service) HoldsOn(ctx context.Context, id onboarding.ApplicantID) ([]Hold, error) {
	all, err := s.Holds.Past(ctx, id)
	return mine(ctx, all), err
}

// AllHolds lists everybody's holds, the oldest first: those that stand, or with released
// those too that have ended.
func (s *Service) AllHolds(ctx context.Context, released bool) ([]Hold, error) {
	all, err := s.Holds.All(ctx)
	return slices.DeleteFunc(mine(ctx, all), func(h Hold) bool { return !h.Stands() && !released }), err
}

// mine are the holds on applicants whom the caller may know of.
func mine(ctx context.Context, all []Hold) []Hold {
	return slices.DeleteFunc(all, func(h Hold) bool { return !InScope(ctx, h.Program) })
}

// HoldReason is why a hold was set, and why it was released.
type HoldReason struct {
	Reason string `json:"reason"` // empty: the process set it, since the applicant disputes
	Why    string `json:"why"`    // of its release; empty: it stands, or ended with the dispute
	Erased bool   `json:"erased"` // the words can be read no more
}

// ReasonOfHold opens why a hold was set and released. That it is read stands in the
// ledger first.
func (s *Service) ReasonOfHold(ctx context.Context, id onboarding.ApplicantID, hold string, as identity.Reading) (HoldReason, error) {
	h, err := s.holdOf(ctx, id, hold)
	if err != nil {
		return HoldReason{}, err
	}
	if err := s.viewed(ctx, id, DocumentHold+"/"+h.ID, nil, as); err != nil {
		return HoldReason{}, err
	}
	var out HoldReason
	for _, part := range []struct {
		sealed []byte
		to     *string
	}{{h.Reason, &out.Reason}, {h.Why, &out.Why}} {
		if len(part.sealed) == 0 {
			continue
		}
		plain, err := s.Vault.Open(ctx, id, sealReason, part.sealed)
		switch {
		case onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed:
			out.Erased = true
		case err != nil:
			return HoldReason{}, err
		}
		*part.to = string(plain)
	}
	return out, nil
}
