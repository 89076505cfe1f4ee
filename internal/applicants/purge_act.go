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

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// ActOnDue acts on a part of a report's list and stores an answer for each. When Temporal
// or S3 cannot answer it gives the error, and done again it does nothing twice: an
// erasure has one ID for each applicant, and a removal finds what is left.
func (s *Service) ActOnDue(ctx context.Context, in workflows.ActOnDueIn, beat func()) (workflows.PurgeTally, error) {
	items, err := readList[DueItem](ctx, s, purgeListKey(in.ID), in.From, in.To)
	if err != nil {
		return workflows.PurgeTally{}, err
	}
	answers := make([]DueAnswer, len(items))
	var tally workflows.PurgeTally
	objects := make([]int, len(items))
	if err := Paced(ctx, len(items), purgeAtOnce, rate.NewLimiter(purgeRate, 1), beat, func(ctx context.Context, i int) (err error) {
		answers[i], objects[i], err = s.destroy(ctx, in.ID, items[i])
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
		default:
			tally.Failed++
		}
	}
	return tally, s.putJSON(context.WithoutCancel(ctx), purgeAnswersKey(in.ID, in.From), answers)
}

// destroy has one item destroyed, and says how many objects went at once. An error of its
// own means that it is not known what came of it, so the part is done again.
func (s *Service) destroy(ctx context.Context, purge string, d DueItem) (DueAnswer, int, error) {
	a := DueAnswer{DueItem: d}
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
	if d.Category == workflows.PurgeWhole {
		if err := s.StartErasure(ctx, d.Applicant, d.Profile, workflows.EraseRetention, purge); err != nil {
			return s.notDestroyed(ctx, a, err)
		}
		a.Outcome = DueErased
		return a, 0, nil
	}
	var out workflows.PurgedOut
	// The update's ID makes a part that is done again find what it has done.
	if err := s.afterword(ctx, d.Applicant, workflows.UpdatePurgeCategory, "purge/"+purge+"/"+string(d.Category),
		workflows.PurgeCategory{Category: d.Category, Rule: d.Rule, Purge: purge}, &out); err != nil {
		return s.notDestroyed(ctx, a, err)
	}
	a.Outcome = DuePurged
	if out.Locked > 0 {
		a.Outcome, a.Says = DueLocked, fmt.Sprintf("S3 keeps %d objects until %s", out.Locked, out.Until.UTC().Format(time.RFC3339))
	}
	return a, out.Objects, nil
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
// who asks for one is there to give it. It gives the workflow's run. CodeConflict while
// another one is under way.
func (s *Service) StartPurge(ctx context.Context, by workflows.Actor) error {
	last, err := s.Purges(ctx, 1) // by the schedule, too
	if err != nil {
		return err
	}
	if len(last) > 0 && !last[0].Over() {
		return anotherPurge(nil)
	}
	_, err = s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.PurgeID, TaskQueue: workflows.TaskQueue,
		WorkflowExecutionErrorWhenAlreadyStarted: true, StaticSummary: "Find what is due by the retention table, and destroy it when it is approved"},
		workflows.PurgeName, workflows.PurgeIn{Actor: by, Pace: s.Pace})
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return anotherPurge(err)
	}
	return failure(err)
}

func anotherPurge(cause error) error {
	return &onboarding.Error{Code: onboarding.CodeConflict, Message: "A purge is under way already.", Hint: "Look at it: approve it, or call it off first.", Cause: cause}
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
	err = s.updateAt(ctx, p.Workflow, how, &p, workflows.SteerPurge{Actor: by})
	return p, otherwise(err, func(cause error) error {
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This purge is over.", Hint: "The next one finds what is due anew.", Cause: cause}
	})
}
