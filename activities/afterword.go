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
	for tries := 10; ; tries-- {
		err := a.moveEnd(ctx, in)
		if err == nil || tries == 0 || !a.cfg.Objects.IsConflict(err) { // another step of the same run was faster
			return err
		}
	}
}

// moveEnd moves the ledger's end in the last view on to the last of the pages.
func (a *Activities) moveEnd(ctx context.Context, in workflows.KeepAfterwordIn) error {
	name := onboarding.SummaryKey(in.Applicant)
	body, tag, err := a.cfg.Objects.GetTagged(ctx, name)
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
	last := in.Pages[len(in.Pages)-1]
	end := last.Records[len(last.Records)-1]
	if view.Ledger.Seq >= end.Seq || !ours(view.Ledger, in.Pages[0]) {
		return nil // a retry, or what lies between is nobody's of ours: then the proof must go on saying so
	}
	view.Ledger = ledger.Chain{Applicant: in.Applicant, Seq: end.Seq, Head: end.Hash(), Page: last.Number + 1}
	return a.keepView(ctx, in.Applicant, view, tag)
}

// ours reports whether what lies between the end that the last view knows and a page was
// written by the run that composed the page: nothing lies there, or it ended there when
// the run began, or the run has moved it on since. The run is the only one that writes
// then; what it does side by side, and what it had begun when its worker died, need not
// come here in the order of the pages.
func ours(known ledger.Chain, page workflows.Sheet) bool {
	return known.Head == page.Records[0].Prev || page.Began != nil && (known.Head == page.Began.Head || known.Seq > page.Began.Seq)
}

// keepView keeps a case's last view: what may stand in the open, and the whole
// sealed. With a tag it is kept only in the place of the view that had it; the error is a
// conflict otherwise.
func (a *Activities) keepView(ctx context.Context, id onboarding.ApplicantID, view workflows.StaffView, tag string) error {
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
	if tag != "" {
		_, err = a.cfg.Objects.PutIf(ctx, name, body, tag)
		return err
	}
	return a.cfg.Objects.Put(ctx, name, body)
}
