package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// VendorWatchName is the type of the workflow that stands for a vendor which does
// not answer: one line for ops, however many applicants wait. Its ID is
// VendorWatchID; it runs only while the vendor is out.
const VendorWatchName = "VendorWatch"

// VendorWatchID is the ID of a vendor's watch.
func VendorWatchID(vendor string) string { return "vendor/" + vendor }

// SignalVendorSeen tells what a worker sees of the vendor. A worker whose breaker
// is open says so again every minute, so that one that died is not believed for ever.
const SignalVendorSeen = "VendorSeen"

// QueryVendorOutage gives the outage.
const QueryVendorOutage = "VendorOutage"

// VendorWatchInput starts a watch.
type VendorWatchInput struct {
	Vendor  string       `json:"vendor"`
	Carried []VendorSeen `json:"carried"` // of the run before
	Since   time.Time    `json:"since"`   // of the outage, when a run goes on from another
}

// VendorSeen is what one worker sees.
type VendorSeen struct {
	Worker string    `json:"worker"`
	Out    bool      `json:"out"`   // its breaker is open
	Since  time.Time `json:"since"` // when it opened
	At     time.Time `json:"at"`    // when this was seen
}

// VendorOutage is a vendor that does not answer.
type VendorOutage struct {
	Vendor  string    `json:"vendor"`
	Since   time.Time `json:"since"`
	Workers int       `json:"workers"` // that see it
}

// staleAfter is how long a worker's word counts.
const staleAfter = 5 * time.Minute

// VendorWatch shows the outage to ops for as long as any worker sees one.
func VendorWatch(ctx workflow.Context, in VendorWatchInput) error {
	w := &vendorWatch{vendor: in.Vendor, seen: in.Carried, since: in.Since}
	if err := workflow.SetQueryHandler(ctx, QueryVendorOutage, func() (VendorOutage, error) {
		return VendorOutage{Vendor: w.vendor, Since: w.since, Workers: len(w.seen)}, nil
	}); err != nil {
		return err
	}
	news := workflow.GetSignalChannel(ctx, SignalVendorSeen)
	for {
		w.hear(news, workflow.Now(ctx))
		w.forget(workflow.Now(ctx))
		if len(w.seen) == 0 {
			return workflow.UpsertTypedSearchAttributes(ctx, SearchAttention.ValueSet(string(onboarding.AttentionNone)))
		}
		if err := w.show(ctx); err != nil {
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, VendorWatchName, VendorWatchInput{Vendor: w.vendor, Carried: w.seen, Since: w.since})
		}
		if _, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: staleAfter,
			TimerOptions: workflow.TimerOptions{Summary: "Take it for over if no worker sees it any more"}},
			func() bool { return news.Len() > 0 }); err != nil {
			return err
		}
	}
}

type vendorWatch struct {
	vendor string
	seen   []VendorSeen // by workers that see the outage, in the order in which they saw it first
	since  time.Time
	shown  bool
}

// hear takes every word that has come in. It counts from now: a worker's clock may
// be wrong by more than a word is believed for.
func (w *vendorWatch) hear(news workflow.ReceiveChannel, now time.Time) {
	var s VendorSeen
	for news.ReceiveAsync(&s) {
		w.seen = slices.DeleteFunc(w.seen, func(was VendorSeen) bool { return was.Worker == s.Worker })
		if s.Out {
			s.At = now
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
	workflow.SetCurrentDetails(ctx, strings.Join([]string{
		"**" + title + " does not answer.** Since " + w.since.UTC().Format("2006-01-02 15:04 MST") + ".",
		"Every check that needs it waits in the task queue `" + VendorQueue(w.vendor) + "` and goes on by itself when it answers again. Nothing needs to be retried.",
		"Seen by workers: " + number(len(w.seen)) + ".",
	}, "\n\n"))
	if w.shown {
		return nil
	}
	w.shown = true
	return workflow.UpsertTypedSearchAttributes(ctx, SearchAttention.ValueSet(string(onboarding.AttentionOps)),
		SearchFailedChecks.ValueSet([]string{"@" + w.vendor}))
}
