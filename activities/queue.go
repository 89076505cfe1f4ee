package activities

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// inPlace reports whether this is a try in place, outside of every queue.
func inPlace(ctx context.Context) bool { return activity.GetInfo(ctx).IsLocalActivity }

// mayAsk says no to a try in place at a vendor with a rate: the rate holds for all
// workers together, which only the vendor's own task queue can see to. The try is
// then made from there.
func (a *Activities) mayAsk(ctx context.Context, vendor string) error {
	if !a.cfg.Rated[vendor] || !inPlace(ctx) {
		return nil
	}
	return &onboarding.Error{Code: onboarding.CodeVendorBusy, Message: fmt.Sprintf("%s has a rate and is asked in turn.", vendor), Hint: "It is asked from its own queue."}
}

// pulse is how often a call tells that it is alive; the time-out that it feeds is
// in the workflows' options.
const pulse = 5 * time.Second

// patiently makes a call to a vendor. While the vendor is out, a call from its own
// queue waits here, and so holds the queue up: whatever stands behind it costs
// nothing, and nothing fails that would have to be retried. After the patience the
// error goes on, and ops are called. do is called anew for each attempt, so that
// consent is looked for each time.
func (a *Activities) patiently(ctx context.Context, vendor string, do func(context.Context) error) error {
	if err := a.mayAsk(ctx, vendor); err != nil {
		return err
	}
	if inPlace(ctx) || workflows.VendorQueue(vendor) == workflows.TaskQueue {
		return do(ctx)
	}
	began := time.Now()
	for {
		stop := beat(ctx, "asking "+workflows.VendorTitle(vendor))
		err := do(ctx)
		stop()
		out, waits := a.out(vendor, err)
		// However long the vendor was out before: who has just been asked for waits until
		// somebody has tried again, for it may be back.
		if !waits || (time.Since(out.Since) >= a.cfg.Patience && out.Failed.After(began)) {
			return err
		}
		stop = beat(ctx, fmt.Sprintf("%s has not answered since %s; this goes on when it does", workflows.VendorTitle(vendor), out.Since.UTC().Format("15:04 MST")))
		goOn := pause(ctx, out.Wait)
		stop()
		if !goOn {
			return err
		}
	}
}

// sending is patiently for what sends data of a person anew: a check, a text message.
// While ops have paused the vendor it is not sent, and the error has
// CodeVendorPaused. Nor is it when the program's file of today has no agreement in
// force with whom agreed names, whatever the file says under which the application was
// handed in: the error has CodeNoAgreement. What follows upon an order, such as fetching
// its report or taking it back, ends as it would.
func (a *Activities) sending(ctx context.Context, use workflows.Use, vendor, agreed string, do func(context.Context) error) error {
	held := func() error {
		if a.cfg.Agreed != nil && use.Program != "" && !a.cfg.Agreed(use.Program, agreed) {
			return workflows.NotAgreed(agreed)
		}
		if a.cfg.Paused == nil || !a.cfg.Paused(vendor) {
			return nil
		}
		return &onboarding.Error{Code: onboarding.CodeVendorPaused, Message: workflows.VendorTitle(vendor) + " is paused.", Hint: "It goes on when ops resume the vendor."}
	}
	if err := held(); err != nil { // before it stands in a queue
		return err
	}
	return a.patiently(ctx, vendor, func(ctx context.Context) error {
		if err := held(); err != nil {
			return err
		}
		return do(ctx)
	})
}

// out tells whether an error is a vendor's that is out: nobody may ask it, or this
// call was the one that tried whether it is back. Neither is to be held against
// the check, whose attempts are for a vendor that answers.
func (a *Activities) out(vendor string, err error) (vendors.Paused, bool) {
	if p, ok := vendors.PausedFor(err); ok {
		return p, true
	}
	if !vendors.Retryable(err) || a.cfg.Out == nil {
		return vendors.Paused{}, false
	}
	since, out := a.cfg.Out(vendor)
	return vendors.Paused{Since: since, Failed: time.Now(), Wait: pulse}, out
}

// beat tells that the call is alive, with words for people, until it is stopped.
func beat(ctx context.Context, words string) (stop func()) {
	done := make(chan struct{})
	activity.RecordHeartbeat(ctx, words)
	go func() {
		tick := time.NewTicker(pulse)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				activity.RecordHeartbeat(ctx, words)
			}
		}
	}()
	return func() { close(done) }
}

// pause waits, a little longer than asked, so that not all wake at once. It gives
// false when the call was canceled or the worker stops.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait + time.Duration(rand.Int64N(int64(time.Second))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-activity.GetWorkerStopChannel(ctx):
		return false
	}
}
