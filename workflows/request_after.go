package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// follow is what still comes when a request is answered: a restriction stands until it
// is lifted, and a closed account waits for its erasure.
func (r *request) follow(ctx workflow.Context) error {
	switch {
	case r.view.Stands():
		r.view.EndedAt = workflow.Now(ctx)
		return r.untilLifted(ctx)
	case r.view.Closing():
		return r.eraseOnItsDay(ctx)
	}
	return nil
}

// mailOfficer writes to the privacy officer, where there is something for them to do.
func (r *request) mailOfficer(ctx workflow.Context, news OfficerNews) error {
	if r.view.State != RequestOpen || !since(ctx, changeOfficer) {
		return nil
	}
	r.mailed++
	in := MailOfficerIn{Request: r.in.ID, Program: r.in.Program, News: news, Number: r.mailed, Due: r.view.Due}
	ctx = workflow.WithActivityOptions(ctx, patient(ActivityMailOfficer, "Write to the privacy officer", r.in.Pace))
	return workflow.ExecuteActivity(ctx, ActivityMailOfficer, in).Get(ctx, nil)
}

// setRestriction carries a restriction out: nothing new begins with the data when it has
// returned, and the person is told so.
func (r *request) setRestriction(ctx workflow.Context, a AnswerRequest) error {
	if err := r.restrict(ctx, Restrict{Request: r.in.ID, Actor: r.asker(), Program: r.in.Program}); err != nil {
		return err
	}
	r.view.State, r.view.Answer, r.view.Restricted = RequestDone, a.Words, workflow.Now(ctx)
	return r.note(ctx, "granted: "+string(r.in.Kind), r.unless(StepRestricted), a.Actor, a.Words)
}

// asker is whose wish it is: the person's own, or the controller's.
func (r *request) asker() Actor {
	if r.in.From == RequestFromController {
		return r.in.Actor
	}
	return ActorApplicant
}

func (r *request) restrict(ctx workflow.Context, in Restrict) error {
	ctx = workflow.WithActivityOptions(ctx, patient(ActivityRestrict, "Restrict the uses of the data, or lift that", r.in.Pace))
	return workflow.ExecuteActivity(ctx, ActivityRestrict, RestrictIn{Applicant: r.in.Applicant, Restrict: in}).Get(ctx, nil)
}

// untilLifted waits for the word that the restriction is lifted, tells the person of it
// beforehand (GDPR Article 18(3)), and lifts it when that time has passed. Who asks for it
// themselves need not be told first.
func (r *request) untilLifted(ctx workflow.Context) error {
	if err := workflow.Await(ctx, func() bool { return r.lift != nil }); err != nil {
		return err
	}
	in := *r.lift
	r.view.Answer = in.Reason
	if in.Actor != ActorApplicant {
		r.view.LiftAt = workflow.Now(ctx).Add(r.in.Pace.Scale(policy.LiftNotice))
		if err := r.noteDue(ctx, "the restriction is to be lifted", StepLifting, in.Actor, in.Reason, r.view.LiftAt); err != nil {
			return err
		}
		if err := workflow.NewTimerWithOptions(ctx, max(r.view.LiftAt.Sub(workflow.Now(ctx)), time.Millisecond), workflow.TimerOptions{Summary: "Until the restriction is lifted, of which the person was told"}).Get(ctx, nil); err != nil {
			return err
		}
	}
	if err := r.restrict(ctx, Restrict{Request: r.in.ID, Lift: true, Reason: in.Reason, Actor: in.Actor, Program: r.in.Program}); err != nil {
		return err
	}
	r.view.Lifted = workflow.Now(ctx)
	r.show(ctx)
	return r.note(ctx, "the restriction is lifted", StepLifted, in.Actor, nil)
}

func (r *request) mayLift() error {
	switch {
	case !r.view.Stands():
		return notNow("No restriction stands upon this request.", "Look at it again.")
	case r.lift != nil:
		return notNow("It is being lifted already: the person was told of the day.", "It ends by itself on that day.")
	}
	return nil
}

// closeCase ends the case, if it is open still: orders are taken back, consents end, and
// the time for which each category is kept begins.
func (r *request) closeCase(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, patient(ActivityCloseCase, "End the case, if it is open still", r.in.Pace))
	return workflow.ExecuteActivity(ctx, ActivityCloseCase, CloseCaseIn{Applicant: r.in.Applicant, Actor: r.asker()}).Get(ctx, nil)
}

// closeAccount ends the case and tells the person on which day the data are erased.
func (r *request) closeAccount(ctx workflow.Context, a AnswerRequest) error {
	if err := r.closeCase(ctx); err != nil {
		return err
	}
	r.view.State, r.view.Answer, r.view.EraseOn = RequestDone, a.Words, workflow.Now(ctx).Add(r.in.Pace.Scale(policy.CloseTime))
	return r.noteDue(ctx, "granted: "+string(r.in.Kind), StepClosing, a.Actor, a.Words, r.view.EraseOn)
}

// eraseOnItsDay begins the erasure on the day that was told, or as soon after as no hold
// stands, unless the person calls it off before.
func (r *request) eraseOnItsDay(ctx workflow.Context) error {
	wait := max(r.view.EraseOn.Sub(workflow.Now(ctx)), time.Millisecond)
	for {
		off, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: wait, TimerOptions: workflow.TimerOptions{Summary: "Until the data of the closed account are erased"}},
			func() bool { return r.off != nil })
		if err != nil {
			return err
		}
		if off {
			r.view.CalledOff = workflow.Now(ctx)
			return r.note(ctx, "the erasure is called off", StepKept, r.off.Actor, nil)
		}
		held, err := r.startErasure(ctx)
		if err != nil || !held {
			return err
		}
		if !r.view.Held {
			r.view.Held = true
			r.show(ctx)
			if err := r.note(ctx, "a hold stands against it: "+string(r.in.Kind), "", ActorSystem, nil); err != nil {
				return err
			}
		}
		wait = r.in.Pace.Scale(heldAgain)
	}
}

// startErasure begins the erasure; true: a hold stands, and nothing was done.
func (r *request) startErasure(ctx workflow.Context) (bool, error) {
	var out StartErasureOut
	ctx = workflow.WithActivityOptions(ctx, patient(ActivityStartErasure, "Begin the erasure", r.in.Pace))
	err := workflow.ExecuteActivity(ctx, ActivityStartErasure, StartErasureIn{Applicant: r.in.Applicant, Request: r.in.ID}).Get(ctx, &out)
	return out.Held > 0, err
}

func (r *request) mayCallOff() error {
	if !r.view.Closing() || r.off != nil {
		return notNow("There is no erasure here to be called off.", "Look at the request again.")
	}
	return nil
}
