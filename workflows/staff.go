package workflows

import (
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// OutcomeHandedBack is the outcome of the ledger's record of a case that nobody has
// any more; else the outcome is the staff ID of who has it.
const OutcomeHandedBack = "handed back"

func noteWritten(in WriteNote) error {
	if len(in.Words) == 0 {
		return onboarding.Invalid("note", "The note is empty.", "Write what your colleagues should know.")
	}
	return nil
}

// FieldClosing is the field of the error by which a case that closes its books says
// that from the next moment on its Afterword has them.
const FieldClosing = "closing"

// closing refuses what would stand behind the last page, which is being composed.
func (c *file) closing() error {
	if !c.Stage.Closed() {
		return nil
	}
	return &onboarding.Error{Code: onboarding.CodeNotNow, Field: FieldClosing, Message: "This application is just being closed.", Hint: "Try again in a moment."}
}

func (c *file) mayWriteNote(in WriteNote) error {
	if err := c.closing(); err != nil {
		return err
	}
	return c.mayAddNote(in)
}

func (c *file) mayAddNote(in WriteNote) error {
	if err := noteWritten(in); err != nil {
		return err
	}
	if in.Corrects > c.book.Chain.Seq {
		return onboarding.Invalid("note", "There is no such note to correct.", "Look at the notes of the case.")
	}
	return nil
}

// writeNote keeps a note as a record whose words are sealed, so that it cannot be
// changed and goes with the applicant's key.
func (c *file) writeNote(ctx workflow.Context, in WriteNote) (Ack, error) {
	c.addNote(ctx, in)
	return c.answer(ctx)
}

func (c *file) addNote(ctx workflow.Context, in WriteNote) {
	c.record(ctx, ledger.Record{Kind: ledger.KindNote, Actor: string(in.Actor), Of: in.Corrects, Sealed: in.Words})
}

func (c *file) mayAssign(in Assign) error {
	switch {
	case c.Stage.Closed() || c.Ending != "":
		return notNow("This application has ended.", "Nobody needs to have it any more.")
	case in.Was != c.Recruiter:
		return notNow("Somebody was faster: since you opened that page, the case has changed hands.", "Look at who has it now.")
	case in.Recruiter != "" && slices.ContainsFunc(c.Opinions, func(o Opinion) bool { return person(o.Actor) == in.Recruiter }):
		return notNow("They have given a reviewer's decision on this case, which its recruiter must not.", "Give it to somebody else.")
	}
	return nil
}

// assign gives the case to a recruiter or takes it from one.
func (c *file) assign(ctx workflow.Context, in Assign) (Ack, error) {
	if in.Recruiter == c.Recruiter {
		return c.ack(), nil
	}
	r := ledger.Record{Kind: ledger.KindAssigned, Actor: string(in.Actor), Outcome: in.Recruiter}
	if in.Recruiter == "" {
		r.Outcome = OutcomeHandedBack
	}
	var details []string
	if c.Recruiter != "" {
		details = append(details, "from "+c.Recruiter)
	}
	if in.Bulk != "" {
		details = append(details, bulkDetail(in.Bulk))
	}
	r.Detail = strings.Join(details, ", ")
	c.record(ctx, r)
	c.Recruiter, c.RecruiterSince = in.Recruiter, workflow.Now(ctx)
	c.show(ctx)
	return c.answer(ctx)
}

// recruits reports whether an actor is the person who has the case: they care for
// the applicant, so they must not be the one who decides about them.
func (c *file) recruits(a Actor) bool { return c.Recruiter != "" && person(a) == c.Recruiter }

// addView records that a document is opened, before it is.
func (c *file) addView(ctx workflow.Context, in RecordView) {
	r := ledger.Record{Kind: ledger.KindViewed, Actor: string(in.Actor), Fields: in.Fields, Outcome: in.Document, Detail: in.Why}
	if in.Ticket != "" { // support is a part of the purpose account, whose notice says so (obligation 13)
		r.Purpose, r.Object = string(consent.PurposeAccount), onboarding.TicketKey(c.in.Applicant, in.Ticket)
	}
	c.record(ctx, r)
}
