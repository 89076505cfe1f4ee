package activities

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// KeepAfterword stores what was recorded after a case has ended, and moves the
// ledger's end in the case's last view on: a proof looks there for where the
// ledger must end.
func (a *Activities) KeepAfterword(ctx context.Context, in workflows.KeepAfterwordIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.keepAfterword(ctx, in))
}

func (a *Activities) keepAfterword(ctx context.Context, in workflows.KeepAfterwordIn) error {
	if _, err := a.begin(ctx, in.Applicant, in.Pages); err != nil {
		return err
	}
	if len(in.Pages) == 0 {
		return nil
	}
	name := onboarding.SummaryKey(in.Applicant)
	body, err := a.cfg.Objects.Get(ctx, name)
	if a.cfg.Objects.IsMissing(err) { // it was ended by hand: there is no last view
		return nil
	}
	if err != nil {
		return err
	}
	var kept workflows.Kept
	if err := json.Unmarshal(body, &kept); err != nil {
		return errors.New("activities: the last view of a case is not readable") // the cause would quote it
	}
	view := kept.StaffView
	if len(kept.Sealed) > 0 {
		plain, err := a.cfg.Vault.Open(ctx, in.Applicant, name, kept.Sealed)
		if err != nil {
			return err
		}
		view = workflows.StaffView{}
		if err := json.Unmarshal(plain, &view); err != nil {
			return errors.New("activities: the last view of a case is not readable")
		}
	}
	if view.Ledger.Head != in.Pages[0].Records[0].Prev {
		return nil // a retry, or what lies between is nobody's of ours: then the proof must go on saying so
	}
	last := in.Pages[len(in.Pages)-1]
	end := last.Records[len(last.Records)-1]
	view.Ledger = ledger.Chain{Applicant: in.Applicant, Seq: end.Seq, Head: end.Hash(), Page: last.Number + 1}
	return a.keepView(ctx, in.Applicant, view)
}

// keepView keeps a case's last view: what may stand in the open, and the whole
// sealed.
func (a *Activities) keepView(ctx context.Context, id onboarding.ApplicantID, view workflows.StaffView) error {
	name := onboarding.SummaryKey(id)
	whole, err := encode(view)
	if err != nil {
		return err
	}
	kept := workflows.Kept{StaffView: view.Open()}
	if kept.Sealed, err = a.cfg.Vault.Seal(ctx, id, name, whole); err != nil {
		return err
	}
	body, err := encode(kept)
	if err != nil {
		return err
	}
	return a.cfg.Objects.Put(ctx, name, body)
}
