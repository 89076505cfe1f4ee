package workflows

import (
	"fmt"
	"math"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// BulkName is the type of the workflow that does one thing with many failed checks, or
// with many that wait for a paused vendor, for one reason; or gives many cases to one
// recruiter. Its ID is BulkID.
const BulkName = "Bulk"

// BulkID is the workflow's ID for a run of that ID.
func BulkID(id string) string { return "bulk/" + id }

// The messages of a bulk run.
const (
	UpdatePauseBulk   = "PauseBulk"
	UpdateResumeBulk  = "ResumeBulk"
	UpdateCancelBulk  = "CancelBulk"
	QueryBulkProgress = "BulkProgress"
)

// BulkAction is what is done with each check.
type BulkAction string

// The actions.
const (
	BulkRetry BulkAction = "retry"
	BulkWaive BulkAction = "waive"
	// BulkUseVendor moves the checks to another vendor: BulkIn.To.
	BulkUseVendor BulkAction = "use_vendor"
	// BulkAssign gives cases, not checks, to the recruiter BulkIn.To.
	BulkAssign BulkAction = "assign"
)

// Known reports whether a is one of the actions.
func (a BulkAction) Known() bool {
	return a == BulkRetry || a == BulkWaive || a == BulkUseVendor || a == BulkAssign
}

// Words is the action as people read it.
func (a BulkAction) Words() string {
	switch a {
	case BulkUseVendor:
		return "move"
	case BulkAssign:
		return "give"
	case BulkRetry, BulkWaive:
	}
	return string(a)
}

// BulkMatch says which failed checks are meant; an empty member means any.
type BulkMatch struct {
	Check   onboarding.CheckName `json:"check"`
	Vendor  string               `json:"vendor"`
	Program string               `json:"program"`
	// Programs bound the run to those of who started it; none: all.
	Programs []string        `json:"programs,omitempty"`
	Error    onboarding.Code `json:"error,omitempty"`
	// Held says that not failed checks are meant but those that wait while Vendor is
	// paused.
	Held bool `json:"held,omitempty"`
	// Cases narrows the cases of BulkAssign further.
	Cases *CaseMatch `json:"cases,omitempty"`
}

// BulkItem is one check of one applicant, or with BulkAssign one case.
type BulkItem struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Check     onboarding.CheckName   `json:"check"`
	Round     int                    `json:"round"`             // the failed round that is meant; 0: whichever it is
	Program   string                 `json:"program,omitempty"` // where the list knew it
	Was       string                 `json:"was,omitempty"`     // with BulkAssign: whose case it was; empty: nobody's
}

// BulkIn starts a run.
type BulkIn struct {
	ID        string     `json:"id"`
	Action    BulkAction `json:"action"`
	Match     BulkMatch  `json:"match"`
	Marked    []BulkItem `json:"marked"`       // exactly these; none: all that match when it starts
	PerSecond float64    `json:"per_second"`   // checks a second at most
	To        string     `json:"to,omitempty"` // the vendor that BulkUseVendor moves to, or the staff ID of BulkAssign
	Reason    []byte     `json:"reason"`       // none with BulkAssign; sealed by the house's key; for each applicant it is sealed anew with theirs
	Actor     Actor      `json:"actor"`
	Carried   *BulkState `json:"carried"` // of the run before, when it continued as new
}

// BulkState is how far a run is.
type BulkState struct {
	Total    int       `json:"total"` // failed checks that were found when it began
	Next     int       `json:"next"`  // of those, the first that has not been dealt with
	Tally    BulkTally `json:"tally"`
	Paused   bool      `json:"paused"`
	Canceled bool      `json:"canceled"`
	Gathered bool      `json:"gathered"`
	Begun    time.Time `json:"begun"`
	Ended    time.Time `json:"ended"`
	Moved    time.Time `json:"moved,omitzero"` // when something was dealt with last, or when it was resumed
}

// BulkTally counts answers, one for each check.
type BulkTally struct {
	Done    int `json:"done"`
	Refused int `json:"refused"` // it was not waiting any more: somebody was faster, or the application ended
	Failed  int `json:"failed"`  // it could not be asked; it stands among the failed checks as before
}

// BulkProgress answers the query.
type BulkProgress struct {
	BulkState
	ID        string     `json:"id"`
	Action    BulkAction `json:"action"`
	Match     BulkMatch  `json:"match"`
	Marked    bool       `json:"marked"` // some that were marked, not all that match
	PerSecond float64    `json:"per_second"`
	To        string     `json:"to,omitempty"`
	Actor     Actor      `json:"actor"`
	// AsOf is when this was known last, where no worker could be asked now; else zero.
	AsOf time.Time `json:"as_of,omitzero"`
}

// GatherBulkIn has what a run is for found and its list stored.
type GatherBulkIn struct {
	ID     string     `json:"id"`
	Action BulkAction `json:"action,omitempty"`
	Match  BulkMatch  `json:"match"`
	Marked []BulkItem `json:"marked"`
}

// GatherBulkOut is how many were found.
type GatherBulkOut struct {
	Total int `json:"total"`
}

// ActInBulkIn acts on a part of the list, from one number up to but not including
// another. Asked again after a crash it goes on behind what it has done.
type ActInBulkIn struct {
	ID        string     `json:"id"`
	Action    BulkAction `json:"action"`
	From      int        `json:"from"`
	To        int        `json:"to"`
	PerSecond float64    `json:"per_second"`
	Vendor    string     `json:"vendor,omitempty"`    // that BulkUseVendor moves to
	Recruiter string     `json:"recruiter,omitempty"` // to whom BulkAssign gives
	Reason    []byte     `json:"reason"`
	Actor     Actor      `json:"actor"`
	// Again is set by the activity that was tried before: it may find what it has done.
	Again bool `json:"-"`
}

// bulk is a run while it is under way.
type bulk struct {
	in BulkIn
	BulkState
}

// Bulk retries, waives or moves many checks, or gives many cases to a recruiter, each once, at a rate that vendors and
// the applicants' own workflows bear. It can be paused, resumed and called off, and
// it goes on by itself when a worker dies in the middle.
func Bulk(ctx workflow.Context, in BulkIn) (BulkState, error) {
	b := &bulk{in: in, BulkState: BulkState{Begun: workflow.Now(ctx), Moved: workflow.Now(ctx)}}
	if in.Carried != nil {
		b.BulkState = *in.Carried
	}
	if err := b.takeMessages(ctx); err != nil {
		return b.BulkState, err
	}
	b.show(ctx)
	if !b.Gathered {
		var out GatherBulkOut
		name, words := in.gather()
		gather := workflow.WithActivityOptions(ctx, patient(name, words, Pace{}))
		asked := GatherBulkIn{ID: in.ID, Match: in.Match, Marked: in.Marked}
		if name != ActivityGatherBulk {
			asked.Action = in.Action
		}
		if err := workflow.ExecuteActivity(gather, name, asked).Get(ctx, &out); err != nil {
			return b.BulkState, err
		}
		b.Gathered, b.Total = true, out.Total
	}
	for b.Next < b.Total && !b.Canceled {
		if err := b.part(ctx); err != nil {
			return b.BulkState, err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() && b.Next < b.Total && !b.Canceled {
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return b.BulkState, err
			}
			next, state := in, b.BulkState
			next.Carried, next.Marked = &state, nil // the list is stored
			return b.BulkState, workflow.NewContinueAsNewError(ctx, BulkName, next)
		}
	}
	b.Ended = workflow.Now(ctx)
	b.show(ctx)
	return b.BulkState, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

// part deals with the next few checks, about two seconds' worth: so a pause or an
// end that somebody asks for comes soon, and the numbers move while one looks.
func (b *bulk) part(ctx workflow.Context) error {
	if b.Paused {
		b.show(ctx)
		if err := workflow.Await(ctx, func() bool { return !b.Paused || b.Canceled }); err != nil || b.Canceled {
			return err
		}
	}
	size := min(max(int(math.Ceil(b.in.PerSecond*2)), 1), mostInPart)
	to := min(b.Next+size, b.Total)
	name := b.in.act()
	act := workflow.WithActivityOptions(ctx, patient(name, fmt.Sprintf("%s number %d to %d of %d", title(b.in.Action.Words()), b.Next+1, to, b.Total), Pace{}))
	var out BulkTally
	in := ActInBulkIn{ID: b.in.ID, Action: b.in.Action, From: b.Next, To: to, PerSecond: b.in.PerSecond, Reason: b.in.Reason, Actor: b.in.Actor}
	if b.in.Action == BulkAssign {
		in.Recruiter = b.in.To
	} else {
		in.Vendor = b.in.To
	}
	if err := workflow.ExecuteActivity(act, name, in).Get(ctx, &out); err != nil {
		return err
	}
	b.Next, b.Moved = to, workflow.Now(ctx)
	b.Tally.Done += out.Done
	b.Tally.Refused += out.Refused
	b.Tally.Failed += out.Failed
	b.show(ctx)
	return nil
}

// mostInPart bounds a part, and with it how long a pause may wait.
const mostInPart = 200

func (b *bulk) takeMessages(ctx workflow.Context) error {
	set := func(name, description string, may func() error, do func()) error {
		return workflow.SetUpdateHandlerWithOptions(ctx, name, func(workflow.Context) (BulkProgress, error) {
			do()
			return b.progress(), nil
		}, workflow.UpdateHandlerOptions{Description: description, Validator: func(workflow.Context) error { return Failure(may()) }})
	}
	running := func() error {
		if b.Canceled || !b.Ended.IsZero() {
			return notNow("This run is over.", "Start another one for what is left.")
		}
		return nil
	}
	return firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryBulkProgress, func() (BulkProgress, error) { return b.progress(), nil }, workflow.QueryHandlerOptions{Description: "How far the run is"}),
		set(UpdatePauseBulk, "Ops pause the run", running, func() { b.Paused = true }),
		set(UpdateResumeBulk, "Ops let the run go on", running, func() { b.Paused = false; b.Moved = workflow.Now(ctx) }),
		set(UpdateCancelBulk, "Ops call the rest of the run off", running, func() { b.Canceled = true }),
	)
}

func (b *bulk) progress() BulkProgress {
	return BulkProgress{BulkState: b.BulkState, ID: b.in.ID, Action: b.in.Action, Match: b.in.Match, Marked: len(b.in.Marked) > 0,
		PerSecond: b.in.PerSecond, To: b.in.To, Actor: b.in.Actor}
}

// show tells in the Temporal Web UI how far it is.
func (b *bulk) show(ctx workflow.Context) {
	var says []string
	switch {
	case !b.Ended.IsZero() && b.Canceled:
		says = append(says, "**Called off.** Of what was not dealt with, "+b.in.left()+".")
	case !b.Ended.IsZero():
		says = append(says, "**Done.**")
	case b.Paused:
		says = append(says, "**Paused.** It goes on when somebody resumes it.")
	case !b.Gathered:
		_, words := b.in.gather()
		says = append(says, strings.Replace(words, "Find", "Finding", 1)+".")
	default:
		says = append(says, "Under way.")
	}
	lines := "- dealt with: %d of %d\n- asked for: %d\n- not waiting any more: %d\n- could not be asked: %d"
	if b.in.Action == BulkAssign {
		lines = "- dealt with: %d of %d\n- given: %d\n- not given, with a reason for each: %d\n- could not be asked: %d"
	}
	says = append(says, fmt.Sprintf(lines,
		b.Next, b.Total, b.Tally.Done, b.Tally.Refused, b.Tally.Failed))
	workflow.SetCurrentDetails(ctx, strings.Join(says, "\n\n"))
}

// BulkSummary is a run in one line, for the list in the Temporal Web UI.
func BulkSummary(in BulkIn) string {
	what := title(in.Action.Words()) + " failed checks"
	switch {
	case in.Action == BulkAssign:
		what = "Give cases"
	case in.Match.Held:
		what = title(in.Action.Words()) + " checks that wait for a paused vendor"
	}
	if in.Match.Check != "" {
		what += ": " + CheckWords(in.Match.Check)
	}
	if in.Match.Vendor != "" {
		what += " at " + VendorTitle(in.Match.Vendor)
	}
	if in.Match.Program != "" {
		what += " in " + in.Match.Program
	}
	if in.Match.Error != "" {
		what += ", stopped by " + string(in.Match.Error)
	}
	if c := in.Match.Cases; c != nil && c.Stage != "" {
		what += ", stage " + string(c.Stage)
	}
	if len(in.Marked) > 0 {
		of := "checks"
		if in.Action == BulkAssign {
			of = "cases"
		}
		what = fmt.Sprintf("%s %d marked %s", title(in.Action.Words()), len(in.Marked), of)
	}
	switch {
	case in.Action == BulkAssign:
		what += " to the recruiter " + in.To
	case in.To != "":
		what += ", to " + VendorTitle(in.To)
	}
	return what
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// bulkOptions: a part reports after each check, so a worker that died is missed
// within the heartbeat; there is no end to trying, since nothing may be lost.
func bulkOptions(o workflow.ActivityOptions) workflow.ActivityOptions {
	o.StartToCloseTimeout = time.Hour
	o.HeartbeatTimeout = heartbeat
	o.RetryPolicy = &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second,
		NonRetryableErrorTypes: []string{string(onboarding.CodeInvalid)}}
	return o
}

// bulkDetail names the run in the applicant's ledger.
func bulkDetail(id string) string {
	if id == "" {
		return ""
	}
	return "in the run for many " + id
}
