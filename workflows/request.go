package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// request is a data request that is under way.
type request struct {
	in     DataRequestIn
	view   RequestView
	notes  int
	busy   int            // an answer is being carried out
	answer *AnswerRequest // given and not carried out yet
	extend *ExtendRequest
	turn   int // counts what was heard
	lift   *LiftRestriction
	off    *CallOffErasure
	beside []byte // to be put beside the file with the next note
	mailed int    // letters to the privacy officer
}

// OneRequest is one data request: who asks proves who they are first, the privacy
// officer has 30 days, with reminders, one extension and an escalation, and what is
// granted is carried out (obligations 53 to 57).
func OneRequest(ctx workflow.Context, in DataRequestIn) error {
	now := workflow.Now(ctx)
	r := &request{in: in, view: RequestView{ID: in.ID, Applicant: in.Applicant, Program: in.Program, Kind: in.Kind, From: in.From, Actor: in.Actor, Words: in.Words,
		State: RequestVerify, AskedAt: now, Due: now.Add(in.Pace.Scale(policy.DataRequestTime))}}
	if in.From == RequestFromController { // its key has said who it is
		r.view.State, r.view.ProvedAt = RequestOpen, now
	}
	if err := r.take(ctx); err != nil {
		return err
	}
	if in.Redirect {
		if in.Kind == RequestClose && in.From == RequestFromPortal { // who is signed in may end it; the account is the person's own: the data are the client's to decide about
			if err := r.closeCase(ctx); err != nil {
				return err
			}
		}
		return r.redirect(ctx)
	}
	r.show(ctx)
	if err := r.note(ctx, "asked for "+string(in.Kind)+" by "+string(in.From), r.first(), in.Actor, nil); err != nil {
		return err
	}
	for !r.view.State.Over() {
		if err := r.step(ctx); err != nil {
			return err
		}
		r.show(ctx)
	}
	if err := r.follow(ctx); err != nil {
		return err
	}
	if r.view.EndedAt.IsZero() {
		r.view.EndedAt = workflow.Now(ctx)
	}
	// What was answered stays to be read, and a copy to be fetched, for a while.
	if err := workflow.NewTimerWithOptions(ctx, in.Pace.Scale(policy.DataAnswerStays), workflow.TimerOptions{Summary: "Until the answer is fetched no more"}).Get(ctx, nil); err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

// first is the letter with which a request begins.
func (r *request) first() RequestStep {
	switch r.in.From {
	case RequestFromPortal:
		return StepCode
	case RequestFromMail:
		return StepLink
	case RequestFromController:
	}
	return ""
}

func (r *request) redirect(ctx workflow.Context) error {
	r.view.State, r.view.EndedAt = RequestRedirected, workflow.Now(ctx)
	r.show(ctx)
	if err := r.note(ctx, "redirected to the controller: "+string(r.in.Kind), StepRedirected, r.in.Actor, nil); err != nil {
		return err
	}
	return workflow.NewTimerWithOptions(ctx, r.in.Pace.Scale(policy.DataAnswerStays), workflow.TimerOptions{Summary: "Until the answer is fetched no more"}).Get(ctx, nil)
}

// step waits for what comes next and does it: a proof, an answer, a reminder's or the
// last day.
func (r *request) step(ctx workflow.Context) error {
	was := r.turn
	at, last := r.nextDay()
	news := func() bool { return r.turn != was || r.ready() }
	if !last || !r.view.Escalated {
		if _, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: max(at.Sub(workflow.Now(ctx)), time.Millisecond),
			TimerOptions: workflow.TimerOptions{Summary: "Remind the privacy officer"}}, news); err != nil {
			return err
		}
	} else if err := workflow.Await(ctx, news); err != nil {
		return err
	}
	if workflow.Now(ctx).Before(at) || r.view.Escalated {
		return r.act(ctx)
	}
	if err := r.act(ctx); err != nil || r.view.State.Over() {
		return err
	}
	if !last {
		r.view.Reminders++
		return r.mailOfficer(ctx, OfficerReminder)
	}
	if r.view.State == RequestVerify { // nobody has proved anything in all that time
		r.view.State = RequestUnproved
		return r.note(ctx, "nobody proved to be the person: "+string(r.in.Kind), "", ActorSystem, nil)
	}
	r.view.Escalated = true
	if err := r.mailOfficer(ctx, OfficerOverdue); err != nil {
		return err
	}
	return r.note(ctx, "overdue: "+string(r.in.Kind), "", ActorSystem, nil)
}

// nextDay is when the officer is reminded next; last is the day by which it is to be
// answered.
func (r *request) nextDay() (at time.Time, last bool) {
	if r.view.Reminders < len(policy.DataReminders) {
		return r.view.AskedAt.Add(r.in.Pace.Scale(policy.DataReminders[r.view.Reminders])), false
	}
	return r.view.Due, true
}

// ready reports whether there is something to carry out.
func (r *request) ready() bool {
	if r.view.State == RequestVerify {
		return r.view.Spent()
	}
	return r.answer != nil || r.extend != nil || r.byItself()
}

// byItself reports whether nobody need decide: a copy for who has proved to be the
// person, a restriction, which takes nothing from anybody, and a deletion or the closing
// of an account against which nothing stands.
func (r *request) byItself() bool {
	if r.view.State != RequestOpen || r.view.Held || r.in.From == RequestFromController {
		return false
	}
	switch r.in.Kind {
	case RequestAccess, RequestRestrict:
		return true
	case RequestDelete, RequestClose:
		return r.in.AtOnce
	case RequestCorrect, RequestAmend:
	}
	return false
}

func (r *request) act(ctx workflow.Context) error {
	switch {
	case r.view.State == RequestVerify && r.view.Spent():
		r.view.State = RequestUnproved
		return r.note(ctx, "five proofs failed: "+string(r.in.Kind), "", ActorSystem, nil)
	case r.view.State != RequestOpen:
		return nil
	case r.extend != nil:
		e := *r.extend
		r.extend = nil
		r.view.Extended, r.view.Due, r.view.Escalated = e.Reason, r.view.Due.Add(r.in.Pace.Scale(policy.DataRequestTime)), false
		if err := r.mailOfficer(ctx, OfficerExtended); err != nil {
			return err
		}
		return r.note(ctx, "30 days more: "+string(r.in.Kind), r.unless(StepExtended), e.Actor, nil)
	case r.answer != nil:
		a := *r.answer
		r.answer = nil
		return r.carryOut(ctx, a)
	case r.byItself():
		return r.carryOut(ctx, AnswerRequest{Granted: true, Actor: ActorSystem})
	}
	return nil
}

// unless gives no letter where the controller asked: it is answered by the API.
func (r *request) unless(s RequestStep) RequestStep {
	if r.in.From == RequestFromController {
		return ""
	}
	return s
}

func (r *request) carryOut(ctx workflow.Context, a AnswerRequest) error {
	r.busy++ // a second answer would be taken and never carried out
	defer func() { r.busy-- }()
	if !a.Granted {
		r.view.State, r.view.Answer = RequestRefused, a.Words
		return r.note(ctx, "refused: "+string(r.in.Kind), r.unless(StepRefused), a.Actor, a.Words)
	}
	switch r.in.Kind {
	case RequestDelete:
		if err := r.note(ctx, "granted: "+string(r.in.Kind), "", a.Actor, a.Words); err != nil {
			return err
		}
		held, err := r.startErasure(ctx)
		if err != nil {
			return err
		}
		if r.view.Held = held; held {
			return r.note(ctx, "a hold stands against it: "+string(r.in.Kind), "", ActorSystem, nil)
		}
		r.view.State = RequestDone
		return nil
	case RequestAccess:
		r.view.State, r.view.Answer = RequestDone, a.Words
		return r.note(ctx, "granted: "+string(r.in.Kind), StepReady, a.Actor, a.Words)
	case RequestRestrict:
		return r.setRestriction(ctx, a)
	case RequestClose:
		return r.closeAccount(ctx, a)
	case RequestAmend:
		r.beside = r.in.Words
	case RequestCorrect:
	}
	r.view.State, r.view.Answer = RequestDone, a.Words
	return r.note(ctx, "granted: "+string(r.in.Kind), r.unless(StepAnswered), a.Actor, a.Words)
}

// note records it in the applicant's ledger, and writes to them.
func (r *request) note(ctx workflow.Context, outcome string, letter RequestStep, by Actor, sealed []byte) error {
	return r.noteDue(ctx, outcome, letter, by, sealed, r.view.Due)
}

// noteDue is note with another day in the letter than that of the answer.
func (r *request) noteDue(ctx workflow.Context, outcome string, letter RequestStep, by Actor, sealed []byte, due time.Time) error {
	r.notes++
	in := NoteRequestIn{Applicant: r.in.Applicant, Once: "request-" + r.in.ID + "-" + strconv.Itoa(r.notes), Note: NoteRequest{Request: r.in.ID, Kind: r.in.Kind,
		Outcome: outcome, Actor: by, Sealed: sealed, Letter: letter, Due: due, Extended: r.view.Extended, Beside: r.beside}}
	r.beside = nil
	ctx = workflow.WithActivityOptions(ctx, patient(ActivityNoteRequest, "Record it in the applicant's ledger", r.in.Pace))
	return workflow.ExecuteActivity(ctx, ActivityNoteRequest, in).Get(ctx, nil)
}

func (r *request) take(ctx workflow.Context) error {
	c := &file{}
	done := func(do func()) (Ack, error) { do(); r.turn++; return Ack{}, nil }
	return firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryRequest, func() (RequestView, error) { v := r.view; v.ByItself = r.byItself(); return v, nil }, workflow.QueryHandlerOptions{Description: "How far the request is"}),
		update(ctx, c, UpdateProveRequester, "Somebody proves to be the person, or fails to", func(ctx workflow.Context, in ProveRequester) (Ack, error) {
			return done(func() {
				switch {
				case !in.Right:
					r.view.Failures++
				case r.view.State == RequestVerify:
					r.view.State, r.view.ProvedAt = RequestOpen, workflow.Now(ctx)
				}
			})
		}, func(ProveRequester) error {
			if r.view.Spent() {
				return notNow("That did not fit too often.", "Write to us: a person will help.")
			}
			return nil
		}),
		update(ctx, c, UpdateAnswerRequest, "The privacy officer answers", func(_ workflow.Context, in AnswerRequest) (Ack, error) {
			return done(func() { r.answer = &in })
		}, func(AnswerRequest) error { return r.mayAct() }),
		update(ctx, c, UpdateExtendRequest, "The privacy officer takes 30 days more", func(_ workflow.Context, in ExtendRequest) (Ack, error) {
			return done(func() { r.extend = &in })
		}, func(in ExtendRequest) error {
			switch {
			case !in.Reason.Known():
				return onboarding.Invalid("reason", "Say why it takes longer.", "Choose one of the reasons: the person is told.")
			case r.view.Extended != "" || r.extend != nil:
				return notNow("It was extended once, and cannot be again.", "Answer it now.")
			}
			return r.mayAct()
		}),
		update(ctx, c, UpdateLift, "The restriction is to be lifted", func(_ workflow.Context, in LiftRestriction) (Ack, error) {
			return done(func() { r.lift = &in })
		}, func(LiftRestriction) error { return r.mayLift() }),
		update(ctx, c, UpdateCallOff, "The data of a closed account are to stay", func(_ workflow.Context, in CallOffErasure) (Ack, error) {
			return done(func() { r.off = &in })
		}, func(CallOffErasure) error { return r.mayCallOff() }),
	)
}

func (r *request) mayAct() error {
	switch {
	case r.view.State == RequestVerify:
		return notNow("Who asks has not proved yet who they are.", "Nothing may be done before that.")
	case r.view.State.Over() || r.answer != nil || r.busy > 0:
		return notNow("This request is answered.", "Look at it again.")
	}
	return nil
}

// show brings the lists up to date.
func (r *request) show(ctx workflow.Context) {
	attention := onboarding.AttentionNone
	if r.view.State == RequestOpen && !r.byItself() || r.view.Closing() && r.view.Held {
		attention = onboarding.AttentionPrivacy
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, SearchProgram.ValueSet(r.in.Program), SearchStage.ValueSet(string(r.view.State)),
		SearchAttention.ValueSet(string(attention)), SearchDueBy.ValueSet(r.view.Due.Truncate(time.Second))); err != nil {
		panic(err) // an attribute that the namespace lacks; the task goes on when it has been added
	}
}

// noteRequest takes a note about a data request into the ledger of a living case.
func (c *file) noteRequest(ctx workflow.Context, in NoteRequest) (Ack, error) {
	c.recordRequest(ctx, in)
	if in.Letter != "" {
		c.busy++
		defer func() { c.busy-- }()
		if _, err := c.letter(ctx, MessageDataRequest, consent.PurposeAccount, in.say); err != nil {
			return Ack{}, err
		}
	}
	return c.answer(ctx)
}

func (c *file) recordRequest(ctx workflow.Context, in NoteRequest) {
	c.record(ctx, ledger.Record{Kind: ledger.KindDecided, Actor: string(in.Actor), Outcome: in.Outcome, Detail: "data request " + in.Request, Sealed: in.Sealed})
	if len(in.Beside) > 0 {
		c.record(ctx, ledger.Record{Kind: ledger.KindCorrected, Actor: string(ActorApplicant), Outcome: OutcomeAmended, Detail: "data request " + in.Request, Sealed: in.Beside})
	}
}

// say is what the letter needs.
func (in NoteRequest) say(m *SendMessageIn) {
	m.RequestID, m.RequestStep, m.RequestKind, m.Deadline, m.Extended = in.Request, in.Letter, in.Kind, in.Due, in.Extended
}

func (c *file) mayNoteRequest(in NoteRequest) error {
	if in.Request == "" || in.Outcome == "" {
		return onboarding.Invalid("request", "There is nothing to note.", "")
	}
	return c.closing()
}

// noteRequestAfter does so behind the end of a case, whose consents it is told.
func (c *file) noteRequestAfter(ctx workflow.Context, in NoteRequest) (Ack, error) {
	c.recordRequest(ctx, in)
	if in.Letter != "" {
		c.in.Program.Title, c.in.Program.Controller.Contact, c.Language, c.Profile = in.Title, in.Contact, in.Language, in.Profile
		c.Letters = erasureLetters + int(c.book.Chain.Seq) // a number that no letter of the case has
		for _, r := range in.Receipts {
			c.Consents.Give(r)
		}
		if _, err := c.letter(ctx, MessageDataRequest, consent.PurposeAccount, in.say); err != nil && temporal.IsCanceledError(err) {
			return Ack{}, err
		}
	}
	return c.keepAfterword(ctx)
}
