package console

import (
	"context"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/invitations"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// invited is what the page of invitations shows.
type invited struct {
	counts map[onboarding.InvitationState]int
	listed invitations.Page
	lists  []workflows.InvitationBatchView
}

func (s invited) version() string { return versionOf(s.counts, s.listed, s.lists) }

// invited reads what a filter lets through, within the programs of who asks.
func (c *Console) invited(ctx context.Context, f invitations.Filter) (out invited, err error) {
	if out.counts, err = c.Invitations.Counts(ctx, f); err != nil {
		return out, err
	}
	if out.listed, err = c.Invitations.List(ctx, f); err != nil {
		return out, err
	}
	out.lists, err = c.Invitations.Batches(ctx, listsShown, func(p string) bool { return applicants.InScope(ctx, p) })
	return out, err
}

// invitationFilter is what the address asks for.
func invitationFilter(r *http.Request) invitations.Filter {
	q := r.URL.Query()
	return invitations.Filter{State: onboarding.InvitationState(q.Get("state")), Programs: applicants.Scope(r.Context()), Batch: q.Get("list"), Cursor: q.Get("cursor"), Limit: perPage}
}

func (c *Console) invitationsVersion(r *http.Request) (string, error) {
	s, err := c.invited(r.Context(), invitationFilter(r))
	return s.version(), err
}

func (c *Console) invitationVersion(r *http.Request) (string, error) {
	ref, err := onboarding.ParseInvitationRef(r.PathValue("invitation"))
	if err != nil || !applicants.InScope(r.Context(), ref.Program) {
		return "", onboarding.NoInvitation(err)
	}
	v, err := c.Invitations.Invitation(r.Context(), ref)
	return versionOf(v), err
}

// invitationListVersion is that of a list's progress, and of how far those are who
// came with it.
func (c *Console) invitationListVersion(r *http.Request) (string, error) {
	v, err := c.Invitations.Standing(r.Context(), r.PathValue("list"))
	if err != nil {
		return "", err
	}
	for _, p := range v.Programs {
		if !applicants.InScope(r.Context(), p) {
			return "", onboarding.NoInvitation(nil)
		}
	}
	counts, err := c.cameOf(r.Context(), v)
	return versionOf(v, counts), err
}

// cameOf counts how far those are who came with a list; nil before anybody is invited.
func (c *Console) cameOf(ctx context.Context, v workflows.InvitationBatchView) (map[onboarding.InvitationState]int, error) {
	if v.Phase == workflows.BatchAsking || v.Tally.Invited == 0 {
		return nil, nil
	}
	return c.Invitations.Counts(ctx, invitations.Filter{Batch: v.ID})
}
