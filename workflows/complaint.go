package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

// UpdateComplaint is the update by which a case hears of a complaint, which is kept
// beside it: whoever is declined may complain too.
const UpdateComplaint = "ComplaintNews"

// ComplaintNews says that a complaint is here, or answered. Its words never come here.
type ComplaintNews struct {
	Number   string    `json:"number"`
	Due      time.Time `json:"due"`
	Answered bool      `json:"answered"`
	Actor    Actor     `json:"actor"`
}

func (c *file) mayHearOfComplaint(ComplaintNews) error {
	if c.Stage.Closed() || c.Ending != "" {
		return notNow("This application has ended.", "")
	}
	return nil
}

// complaintNews records it and writes to the applicant behind the answer.
func (c *file) complaintNews(ctx workflow.Context, in ComplaintNews) (Ack, error) {
	says, message := "A complaint is here, number "+in.Number+".", MessageComplaint
	if in.Answered {
		says, message = "The complaint "+in.Number+" is answered.", MessageComplaintAnswered
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindNotified, Actor: string(in.Actor), Outcome: "told", Detail: says})
	if c.Consents.Has(consent.PurposeAccount, consent.KindPrivacy) {
		c.behind(ctx, message, func(m *SendMessageIn) { m.Deadline, m.Reference = in.Due, in.Number })
	}
	return c.answer(ctx)
}
