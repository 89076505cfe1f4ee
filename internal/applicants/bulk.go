package applicants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"golang.org/x/time/rate"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// BulkRequest asks for one thing to be done with many checks, or for many cases to be
// given to a recruiter.
type BulkRequest struct {
	ID        string // a UUID of the caller's: the same request sent twice starts one run
	Action    workflows.BulkAction
	Match     workflows.BulkMatch
	Marked    []workflows.BulkItem // exactly these; none: all that match
	PerSecond float64              // checks a second at most; 0 means DefaultBulkRate
	To        string               // the vendor that BulkUseVendor moves to, or the staff ID of BulkAssign
	Reason    string               // none with BulkAssign
	By        workflows.Actor
}

// DefaultBulkRate is how many checks a second a run asks for when nobody says. It
// is about what one machine's engine bears beside its other work; the vendor's own
// rate holds besides, in the vendor's queue.
const DefaultBulkRate = 50

// MaxBulkRate is the highest rate that may be asked for.
const MaxBulkRate = 1000

// mostMarked is how many checks one request may name one by one.
const mostMarked = 1000

// StartBulk starts a run. Sent twice with the same ID it starts one.
//
// Errors: CodeInvalid for a request that is not whole, or what Temporal says.
func (s *Service) StartBulk(ctx context.Context, q BulkRequest) error {
	if err := q.check(); err != nil {
		return err
	}
	var sealed []byte
	if q.Action != workflows.BulkAssign {
		words := strings.TrimSpace(q.Reason)
		err := checkWords("reason", words)
		if err == nil {
			sealed, err = s.Vault.SystemSeal(bulkReason(q.ID), []byte(words))
		}
		if err != nil {
			return err
		}
	}
	if err := s.markedInScope(ctx, q.Marked); err != nil {
		return err
	}
	q.Match.Programs = Scope(ctx)
	if q.PerSecond == 0 {
		q.PerSecond = DefaultBulkRate
	}
	in := workflows.BulkIn{ID: q.ID, Action: q.Action, Match: q.Match, Marked: q.Marked, PerSecond: q.PerSecond, To: q.To, Reason: sealed, Actor: q.By}
	_, err := s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.BulkID(q.ID), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary: workflows.BulkSummary(in)}, workflows.BulkName, in)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return nil // the button was pressed twice
	}
	return failure(err)
}

func (q BulkRequest) check() error {
	if uuid.Validate(q.ID) != nil {
		return onboarding.Invalid("id", "The run's ID must be a UUID.", "Load the page again.")
	}
	if !q.Action.Known() {
		return onboarding.Invalid("action", "The action is retry, waive, use_vendor or assign.", "Choose one of them.")
	}
	if q.Action == workflows.BulkAssign {
		return q.checkCases()
	}
	if q.Match.Cases != nil || (q.Action == workflows.BulkUseVendor) != (q.To != "") || q.To != "" && !word(q.To) {
		return onboarding.Invalid("to", "To which vendor?", "Name the vendor that the checks are moved to, with the action use_vendor and no other.")
	}
	if err := q.checkSize(); err != nil {
		return err
	}
	for _, m := range q.Marked {
		if _, err := onboarding.ParseApplicantID(string(m.Applicant)); err != nil || !m.Check.Known() {
			return onboarding.Invalid("marked", "One of the marked checks is not one of ours.", "Load the page again and mark the checks again.")
		}
	}
	if q.Match.Held {
		return q.checkHeld()
	}
	_, err := filterOf(q.Match).query()
	return err
}

// checkSize holds a run to the rate and the number that there may be.
func (q BulkRequest) checkSize() error {
	if q.PerSecond < 0 || q.PerSecond > MaxBulkRate {
		return onboarding.Invalid("per_second", fmt.Sprintf("The rate is a number up to %d checks a second.", MaxBulkRate), fmt.Sprintf("Leave it out for %d.", DefaultBulkRate))
	}
	if len(q.Marked) > mostMarked {
		return onboarding.Invalid("marked", fmt.Sprintf("More than %d are named one by one.", mostMarked), "Use a filter instead.")
	}
	return nil
}

// checkCases is check for a run that assigns.
func (q BulkRequest) checkCases() error {
	if !staffForm.MatchString(q.To) {
		return onboarding.Invalid("to", "That is no staff ID.", "Choose a recruiter of the list.")
	}
	if err := q.checkSize(); err != nil {
		return err
	}
	for _, m := range q.Marked {
		if _, err := onboarding.ParseApplicantID(string(m.Applicant)); err != nil || m.Check != "" {
			return onboarding.Invalid("marked", "One of the marked cases is not one of ours.", "Load the page again and mark the cases again.")
		}
	}
	_, err := casesOf(q.Match).query()
	return err
}

// bulkReason names what the house's key seals a run's reason under.
func bulkReason(id string) string { return "bulk/" + id + "/reason" }

// Bulk is how far a run is; CodeUnknownApplicant when there is none of that ID.
func (s *Service) Bulk(ctx context.Context, id string) (workflows.BulkProgress, error) {
	switch {
	case uuid.Validate(id) != nil:
		return workflows.BulkProgress{}, noBulk(nil)
	case isSoon(ctx):
		return s.bulkSoon(ctx, id)
	}
	return s.bulk(ctx, id)
}

func (s *Service) bulk(ctx context.Context, id string) (workflows.BulkProgress, error) {
	var p workflows.BulkProgress
	if err := s.queryAt(ctx, workflows.BulkID(id), workflows.QueryBulkProgress, &p); err != nil {
		return p, otherwise(err, noBulk)
	}
	if !runInScope(ctx, p.Match) {
		return workflows.BulkProgress{}, noBulk(nil)
	}
	return p, nil
}

// SteerBulk pauses, resumes or calls off a run: how is one of the workflow's
// updates, such as workflows.UpdatePauseBulk.
func (s *Service) SteerBulk(ctx context.Context, id, how string) (workflows.BulkProgress, error) {
	var p workflows.BulkProgress
	if uuid.Validate(id) != nil {
		return p, noBulk(nil)
	}
	if len(Scope(ctx)) > 0 {
		if _, err := s.Bulk(ctx, id); err != nil {
			return p, err
		}
	}
	err := s.updateAt(ctx, workflows.BulkID(id), how, &p)
	return p, otherwise(err, noBulk)
}

func noBulk(cause error) error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such run, or it is over and was cleared away.",
		Hint: "The list of runs has those that are known.", Cause: cause}
}

// BulkLine is one run in the list of them.
type BulkLine struct {
	ID      string
	Running bool
}

// Bulks lists the newest runs, at most limit.
func (s *Service) Bulks(ctx context.Context, limit int) ([]BulkLine, error) {
	answer, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: int32(limit),
		Query: "WorkflowType = '" + workflows.BulkName + "' AND ExecutionStatus != 'ContinuedAsNew'"})
	if err != nil {
		return nil, failure(err)
	}
	var out []BulkLine
	for _, e := range answer.GetExecutions() {
		if id, ok := strings.CutPrefix(e.GetExecution().GetWorkflowId(), workflows.BulkID("")); ok {
			out = append(out, BulkLine{ID: id, Running: e.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING})
		}
	}
	return out, nil
}

// IdleRuns tells of each run that is under way, and that nobody has paused, how long it
// has dealt with nothing. A run that no worker could be asked of is left out.
func (s *Service) IdleRuns(ctx context.Context, now time.Time) (map[string]time.Duration, error) {
	answer, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: mostOutages,
		Query: "WorkflowType = '" + workflows.BulkName + "' AND ExecutionStatus = 'Running'"})
	if err != nil {
		return nil, failure(err)
	}
	out := map[string]time.Duration{}
	for _, e := range answer.GetExecutions() {
		id, ok := strings.CutPrefix(e.GetExecution().GetWorkflowId(), workflows.BulkID(""))
		if !ok {
			continue
		}
		one, cancel := context.WithTimeout(ctx, askOutage)
		p, err := s.Bulk(one, id)
		cancel()
		if err != nil || p.Paused || !p.Ended.IsZero() || p.Moved.IsZero() {
			continue
		}
		out[id] = now.Sub(p.Moved)
	}
	return out, nil
}

// BulkAnswer is what came of one check of a run.
type BulkAnswer struct {
	workflows.BulkItem
	Outcome string `json:"outcome"` // done, refused or failed
	Says    string `json:"says"`    // why, when it is not done
}

// The outcomes of a BulkAnswer.
const (
	BulkDone    = "done"
	BulkRefused = "refused"
	BulkFailed  = "failed"
)

// bulkAtOnce is how many checks a part has on the way at a time.
const bulkAtOnce = 8

func bulkListKey(id string) func(shard int) string {
	return func(shard int) string { return fmt.Sprintf("bulk/%s/list-%06d", id, shard) }
}
func bulkTotalKey(id string) string { return "bulk/" + id + "/total" }
func bulkAnswersKey(id string, from int) string {
	return fmt.Sprintf("bulk/%s/answers-%08d", id, from)
}

// GatherBulk finds what a run is for and stores its list, once: what fails later is
// another run's. It gives how many there are; beat is told now and then.
func (s *Service) GatherBulk(ctx context.Context, in workflows.GatherBulkIn, beat func()) (int, error) {
	return listOnce(ctx, s, bulkTotalKey(in.ID), bulkListKey(in.ID), func() ([]workflows.BulkItem, error) {
		switch {
		case len(in.Marked) > 0:
			return in.Marked, nil
		case in.Action == workflows.BulkAssign:
			return s.caseItems(ctx, in.Match, beat)
		case in.Match.Held:
			return s.heldItems(ctx, in.Match, beat)
		}
		return s.failedItems(ctx, in.Match, beat)
	})
}

func (s *Service) failedItems(ctx context.Context, m workflows.BulkMatch, beat func()) ([]workflows.BulkItem, error) {
	f := filterOf(m)
	f.Limit = maxLimit
	var items []workflows.BulkItem
	err := s.everyPage(ctx, f, beat, func(lines []Line) error {
		for _, l := range lines {
			for _, at := range l.FailedAt {
				if f.Means(at) {
					items = append(items, workflows.BulkItem{Applicant: l.ID, Check: at.Check, Round: l.Rounds[at.Check].Round, Program: l.Program})
				}
			}
		}
		return nil
	})
	return items, err
}

// everyPage lists all that a filter lets through, f.Limit at a time; beat is told after
// each question.
func (s *Service) everyPage(ctx context.Context, f Filter, beat func(), take func([]Line) error) error {
	for {
		page, err := s.List(ctx, f)
		if err != nil {
			return err
		}
		beat()
		if err := take(page.Items); err != nil || page.NextCursor == "" {
			return err
		}
		f.Cursor = page.NextCursor
	}
}

// ActInBulk acts on a part of a run's list, at the run's rate, and stores an answer
// for each check. beat is told after each one. When Temporal cannot answer it gives
// the error; done again, it finds by the run's ID what it has asked for already.
func (s *Service) ActInBulk(ctx context.Context, in workflows.ActInBulkIn, beat func()) (workflows.BulkTally, error) {
	items, err := readList[workflows.BulkItem](ctx, s, bulkListKey(in.ID), in.From, in.To)
	if err != nil {
		return workflows.BulkTally{}, err
	}
	one := s.assignOnce
	if in.Action != workflows.BulkAssign {
		reason, err := s.Vault.SystemOpen(bulkReason(in.ID), in.Reason)
		if err != nil {
			return workflows.BulkTally{}, err
		}
		one = func(ctx context.Context, in workflows.ActInBulkIn, item workflows.BulkItem) (BulkAnswer, error) {
			return s.actOnce(ctx, in, item, string(reason))
		}
	}
	answers := make([]BulkAnswer, len(items))
	err = Paced(ctx, len(items), bulkAtOnce, rate.NewLimiter(rate.Limit(in.PerSecond), 1), beat, func(ctx context.Context, i int) (err error) {
		answers[i], err = one(ctx, in, items[i])
		return err
	})
	if err != nil {
		return workflows.BulkTally{}, err
	}
	if err := s.putJSON(context.WithoutCancel(ctx), bulkAnswersKey(in.ID, in.From), answers); err != nil {
		return workflows.BulkTally{}, err
	}
	return tally(answers), nil
}

func tally(answers []BulkAnswer) workflows.BulkTally {
	var t workflows.BulkTally
	for _, a := range answers {
		switch a.Outcome {
		case BulkDone:
			t.Done++
		case BulkRefused:
			t.Refused++
		default:
			t.Failed++
		}
	}
	return t
}

// actOnce asks for one check. An error of its own means that it is not known what
// came of it, so the part is done again.
func (s *Service) actOnce(ctx context.Context, in workflows.ActInBulkIn, item workflows.BulkItem, reason string) (BulkAnswer, error) {
	a := BulkAnswer{BulkItem: item, Outcome: BulkDone}
	sealed, err := s.reason(ctx, item.Applicant, reason)
	if err == nil {
		var name string
		var with any
		switch in.Action {
		case workflows.BulkRetry:
			name, with = workflows.UpdateRetryCheck, workflows.RetryCheck{Check: item.Check, Round: item.Round, Reason: sealed, Actor: in.Actor, Bulk: in.ID,
				Agreements: s.agreementsToday(item.Program)}
		case workflows.BulkUseVendor:
			move := workflows.UseVendor{Check: item.Check, Round: item.Round, Vendor: in.Vendor, Reason: sealed, Actor: in.Actor, Bulk: in.ID}
			if move.Allowed, err = s.allowedFor(ctx, item, in.Vendor); err != nil {
				break
			}
			name, with = workflows.UpdateUseVendor, move
		case workflows.BulkWaive:
			name, with = workflows.UpdateWaiveCheck, workflows.WaiveCheck{Check: item.Check, Reason: sealed, Actor: in.Actor, Bulk: in.ID}
		case workflows.BulkAssign: // see assignOnce
		}
		if err == nil {
			err = s.update(ctx, item.Applicant, name, "", with, &workflows.Ack{})
		}
	}
	if err == nil {
		return a, nil
	}
	ours := refusal(ctx, err)
	if ours == nil {
		return a, err
	}
	if ours.Code == onboarding.CodeNotNow && in.Again { // perhaps it was this run that has dealt with it, before it was cut off
		v, verr := s.StaffView(ctx, item.Applicant)
		if verr != nil && (troubled(verr) || ctx.Err() != nil) {
			return a, verr
		}
		if verr == nil && slices.ContainsFunc(v.Checks, func(k onboarding.Check) bool { return k.Name == item.Check && k.Bulk == in.ID }) {
			return a, nil
		}
	}
	a.Outcome, a.Says = BulkFailed, said(ours)
	switch ours.Code {
	case onboarding.CodeNotNow, onboarding.CodeUnknownApplicant, onboarding.CodeKeyDestroyed, onboarding.CodeConflict:
		a.Outcome = BulkRefused
	case onboarding.CodeInvalid, onboarding.CodeConsentNotLive, onboarding.CodeNoAgreement: // this applicant's check may not go there
		if in.Action == workflows.BulkUseVendor {
			a.Outcome = BulkRefused
		}
	default:
	}
	return a, nil
}

// allowedFor gives by which leave a check of the run goes to another vendor.
func (s *Service) allowedFor(ctx context.Context, item workflows.BulkItem, vendor string) (workflows.Elsewhere, error) {
	if item.Program == "" { // it was marked by hand
		v, err := s.StaffView(ctx, item.Applicant)
		if err != nil {
			return workflows.Elsewhere{}, err
		}
		item.Program = v.Program
	}
	return s.allowed(item.Program, item.Check, vendor)
}
