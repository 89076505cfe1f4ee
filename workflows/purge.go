package workflows

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

const (
	// PurgePart is how many are dealt with at a time: so a pause comes within seconds.
	PurgePart = 100
	// purgeLapses is how long a purge waits for its approval, and how long a pause holds
	// it. What is due then is found anew by the next one.
	purgeLapses = 14 * 24 * time.Hour
)

// purge is one while it is under way.
type purge struct {
	in PurgeIn
	PurgeState
}

// Purge finds what is due by the retention table, makes a report of it, waits until
// somebody has approved it or the time to look is over, and has it destroyed, each
// applicant once: by the workflow Erase when everything of theirs is due, else category
// by category. What a hold keeps is passed over. It can be paused, resumed and called
// off, and goes on by itself when a worker dies in the middle.
func Purge(ctx workflow.Context, in PurgeIn) (PurgeState, error) {
	info := workflow.GetInfo(ctx)
	p := &purge{in: in, PurgeState: PurgeState{Begun: workflow.Now(ctx), Workflow: info.WorkflowExecution.ID, Run: info.FirstRunID, Asked: in.Actor}}
	p.ID = strings.Replace(p.Begun.UTC().Format("20060102-150405.000"), ".", "", 1) + "-" + info.WorkflowExecution.RunID[:min(8, len(info.WorkflowExecution.RunID))]
	if in.Carried != nil {
		p.PurgeState = *in.Carried
	}
	if err := p.takeMessages(ctx); err != nil {
		return p.PurgeState, err
	}
	for _, step := range []func(workflow.Context) error{p.look, p.await, p.act} {
		if err := step(ctx); err != nil {
			return p.PurgeState, err
		}
	}
	p.Ended = workflow.Now(ctx)
	if err := p.keep(ctx); err != nil {
		return p.PurgeState, err
	}
	return p.PurgeState, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
}

// look makes the report.
func (p *purge) look(ctx workflow.Context) error {
	if p.Gathered {
		return nil
	}
	p.show(ctx)
	listed := since(ctx, changePurgeListed)
	if listed { // what nobody sees nobody can call off
		if err := p.keep(ctx); err != nil {
			return err
		}
	}
	find, stop := workflow.WithCancel(workflow.WithActivityOptions(ctx, patient(ActivityFindDue, "Find what is due by the retention table", p.in.Pace)))
	found := workflow.ExecuteActivity(find, ActivityFindDue, FindDueIn{ID: p.ID, At: p.Begun, Pace: p.in.Pace})
	if listed {
		if err := workflow.Await(ctx, func() bool { return found.IsReady() || p.Canceled }); err != nil {
			return err
		}
		if !found.IsReady() {
			stop()
			return nil
		}
	}
	if err := found.Get(ctx, &p.Found); err != nil {
		return err
	}
	p.Gathered = true
	switch {
	case p.in.Wait > 0:
		p.Acts = workflow.Now(ctx).Add(p.in.Wait)
	case p.Found.Free() > 0:
		p.Lapses = workflow.Now(ctx).Add(purgeLapses)
	}
	return p.keep(ctx)
}

// await waits until it may act.
func (p *purge) await(ctx workflow.Context) error {
	if !p.Acting.IsZero() || p.Found.Free() <= 0 {
		return nil
	}
	limit := purgeLapses
	if !p.Acts.IsZero() {
		limit = max(p.Acts.Sub(workflow.Now(ctx)), time.Millisecond)
	}
	ok, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: limit, TimerOptions: workflow.TimerOptions{Summary: "Lets the privacy officer look at the report"}},
		func() bool { return p.Canceled || p.Approved != "" })
	if err != nil {
		return err
	}
	switch {
	case p.Canceled:
		return nil
	case !ok && p.Acts.IsZero():
		p.Lapsed = true
		return nil
	}
	p.Acting, p.Lapses = workflow.Now(ctx), time.Time{}
	return p.keep(ctx)
}

// paused waits until somebody lets it go on, and ends it when nobody does for too long:
// while one is open no other begins.
func (p *purge) paused(ctx workflow.Context) error {
	resumed := func() bool { return !p.Paused || p.Canceled }
	if !since(ctx, changePurgeListed) {
		if err := p.keep(ctx); err != nil {
			return err
		}
		return workflow.Await(ctx, resumed)
	}
	p.Lapses = workflow.Now(ctx).Add(purgeLapses)
	if err := p.keep(ctx); err != nil {
		return err
	}
	ok, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: max(p.Lapses.Sub(workflow.Now(ctx)), time.Millisecond), TimerOptions: workflow.TimerOptions{Summary: "Until a pause that nobody ends ends the purge"}}, resumed)
	p.Lapsed, p.Lapses = !ok, time.Time{}
	return err
}

// act deals with what is due, part by part.
func (p *purge) act(ctx workflow.Context) error {
	for !p.Acting.IsZero() && p.Next < p.Found.Total && !p.Canceled && !p.Lapsed {
		if p.Paused {
			if err := p.paused(ctx); err != nil {
				return err
			}
			continue
		}
		to := min(p.Next+PurgePart, p.Found.Total)
		act := workflow.WithActivityOptions(ctx, patient(ActivityActOnDue, fmt.Sprintf("Destroy what is due: number %d to %d of %d", p.Next+1, to, p.Found.Total), p.in.Pace))
		var out PurgeTally
		if err := workflow.ExecuteActivity(act, ActivityActOnDue, ActOnDueIn{ID: p.ID, From: p.Next, To: to}).Get(ctx, &out); err != nil {
			return err
		}
		p.Next = to
		p.Tally.add(out)
		if err := p.keep(ctx); err != nil {
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() && p.Next < p.Found.Total && !p.Canceled {
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return err
			}
			next, state := p.in, p.PurgeState
			next.Carried = &state
			return workflow.NewContinueAsNewError(ctx, PurgeName, next)
		}
	}
	return nil
}

// keep stores how far it is, for those who look while no worker runs and after the
// workflow is gone.
func (p *purge) keep(ctx workflow.Context) error {
	p.show(ctx)
	keep := workflow.WithActivityOptions(ctx, patient(ActivityKeepPurge, "Keep how far the purge is", p.in.Pace))
	return workflow.ExecuteActivity(keep, ActivityKeepPurge, p.PurgeState).Get(ctx, nil)
}

func (p *purge) takeMessages(ctx workflow.Context) error {
	set := func(name, description string, may func() error, do func(Actor)) error {
		return workflow.SetUpdateHandlerWithOptions(ctx, name, func(_ workflow.Context, in SteerPurge) (PurgeState, error) {
			do(in.Actor)
			return p.PurgeState, nil
		}, workflow.UpdateHandlerOptions{Description: description, Validator: func(workflow.Context, SteerPurge) error { return Failure(may()) }})
	}
	running := func() error {
		if p.Over() || p.Canceled {
			return notNow("This purge is over.", "The next one finds what is due anew.")
		}
		return nil
	}
	waiting := func() error {
		if err := running(); err != nil {
			return err
		}
		if !p.Gathered || !p.Acting.IsZero() {
			return notNow("There is nothing to approve now.", "Look at the purge: its report is not ready yet, or it acts already.")
		}
		return nil
	}
	return firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryPurgeProgress, func() (PurgeState, error) { return p.PurgeState, nil }, workflow.QueryHandlerOptions{Description: "How far the purge is"}),
		set(UpdateApprovePurge, "The privacy officer lets the purge act", waiting, func(by Actor) { p.Approved = by }),
		set(UpdatePausePurge, "Somebody pauses the purge", running, func(by Actor) { p.Paused, p.ByActor = true, by }),
		set(UpdateResumePurge, "Somebody lets the purge go on", running, func(by Actor) { p.Paused, p.ByActor = false, by }),
		set(UpdateCancelPurge, "Somebody calls the purge off", running, func(by Actor) { p.Canceled, p.ByActor = true, by }),
	)
}

// show tells in the Temporal Web UI how far it is, and that it waits for somebody.
func (p *purge) show(ctx workflow.Context) {
	says := map[string]string{
		PurgeLooking: "Finding what is due by the retention table.", PurgeActing: "Under way.", PurgePaused: "**Paused.** It goes on when somebody resumes it.",
		PurgeCanceled: "**Called off.** What is due is found anew by the next one.", PurgeLapsed: "**Nobody answered it in time.** What is due is found anew by the next one.", PurgeDone: "**Done.**",
		PurgeWaiting: "Its report lies in the console, under Retention. It acts when the privacy officer approves it.",
	}[p.Stands()]
	if p.Stands() == PurgeWaiting && !p.Acts.IsZero() {
		says = "Its report lies in the console, under Retention. It acts when the privacy officer approves it, or by itself at " + minute(p.Acts) + "."
	}
	if (p.Stands() == PurgeWaiting || p.Stands() == PurgePaused) && !p.Lapses.IsZero() {
		says += " When nobody answers it ends by itself at " + minute(p.Lapses) + "."
	}
	lines := []string{says, fmt.Sprintf("- due: %d, of which a hold keeps %d, and S3's own lock %d for now\n- dealt with: %d\n- erasures begun: %d\n- categories removed: %d, in %d objects\n- kept by a hold: %d\n- kept by S3 for now: %d\n- gone before: %d\n- could not be done: %d",
		p.Found.Total, p.Found.Held, p.Found.Locked, p.Next, p.Tally.Erased, p.Tally.Purged, p.Tally.Objects, p.Tally.Kept, p.Tally.Locked, p.Tally.Gone, p.Tally.Failed)}
	workflow.SetCurrentDetails(ctx, strings.Join(lines, "\n\n"))
	attention := onboarding.AttentionNone
	switch {
	case p.Stands() == PurgeWaiting && p.Found.Free() > 0:
		attention = onboarding.AttentionPrivacy
	case p.Tally.Failed > 0:
		attention = onboarding.AttentionOps
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, SearchAttention.ValueSet(string(attention))); err != nil {
		panic(err) // as in a case's show: the namespace lacks the attribute; the task is tried again
	}
}

// purgeCategory records what is about to be removed, removes it, and records what came
// of it.
func (c *file) purgeCategory(ctx workflow.Context, in PurgeCategory) (PurgedOut, error) {
	if in.Again {
		var was WasPurgedOut
		look := workflow.WithActivityOptions(ctx, patient(ActivityWasPurged, "Look into the ledger whether this was removed already", c.in.Pace))
		if err := workflow.ExecuteActivity(look, ActivityWasPurged, WasPurgedIn{Applicant: c.in.Applicant, Category: in.Category, Purge: in.Purge}).Get(ctx, &was); err != nil || was.Done {
			return was.Was, err
		}
	}
	intent := c.record(ctx, ledger.Record{Kind: ledger.KindPurged, Outcome: string(in.Category), Detail: in.Rule + purgedBy + in.Purge})
	out, err := step[PurgedOut](ctx, c, ActivityPurgeObjects, "Remove "+in.Category.Words()+": the time to keep it is over", func() carrier {
		return PurgeObjectsIn{Applicant: c.in.Applicant, Category: in.Category}
	})
	if err != nil { // a hold was set since the purge looked: that something was to go must not stand there alone
		c.record(ctx, ledger.Record{Kind: ledger.KindPurged, Of: intent.Seq, Outcome: string(in.Category), Detail: "nothing was removed: " + string(codeOf(err))})
		if since(ctx, changeHoldBehind) {
			if _, kept := c.keepAfterword(ctx); kept != nil {
				return out, kept
			}
		}
		return out, err
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindPurged, Of: intent.Seq, Outcome: string(in.Category), Detail: out.came()})
	_, err = c.keepAfterword(ctx)
	return out, err
}

// purgedBy stands between the rule and the purge in the record of what is about to be
// removed.
const purgedBy = "; purge "

// cameRemoved and cameLocked are the ledger's words for what came of it.
const (
	cameRemoved = "removed: "
	cameLocked  = ", still locked: "
)

func (p PurgedOut) came() string {
	if p.Locked == 0 {
		return cameRemoved + number(p.Objects)
	}
	return cameRemoved + number(p.Objects) + cameLocked + number(p.Locked)
}

// Purged finds among an applicant's records what a purge has removed of a category, as it
// was recorded when it was done.
func Purged(records []ledger.Record, category onboarding.Category, purge string) (PurgedOut, bool) {
	begun := map[uint64]bool{}
	for _, r := range records {
		switch {
		case r.Kind != ledger.KindPurged || r.Outcome != string(category):
		case r.Of == 0:
			begun[r.Seq] = strings.HasSuffix(r.Detail, purgedBy+purge)
		case begun[r.Of] && strings.HasPrefix(r.Detail, cameRemoved):
			var out PurgedOut
			objects, locked, _ := strings.Cut(strings.TrimPrefix(r.Detail, cameRemoved), cameLocked)
			out.Objects, _ = strconv.Atoi(objects)
			out.Locked, _ = strconv.Atoi(locked) // none: 0
			return out, true
		}
	}
	return PurgedOut{}, false
}

func goodCategory(in PurgeCategory) error {
	if !in.Category.Known() || in.Rule == "" {
		return onboarding.Invalid("category", "There is no such category to remove.", "")
	}
	return nil
}
