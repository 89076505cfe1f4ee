package workflows

import (
	"fmt"
	"math"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// InvitationBatchName is the type of the workflow that invites those of one list.
// Its ID is InvitationBatchID.
const InvitationBatchName = "InvitationBatch"

// InvitationBatchID is the workflow's ID for a list of that ID.
func InvitationBatchID(id string) string { return "invitations/" + id }

// The messages of a list.
const (
	UpdateConfirmBatch   = "ConfirmInvitations"
	UpdateDiscardBatch   = "DiscardInvitations"
	UpdatePauseBatch     = "PauseInvitations"
	UpdateResumeBatch    = "ResumeInvitations"
	UpdateCancelBatch    = "CancelInvitations"
	QueryInvitationBatch = "InvitationBatch"
)

// The activities of a list.
const (
	ActivityStartInvitations = "StartInvitations"
	ActivityDropBatch        = "DropInvitationBatch"
)

// UploadKept is how long what was uploaded is kept sealed, in real time: a person
// looks at it meanwhile. Only a list that is being invited keeps what is left of it
// for longer.
const UploadKept = time.Hour

// BatchCounts is what was found of a list's lines.
type BatchCounts struct {
	Lines   int `json:"lines"`
	Ready   int `json:"ready"`   // can be invited
	Again   int `json:"again"`   // an earlier invitation was not answered; invited only if that is asked for
	Faults  int `json:"faults"`  // have to be mended
	LeftOut int `json:"leftout"` // invited already, applying already, asked not to be written to, or twice in the list
}

// InvitationBatchIn starts a list's workflow, before anything of the list is stored.
type InvitationBatchIn struct {
	ID       string        `json:"id"`
	Counts   BatchCounts   `json:"counts"`
	Programs []string      `json:"programs"` // that its lines name, those that can be invited for
	Digest   string        `json:"digest"`   // keyed hash of the list: the same ID with another list is refused
	Actor    Actor         `json:"actor"`
	Remember time.Duration `json:"remember"` // how long its invitations are remembered at most, as the clock runs

	Carried *InvitationBatchState `json:"carried,omitempty"`
}

// BatchPhase is how far a list is.
type BatchPhase string

// The phases.
const (
	BatchAsking    BatchPhase = "asking"    // it waits to be confirmed
	BatchRunning   BatchPhase = "running"   //
	BatchDone      BatchPhase = "done"      //
	BatchCanceled  BatchPhase = "canceled"  // the rest was called off
	BatchDiscarded BatchPhase = "discarded" // it was never confirmed, by somebody's wish
	BatchLapsed    BatchPhase = "lapsed"    // nor within the hour
)

// InvitationBatchState is all that a list remembers.
type InvitationBatchState struct {
	Phase   BatchPhase `json:"phase"`
	Paused  bool       `json:"paused"`
	Again   bool       `json:"again"`
	Rate    float64    `json:"per_second"`
	Total   int        `json:"total"` // to be invited
	Next    int        `json:"next"`  // of those, the first that has not been dealt with
	Tally   BatchTally `json:"tally"`
	Begun   time.Time  `json:"begun"`
	Ended   time.Time  `json:"ended"`
	Dropped bool       `json:"dropped"` // what was uploaded is gone
}

// BatchTally counts answers, one for each line that was to be invited.
type BatchTally struct {
	Invited int `json:"invited"`
	LeftOut int `json:"left_out"` // somebody else was faster, or they asked not to be written to
}

// InvitationBatchView answers the query and every update.
type InvitationBatchView struct {
	InvitationBatchState
	ID       string      `json:"id"`
	Counts   BatchCounts `json:"counts"`
	Programs []string    `json:"programs"`
	Digest   string      `json:"digest"`
	Actor    Actor       `json:"actor"`
}

// ConfirmBatch has those invited who can be.
type ConfirmBatch struct {
	Again     bool    `json:"again"` // those as well whose earlier invitation was not answered
	PerSecond float64 `json:"per_second"`
}

// StartInvitationsIn invites a part of a list, from one number up to but not
// including another. Asked again after a crash it invites nobody twice.
type StartInvitationsIn struct {
	Batch     string  `json:"batch"`
	From      int     `json:"from"`
	To        int     `json:"to"`
	Again     bool    `json:"again"`
	PerSecond float64 `json:"per_second"`
	Actor     Actor   `json:"actor"`
	Friend    bool    `json:"friend,omitempty"` // see Inviting
}

// DropBatchIn destroys what was uploaded; with All what was found of it too.
type DropBatchIn struct {
	ID  string `json:"id"`
	All bool   `json:"all"`
}

// batch is a list while a run has it open.
type batch struct {
	in InvitationBatchIn
	InvitationBatchState
	updated int
}

// InvitationBatch keeps a list until somebody has confirmed it, an hour at most, and
// then invites those of its lines who can be, each once, at a rate that the engine
// bears. It can be paused and called off. It stays to be found for as long as its
// invitations are remembered.
func InvitationBatch(ctx workflow.Context, in InvitationBatchIn) error {
	b := &batch{in: in, InvitationBatchState: InvitationBatchState{Phase: BatchAsking, Begun: workflow.Now(ctx)}}
	if in.Carried != nil {
		b.InvitationBatchState = *in.Carried
	}
	if err := b.takeMessages(ctx); err != nil {
		return err
	}
	b.show(ctx)
	fresh, err := b.live(ctx)
	if err != nil {
		return err
	}
	for { // what was answered becomes durable first
		if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
			return err
		}
		if b.updated == 0 || b.updated != workflow.GetInfo(ctx).GetCurrentHistoryLength() {
			break
		}
		b.updated = 0
		if err := workflow.NewTimerWithOptions(ctx, time.Millisecond, workflow.TimerOptions{Summary: "Let what was answered become durable"}).Get(ctx, nil); err != nil {
			return err
		}
	}
	if fresh {
		next, state := in, b.InvitationBatchState
		next.Carried = &state
		return workflow.NewContinueAsNewError(ctx, InvitationBatchName, next)
	}
	return nil
}

// live goes through the list's life; true when it goes on in a fresh run.
func (b *batch) live(ctx workflow.Context) (bool, error) {
	kept := b.Begun.Add(UploadKept)
	if b.Phase == BatchAsking {
		ok, err := b.wait(ctx, kept, "Until the list is dropped unconfirmed", func() bool { return b.Phase != BatchAsking })
		if err != nil {
			return false, err
		}
		if !ok {
			b.Phase = BatchLapsed
		}
	}
	for b.Phase == BatchRunning {
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return true, nil
		}
		if err := b.part(ctx); err != nil {
			return false, err
		}
	}
	if b.Ended.IsZero() {
		b.Ended = workflow.Now(ctx)
	}
	b.show(ctx)
	never := b.Phase == BatchLapsed || b.Phase == BatchDiscarded
	if !b.Dropped {
		if !never { // the faulty lines can still be had
			if _, err := b.wait(ctx, kept, "Until what was uploaded is destroyed", func() bool { return false }); err != nil {
				return false, err
			}
		}
		if err := b.drop(ctx, never, "Destroy what was uploaded"); err != nil || never {
			return false, err
		}
		b.Dropped = true
		b.show(ctx)
	}
	if _, err := b.wait(ctx, b.Ended.Add(b.in.Remember), "Until the list is remembered no more", func() bool { return false }); err != nil {
		return false, err
	}
	return false, b.drop(ctx, true, "Remove what was found of the list")
}

func (b *batch) wait(ctx workflow.Context, until time.Time, words string, ok func() bool) (bool, error) {
	left := until.Sub(workflow.Now(ctx))
	if left <= 0 || ok() {
		return ok(), nil
	}
	return workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: left, TimerOptions: workflow.TimerOptions{Summary: words}}, ok)
}

func (b *batch) drop(ctx workflow.Context, all bool, summary string) error {
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, patient(ActivityDropBatch, summary, Pace{})), ActivityDropBatch, DropBatchIn{ID: b.in.ID, All: all}).Get(ctx, nil)
}

// part invites the next few, about two seconds' worth, as Bulk does.
func (b *batch) part(ctx workflow.Context) error {
	if b.Paused {
		b.show(ctx)
		if err := workflow.Await(ctx, func() bool { return !b.Paused || b.Phase != BatchRunning }); err != nil || b.Phase != BatchRunning {
			return err
		}
	}
	to := min(b.Next+min(max(int(math.Ceil(b.Rate*2)), 1), mostInPart), b.Total)
	if to > b.Next {
		var out BatchTally
		act := workflow.WithActivityOptions(ctx, patient(ActivityStartInvitations, fmt.Sprintf("Invite number %d to %d of %d", b.Next+1, to, b.Total), Pace{}))
		if err := workflow.ExecuteActivity(act, ActivityStartInvitations, StartInvitationsIn{Batch: b.in.ID, From: b.Next, To: to, Again: b.Again, PerSecond: b.Rate,
			Actor: b.in.Actor}).Get(ctx, &out); err != nil {
			return err
		}
		b.Next = to
		b.Tally.Invited += out.Invited
		b.Tally.LeftOut += out.LeftOut
	}
	if b.Next == b.Total && b.Phase == BatchRunning {
		b.Phase = BatchDone
	}
	b.show(ctx)
	return nil
}

func (b *batch) takeMessages(ctx workflow.Context) error {
	return firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryInvitationBatch, func() (InvitationBatchView, error) { return b.view(), nil }, workflow.QueryHandlerOptions{Description: "How far the list of invitations is"}),
		steered(ctx, b, UpdateConfirmBatch, "Somebody confirms the list", b.asking, func(in ConfirmBatch) {
			b.Phase, b.Again, b.Rate, b.Total = BatchRunning, in.Again, in.PerSecond, b.in.Counts.Ready
			if in.Again {
				b.Total += b.in.Counts.Again
			}
		}),
		steered(ctx, b, UpdateDiscardBatch, "Somebody drops the list", b.asking, func(Nothing) { b.Phase = BatchDiscarded }),
		steered(ctx, b, UpdatePauseBatch, "Staff pause the inviting", b.running, func(Nothing) { b.Paused = true }),
		steered(ctx, b, UpdateResumeBatch, "Staff let the inviting go on", b.running, func(Nothing) { b.Paused = false }),
		steered(ctx, b, UpdateCancelBatch, "Staff call the rest of the list off", b.running, func(Nothing) { b.Phase = BatchCanceled }),
	)
}

func steered[I any](ctx workflow.Context, b *batch, name, description string, may func() error, do func(I)) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name, func(ctx workflow.Context, in I) (InvitationBatchView, error) {
		b.updated = workflow.GetInfo(ctx).GetCurrentHistoryLength()
		do(in)
		return b.view(), nil
	}, workflow.UpdateHandlerOptions{Description: description, Validator: func(workflow.Context, I) error { return Failure(may()) }})
}

func (b *batch) asking() error {
	if b.Phase != BatchAsking {
		return notNow("This list was dealt with already.", "Its page says how far it is; upload it again for what is left.")
	}
	return nil
}

func (b *batch) running() error {
	if b.Phase != BatchRunning {
		return notNow("Nobody is being invited from this list now.", "Its page says how far it is.")
	}
	return nil
}

func (b *batch) view() InvitationBatchView {
	return InvitationBatchView{InvitationBatchState: b.InvitationBatchState, ID: b.in.ID, Counts: b.in.Counts, Programs: b.in.Programs, Digest: b.in.Digest, Actor: b.in.Actor}
}

// show tells in the Temporal Web UI how far it is.
func (b *batch) show(ctx workflow.Context) {
	says := map[BatchPhase]string{
		BatchAsking: "**Waits to be confirmed.** Until then nobody is written to. It is dropped within the hour.", BatchRunning: "**Under way.**",
		BatchDone: "**Done.**", BatchCanceled: "**Called off.** Who was not invited yet is not.", BatchDiscarded: "**Dropped.**", BatchLapsed: "**Dropped, since nobody confirmed it.**",
	}[b.Phase]
	if b.Paused && b.Phase == BatchRunning {
		says = "**Paused.** It goes on when somebody resumes it."
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%s\n\n- lines: %d\n- with faults: %d\n- left out: %d\n- dealt with: %d of %d\n- invited: %d\n- %s what was uploaded is destroyed\n",
		says, b.in.Counts.Lines, b.in.Counts.Faults, b.in.Counts.LeftOut+b.Tally.LeftOut, b.Next, b.Total, b.Tally.Invited, box(b.Dropped)))
}

// BatchOutcome is what was found of a line, or came of it.
type BatchOutcome string

// The outcomes.
const (
	OutcomeReady      BatchOutcome = "ready"      // can be invited
	OutcomeAgain      BatchOutcome = "again"      // can be, if those are meant whose earlier invitation was not answered
	OutcomeInvited    BatchOutcome = "invited"    // is
	OutcomeFault      BatchOutcome = "fault"      // to be mended
	OutcomeTwice      BatchOutcome = "twice"      // the list has it twice
	OutcomeAlready    BatchOutcome = "already"    // was invited before
	OutcomeApplicant  BatchOutcome = "applicant"  // has an application open
	OutcomeNotInvited BatchOutcome = "no_letters" // asked not to be written to
)

// BatchAnswer is what came of one line that was to be invited.
type BatchAnswer struct {
	Line    int                      `json:"line"`
	Ref     onboarding.InvitationRef `json:"ref"`
	Outcome BatchOutcome             `json:"outcome"`
}
