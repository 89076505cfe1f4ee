package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// UpdateInviteFriend is the update by which the applicant has a friend invited. The
// case counts them; whose address it is never comes here.
const UpdateInviteFriend = "InviteFriend"

// InviteFriend asks whether one more friend may be invited, and counts them.
type InviteFriend struct {
	Actor Actor `json:"actor"`
}

// MostFriends is how many friends an applicant may have invited within FriendsWithin.
const (
	MostFriends   = 5
	FriendsWithin = 30 * 24 * time.Hour
)

// FriendState is what a case remembers of it.
type FriendState struct {
	Friends []time.Time `json:"friends,omitempty"` // when the last ones were invited
}

func (c *file) mayInviteFriend(ctx workflow.Context, _ InviteFriend) error {
	if err := c.mustBe(onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified); err != nil {
		return err
	}
	if len(c.recentFriends(ctx)) >= MostFriends {
		return notNow(fmt.Sprintf("You have invited %d friends in 30 days.", MostFriends), "Wait a while, or tell your friend yourself.")
	}
	return nil
}

func (c *file) recentFriends(ctx workflow.Context) []time.Time {
	var out []time.Time
	for _, at := range c.Friends {
		if workflow.Now(ctx).Sub(at) < c.in.Pace.Scale(FriendsWithin) {
			out = append(out, at)
		}
	}
	return out
}

func (c *file) inviteFriend(ctx workflow.Context, in InviteFriend) (Ack, error) {
	if err := c.mayInviteFriend(ctx, in); err != nil { // several asked at once
		return Ack{}, err
	}
	c.Friends = append(c.recentFriends(ctx), workflow.Now(ctx))
	c.record(ctx, ledger.Record{Kind: ledger.KindNotified, Actor: string(in.Actor), Outcome: "told", Detail: "The applicant had a friend invited, by one letter; the address is not kept."})
	return c.answer(ctx)
}
