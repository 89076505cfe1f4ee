package activities

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// count counts what was measured on pages that were stored just now: on one that
// stood there already an earlier try has done so.
func (a *Activities) count(ctx context.Context, pages workflows.Pages, stored []ledger.Stored) {
	if a.cfg.Durations == nil {
		return
	}
	fresh := map[uint64]bool{}
	for _, s := range stored {
		if r, ok := s.Record(); ok && s.Fresh() {
			fresh[r.Seq] = true
		}
	}
	for _, p := range pages {
		if !fresh[p.Records[0].Seq] {
			continue
		}
		for _, t := range p.Took {
			a.cfg.Durations.Add(ctx, durations.Key{Kind: durations.Kind(t.Kind), Name: t.Name, Who: t.Who}, t.Time, t.Failed)
		}
	}
}
