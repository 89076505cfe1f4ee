package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Afterword is the sequencer of an applicant's ledger after their own workflow has
// ended (design, decision 2): a note is written, a document is opened, and that
// stands behind the case's last record. It has one ID for each applicant, so there
// is one at a time, and it ends as soon as it has answered.
func Afterword(ctx workflow.Context, in AfterwordInput) error {
	c := &file{in: OnboardInput{Applicant: in.Applicant, Pace: in.Pace}, State: State{Stage: in.Stage}, attention: onboarding.AttentionNone, besides: newBesides(ctx)}
	ready := false
	// Nothing is stored for an update before it is known to be taken in: a record of one that
	// a crash has lost would be nobody's. The first waits for the ledger's end, which is read
	// in a task of its own; one that comes later waits for its own task to end.
	open := func(ctx workflow.Context) error {
		if ready && since(ctx, changeTakenIn) {
			return workflow.NewTimerWithOptions(ctx, time.Millisecond, workflow.TimerOptions{Summary: "Until it is known that this was taken in"}).Get(ctx, nil)
		}
		return workflow.Await(ctx, func() bool { return ready })
	}
	note := func(ctx workflow.Context, in WriteNote) (Ack, error) {
		if err := open(ctx); err != nil {
			return Ack{}, err
		}
		if err := c.mayAddNote(in); err != nil { // only now is known which notes there are
			return Ack{}, err
		}
		c.addNote(ctx, in)
		return c.keepAfterword(ctx)
	}
	view := func(ctx workflow.Context, in RecordView) (Ack, error) {
		if err := open(ctx); err != nil {
			return Ack{}, err
		}
		c.addView(ctx, in)
		return c.keepAfterword(ctx)
	}
	removing := 0 // categories whose time is over
	hold := func(ctx workflow.Context, in SetHold) (Ack, error) {
		if err := open(ctx); err != nil {
			return Ack{}, err
		}
		for removing > 0 && since(ctx, changeHoldBehind) { // what is answered to hold is whole, or known to be gone
			if err := workflow.Await(ctx, func() bool { return removing == 0 }); err != nil {
				return Ack{}, err
			}
		}
		err := c.setOnHold(ctx, in)
		return c.ack(), err
	}
	release := func(ctx workflow.Context, in ReleaseHold) (Ack, error) {
		if err := open(ctx); err != nil {
			return Ack{}, err
		}
		err := c.unhold(ctx, in)
		return c.ack(), err
	}
	about := func(ctx workflow.Context, in NoteRequest) (Ack, error) {
		if err := open(ctx); err != nil {
			return Ack{}, err
		}
		return c.noteRequestAfter(ctx, in)
	}
	purge := func(ctx workflow.Context, in PurgeCategory) (PurgedOut, error) {
		if err := open(ctx); err != nil {
			return PurgedOut{}, err
		}
		removing++
		defer func() { removing-- }()
		return c.purgeCategory(ctx, in)
	}
	disclose := func(ctx workflow.Context, in DiscloseByLaw) (Ack, error) {
		if err := open(ctx); err != nil {
			return Ack{}, err
		}
		c.addDisclosure(ctx, in)
		return c.keepAfterword(ctx)
	}
	restrict := func(ctx workflow.Context, in Restrict) (Ack, error) {
		if err := open(ctx); err != nil {
			return Ack{}, err
		}
		err := c.setRestricted(ctx, in)
		return c.ack(), err
	}
	tell := func(ctx workflow.Context, in TellOne) (ToldOne, error) {
		if err := open(ctx); err != nil {
			return ToldOne{}, err
		}
		return c.tellDisclosureAfter(ctx, in)
	}
	if err := firstError(
		update(ctx, c, UpdateRestrict, "The uses of the data of somebody whose case has ended are restricted, or are so no more", restrict, goodRestriction),
		update(ctx, c, UpdateTellDisclosure, "The applicant is told of what was given by law; the case has ended", tell, goodTelling),
		update(ctx, c, UpdateDiscloseByLaw, "Data are given because the law compels or allows it; the case has ended", disclose, mayDisclose),
		update(ctx, c, UpdatePurgeCategory, "The time to keep a category is over: it is removed", purge, goodCategory),
		update(ctx, c, UpdateSetHold, "Staff have nothing of the applicant destroyed for now; the case has ended", hold, goodHold),
		update(ctx, c, UpdateReleaseHold, "Staff end a hold on a case that has ended", release, func(ReleaseHold) error { return nil }),
		update(ctx, c, UpdateNoteRequest, "A data request of a case that has ended is noted", about, func(NoteRequest) error { return nil }),
		update(ctx, c, UpdateWriteNote, "Staff write a note on a case that has ended", note, noteWritten),
		update(ctx, c, UpdateRecordView, "Staff open a document of a case that has ended", view, mayViewAfter),
	); err != nil {
		return err
	}
	var head ledger.Chain
	read := workflow.WithActivityOptions(ctx, patient(ActivityReadHead, "Read where this applicant's ledger ends", in.Pace))
	if err := workflow.ExecuteActivity(read, ActivityReadHead, ReadHeadIn{Applicant: in.Applicant, From: 1}).Get(ctx, &head); err != nil {
		return err
	}
	began := head
	c.Chain, c.book.Chain, c.book.Began, ready = head, head, &began, true
	return c.finish(ctx)
}

func mayViewAfter(in RecordView) error {
	if in.Document == "" {
		return notNow("This application has ended.", "What was found is in its sealed results.")
	}
	return nil
}

// keepAfterword stores what was recorded. With it the ledger's end in the case's
// last view moves on, by which a proof knows that nothing else stands behind it.
func (c *file) keepAfterword(ctx workflow.Context) (Ack, error) {
	_, err := step[Nothing](ctx, c, ActivityKeepAfterword, "Store what was recorded after the end", func() carrier {
		return KeepAfterwordIn{Applicant: c.in.Applicant}
	})
	return c.ack(), err
}

// ReadHeadIn asks for the chain's end as stored.
type ReadHeadIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	From      int                    `json:"from"` // a page that is known to be stored, or 1
}
