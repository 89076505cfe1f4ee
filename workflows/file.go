package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// State is all that a case must remember from one run to the next.
type State struct {
	Stage        onboarding.Stage    `json:"stage"`
	Ending       onboarding.Stage    `json:"ending"` // an end that was asked for from outside
	Outcome      onboarding.Outcome  `json:"outcome"`
	Place        Place               `json:"place"`
	Profile      string              `json:"profile"`
	Contact      string              `json:"contact"`           // keyed hash of a corrected e-mail address; empty: OnboardInput.Contact
	LookUp       []string            `json:"look_up,omitempty"` // as handed in or corrected; none: OnboardInput.LookUp
	Standing     Standing            `json:"standing"`
	ContactSince time.Time           `json:"contact_since"` // when it was corrected last
	Unproved     bool                `json:"unproved"`      // nobody has proved the corrected address yet
	ProofTries   int                 `json:"proof_tries"`   // how often that was tried and failed
	Consents     consent.Register    `json:"consents"`
	Checks       []onboarding.Check  `json:"checks"`
	Reports      []ReportCompleted   `json:"reports"` // told by vendors, in order of arrival
	Chain        ledger.Chain        `json:"chain"`
	Open         []ledger.Record     `json:"open"` // composed, to be stored with the next step
	Ruling       onboarding.Decision `json:"ruling"`
	Decided      onboarding.Ruling   `json:"decided"`  // a person's, not yet acted upon
	Reviews      int                 `json:"reviews"`  // how often a person's decision was asked for
	Opinions     []Opinion           `json:"opinions"` // of the review that is open
	Requirements Requirements        `json:"requirements"`
	Required     []RequirementLine   `json:"required"` // of the certification; empty before it
	Trained      bool                `json:"trained"`  // the applicant was written to that the certification has begun
	Anew         bool                `json:"anew"`     // requirements are asked for again after the certification
	Credential   CredentialLine      `json:"credential"`
	Past         []CredentialLine    `json:"past"` // credentials that were renewed, oldest first
	Renewal      Renewal             `json:"renewal"`
	Adverse      Adverse             `json:"adverse"`
	Language     string              `json:"language,omitempty"` // BCP 47; empty: English
	Letters      int                 `json:"letters"`            // sent so far
	LinkAt       time.Time           `json:"link_at"`            // when a link was last sent upon somebody's asking
	Took         []Took              `json:"took,omitempty"`     // measured, to be told with the next step
	Entered      time.Time           `json:"entered"`            // when the present stage was
	LinkAsks     int                 `json:"link_asks"`          // how often in a row; see linkPause
	Begun        time.Time           `json:"begun"`
	Submitted    time.Time           `json:"submitted"`

	Invitation *onboarding.InvitationRef `json:"invitation,omitempty"` // that it came of

	Offered   time.Time `json:"offered"`
	UpdatedAt time.Time `json:"updated_at"`

	Told
	Announced
	DataState
	StaffState
	MovedState
	HoldState
	NoticeState
	ErasingState
	OfferState
	FriendState
	DisclosureState
}

// file is an applicant's case while a run of the workflow has it open.
type file struct {
	in OnboardInput
	State
	book book

	attention onboarding.Attention
	wait      Wait
	reviewing bool                // a person's decision is waited for
	stop      workflow.CancelFunc // ends the current stage's calls
	shown     face                // what search attributes say now
	busy      int                 // checks under way in coroutines of their own
	revoke    bool                // the credential is to be taken back
	updated   int                 // length of the history when the last update was taken; see apart
	sendLink  bool                // a link was asked for and is not sent yet
	items     []string            // of the report that the applicant disputes
	corrected bool                // details were corrected since the checks were last ruled upon
	acting    int                 // updates about requirements that are under way
	turn      int                 // counts what they have changed
	booking   bool                // an appointment is being booked or given back

	besides
}

func openFile(ctx workflow.Context, in OnboardInput) *file {
	c := &file{in: in, attention: onboarding.AttentionNone, besides: newBesides(ctx)}
	if in.Carried == nil {
		c.State = State{Stage: onboarding.StageSignup, Place: in.Place, Chain: ledger.NewChain(in.Applicant)}
		c.attention = onboarding.AttentionApplicant
	} else {
		c.State = *in.Carried
	}
	c.book.Chain = c.Chain
	for _, r := range c.Open {
		c.book.Open = append(c.book.Open, &entry{Record: r})
	}
	c.book.Took, c.book.Events = c.Took, c.Events
	c.Open, c.Took, c.Events = nil, nil, nil
	c.UpdatedAt = workflow.Now(ctx)
	if c.Stage == onboarding.StageCertification {
		c.openRequirements()
		c.refresh(c.UpdatedAt)
	}
	return c
}

// record composes a ledger record in the case's name.
func (c *file) record(ctx workflow.Context, r ledger.Record) *entry {
	if r.Actor == "" {
		r.Actor = string(ActorSystem)
	}
	r.Stage = c.Stage
	c.UpdatedAt = workflow.Now(ctx)
	e := c.book.Add(workflow.Now(ctx), r)
	c.announceRecord(ctx, r)
	return e
}

// enter moves the case to a stage.
func (c *file) enter(ctx workflow.Context, to onboarding.Stage) {
	c.stageTook(ctx, to)
	c.record(ctx, ledger.Record{Kind: ledger.KindStage, Outcome: string(to)})
	c.letThrough(to)
	c.Stage, c.corrected = to, false
	c.Ruling, c.Decided, c.reviewing, c.Opinions = onboarding.Decision{}, "", false, nil
	c.Delayed = false
	c.attention, c.wait = onboarding.AttentionNone, Wait{}
	switch to {
	case onboarding.StageVetting:
		c.Adverse = Adverse{} // one that was called off in validation has no part in what follows
	case onboarding.StageCertification:
		c.openRequirements()
		c.refresh(c.UpdatedAt)
	case onboarding.StageCertified:
		c.Outcome = onboarding.OutcomeCertified
	case onboarding.StageDeclined:
		c.Outcome = onboarding.OutcomeDeclined
	case onboarding.StageWithdrawn:
		c.Outcome = onboarding.OutcomeWithdrawn
	case onboarding.StageExpired:
		c.Outcome = onboarding.OutcomeExpired
	case onboarding.StageSignup, onboarding.StageValidation, onboarding.StageErased:
	}
}

// end asks for an end from outside the stage's own course.
func (c *file) end(to onboarding.Stage) {
	if c.Ending == "" {
		c.Ending = to
	}
	if c.stop != nil {
		c.stop()
	}
}

// until waits until ok holds, with the books brought up to date and the case's
// face telling whom it waits for. It gives false when the case is being ended
// instead, or when limit (zero: none) has passed first.
func (c *file) until(ctx workflow.Context, who onboarding.Attention, w Wait, limit time.Duration, ok func() bool) (bool, error) {
	if ok() {
		return true, nil
	}
	now := workflow.Now(ctx)
	w.Since = now
	if limit > 0 && w.Until.IsZero() {
		w.Until = now.Add(limit)
	}
	c.attention, c.wait = who, w
	defer func() { c.attention, c.wait = onboarding.AttentionNone, Wait{} }()
	if err := c.settle(ctx); err != nil {
		return false, err
	}
	c.show(ctx)
	done := func() bool { return ok() || c.Ending != "" }
	if limit <= 0 {
		if err := workflow.Await(ctx, done); err != nil {
			return false, err
		}
		return ok() && c.Ending == "", nil
	}
	if _, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: limit, TimerOptions: workflow.TimerOptions{Summary: "Waits for " + w.For}}, done); err != nil {
		return false, err
	}
	return ok() && c.Ending == "", nil
}

// settle stores what is not known to be stored.
func (c *file) settle(ctx workflow.Context) error {
	if c.announceAttention(ctx); c.book.Idle() {
		return c.tellEvents(ctx)
	}
	_, err := step[Nothing](ctx, c, ActivitySettle, "Bring the ledger up to date", func() carrier {
		return SettleIn{Applicant: c.in.Applicant}
	})
	return err
}

// close ends the workflow: orders are taken back, the books are brought up to
// date and the case's last view is kept where it can be read for as long as the
// case is kept.
func (c *file) close(ctx workflow.Context) error {
	idle := func() bool { return c.busy == 0 }
	if c.busy > 0 && since(ctx, changeNothingLeftOpen) { // what is on its way ends first
		if err := workflow.Await(ctx, idle); err != nil {
			return err
		}
	}
	if err := c.cancelChecks(ctx); err != nil {
		return err
	}
	if err := workflow.Await(ctx, idle); err != nil {
		return err
	}
	if err := c.releaseSlots(ctx); err != nil {
		return err
	}
	if err := c.releaseDispute(ctx); err != nil {
		return err
	}
	if err := c.farewell(ctx); err != nil {
		return err
	}
	c.show(ctx)
	forget := c.forgotten() && c.Erasing == nil // an erasure that was asked for does it by itself
	if forget {
		c.record(ctx, ledger.Record{Kind: ledger.KindErased, Detail: "The application was never handed in; its data and its key are destroyed now."})
	}
	if _, err := step[Nothing](ctx, c, ActivitySettle, "Close the books", func() carrier {
		return SettleIn{Applicant: c.in.Applicant, Summary: c.summary()}
	}); err != nil {
		return err
	}
	if forget {
		if err := c.startForget(ctx); err != nil {
			return err
		}
	}
	return c.finish(ctx)
}

// finish waits until a run may end: nothing is under way, and what was answered is
// durable. A run cannot end in the task that has answered an update: when a signal
// comes meanwhile, the server takes that whole task back, the answer with it, and
// what its steps have done would be done and recorded again. So such a task is let
// go through first.
func (c *file) finish(ctx workflow.Context) error {
	for {
		if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) && c.busy == 0 }); err != nil {
			return err
		}
		if c.updated == 0 || c.updated != workflow.GetInfo(ctx).GetCurrentHistoryLength() || !since(ctx, changeApart) {
			return nil
		}
		c.updated = 0
		if err := workflow.NewTimerWithOptions(ctx, time.Millisecond, workflow.TimerOptions{Summary: "Let what was answered become durable"}).Get(ctx, nil); err != nil {
			return err
		}
	}
}

// wantsFreshRun: histories stay short and new code is taken up at each stage's
// end. A stage that ended in the same breath in which the run began has left
// next to nothing behind, and is not worth a run of its own.
func (c *file) wantsFreshRun(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetCurrentHistoryLength() >= freshRunAfter
}

func (c *file) continueAsNew(ctx workflow.Context) error {
	if err := c.finish(ctx); err != nil {
		return err
	}
	if len(c.book.Sent) > 0 {
		if err := c.settle(ctx); err != nil {
			return err
		}
	}
	c.Chain = c.book.Chain
	for _, e := range c.book.Open {
		c.Open = append(c.Open, e.Record)
	}
	c.Took, c.Events = c.book.Took, c.book.Events
	next := c.in
	state := c.State
	next.Carried = &state
	return workflow.NewContinueAsNewError(ctx, OnboardName, next)
}
