package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// invitation is one while a run has it open.
type invitation struct {
	in InvitationIn
	InvitationState
	book    book
	times   policy.InvitationTimes
	again   *Inviting
	stop    workflow.CancelFunc // ends the letter that is under way
	settle  workflow.Mutex      // one at a time brings the ledger up to date
	shown   onboarding.InvitationState
	updated int // length of the history when the last update was taken
}

// Invitation is one address's invitation to one program: a letter, a reminder or
// two, and an end. When it ends the address goes, and what stays for a while is the
// keyed hash in the workflow's ID, by which nobody is invited twice. Who was not
// reached may be invited again, as a new invitation in the same workflow.
func Invitation(ctx workflow.Context, in InvitationIn) error {
	v := openInvitation(ctx, in)
	if err := v.takeMessages(ctx); err != nil {
		return err
	}
	for {
		fresh, err := v.live(ctx)
		if err != nil {
			return err
		}
		switch {
		case v.again != nil:
			return v.begin(ctx)
		case fresh:
			return v.continueAsNew(ctx)
		default:
			return v.finish(ctx)
		}
	}
}

func openInvitation(ctx workflow.Context, in InvitationIn) *invitation {
	v := &invitation{in: in, times: policy.Invitations(in.Program.Invitations), settle: workflow.NewMutex(ctx)}
	if in.Carried != nil && in.Carried.State != "" {
		v.InvitationState = *in.Carried
	} else {
		now := workflow.Now(ctx)
		times := 0
		if in.Carried != nil {
			times = in.Carried.Times
		}
		v.InvitationState = InvitationState{State: onboarding.InvitationWaiting, Since: now, Made: now, Until: now.Add(in.Pace.Scale(v.times.Expiry)), Times: times + 1,
			Chain: ledger.NewChain(in.ID)}
		v.Instruction = consent.Instruction{ID: instructionID(in.ID), Invitation: in.ID, Contact: in.Ref.Contact, At: now.Truncate(time.Millisecond)} // as the ledger has times
	}
	v.book.Chain = v.Chain
	for _, r := range v.Open {
		v.book.Open = append(v.book.Open, &entry{Record: r})
	}
	v.Open = nil
	if v.book.Chain.Seq == 0 {
		v.instructed(ctx)
	}
	return v
}

// instructionID is the name of the instruction in the ledger.
func instructionID(id onboarding.ApplicantID) string { return "instruction/" + string(id) }

// instructed records on whose word and on what ground somebody is written to.
func (v *invitation) instructed(ctx workflow.Context) {
	c := v.in.Program.Controller
	detail := fmt.Sprintf("program %s %s, controller %s", v.in.Program.ID, v.in.Program.Version, c.Name)
	if c.Role == "processor" {
		detail += ", on the client's instruction " + c.Instruction // obligation 10
	}
	if v.in.Friend {
		detail += ", at the wish of an applicant who knows them, for one letter"
	}
	v.record(ctx, ledger.Record{Kind: ledger.KindInstructed, Actor: string(v.in.Actor), Purpose: string(consent.PurposeInvitation), Receipt: v.Instruction.ID,
		Fields: []onboarding.Field{onboarding.FieldEmail, onboarding.FieldGivenName}, Outcome: consent.LegitimateInterest,
		Detail: detail + ", kept until " + v.Until.UTC().Format(time.DateOnly) + " at most"})
}

func (v *invitation) record(ctx workflow.Context, r ledger.Record) *entry {
	if r.Actor == "" {
		r.Actor = string(ActorSystem)
	}
	return v.book.Add(workflow.Now(ctx), r)
}

// live goes through the invitation until it is remembered no more or somebody is
// invited again. It gives true when it goes on in a fresh run.
func (v *invitation) live(ctx workflow.Context) (bool, error) {
	v.show(ctx)
	long := func() bool { return workflow.GetInfo(ctx).GetContinueAsNewSuggested() }
	for v.State.Open() {
		if long() {
			return true, nil
		}
		if v.Letters == 0 {
			message := MessageInvited
			if v.in.Friend {
				message = MessageInvitedFriend
			}
			if err := v.letter(ctx, message); err != nil {
				return false, err
			}
			continue
		}
		if v.in.Friend { // once, and the address goes
			v.move(ctx, onboarding.InvitationExpired, "")
			continue
		}
		at, remind := v.next()
		over, err := v.wait(ctx, at, map[bool]string{true: "Until the reminder", false: "Until the invitation expires"}[remind], func() bool { return !v.State.Open() || long() })
		switch {
		case err != nil:
			return false, err
		case over:
		case remind:
			v.pass(workflow.Now(ctx))
			if err := v.letter(ctx, MessageInvitedReminder); err != nil {
				return false, err
			}
		default:
			v.move(ctx, onboarding.InvitationExpired, "")
		}
	}
	for {
		if err := v.forget(ctx); err != nil {
			return false, err
		}
		was := v.State
		end := v.Since.Add(v.in.Pace.Scale(v.times.Rest))
		over, err := v.wait(ctx, end, "Until it is forgotten that this address was invited", func() bool { return v.again != nil || v.State != was || long() })
		if err != nil || v.again != nil || !over {
			return false, err
		}
		if long() {
			return true, nil
		}
	}
}

// next is when something happens by itself: the next reminder (true), or the end.
func (v *invitation) next() (time.Time, bool) {
	if v.Reminded < len(v.times.Reminders) {
		return v.Made.Add(v.in.Pace.Scale(v.times.Reminders[v.Reminded])), true
	}
	return v.Until, false
}

// pass counts the reminders whose time has come as behind: after a long standstill
// one letter stands for all of them.
func (v *invitation) pass(now time.Time) {
	for v.Reminded < len(v.times.Reminders) && !v.Made.Add(v.in.Pace.Scale(v.times.Reminders[v.Reminded])).After(now) {
		v.Reminded++
	}
}

// wait waits until ok or until a time; it gives true for ok.
func (v *invitation) wait(ctx workflow.Context, until time.Time, words string, ok func() bool) (bool, error) {
	left := until.Sub(workflow.Now(ctx))
	if left <= 0 || ok() {
		return ok(), nil
	}
	return workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: left, TimerOptions: workflow.TimerOptions{Summary: words}}, ok)
}

// move changes the state; it is kept with the time and, where there is one, the
// code of what went wrong.
func (v *invitation) move(ctx workflow.Context, to onboarding.InvitationState, problem string) {
	v.State, v.Since, v.Problem = to, workflow.Now(ctx), problem
	if !to.Open() && v.stop != nil {
		v.stop()
	}
	v.show(ctx)
}

// letter sends one letter: a use of the address that stands in the ledger before
// anything is opened.
func (v *invitation) letter(ctx workflow.Context, message Message) error {
	fields := []onboarding.Field{onboarding.FieldEmail, onboarding.FieldGivenName}
	intent := v.record(ctx, ledger.Record{Kind: ledger.KindUse, Purpose: string(consent.PurposeInvitation), Recipient: consent.RecipientMail, Fields: fields,
		Receipt: v.Instruction.ID, Detail: "letter: " + string(message)})
	v.Letters++
	ctx, cancel := workflow.WithCancel(ctx)
	v.stop = cancel
	defer func() { cancel(); v.stop = nil }()
	_, remind := v.next()
	remind = remind && !v.in.Friend
	var out SendInvitationOut
	err := v.step(ctx, v.durably(ActivitySendInvitation, "Write to who is invited: "+LetterWords(message)), func(p Pages) any {
		return SendInvitationIn{Inviting: v.in.Inviting, Ref: v.in.Ref, Pages: p, Intent: intent.Seq, Page: intent.page, Instruction: v.Instruction, Message: message,
			Number: v.Letters, More: remind, Until: v.Until, Program: v.in.Program}
	}, &out)
	done := ledger.Record{Kind: ledger.KindUseDone, Purpose: string(consent.PurposeInvitation), Recipient: consent.RecipientMail, Of: intent.Seq,
		Outcome: "handed to the mail relay", Detail: intent.Detail}
	switch {
	case temporal.IsCanceledError(err) && !v.State.Open():
		done.Outcome = "called off; it may be on its way"
	case temporal.IsCanceledError(err):
		return err
	case temporal.IsTimeoutError(err):
		done.Kind, done.Outcome = ledger.KindUseFailed, "the mail relay could not be reached for as long as the invitation was open"
	case err == nil && out.Unsure:
		done.Outcome = "perhaps handed to the mail relay when a worker stopped; not sent again"
	case err != nil:
		done.Kind, done.Outcome = ledger.KindUseFailed, string(codeOf(err))
	}
	v.record(ctx, done)
	switch {
	case !v.State.Open():
	case err == nil && v.State == onboarding.InvitationWaiting:
		v.move(ctx, onboarding.InvitationSent, "")
	case err == nil:
	case temporal.IsTimeoutError(err):
		v.move(ctx, onboarding.InvitationExpired, "")
	case codeOf(err) == onboarding.CodeConsentNotLive: // they said so to another invitation
		v.move(ctx, onboarding.InvitationDeclined, "")
	default:
		v.move(ctx, onboarding.InvitationUndeliverable, string(codeOf(err)))
	}
	return nil
}

// forget destroys the address and its key, once.
func (v *invitation) forget(ctx workflow.Context) error {
	if v.Forgotten {
		return nil
	}
	v.record(ctx, ledger.Record{Kind: ledger.KindErased, Outcome: string(v.State), Detail: "The invitation has ended; the address, the name and their key are destroyed now."})
	if err := v.try(ctx, ActivityForgetInvitation, "Destroy the address and its key", func(p Pages) any {
		return ForgetInvitationIn{ID: v.in.ID, Pages: p, Letters: v.Letters}
	}, &Nothing{}); err != nil {
		return err
	}
	v.Forgotten = true
	v.show(ctx)
	return nil
}

// durably runs an activity with the full retry policy, letters in their own queue.
func (v *invitation) durably(name, summary string) func(workflow.Context, any) workflow.Future {
	return func(ctx workflow.Context, in any) workflow.Future {
		o := patient(name, summary, v.in.Pace)
		if name == ActivitySendInvitation {
			o.TaskQueue = InvitationQueue
			o.ScheduleToCloseTimeout = max(v.Until.Sub(workflow.Now(ctx)), time.Second)
			o.Priority = temporal.Priority{FairnessKey: v.in.Program.ID}
		}
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, o), name, in)
	}
}

// try runs an activity in place, and durably if that fails for a passing reason.
func (v *invitation) try(ctx workflow.Context, name, summary string, build func(Pages) any, out any) error {
	err := v.step(ctx, func(ctx workflow.Context, in any) workflow.Future {
		return workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, quickTry(name, summary)), name, in)
	}, build, out)
	if err == nil || final(err) {
		return err
	}
	return v.step(ctx, v.durably(name, summary), build, out)
}

// step runs an activity with the ledger's open pages. When the ledger has gone on
// without this run, the head is read and the open records are put behind it.
func (v *invitation) step(ctx workflow.Context, run func(workflow.Context, any) workflow.Future, build func(Pages) any, out any) error {
	for {
		pages, turn := v.book.Carry()
		err := run(ctx, build(pages)).Get(ctx, out)
		switch {
		case err == nil:
			v.book.Confirm(pages, turn)
			return nil
		case codeOf(err) != onboarding.CodeLedgerConflict:
			return err
		case v.book.Turn == turn:
			var head ledger.Chain
			read, cancel := workflow.NewDisconnectedContext(ctx)
			err := workflow.ExecuteActivity(workflow.WithActivityOptions(read, patient(ActivityReadHead, "Read where this invitation's ledger ends", v.in.Pace)),
				ActivityReadHead, ReadHeadIn{Applicant: v.in.ID, From: 1}).Get(read, &head)
			cancel()
			if err != nil {
				return err
			}
			if v.book.Turn == turn {
				v.book.Rebase(workflow.Now(ctx), head, func(string) bool { return v.State == onboarding.InvitationDeclined })
			}
		}
	}
}

// bring brings the ledger up to date.
func (v *invitation) bring(ctx workflow.Context) error {
	if err := v.settle.Lock(ctx); err != nil {
		return err
	}
	defer v.settle.Unlock()
	if v.book.Idle() {
		return nil
	}
	return v.try(ctx, ActivitySettle, "Bring the ledger up to date", func(p Pages) any { return SettleIn{Applicant: v.in.ID, Pages: p} }, &Nothing{})
}

// begin starts the next invitation of the same address in a run of its own.
func (v *invitation) begin(ctx workflow.Context) error {
	if err := v.bring(ctx); err != nil {
		return err
	}
	if err := v.finish(ctx); err != nil {
		return err
	}
	next := v.in
	next.Inviting = *v.again
	next.Carried = &InvitationState{Times: v.Times}
	return workflow.NewContinueAsNewError(ctx, InvitationName, next)
}

func (v *invitation) continueAsNew(ctx workflow.Context) error {
	if err := v.finish(ctx); err != nil {
		return err
	}
	if err := v.bring(ctx); err != nil {
		return err
	}
	state, next := v.InvitationState, v.in
	state.Chain = v.book.Chain
	next.Carried = &state
	return workflow.NewContinueAsNewError(ctx, InvitationName, next)
}

// finish lets what was answered become durable before the run ends, as an
// applicant's workflow does.
func (v *invitation) finish(ctx workflow.Context) error {
	for {
		if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
			return err
		}
		if v.updated == 0 || v.updated != workflow.GetInfo(ctx).GetCurrentHistoryLength() {
			return nil
		}
		v.updated = 0
		if err := workflow.NewTimerWithOptions(ctx, time.Millisecond, workflow.TimerOptions{Summary: "Let what was answered become durable"}).Get(ctx, nil); err != nil {
			return err
		}
	}
}

// show tells in the Temporal Web UI how far it is.
func (v *invitation) show(ctx workflow.Context) {
	var b strings.Builder
	b.WriteString("**" + InvitationWords(v.State) + "**\n\n")
	at := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
	if v.State.Open() {
		b.WriteString("If nothing happens it expires on " + at(v.Until) + ".\n\n")
	} else {
		b.WriteString("Since " + at(v.Since) + ". This line goes on " + at(v.Since.Add(v.in.Pace.Scale(v.times.Rest))) + "; until then the same list invites nobody twice.\n\n")
	}
	b.WriteString(fmt.Sprintf("- letters: %d\n- %s the address is destroyed\n", v.Letters, box(v.Forgotten))) //nolint:staticcheck // workflowcheck cannot see that Fprintf is as safe
	if v.Problem != "" {
		b.WriteString("- what went wrong: " + v.Problem + "\n")
	}
	if v.Applicant != "" {
		b.WriteString("- the application: applicant/" + string(v.Applicant) + "\n")
	}
	workflow.SetCurrentDetails(ctx, b.String())
	if v.shown == v.State {
		return
	}
	v.shown = v.State
	if v.State == onboarding.InvitationWaiting && v.Times == 1 {
		return // as it was started with
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, SearchStage.ValueSet(string(v.State)), SearchBatch.ValueSet(v.in.Batch)); err != nil {
		panic(err) // an attribute that the namespace lacks: the task goes on when it has been added
	}
}
