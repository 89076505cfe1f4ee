package activities

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// SendOffer is sendOffer without any intent: what it lets through is refused behind it.
func (a *Activities) SendOffer(ctx context.Context, in workflows.SendMessageIn, l mail.Letter) error {
	return a.sendOffer(ctx, intents{book: a.book}, in, l)
}
