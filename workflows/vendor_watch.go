package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// VendorWatchName is the type of the workflow that stands for a vendor which does
// not answer or which ops have paused: one line for ops, however many applicants
// wait. Its ID is VendorWatchID; it runs only while the vendor is out or paused.
const VendorWatchName = "VendorWatch"

// VendorWatchID is the ID of a vendor's watch.
func VendorWatchID(vendor string) string { return "vendor/" + vendor }

// The messages of a vendor's watch.
const (
	// SignalVendorSeen tells what a worker sees of the vendor. A worker whose breaker
	// is open says so again every minute, so that one that died is not believed for ever.
	SignalVendorSeen = "VendorSeen"
	// QueryVendorOutage gives the outage.
	QueryVendorOutage  = "VendorOutage"
	UpdatePauseVendor  = "PauseVendor"
	UpdateResumeVendor = "ResumeVendor"
)

// VendorWatchInput starts a watch.
type VendorWatchInput struct {
	Vendor  string       `json:"vendor"`
	Carried []VendorSeen `json:"carried"` // of the run before
	Since   time.Time    `json:"since"`   // of the outage, when a run goes on from another
	// Asked says that it is started for somebody who pauses the vendor, whose word comes
	// with the start.
	Asked bool        `json:"asked,omitempty"`
	Pause VendorPause `json:"pause,omitzero"` // of the run before
	// Wake says that those who wait have not all been told that the vendor is resumed.
	Wake bool `json:"wake,omitempty"`
}

// VendorSeen is what one worker sees.
type VendorSeen struct {
	Worker string    `json:"worker"`
	Out    bool      `json:"out"`   // its breaker is open
	Since  time.Time `json:"since"` // when it opened
	At     time.Time `json:"at"`    // when this was seen
}

// VendorPause is a pause, by whom and why. While it lasts nothing new is sent to the
// vendor.
type VendorPause struct {
	Since  time.Time `json:"since"`  // zero: the vendor is not paused
	Reason []byte    `json:"reason"` // sealed by the house's key
	Actor  Actor     `json:"actor"`
}

// PauseVendor pauses a vendor.
type PauseVendor struct {
	Reason []byte `json:"reason"` // sealed by the house's key
	Actor  Actor  `json:"actor"`
}

// ResumeVendor lets a vendor be asked again.
type ResumeVendor struct {
	Actor Actor `json:"actor"`
}

// VendorOutage is a vendor that does not answer or is paused.
type VendorOutage struct {
	Vendor  string      `json:"vendor"`
	Since   time.Time   `json:"since"`   // zero while it answers
	Workers int         `json:"workers"` // that see it
	Pause   VendorPause `json:"pause,omitzero"`
}

// WakeHeldIn has everybody told who waits for a vendor that is asked again.
type WakeHeldIn struct {
	Vendor string `json:"vendor"`
}

// OutTag is what a vendor's watch has in the search attribute FailedChecks while the
// vendor is out. By such tags workers learn of it, also while nobody answers a query.
func OutTag(vendor string) string { return "@" + vendor }

// PausedTag is the same while the vendor is paused.
func PausedTag(vendor string) string { return "paused@" + vendor }

// staleAfter is how long a worker's word counts.
const staleAfter = 5 * time.Minute

// firstWord is how long a watch that is started for a pause waits for it.
const firstWord = time.Minute

// VendorWatch shows an outage to ops for as long as any worker sees one, and keeps the
// vendor paused for as long as ops want it.
func VendorWatch(ctx workflow.Context, in VendorWatchInput) error {
	w := &vendorWatch{vendor: in.Vendor, seen: in.Carried, since: in.Since, pause: in.Pause, wake: in.Wake}
	if err := w.takeMessages(ctx); err != nil {
		return err
	}
	news := workflow.GetSignalChannelWithOptions(ctx, SignalVendorSeen, workflow.SignalChannelOptions{Description: "What a worker sees of the vendor"})
	if in.Asked {
		if _, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: firstWord, TimerOptions: workflow.TimerOptions{Summary: "End if nobody pauses the vendor after all"}}, func() bool { return w.turn > 0 || news.Len() > 0 }); err != nil {
			return err
		}
	}
	for {
		w.hear(news, workflow.Now(ctx))
		w.forget(workflow.Now(ctx))
		if w.wake && !w.waking {
			w.tellHeld(ctx)
		}
		if w.over() {
			if err := w.end(ctx); err != nil || w.over() {
				return err
			}
			continue
		}
		if err := w.show(ctx); err != nil {
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return err
			}
			return workflow.NewContinueAsNewError(ctx, VendorWatchName, VendorWatchInput{Vendor: w.vendor, Carried: w.seen, Since: w.since, Pause: w.pause, Wake: w.wake})
		}
		if err := w.rest(ctx, news); err != nil {
			return err
		}
	}
}

type vendorWatch struct {
	vendor string
	seen   []VendorSeen // by workers that see the outage, in the order in which they saw it first
	since  time.Time
	pause  VendorPause
	shown  string
	turn   int  // counts what messages and those who are told have changed
	wake   bool // those who wait are to be told that the vendor is asked again
	waking bool // they are being told
	stop   workflow.CancelFunc
}

func (w *vendorWatch) paused() bool { return !w.pause.Since.IsZero() }

func (w *vendorWatch) takeMessages(ctx workflow.Context) error {
	return firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryVendorOutage, func() (VendorOutage, error) { return w.outage(), nil }, workflow.QueryHandlerOptions{Description: "Since when the vendor does not answer, or is paused"}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdatePauseVendor, func(ctx workflow.Context, in PauseVendor) (VendorOutage, error) {
			w.turn++
			if !w.paused() { // pressed twice it is one pause, the first one's
				w.pause = VendorPause{Since: workflow.Now(ctx), Reason: in.Reason, Actor: in.Actor}
			}
			w.wake = false
			if w.stop != nil {
				w.stop()
			}
			return w.outage(), nil
		}, workflow.UpdateHandlerOptions{Description: "Ops pause the vendor"}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateResumeVendor, func(workflow.Context, ResumeVendor) (VendorOutage, error) {
			w.turn++
			if w.paused() {
				w.pause, w.wake = VendorPause{}, true
			}
			return w.outage(), nil
		}, workflow.UpdateHandlerOptions{Description: "Ops resume the vendor"}),
	)
}

func (w *vendorWatch) outage() VendorOutage {
	o := VendorOutage{Vendor: w.vendor, Workers: len(w.seen), Pause: w.pause}
	if len(w.seen) > 0 {
		o.Since = w.since
	}
	return o
}

// rest waits for news, or for the time from which on a worker's word counts no more.
func (w *vendorWatch) rest(ctx workflow.Context, news workflow.ReceiveChannel) error {
	turn := w.turn
	moved := func() bool { return news.Len() > 0 || w.turn != turn }
	if len(w.seen) == 0 {
		return workflow.Await(ctx, moved)
	}
	_, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: staleAfter,
		TimerOptions: workflow.TimerOptions{Summary: "Take it for over if no worker sees it any more"}}, moved)
	return err
}

func (w *vendorWatch) over() bool { return len(w.seen) == 0 && !w.paused() && !w.wake && !w.waking }

// end takes the line down. A word that comes at the last moment is still heard.
func (w *vendorWatch) end(ctx workflow.Context) error {
	if err := workflow.UpsertTypedSearchAttributes(ctx, SearchAttention.ValueSet(string(onboarding.AttentionNone))); err != nil {
		return err
	}
	w.shown = ""
	return workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

// tellHeld tells everybody who waits that the vendor is asked again, beside the watch.
func (w *vendorWatch) tellHeld(ctx workflow.Context) {
	ctx, w.stop = workflow.WithCancel(ctx)
	w.waking = true
	workflow.Go(ctx, func(ctx workflow.Context) {
		tell := workflow.WithActivityOptions(ctx, patient(ActivityWakeHeld, "Tell those who wait that "+VendorTitle(w.vendor)+" is asked again", Pace{}))
		err := workflow.ExecuteActivity(tell, ActivityWakeHeld, WakeHeldIn{Vendor: w.vendor}).Get(ctx, nil)
		if err == nil {
			w.wake = false
		}
		w.waking, w.stop = false, nil
		w.turn++
	})
}

// hear takes every word that has come in. It counts from now: a worker's clock may
// be wrong by more than a word is believed for.
func (w *vendorWatch) hear(news workflow.ReceiveChannel, now time.Time) {
	var s VendorSeen
	for news.ReceiveAsync(&s) {
		w.seen = slices.DeleteFunc(w.seen, func(was VendorSeen) bool { return was.Worker == s.Worker })
		if s.Out {
			s.At = now
			if len(w.seen) == 0 && w.paused() { // another outage, while the vendor is paused
				w.since = time.Time{}
			}
			w.seen = append(w.seen, s)
			if w.since.IsZero() || s.Since.Before(w.since) {
				w.since = s.Since
			}
		}
		s = VendorSeen{}
	}
}

func (w *vendorWatch) forget(now time.Time) {
	w.seen = slices.DeleteFunc(w.seen, func(s VendorSeen) bool { return now.Sub(s.At) >= staleAfter })
}

func (w *vendorWatch) show(ctx workflow.Context) error {
	title := VendorTitle(w.vendor)
	var says, tags []string
	if w.paused() {
		says = append(says, "**"+title+" is paused.** Since "+w.pause.Since.UTC().Format("2006-01-02 15:04 MST")+", by "+string(w.pause.Actor)+"; the reason stands in the console.",
			"Nothing new is sent to it. Checks that need it wait, spend no attempt, and go on by themselves when somebody resumes it in the console, or by `vouchsafe vendor resume "+w.vendor+"`. What was under way ends as it would.")
	}
	if w.waking {
		says = append(says, "**"+title+" is resumed.** Those who waited for it are being told.")
	}
	if len(w.seen) > 0 {
		tags = append(tags, OutTag(w.vendor))
		says = append(says, "**"+title+" does not answer.** Since "+w.since.UTC().Format("2006-01-02 15:04 MST")+".",
			"Every check that needs it waits in the task queue `"+VendorQueue(w.vendor)+"` and goes on by itself when it answers again. Nothing needs to be retried.",
			"Seen by workers: "+number(len(w.seen))+".")
	}
	workflow.SetCurrentDetails(ctx, strings.Join(says, "\n\n"))
	if w.paused() {
		tags = append(tags, PausedTag(w.vendor))
	}
	now := strings.Join(tags, " ")
	if w.shown == now {
		return nil
	}
	w.shown = now
	attention, failed := SearchAttention.ValueSet(string(onboarding.AttentionOps)), SearchFailedChecks.ValueSet(tags)
	if len(tags) == 0 {
		attention, failed = SearchAttention.ValueSet(string(onboarding.AttentionNone)), SearchFailedChecks.ValueUnset()
	}
	return workflow.UpsertTypedSearchAttributes(ctx, attention, failed)
}
