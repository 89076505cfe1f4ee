package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Events for integrators ride with the ledger's pages: the activity that stores a
// page hands its events on, if any endpoint wants them. So an event is told of when
// what it tells of is on record, it costs the applicant's workflow no step of its
// own, and no integrator is ever waited for.

// Announced is what integrators were told.
type Announced struct {
	EventNumber    int                  `json:"event_number,omitempty"`    // of the last event
	EventAttention onboarding.Attention `json:"event_attention,omitempty"` // as last told; empty: not yet told
	Events         []onboarding.Event   `json:"events,omitempty"`          // to be told with the next page
}

// announce has an event told with the next page. Stage and attention are those of
// this moment unless they are given.
func (c *file) announce(ctx workflow.Context, e onboarding.Event) {
	c.EventNumber++
	e.Number, e.At, e.Program = c.EventNumber, workflow.Now(ctx), c.in.Program.ID
	if e.Stage == "" {
		e.Stage = c.Stage
	}
	if e.Attention == "" {
		e.Attention = c.attentionNow()
	}
	c.book.Events = append(c.book.Events, e)
}

// endEvents are told besides the change of stage.
var endEvents = map[onboarding.Stage]onboarding.EventType{
	onboarding.StageCertified: onboarding.EventCertified, onboarding.StageDeclined: onboarding.EventDeclined,
	onboarding.StageWithdrawn: onboarding.EventWithdrawn, onboarding.StageExpired: onboarding.EventExpired, onboarding.StageErased: onboarding.EventErased,
}

// announceRecord tells of what a record of the ledger says.
func (c *file) announceRecord(ctx workflow.Context, r ledger.Record) {
	switch r.Kind { //nolint:exhaustive // most records are no news for integrators
	case ledger.KindSubmitted:
		c.announce(ctx, onboarding.Event{Type: onboarding.EventSubmitted})
	case ledger.KindOffered:
		c.announce(ctx, onboarding.Event{Type: onboarding.EventOffered})
	case ledger.KindStage:
		to := onboarding.Stage(r.Outcome)
		about := onboarding.Event{Stage: to, Attention: onboarding.AttentionNone}
		about.Type = onboarding.EventStageChanged
		c.announce(ctx, about)
		if end, ok := endEvents[to]; ok {
			about.Type, about.Credential = end, c.Credential.ID
			c.announce(ctx, about)
		}
	case ledger.KindCredential:
		c.announceCredential(ctx, r)
	}
}

func (c *file) announceCredential(ctx workflow.Context, r ledger.Record) {
	e := onboarding.Event{Credential: c.Credential.ID}
	for _, past := range c.Past {
		if r.Object == onboarding.CredentialKey(past.ID) {
			e.Credential = past.ID
		}
	}
	switch r.Outcome {
	case CredentialIssued:
		e.Type = onboarding.EventCredentialIssued
		if c.renewed() != nil {
			e.Type = onboarding.EventCredentialRenewed
		}
	case CredentialRevoked:
		e.Type = onboarding.EventCredentialRevoked
	case CredentialExpired:
		e.Type = onboarding.EventCredentialExpired
	default:
		return
	}
	c.announce(ctx, e)
}

// announceAttention tells whom the case waits for, when that is another than was
// told last. It is asked whenever something is stored: what passes in between, in
// the same breath, is no news.
func (c *file) announceAttention(ctx workflow.Context) {
	now, told := c.attentionNow(), c.EventAttention
	c.EventAttention = now
	if told == now || told == "" { // the beginning is no change
		return
	}
	c.announce(ctx, onboarding.Event{Type: onboarding.EventAttentionChanged})
}

// tellEvents hands on what no page will take along, before a wait.
func (c *file) tellEvents(ctx workflow.Context) error {
	if len(c.book.Events) == 0 || !since(ctx, changeEvents) {
		return nil
	}
	events := c.book.Events
	c.book.Events = nil
	_, err := step[Nothing](ctx, c, ActivitySettle, "Tell integrators", func() carrier {
		return SettleIn{Applicant: c.in.Applicant, Events: events}
	})
	if err != nil {
		c.book.Events = append(events, c.book.Events...)
	}
	return err
}

// renumberEvents puts what is not known to be told behind everything that an earlier
// run can have told: an applicant has more records than events, so the ledger's end
// is a number that none of them had.
func (c *file) renumberEvents(least int) {
	c.EventNumber = max(c.EventNumber-len(c.book.Events), least)
	for i := range c.book.Events {
		c.EventNumber++
		c.book.Events[i].Number = c.EventNumber
	}
}
