package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Every time-out and retry of the process stands here and nowhere else.
// Statutory and reminder clocks are not here: they come from internal/policy.

// quickTry bounds the try in place. A vendor that does not answer in this time
// gets a durable activity; the time is well under the workflow task's time-out
// times the heartbeat that local activities send, so no task is lost by it.
func quickTry(_, summary string) workflow.LocalActivityOptions {
	return workflow.LocalActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    4 * time.Second,
		ScheduleToCloseTimeout: 5 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	}
}

// defaultAttempts is how often a vendor is tried before ops are called:
// 1+2+4+…, capped at a minute, makes about five minutes.
const defaultAttempts = 10

// patient is for durable activities. What only we ourselves can fail at (the
// ledger, the store, the mail relay) is tried without end: nothing may be lost,
// and it shows as pending. What a vendor can fail at has a budget.
func patient(name, summary string, pace Pace) workflow.ActivityOptions {
	o := workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		Summary:             summary,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    time.Minute,
			NonRetryableErrorTypes: []string{
				string(onboarding.CodeInvalid), string(onboarding.CodeConsentNotLive), string(onboarding.CodeGrantRefused),
				string(onboarding.CodeLedgerConflict), string(onboarding.CodeVendorRefused), string(onboarding.CodeKeyDestroyed),
				string(onboarding.CodeUnknownApplicant), string(onboarding.CodeConflict),
			},
		},
	}
	switch name {
	case ActivityRunChecks, ActivityFetchReport, ActivityCancelOrder, ActivityDisputeReport, ActivityTellAdverse, ActivityVendorPage, ActivitySendText, ActivityAskErasure:
		o.RetryPolicy.MaximumAttempts = int32(defaultAttempts)
		if pace.Attempts > 0 {
			o.RetryPolicy.MaximumAttempts = int32(pace.Attempts)
		}
		if name == ActivityVendorPage {
			o.ScheduleToCloseTimeout = pageWait
		}
	case ActivityGatherBulk, ActivityFindDue, ActivityActOnDue, ActivityGatherCases, ActivityGatherHeld, ActivityActInBulk, ActivityAssignInBulk, ActivityWakeHeld, ActivityStartInvitations, ActivityGatherToTell,
		ActivityTellNotices, ActivityOfferProgram:
		o = bulkOptions(o)
	case ActivityRefreshList:
		o.StartToCloseTimeout = listRefresh
		o.RetryPolicy.MaximumAttempts = int32(defaultAttempts)
	case ActivityMakeCheckpoint:
		o.StartToCloseTimeout = checkpointTime
		o.RetryPolicy.MaximumAttempts = checkpointTries
		o.HeartbeatTimeout = checkpointBeat
	}
	return o
}

// pageWait is how long the applicant waits for a vendor's page: they sit before
// the screen, and an update that hangs takes a place from others, such as a
// withdrawal, of which an applicant's workflow takes ten at a time.
const pageWait = 20 * time.Second

// listRefresh is how long a list may take to be fetched and checked: files of
// tens of megabytes, from a government's server.
const listRefresh = 15 * time.Minute

// checkpointTime is how long a checkpoint may take: the first of a deployment with
// 50,000 ledgers reads them all.
const checkpointTime = time.Hour

// checkpointBeat is how soon a worker that died while it made one is missed: not only
// after the hour that it may take.
const checkpointBeat = time.Minute

// checkpointTries is how often one is tried: the schedule brings the next.
const checkpointTries = 5

// ours stands for a vendor where no third party is called.
const ours = ""

// thirdParties are the vendors that are called over the network, each with a
// task queue of its own.
var thirdParties = []string{consent.RecipientKickbox, consent.RecipientTwilio, consent.RecipientSmarty, consent.RecipientMaxMind, consent.RecipientStripe,
	consent.RecipientWatchman, consent.RecipientYente, consent.RecipientFindly, consent.RecipientCheckr, consent.RecipientTwilioSMS}

// ThirdParties lists the vendors that have a task queue of their own.
func ThirdParties() []string { return slices.Clone(thirdParties) }

// VendorQueue is the task queue in which a vendor's durable calls stand: one rate
// for all workers together, and a dead vendor keeps nobody else waiting.
func VendorQueue(vendor string) string {
	if !slices.Contains(thirdParties, vendor) {
		return TaskQueue // our own lists and looks
	}
	return "vendor-" + vendor
}

// heartbeat is how soon a worker that died while it held a vendor's call is missed.
const heartbeat = 20 * time.Second

// at moves a vendor's call to the vendor's queue. There it may wait inside a
// worker while the vendor does not answer at all, so its limit is the heartbeat
// and not a time from its start. Programs share a queue fairly: one with ten
// thousand applicants does not keep another's one waiting.
func at(o workflow.ActivityOptions, vendor, program string) workflow.ActivityOptions {
	queue := VendorQueue(vendor)
	if queue == TaskQueue {
		return o
	}
	o.TaskQueue = queue
	o.HeartbeatTimeout = heartbeat
	o.StartToCloseTimeout = 24 * time.Hour
	o.Priority = temporal.Priority{FairnessKey: program}
	return o
}

// freshRunAfter is how many events a run's history must have, at a stage's end,
// for the next stage to begin in a run of its own.
const freshRunAfter = 20

// freshCertificationAfter is how many events a run's history may have within the
// certification, which can go on for weeks and be tried many times.
const freshCertificationAfter = 2000

// webhookTry is the first try of an event, in place. It gives an endpoint the whole
// time that it may take: an event that is sent again because its answer was not
// waited for would come twice.
func webhookTry(summary string) workflow.LocalActivityOptions {
	return workflow.LocalActivityOptions{Summary: summary, StartToCloseTimeout: webhookAttempt, ScheduleToCloseTimeout: webhookAttempt,
		RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}}
}

// webhookRetries has the server try for the time that is left: after 5, 15 and 45
// seconds, and so on up to every half an hour. Endpoints share the queue fairly.
func webhookRetries(summary, endpoint string, left time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary: summary, StartToCloseTimeout: webhookAttempt, ScheduleToCloseTimeout: left, Priority: temporal.Priority{FairnessKey: endpoint},
		// The time ends it; the number is far above what fits into that, and is there
		// for the SDK's test environment, which has one of its own otherwise.
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 3, MaximumInterval: 30 * time.Minute, MaximumAttempts: 100_000},
	}
}

const (
	// webhookAttempt is more than an endpoint may take to answer.
	webhookAttempt = 20 * time.Second
	// webhookLeast is how long an event is tried that has waited behind others for all
	// its time: once, at least.
	webhookLeast = time.Minute
)
