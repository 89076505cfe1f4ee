package workflows

import (
	"fmt"
	"math"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
)

// NoticeRolloutName is the type of the workflow that tells all who are owed it of a
// text that changes, or of a new owner, and then lets it take effect. Its ID is
// NoticeRolloutID, so a version is rolled out once.
const NoticeRolloutName = "NoticeRollout"

// NoticeRolloutID is the workflow's ID for a version of a notice.
func NoticeRolloutID(notice, version string) string {
	return "notice-rollout/" + RolloutName(notice, version)
}

// The messages of a roll-out.
const (
	UpdatePauseRollout  = "PauseRollout"
	UpdateResumeRollout = "ResumeRollout"
	UpdateRetryRollout  = "RetryRollout"
	UpdateAcceptRollout = "AcceptRollout"
	UpdateCancelRollout = "CancelRollout"
	QueryNoticeRollout  = "NoticeRollout"
)

// The activities of a roll-out.
const (
	ActivityAnnounceNotice = "AnnounceNotice"
	ActivityGatherToTell   = "GatherToTell"
	ActivityTellNotices    = "TellNotices"
	ActivityTakeEffect     = "TakeEffect"
)

// NoticeRolloutIn starts a roll-out.
type NoticeRolloutIn struct {
	Notice    string            `json:"notice"` // its ID, or consent.OwnerChange
	Version   string            `json:"version"`
	Title     string            `json:"title"` // of the notice, in English
	Purpose   consent.PurposeID `json:"purpose"`
	Kind      consent.Kind      `json:"kind"`
	Again     bool              `json:"again"` // consent is asked for anew
	Effective time.Time         `json:"effective"`
	Owner     *consent.Owner    `json:"owner,omitempty"`
	PerSecond float64           `json:"per_second"` // letters a second at most
	Actor     Actor             `json:"actor"`

	Carried *NoticeRolloutState `json:"carried,omitempty"`
}

// RolloutPhase is how far a roll-out is.
type RolloutPhase string

// The phases.
const (
	RolloutFinding RolloutPhase = "finding" // who is owed a letter
	RolloutTelling RolloutPhase = "telling"
	RolloutHeld    RolloutPhase = "held"    // letters were refused, and somebody has to say what is done about it
	RolloutWaiting RolloutPhase = "waiting" // for the day
	RolloutAfter   RolloutPhase = "after"   // it holds; who came while it took effect is told
	RolloutDone    RolloutPhase = "done"
	RolloutCalling RolloutPhase = "calling_off" // it was called off: who was told is told that it does not come
	RolloutOff     RolloutPhase = "off"         // called off, and all who were told know it
)

// over reports whether nothing more comes of it.
func (p RolloutPhase) over() bool { return p == RolloutDone || p == RolloutOff }

// NoticeRolloutState is all that a roll-out remembers.
type NoticeRolloutState struct {
	Phase     RolloutPhase `json:"phase"`
	Announced bool         `json:"announced"` // the portal shows it
	Paused    bool         `json:"paused"`
	Pass      int          `json:"pass"`     // the round of looking for those who are owed a letter, from 1
	Retry     int          `json:"retry"`    // the round whose failures this one tries again; 0: it looks for all
	Began     time.Time    `json:"began"`    // when the round did
	Looked    time.Time    `json:"looked"`   // when it was looked for all last
	Gathered  bool         `json:"gathered"` // of this round
	Total     int          `json:"total"`    // of this round
	Next      int          `json:"next"`     // of those, the first that has not been dealt with
	Tally     RolloutTally `json:"tally"`    // of all rounds
	Failed    int          `json:"failed"`   // of this round: letters that the mail server refused for good
	Accepted  int          `json:"accepted"` // refused letters with which it was let go on
	Reason    []byte       `json:"reason,omitempty"`
	By        Actor        `json:"by,omitempty"` // who let it go on
	Begun     time.Time    `json:"begun"`
	InForce   time.Time    `json:"in_force"` // when it took effect; zero before
	Ended     time.Time    `json:"ended"`
	Moved     time.Time    `json:"moved"` // when somebody was told last, or it was resumed
	// Off is when it was called off, OffBy by whom, OffReason why, sealed by the house's
	// key; OffTally counts the letters that it does not come.
	Off       time.Time    `json:"off,omitzero"`
	OffBy     Actor        `json:"off_by,omitempty"`
	OffReason []byte       `json:"off_reason,omitempty"`
	OffTally  RolloutTally `json:"off_tally,omitzero"`
	OffShown  bool         `json:"off_shown,omitempty"` // the portal shows it no more
}

// RolloutTally counts answers.
type RolloutTally struct {
	Told    int `json:"told"`
	NotOwed int `json:"not_owed"` // they have agreed to this text, or not agreed yet, or have ended
	Already int `json:"already"`  // they were told in an earlier round
	Failed  int `json:"failed"`   // the mail server refuses their address
}

// NoticeRolloutView answers the query and every update.
type NoticeRolloutView struct {
	NoticeRolloutState
	Notice    string         `json:"notice"`
	Version   string         `json:"version"`
	Title     string         `json:"title"`
	Again     bool           `json:"again"`
	Effective time.Time      `json:"effective"`
	Owner     *consent.Owner `json:"owner,omitempty"`
	PerSecond float64        `json:"per_second"`
	Actor     Actor          `json:"actor"`
}

// AcceptRollout lets a roll-out go on though some letters were refused, or calls it off.
type AcceptRollout struct {
	Reason []byte `json:"reason"` // sealed by the house's key
	Actor  Actor  `json:"actor"`
}

// AnnounceNoticeIn has the portal show what will hold, and keeps the texts write-once
// under their hashes.
type AnnounceNoticeIn struct {
	RollOut consent.RollOut `json:"roll_out"`
}

// GatherToTellIn has those found who may be owed a letter, and their list stored: all
// that are open and were not told in an earlier round; or those of an earlier round
// whose letter was refused.
type GatherToTellIn struct {
	Rollout string `json:"rollout"`
	Pass    int    `json:"pass"`
	Retry   int    `json:"retry"`
	Told    bool   `json:"told,omitempty"` // those who were told in the rounds before
}

// TellNoticesIn tells a part of a round's list, from one number up to but not
// including another.
type TellNoticesIn struct {
	Notice    string         `json:"notice"`
	Version   string         `json:"version"`
	Pass      int            `json:"pass"`
	From      int            `json:"from"`
	To        int            `json:"to"`
	PerSecond float64        `json:"per_second"`
	Again     bool           `json:"again"`
	Effective time.Time      `json:"effective"`
	Owner     *consent.Owner `json:"owner,omitempty"`
	Off       bool           `json:"off,omitempty"` // that it does not come
	// Repeat is set by the activity that was tried before: who was told already was told
	// by that try.
	Repeat bool `json:"-"`
}

// rollout is a roll-out while a run has it open.
type rollout struct {
	in NoticeRolloutIn
	NoticeRolloutState
	retry, accept bool // what staff have said while it is held
	taking        bool // it takes effect at this very moment
}

// NoticeRollout tells all who are owed it, once each, at a rate that the mail server
// bears; waits for the day; tells who came meanwhile; and lets the text take effect
// only when a round that began on or after the day has left nobody untold. It can be
// paused, and goes on by itself when a worker dies in the middle.
func NoticeRollout(ctx workflow.Context, in NoticeRolloutIn) (NoticeRolloutState, error) {
	now := workflow.Now(ctx)
	r := &rollout{in: in, NoticeRolloutState: NoticeRolloutState{Phase: RolloutFinding, Pass: 1, Began: now, Begun: now, Moved: now}}
	if in.Carried != nil {
		r.NoticeRolloutState = *in.Carried
	}
	if err := r.takeMessages(ctx); err != nil {
		return r.NoticeRolloutState, err
	}
	r.show(ctx)
	if !r.Announced {
		if err := r.do(ctx, ActivityAnnounceNotice, "Show on the portal what will hold", AnnounceNoticeIn{RollOut: r.rollOut(false)}, nil); err != nil {
			return r.NoticeRolloutState, err
		}
		r.Announced = true
	}
	for !r.Phase.over() {
		if err := r.round(ctx); err != nil {
			return r.NoticeRolloutState, err
		}
		if !r.Phase.over() && workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return r.NoticeRolloutState, err
			}
			next, state := in, r.NoticeRolloutState
			next.Carried = &state
			return r.NoticeRolloutState, workflow.NewContinueAsNewError(ctx, NoticeRolloutName, next)
		}
	}
	r.Ended = workflow.Now(ctx)
	r.show(ctx)
	return r.NoticeRolloutState, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

// round does the next piece of work: a part of the present round, or what comes after
// one.
func (r *rollout) round(ctx workflow.Context) error {
	if err := r.wait(ctx, 0, "", func() bool { return !r.Paused || !r.Off.IsZero() }); err != nil {
		return err
	}
	switch {
	case !r.Off.IsZero() && !r.OffShown:
		if err := r.do(ctx, ActivityAnnounceNotice, "Show on the portal no more what does not come", AnnounceNoticeIn{RollOut: r.rollOut(false)}, nil); err != nil {
			return err
		}
		r.again(ctx, 0)
		r.OffShown, r.Paused = true, false
		return nil
	case !r.Gathered:
		return r.gather(ctx)
	case r.Next < r.Total:
		return r.part(ctx)
	case !r.Off.IsZero():
		r.Phase = RolloutOff
		return nil
	case r.Failed > 0 && r.InForce.IsZero():
		return r.held(ctx)
	case !r.InForce.IsZero():
		r.Phase = RolloutDone
		return nil
	case workflow.Now(ctx).Before(r.in.Effective):
		r.Phase = RolloutWaiting
		r.show(ctx)
		if err := r.wait(ctx, r.in.Effective.Sub(workflow.Now(ctx)), "Until the new text may hold", func() bool { return r.Paused || !r.Off.IsZero() }); err != nil || r.Paused || !r.Off.IsZero() {
			return err
		}
		r.again(ctx, 0)
	case r.Began.Before(r.in.Effective) || r.Retry > 0 && r.Looked.Before(r.in.Effective):
		r.again(ctx, 0) // it was looked for all before the day
	default:
		r.taking = true
		if err := r.do(ctx, ActivityTakeEffect, "Let the new text take effect", AnnounceNoticeIn{RollOut: r.rollOut(true)}, nil); err != nil {
			return err
		}
		r.InForce = workflow.Now(ctx)
		r.again(ctx, 0)
		r.Phase = RolloutAfter
	}
	return nil
}

// again begins another round.
func (r *rollout) again(ctx workflow.Context, retry int) {
	r.Pass++
	r.Retry, r.Began, r.Gathered, r.Total, r.Next, r.Failed = retry, workflow.Now(ctx), false, 0, 0, 0
	r.Phase = RolloutFinding
}

func (r *rollout) gather(ctx workflow.Context) error {
	in := GatherToTellIn{Rollout: RolloutName(r.in.Notice, r.in.Version), Pass: r.Pass, Retry: r.Retry}
	if r.OffShown {
		in.Told, r.Phase = true, RolloutCalling
	}
	r.show(ctx)
	var out GatherBulkOut
	if err := r.do(ctx, ActivityGatherToTell, "Find those who are owed a letter", in, &out); err != nil {
		return err
	}
	if r.Retry == 0 {
		r.Looked = r.Began
	}
	r.Gathered, r.Total, r.Phase = true, out.Total, RolloutTelling
	if r.OffShown {
		r.Phase = RolloutCalling
	}
	return nil
}

// part tells the next few, about two seconds' worth, as Bulk does.
func (r *rollout) part(ctx workflow.Context) error {
	to := min(r.Next+min(max(int(math.Ceil(r.in.PerSecond*2)), 1), mostInPart), r.Total)
	var out RolloutTally
	if err := r.do(ctx, ActivityTellNotices, fmt.Sprintf("Write to number %d to %d of %d", r.Next+1, to, r.Total), TellNoticesIn{Notice: r.in.Notice, Version: r.in.Version,
		Pass: r.Pass, From: r.Next, To: to, PerSecond: r.in.PerSecond, Again: r.in.Again, Effective: r.in.Effective, Owner: r.in.Owner, Off: r.OffShown}, &out); err != nil {
		return err
	}
	r.Next, r.Moved = to, workflow.Now(ctx)
	if r.OffShown {
		r.OffTally.add(out)
		r.show(ctx)
		return nil
	}
	r.Failed += out.Failed
	r.Tally.Told += out.Told
	r.Tally.NotOwed += out.NotOwed
	r.Tally.Already += out.Already
	r.Tally.Failed += out.Failed
	r.show(ctx)
	return nil
}

// held waits for somebody to say what is done about letters that were refused: they
// are tried again, or it goes on without them.
func (r *rollout) held(ctx workflow.Context) error {
	r.Phase = RolloutHeld
	r.retry, r.accept = false, false
	r.show(ctx)
	if err := r.wait(ctx, 0, "", func() bool { return r.retry || r.accept || !r.Off.IsZero() }); err != nil || !r.Off.IsZero() {
		return err
	}
	if r.retry {
		r.Tally.Failed -= r.Failed
		r.again(ctx, r.Pass)
		return nil
	}
	r.Accepted, r.Failed = r.Accepted+r.Failed, 0
	r.Phase = RolloutTelling
	return nil
}

func (r *rollout) rollOut(told bool) consent.RollOut {
	return consent.RollOut{ID: r.in.Notice, Version: r.in.Version, Effective: r.in.Effective, Told: told, Owner: r.in.Owner, Off: r.Off}
}

func (t *RolloutTally) add(o RolloutTally) {
	t.Told += o.Told
	t.NotOwed += o.NotOwed
	t.Already += o.Already
	t.Failed += o.Failed
}

func (r *rollout) do(ctx workflow.Context, activity, summary string, in, out any) error {
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, patient(activity, summary, Pace{})), activity, in).Get(ctx, out)
}

func (r *rollout) wait(ctx workflow.Context, limit time.Duration, words string, ok func() bool) error {
	if ok() {
		return nil
	}
	r.show(ctx)
	if limit <= 0 {
		return workflow.Await(ctx, ok)
	}
	_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: limit, TimerOptions: workflow.TimerOptions{Summary: words}}, ok)
	return err
}

func (r *rollout) takeMessages(ctx workflow.Context) error {
	running := func() error {
		if r.Phase.over() || !r.Off.IsZero() {
			return notNow("This roll-out is over.", "Its page says what came of it.")
		}
		return nil
	}
	beforeItHolds := func() error {
		if err := running(); err != nil {
			return err
		}
		if r.taking || !r.InForce.IsZero() {
			return notNow("This text holds already, so it cannot be called off.", "Publish another version of it.")
		}
		return nil
	}
	whenHeld := func() error {
		if r.Phase != RolloutHeld {
			return notNow("No refused letter holds this roll-out up now.", "Its page says how far it is.")
		}
		return nil
	}
	return firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryNoticeRollout, func() (NoticeRolloutView, error) { return r.view(), nil }, workflow.QueryHandlerOptions{Description: "How far the roll-out is"}),
		steerRollout(ctx, r, UpdatePauseRollout, "Staff pause the roll-out", running, func(Nothing) { r.Paused = true }),
		steerRollout(ctx, r, UpdateResumeRollout, "Staff let the roll-out go on", running, func(Nothing) { r.Paused, r.Moved = false, workflow.Now(ctx) }),
		steerRollout(ctx, r, UpdateRetryRollout, "Staff have refused letters sent again", whenHeld, func(Nothing) { r.retry = true }),
		steerRollout(ctx, r, UpdateAcceptRollout, "Staff let it go on without those whose letters were refused", whenHeld, func(in AcceptRollout) {
			r.accept, r.Reason, r.By = true, in.Reason, in.Actor
		}),
		steerRollout(ctx, r, UpdateCancelRollout, "Staff call the roll-out off before it holds", beforeItHolds, func(in AcceptRollout) {
			r.Off, r.OffBy, r.OffReason = workflow.Now(ctx), in.Actor, in.Reason
		}),
	)
}

func steerRollout[I any](ctx workflow.Context, r *rollout, name, description string, may func() error, do func(I)) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name, func(_ workflow.Context, in I) (NoticeRolloutView, error) {
		do(in)
		return r.view(), nil
	}, workflow.UpdateHandlerOptions{Description: description, Validator: func(workflow.Context, I) error { return Failure(may()) }})
}

func (r *rollout) view() NoticeRolloutView {
	return NoticeRolloutView{NoticeRolloutState: r.NoticeRolloutState, Notice: r.in.Notice, Version: r.in.Version, Title: r.in.Title, Again: r.in.Again,
		Effective: r.in.Effective, Owner: r.in.Owner, PerSecond: r.in.PerSecond, Actor: r.in.Actor}
}

// show tells in the Temporal Web UI how far it is.
func (r *rollout) show(ctx workflow.Context) {
	says := map[RolloutPhase]string{
		RolloutFinding: "Finding those who are owed a letter.", RolloutTelling: "**Writing to them.**",
		RolloutHeld:    "**Held.** Letters were refused. Somebody has them sent again, or lets it go on without.",
		RolloutWaiting: "**All were told.** It waits for its day, and then tells who came meanwhile.",
		RolloutAfter:   "It holds. Who came while it took effect is told.", RolloutDone: "**Done.** It holds.",
		RolloutCalling: "**Called off.** Who was told is told that it does not come.", RolloutOff: "**Called off.** It does not take effect.",
	}[r.Phase]
	if r.Paused && !r.Phase.over() {
		says = "**Paused.** It goes on when somebody resumes it, and does not take effect before."
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%s\n\n- holds from: %s\n- round: %d\n- dealt with in it: %d of %d\n- told: %d\n- owed nothing: %d\n- letters refused: %d, let go on without: %d\n- %s it holds\n",
		says, r.in.Effective.UTC().Format(time.DateOnly), r.Pass, r.Next, r.Total, r.Tally.Told, r.Tally.NotOwed, r.Tally.Failed, r.Accepted, box(!r.InForce.IsZero())))
}

// NoticeRolloutSummary is a roll-out in one line, for the list in the Temporal Web UI.
func NoticeRolloutSummary(in NoticeRolloutIn) string {
	day := in.Effective.UTC().Format(time.DateOnly)
	if in.Owner != nil {
		return "A new owner from " + day + ": all are told"
	}
	return fmt.Sprintf("The text %q, version %s, from %s: all are told", in.Title, in.Version, day)
}
