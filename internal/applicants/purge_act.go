package applicants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"golang.org/x/time/rate"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// ActOnDue acts on a part of a report's list and stores an answer for each. When Temporal
// or S3 cannot answer it gives the error, and done again (in.Repeat) it does nothing
// twice: the ledger says what the earlier try has done.
func (s *Service) ActOnDue(ctx context.Context, in workflows.ActOnDueIn, beat func()) (workflows.PurgeTally, error) {
	items, err := readList[DueItem](ctx, s, purgeListKey(in.ID), in.From, in.To)
	if err != nil {
		return workflows.PurgeTally{}, err
	}
	answers := make([]DueAnswer, len(items))
	var tally workflows.PurgeTally
	objects := make([]int, len(items))
	if err := Paced(ctx, len(items), purgeAtOnce, rate.NewLimiter(purgeRate, 1), beat, func(ctx context.Context, i int) (err error) {
		answers[i], objects[i], err = s.destroy(ctx, in.ID, items[i], in.Repeat)
		return err
	}); err != nil {
		return workflows.PurgeTally{}, err
	}
	for i, a := range answers {
		tally.Objects += objects[i]
		switch a.Outcome {
		case DueErased:
			tally.Erased++
		case DuePurged:
			tally.Purged++
		case DueKept:
			tally.Kept++
		case DueLocked:
			tally.Locked++
		case DueGone:
			tally.Gone++
		default:
			tally.Failed++
		}
	}
	return tally, s.putJSON(context.WithoutCancel(ctx), purgeAnswersKey(in.ID, in.From), answers)
}

// destroy has one item destroyed, and says how many objects went at once. An error of its
// own means that it is not known what came of it, so the part is done again.
func (s *Service) destroy(ctx context.Context, purge string, d DueItem, repeat bool) (DueAnswer, int, error) {
	a := DueAnswer{DueItem: d}
	a.Locked, a.Stuck = time.Time{}, false // that was when the report was made
	held, err := s.Holds.Of(ctx, d.Applicant)
	if err != nil {
		return a, 0, err
	}
	if len(held) > 0 { // also one that was set after the report
		a.Outcome = DueKept
		a.Held = nil
		for _, h := range held {
			a.Held = append(a.Held, h.ID)
		}
		a.Says = "by the hold " + strings.Join(a.Held, ", ")
		return a, 0, nil
	}
	if still, err := s.stillDue(ctx, d); err != nil || !still {
		a.Outcome, a.Says = DueKept, "it is not due any more by the retention table of today"
		return a, 0, err
	}
	if d.Category == workflows.PurgeWhole {
		return s.destroyWhole(ctx, purge, a, repeat)
	}
	l, err := s.leftOf(ctx, d.Applicant, d.Category)
	if err != nil {
		return a, 0, err
	}
	if !l.free {
		return s.notFree(ctx, purge, a, l, repeat)
	}
	var out workflows.PurgedOut
	if err := s.afterword(ctx, d.Applicant, workflows.UpdatePurgeCategory, "purge/"+purge+"/"+string(d.Category),
		workflows.PurgeCategory{Category: d.Category, Rule: d.Rule, Purge: purge, Again: repeat}, &out); err != nil {
		return s.notDestroyed(ctx, a, err)
	}
	a, n := a.removed(out)
	return a, n, nil
}

// removed is what came of a removal: what S3 still keeps some of is not said to be gone.
func (a DueAnswer) removed(out workflows.PurgedOut) (DueAnswer, int) {
	a.Outcome = DuePurged
	if out.Locked > 0 {
		a.Outcome, a.Locked = DueLocked, out.Until
		a.Says = fmt.Sprintf("%d objects removed; ", out.Objects) + left{locked: out.Locked, until: out.Until}.says()
	}
	return a, out.Objects
}

// notFree is for a category of which nothing can go: all is gone, or S3 itself keeps what
// is left. Neither is a record: nothing was done.
func (s *Service) notFree(ctx context.Context, purge string, a DueAnswer, l left, repeat bool) (DueAnswer, int, error) {
	if repeat { // the try before may have been it
		records, err := s.records(ctx, a.Applicant)
		if err != nil {
			return a, 0, err
		}
		if out, ok := workflows.Purged(records, a.Category, purge); ok {
			out.Until = l.until
			a, n := a.removed(out)
			return a, n, nil
		}
	}
	if l.none() {
		a.Outcome, a.Says = DueGone, "nothing of it is left"
		return a, 0, nil
	}
	a.Outcome, a.Locked, a.Stuck, a.Says = DueLocked, l.until, true, l.says()
	return a, 0, nil
}

// destroyWhole begins an erasure. Who is erased already is not erased twice.
func (s *Service) destroyWhole(ctx context.Context, purge string, a DueAnswer, repeat bool) (DueAnswer, int, error) {
	kept, err := s.summary(ctx, a.Applicant)
	if err != nil && !s.Objects.IsMissing(err) {
		return a, 0, err
	}
	if kept.Stage == onboarding.StageErased {
		a.Outcome, a.Says = DueGone, "the applicant is erased already"
		if repeat {
			records, err := s.records(ctx, a.Applicant)
			if err != nil {
				return a, 0, err
			}
			if slices.ContainsFunc(records, func(r ledger.Record) bool {
				return r.Kind == ledger.KindErased && strings.HasSuffix(r.Detail, "(purge "+purge+")")
			}) {
				a.Outcome, a.Says = DueErased, ""
			}
		}
		return a, 0, nil
	}
	if err := s.StartErasure(ctx, a.Applicant, a.Profile, workflows.EraseRetention, purge); err != nil {
		return s.notDestroyed(ctx, a, err)
	}
	a.Outcome = DueErased
	return a, 0, nil
}

// notDestroyed tells a refusal, which is an answer, from trouble.
func (s *Service) notDestroyed(ctx context.Context, a DueAnswer, err error) (DueAnswer, int, error) {
	ours := refusal(ctx, err)
	if ours == nil {
		return a, 0, err
	}
	a.Outcome, a.Says = DueFailed, said(ours)
	return a, 0, nil
}

// KeepPurge stores how far a purge is.
func (s *Service) KeepPurge(ctx context.Context, p workflows.PurgeState) error {
	return s.putJSON(context.WithoutCancel(ctx), purgeHeadKey(p.ID), p)
}

// StartPurge finds what is due now and makes a report of it. It acts upon approval alone:
// who asks for one is there to give it. When it answers the purge is in the list, unless
// no worker runs. CodeConflict while another one is under way: the error says which, and
// how it is called off.
func (s *Service) StartPurge(ctx context.Context, by workflows.Actor) error {
	open, err := s.openPurge(ctx) // by the schedule, too
	if err != nil {
		return err
	}
	if open != nil {
		return anotherPurge(*open)
	}
	for until := time.Now().Add(listedWithin); ; {
		run, err := s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.PurgeID, TaskQueue: workflows.TaskQueue,
			WorkflowExecutionErrorWhenAlreadyStarted: true, StaticSummary: "Find what is due by the retention table, and destroy it when it is approved"},
			workflows.PurgeName, workflows.PurgeIn{Actor: by, Pace: s.Pace})
		var already *serviceerror.WorkflowExecutionAlreadyStarted
		switch {
		case err == nil:
			return s.listed(ctx, run.GetRunID())
		case !errors.As(err, &already):
			return failure(err)
		}
		switch open, err := s.openPurge(ctx); {
		case err != nil:
			return err
		case open != nil: // somebody else was faster
			return anotherPurge(*open)
		case time.Now().After(until):
			return &onboarding.Error{Code: onboarding.CodeConflict, Message: "Another purge is beginning or ending at this very moment.", Hint: "Try it again in some seconds.", Cause: already}
		}
		select { // it is over, and its workflow is just ending
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// listedWithin is how long a purge that was started is waited for in the list: a worker
// writes it there first of all.
const listedWithin = 5 * time.Second

func (s *Service) listed(ctx context.Context, run string) error {
	for until := time.Now().Add(listedWithin); time.Now().Before(until); {
		ids, err := s.purgeIDs(ctx)
		if err != nil {
			return err
		}
		for _, id := range ids[:min(len(ids), 3)] { // it is the newest, or the schedule's is
			var p workflows.PurgeState
			if err := s.getJSON(ctx, purgeHeadKey(id), &p); err != nil {
				return err
			}
			if ofRun(p, run) {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil // no worker runs: it begins when one does
}

func anotherPurge(p workflows.PurgeState) error {
	says := map[string]string{
		workflows.PurgeLooking: "it is finding what is due", workflows.PurgeWaiting: "its report waits to be approved or called off",
		workflows.PurgePaused: "it is paused", workflows.PurgeActing: "it is destroying what is due",
	}[p.Stands()]
	if says == "" {
		says = "it is just ending"
	}
	hint := "Approve it, or call it off: on its page under Retention, or by vouchsafe retention steer " + p.ID + " cancel."
	switch {
	case !p.Acts.IsZero() && p.Acting.IsZero():
		hint += " By itself it acts on " + p.Acts.UTC().Format("2 January 2006 at 15:04") + " UTC."
	case !p.Lapses.IsZero():
		hint += " When nobody answers it ends by itself on " + p.Lapses.UTC().Format("2 January 2006 at 15:04") + " UTC."
	}
	return &onboarding.Error{Code: onboarding.CodeConflict, Message: "The purge " + p.ID + " is under way already: " + says + ".", Hint: hint}
}

// SteerPurge approves, pauses, resumes or calls off a purge: how is one of the updates of
// workflows. CodeNotNow for one that is over, or where there is nothing to approve.
func (s *Service) SteerPurge(ctx context.Context, id, how string, by workflows.Actor) (workflows.PurgeState, error) {
	p, err := s.Purge(ctx, id)
	if err != nil {
		return p, err
	}
	if !slices.Contains([]string{workflows.UpdateApprovePurge, workflows.UpdatePausePurge, workflows.UpdateResumePurge, workflows.UpdateCancelPurge}, how) {
		return p, onboarding.Invalid("how", "A purge is approved, paused, resumed or called off.", "Use approve, pause, resume or cancel.")
	}
	over := func(cause error) error {
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This purge is over.", Hint: "The next one finds what is due anew.", Cause: cause}
	}
	if p.Over() { // another one may have its workflow's ID by now
		return p, over(nil)
	}
	err = s.updateAt(ctx, p.Workflow, how, &p, workflows.SteerPurge{Actor: by})
	return p, otherwise(err, over)
}
