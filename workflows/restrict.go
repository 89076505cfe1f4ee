package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// While a restriction stands the person's data are stored, and nothing else begins with
// them but what they consent to, legal claims, and what the law asks for (GDPR Article
// 18(2)). It is a hold as well: what somebody has had restricted must not be destroyed by
// a timer of ours.

// UpdateRestrict restricts the uses of an applicant's data, or lifts the restriction.
const UpdateRestrict = "Restrict"

// Restrict sets the restriction that a data request has brought, or lifts it.
type Restrict struct {
	Request string `json:"request"`
	Lift    bool   `json:"lift"`
	Reason  []byte `json:"reason"` // sealed; of the lifting
	Actor   Actor  `json:"actor"`
	Program string `json:"program"` // the applicant's; an open case knows it itself
}

// Grounds on which something is done while a restriction stands, as the ledger's records
// have them in Despite.
const (
	DespiteConsent = "consent" // the person asks for it themselves
	DespiteLaw     = "law"     // the law asks for it
	DespiteClaims  = "claims"  // a legal claim is made or answered
)

// restricted reports whether a restriction stands.
func (c *file) restricted() bool { return c.restriction() != nil }

func (c *file) restriction() *HoldLine {
	for i := range c.Holds {
		if onboarding.RestrictionHold(c.Holds[i].ID) {
			return &c.Holds[i]
		}
	}
	return nil
}

// notRestricted is the error with which whatever has no ground is refused.
func notRestricted() error {
	return &onboarding.Error{Code: onboarding.CodeRestricted, Message: "This person has had the uses of their data restricted: they are stored, and not used.",
		Hint: "It goes on when the restriction is lifted, which the person is told of beforehand. The board of data requests has it."}
}

// permit is the one gate before a use is composed: it gives the consent under which the
// use may be made. Without one that holds the error has CodeConsentNotLive; while a
// restriction stands, and despite names no ground, CodeRestricted. Recipient is empty for
// what the purpose's own consent covers whoever gets it.
func (c *file) permit(purpose consent.PurposeID, recipient, despite string) (consent.Receipt, error) {
	var receipt consent.Receipt
	var err error
	if recipient == "" {
		receipt, err = c.Consents.Live(purpose)
	} else {
		receipt, err = c.Consents.LiveFor(purpose, recipient)
	}
	if err == nil && despite == "" && c.restricted() {
		err = notRestricted()
	}
	return receipt, err
}

// despite is what the ledger says of a ground: nothing while no restriction stands.
func (c *file) despite(ground string) string {
	if !c.restricted() {
		return ""
	}
	return ground
}

// standstill waits until no restriction stands. It gives true when it has waited. When
// the case is being ended meanwhile the context is canceled, and the error says so.
func (c *file) standstill(ctx workflow.Context) (bool, error) {
	if !c.restricted() {
		return false, nil
	}
	if err := c.settle(ctx); err != nil {
		return true, err
	}
	c.show(ctx)
	return true, workflow.Await(ctx, func() bool { return !c.restricted() || c.Ending != "" })
}

// stillWait is what a case waits for while a restriction stands.
func (c *file) stillWait() Wait {
	return Wait{For: "nobody: the applicant has had the uses of their data restricted", Next: "It goes on when the restriction is lifted.", Since: c.restriction().Since}
}

// despiteOf is the ground on which a letter goes out while a restriction stands; empty:
// it does not.
func (m Message) despiteOf() string {
	switch m {
	case MessageLink, MessageMoved, MessageAgreement, MessageBooked: // the person has just asked for it
		return DespiteConsent
	case MessageDataRequest, MessageDataAsked, MessageDataAnswered, MessageErased, // GDPR Articles 12(3), 18(3)
		MessageNoticeChanged, MessageNewOwner, MessageNoticeOff, MessageDisclosed, // the policy's own promise, and state laws on material changes
		MessagePreAdverse, MessageFinal, MessageReinvestigated, // 15 USC 1681b(b)(3), 1681m, 1681i
		MessageEnded, MessageRevoked, MessageCredentialEnded:
		return DespiteLaw
	case MessageComplaint, MessageComplaintAnswered, MessageAnswered:
		return DespiteClaims
	default:
		return ""
	}
}

func (c *file) mayRestrict(in Restrict) error {
	if err := c.closing(); err != nil {
		return err
	}
	return goodRestriction(in)
}

func goodRestriction(in Restrict) error {
	if in.Request == "" {
		return onboarding.Invalid("request", "A restriction needs the request that it goes back to.", "")
	}
	return nil
}

func (c *file) restrict(ctx workflow.Context, in Restrict) (Ack, error) {
	in.Program = c.in.Program.ID
	if err := c.setRestricted(ctx, in); err != nil {
		return Ack{}, err
	}
	c.show(ctx)
	return c.answer(ctx)
}

// setRestricted records it and has it set: it holds for whatever is composed from here
// on. Checks that are under way are stopped, to begin anew when it is lifted; a report
// that is ordered already is not fetched meanwhile.
func (c *file) setRestricted(ctx workflow.Context, in Restrict) error {
	id := onboarding.RestrictionHoldID(in.Request)
	if in.Lift {
		if !c.Stage.Closed() && !c.heldBy(id) { // lifted already
			return nil
		}
		return c.unhold(ctx, ReleaseHold{ID: id, Reason: in.Reason, Actor: in.Actor})
	}
	if err := c.setOnHold(ctx, SetHold{ID: id, Kind: onboarding.HoldRestriction, Actor: in.Actor, Program: in.Program}); err != nil {
		return err
	}
	var running []onboarding.CheckName
	for _, k := range c.Checks {
		if k.Status == onboarding.StatusRunning && !c.renewing[k.Name] {
			running = append(running, k.Name)
		}
	}
	if len(running) > 0 && c.Ending == "" {
		c.renew(running)
	}
	return nil
}
