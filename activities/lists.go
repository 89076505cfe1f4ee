package activities

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// RefreshList looks for a new edition of one public list and brings it into
// force; see lists.Keeper.Refresh. It concerns no applicant, so no ledger: the
// edition that a screening used stands in its finding and its sealed result.
func (a *Activities) RefreshList(ctx context.Context, in workflows.RefreshListIn) (workflows.ListOutcome, error) {
	out, err := a.cfg.Lists.Refresh(ctx, in.List, in.Force)
	return workflows.ListOutcome{List: in.List, Edition: out.Edition, Was: out.Was, Switched: out.Switched, Reason: out.Reason}, edge(err)
}

// exclusions searches the list of exclusions from federal health programs.
func (a *Activities) exclusions(ctx context.Context, stored intents, check workflows.CheckUse) (result, error) {
	return a.listed(ctx, stored, check, onboarding.ListLEIE)
}

// debarment searches the list of exclusions from federal contracts.
func (a *Activities) debarment(ctx context.Context, stored intents, check workflows.CheckUse) (result, error) {
	return a.listed(ctx, stored, check, onboarding.ListSAM)
}

// listed searches the edition of a list that is in force. The grant is redeemed
// once the list is there: a list that cannot be read costs no permission.
func (a *Activities) listed(ctx context.Context, stored intents, check workflows.CheckUse, n onboarding.ListName) (result, error) {
	list, err := a.cfg.Lists.Current(ctx, n)
	if err != nil {
		return result{}, err
	}
	grant, err := redeem[consent.Screening](ctx, stored, check.Use)
	if err != nil {
		return result{}, err
	}
	return answered(list.Screen(ctx, grant, check.Threshold))
}
