package activities

import (
	"context"
	"errors"
	"fmt"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/holds"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// SetHold stores the record of a hold, sets it, and has S3 keep what it can.
func (a *Activities) SetHold(ctx context.Context, in workflows.SetHoldIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.setHold(ctx, in))
}

func (a *Activities) setHold(ctx context.Context, in workflows.SetHoldIn) error {
	if err := a.recorded(ctx, in.Applicant, in.Pages, in.Closed); err != nil {
		return err
	}
	if err := a.cfg.Holds.Set(ctx, holds.Hold{ID: in.Hold.ID, Applicant: in.Applicant, Program: in.Program, Kind: in.Hold.Kind, Owner: string(in.Actor),
		Reason: in.Reason, Since: in.Hold.Since}); err != nil {
		return err
	}
	if in.Hold.Kind == onboarding.HoldRestriction { // the person may have their data erased all the same
		return nil
	}
	n, err := a.keepObjects(ctx, in.Applicant, true)
	if err != nil {
		return err
	}
	return a.cfg.Holds.Counted(ctx, in.Applicant, in.Hold.ID, n)
}

// ReleaseHold stores the record of a hold's end and ends it; S3 lets go when no other
// hold stands.
func (a *Activities) ReleaseHold(ctx context.Context, in workflows.ReleaseHoldIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.releaseHold(ctx, in))
}

func (a *Activities) releaseHold(ctx context.Context, in workflows.ReleaseHoldIn) error {
	if err := a.recorded(ctx, in.Applicant, in.Pages, in.Closed); err != nil {
		return err
	}
	if err := a.cfg.Holds.Release(ctx, in.Applicant, in.ID, in.At, string(in.Actor), in.Reason); err != nil {
		return err
	}
	others, err := a.held(ctx, in.Applicant, workflows.EraseRequest) // S3 knows nothing of restrictions
	if err != nil || others > 0 {
		return err
	}
	_, err = a.keepObjects(ctx, in.Applicant, false)
	return err
}

// recorded stores the pages that came along, of an open case or of one that has ended.
func (a *Activities) recorded(ctx context.Context, id onboarding.ApplicantID, pages workflows.Pages, closed bool) error {
	if closed {
		return a.keepAfterword(ctx, workflows.KeepAfterwordIn{Applicant: id, Pages: pages})
	}
	_, err := a.begin(ctx, id, pages)
	return err
}

// keepObjects puts S3's legal hold on all that lies with us about an applicant, or takes
// it off. What is put later is kept by our own look at the holds, and in the evidence
// bucket by its retention.
func (a *Activities) keepObjects(ctx context.Context, id onboarding.ApplicantID, on bool) (holds.Objects, error) {
	var n holds.Objects
	vault, locked := onboarding.HeldObjects(id)
	var err error
	n.Vault, err = keepIn(ctx, a.cfg.Objects, vault, on)
	if errors.Is(err, evidence.ErrNoObjectLock) {
		n.Unlocked, err = true, nil
	}
	if err == nil {
		n.Evidence, err = keepIn(ctx, a.cfg.Evidence, locked, on)
	}
	if err != nil {
		return n, fmt.Errorf("activities: S3's legal hold: %w", err)
	}
	return n, nil
}

func keepIn(ctx context.Context, in *evidence.Store, prefixes []string, on bool) (int, error) {
	n := 0
	for _, prefix := range prefixes {
		for key, err := range in.List(ctx, prefix) {
			if err == nil {
				err = in.LegalHold(ctx, key, on)
			}
			if err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// letGo fails while a hold stands on the applicant: whoever destroys something asks
// first.
func (a *Activities) letGo(ctx context.Context, id onboarding.ApplicantID) error {
	held, err := a.cfg.Holds.Of(ctx, id)
	if err != nil {
		return err
	}
	return holds.Refused(held)
}
