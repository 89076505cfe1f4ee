package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// dataDue is how long an answer to a data request may take (obligation 55).
const dataDue = 30 * 24 * time.Hour

// openRequest finds the open request of a kind; -1 when there is none.
func (c *file) openRequest(kind DataKind) int {
	return slices.IndexFunc(c.Requests, func(r DataRequest) bool { return r.Kind == kind && r.Open() })
}

func (c *file) mayAskData(in AskData) error {
	switch {
	case in.Kind != DataCopy && in.Kind != DataErasure:
		return onboarding.Invalid("kind", "A request is for a copy or for erasure.", "Choose one of the two.")
	case c.Submitted.IsZero() || c.Stage.Closed() || c.Ending != "":
		return notNow("This cannot be asked for here now.", "Write to the contact of the program: a person answers.")
	case c.openRequest(in.Kind) >= 0:
		return notNow("You have asked for this already.", "Look at your data page, which says by when it is answered.")
	}
	return nil
}

// askData keeps the request, for the privacy officer to answer, and confirms it by
// letter with the day by which it is answered.
func (c *file) askData(ctx workflow.Context, in AskData) (Ack, error) {
	now := workflow.Now(ctx)
	due := now.Add(c.in.Pace.Scale(dataDue))
	c.Requests = append(c.Requests, DataRequest{Kind: in.Kind, AskedAt: now, Due: due})
	c.record(ctx, ledger.Record{Kind: ledger.KindDecided, Actor: string(in.Actor), Outcome: "asked for " + string(in.Kind), Detail: "to be answered within 30 days"})
	c.behind(ctx, MessageDataAsked, func(m *SendMessageIn) { m.Request, m.Deadline = in.Kind, due })
	c.show(ctx)
	return c.answer(ctx)
}

func (c *file) mayAnswerData(in AnswerData) error {
	if in.Answer != DataAnswered && in.Answer != DataRefused {
		return onboarding.Invalid("answer", "A request is answered or refused.", "Choose one of the two.")
	}
	if c.openRequest(in.Kind) < 0 {
		return notNow("No such request is open.", "Look at the application's status.")
	}
	return nil
}

// answerData keeps the answer, which the applicant reads on their page, and tells
// them by letter that it is there. The letter has none of it: it may be personal.
func (c *file) answerData(ctx workflow.Context, in AnswerData) (Ack, error) {
	i := c.openRequest(in.Kind)
	if i < 0 {
		return Ack{}, notNow("No such request is open.", "Look at the application's status.")
	}
	c.Requests[i].AnsweredAt, c.Requests[i].Answer, c.Requests[i].Words = workflow.Now(ctx), in.Answer, in.Reason
	c.record(ctx, ledger.Record{Kind: ledger.KindDecided, Actor: string(in.Actor), Outcome: "request for " + string(in.Kind) + " " + in.Answer, Sealed: in.Reason})
	c.behind(ctx, MessageDataAnswered, func(m *SendMessageIn) { m.Request, m.Outcome = in.Kind, in.Answer })
	c.show(ctx)
	return c.answer(ctx)
}
