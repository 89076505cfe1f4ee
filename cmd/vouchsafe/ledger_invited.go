package main

import (
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// askedAtOnce is how many invitations are asked for side by side.
const askedAtOnce = 8

// invited gives the ledgers of the invitations that the deployment remembers, each with
// the end that its workflow knows to be stored. Their ledgers lie among the applicants',
// under IDs that no application has. What the deployment does not tell is left out:
// those ledgers are then not held against anything, and are counted so.
func (s *session) invited(api *client.Client) map[onboarding.ApplicantID]ledger.Chain {
	out := map[onboarding.ApplicantID]ledger.Chain{}
	var mu sync.Mutex
	filter := map[string]string{"limit": "500"}
	for {
		page, next, err := api.Invitations(s.ctx, filter)
		if err != nil {
			return out
		}
		var group errgroup.Group
		group.SetLimit(askedAtOnce)
		for _, i := range page {
			group.Go(func() error {
				v, err := api.Invitation(s.ctx, i.Invitation)
				id, wrong := onboarding.ParseApplicantID(v.Ledger)
				if err != nil || wrong != nil || v.LedgerEnd.Seq == 0 {
					return nil //nolint:nilerr // left out
				}
				mu.Lock()
				defer mu.Unlock()
				out[id] = ledger.Chain{Applicant: id, Seq: v.LedgerEnd.Seq, Head: v.LedgerEnd.Hash}
				return nil
			})
		}
		_ = group.Wait()
		if next == "" || s.ctx.Err() != nil {
			return out
		}
		filter["cursor"] = next
	}
}

// withInvited adds to the ledgers of the bucket those of which an invitation knows that
// they were stored: one that is gone altogether is missed too.
func withInvited(ids []onboarding.ApplicantID, invited map[onboarding.ApplicantID]ledger.Chain) []onboarding.ApplicantID {
	have := map[onboarding.ApplicantID]bool{}
	for _, id := range ids {
		have[id] = true
	}
	for id := range invited {
		if !have[id] {
			ids = append(ids, id)
		}
	}
	return ids
}
