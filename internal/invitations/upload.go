package invitations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Upload is a list that somebody wants to invite from.
type Upload struct {
	ID       string // a UUID of the caller's: the same list sent twice makes one; empty: a new one
	Sheet    Sheet
	Defaults Defaults
	By       workflows.Actor
	May      func(program string) bool // for which programs they may invite; nil: all
}

// Fact is what was found of one line, without anything that stood in it.
type Fact struct {
	Line      int                       `json:"line"`
	Outcome   workflows.BatchOutcome    `json:"outcome"`
	Field     string                    `json:"field,omitempty"` // of the first fault
	Says      string                    `json:"says,omitempty"`
	Reference string                    `json:"reference,omitempty"`
	Ref       *onboarding.InvitationRef `json:"ref,omitempty"` // nil for faulty lines
}

// Batch is a list as it stands.
type Batch struct {
	workflows.InvitationBatchView
	Facts    []Fact   `json:"facts"`
	Encoding string   `json:"encoding,omitempty"` // how the file was read, when it is not UTF-8
	Unread   []string `json:"unread,omitempty"`   // headings of columns that are not kept
}

// facts is what is stored of a list in the open.
type facts struct {
	Facts    []Fact   `json:"facts"`
	Encoding string   `json:"encoding,omitempty"`
	Unread   []string `json:"unread,omitempty"`
}

// kept is what is stored of a list sealed, under a key of the list's own.
type kept struct {
	Comma  rune     `json:"comma"`
	Faulty []Mended `json:"faulty"`
	Ready  []Person `json:"ready"` // those that can be invited, then those that can be invited again
}

// Check reads every line of a list, keeps it sealed, and tells what was found.
// Nobody is invited before Confirm. The same list under the same ID is one; another
// list under it is CodeConflict.
func (s *Service) Check(ctx context.Context, u Upload) (Batch, error) {
	if u.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return Batch{}, fmt.Errorf("invitations: draw an ID: %w", err)
		}
		u.ID = id.String()
	}
	if uuid.Validate(u.ID) != nil {
		return Batch{}, onboarding.Invalid("id", "The list's ID must be a UUID.", "Load the page again.")
	}
	if u.May == nil {
		u.May = anything
	}
	digest, err := s.digest(u)
	if err != nil {
		return Batch{}, err
	}
	if was, err := s.view(ctx, u.ID); err == nil {
		return s.same(ctx, was, digest)
	} else if onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		return Batch{}, err
	}
	found, k, in, err := s.examine(ctx, u)
	if err != nil {
		return Batch{}, err
	}
	in.Digest = digest
	// The workflow comes first: it sees to it that what is stored now is destroyed.
	_, err = s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.InvitationBatchID(u.ID), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.SearchBatch.ValueSet(u.ID)),
		StaticSummary:         fmt.Sprintf("A list of %d people to be invited", in.Counts.Lines)}, workflows.InvitationBatchName, in)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.As(err, &already) {
		return Batch{}, failure(err)
	}
	owner := onboarding.ApplicantID(u.ID)
	if err := s.Vault.Create(ctx, owner); err != nil {
		return Batch{}, err
	}
	if err := s.seal(ctx, owner, onboarding.BatchRowsKey(u.ID), k); err != nil {
		return Batch{}, err
	}
	if err := s.put(ctx, onboarding.BatchFactsKey(u.ID), found); err != nil {
		return Batch{}, err
	}
	return s.Batch(ctx, u.ID)
}

// digest is the keyed hash of a list.
func (s *Service) digest(u Upload) (string, error) {
	raw, err := json.Marshal(struct {
		Rows     []Row
		Defaults Defaults
		By       workflows.Actor
	}{u.Sheet.Rows, u.Defaults, u.By})
	if err != nil {
		return "", errors.New("invitations: the list cannot be encoded") // the cause would quote it
	}
	return s.Vault.LookupHash("invitations", string(raw)), nil
}

func (s *Service) same(ctx context.Context, was workflows.InvitationBatchView, digest string) (Batch, error) {
	if was.Digest != digest {
		return Batch{}, &onboarding.Error{Code: onboarding.CodeConflict, Field: "Idempotency-Key", Message: "This Idempotency-Key was used for another list.", Hint: "Use a new key for each list."}
	}
	b, err := s.Batch(ctx, was.ID)
	if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant { // the first request has not stored it yet
		return Batch{}, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This list is being looked at.", Hint: "Ask again in a moment."}
	}
	return b, err
}

// examine finds what can be said of each line.
func (s *Service) examine(ctx context.Context, u Upload) (facts, kept, workflows.InvitationBatchIn, error) {
	out, k := facts{Encoding: u.Sheet.Encoding, Unread: u.Sheet.Unread, Facts: make([]Fact, 0, len(u.Sheet.Rows))}, kept{Comma: u.Sheet.Comma}
	in := workflows.InvitationBatchIn{ID: u.ID, Actor: u.By}
	in.Counts.Lines = len(u.Sheet.Rows)
	first := map[onboarding.InvitationRef]int{}
	var people []Person
	var at []int // of people, among the facts
	for _, row := range u.Sheet.Rows {
		p, faults := s.read(row, u.Defaults, u.May)
		f := Fact{Line: row.Line, Reference: p.Reference}
		switch line, twice := first[p.Ref]; {
		case len(faults) > 0:
			var says []string
			for _, x := range faults {
				says = append(says, x.Says)
			}
			f.Outcome, f.Field, f.Says = workflows.OutcomeFault, faults[0].Field, strings.Join(says, " ")
			k.Faulty = append(k.Faulty, Mended{Row: row, Says: f.Says})
			in.Counts.Faults++
		case twice:
			ref := p.Ref
			f.Outcome, f.Says, f.Ref = workflows.OutcomeTwice, fmt.Sprintf("Line %d has the same address for the same program.", line), &ref
			in.Counts.LeftOut++
		default:
			first[p.Ref] = row.Line
			people, at = append(people, p), append(at, len(out.Facts))
		}
		out.Facts = append(out.Facts, f)
	}
	known, err := s.known(ctx, people)
	if err != nil {
		return out, k, in, err
	}
	var again []Person
	for i, p := range people {
		f, ref := &out.Facts[at[i]], p.Ref
		f.Ref = &ref
		f.Outcome, f.Says = known[i].Outcome, known[i].Says
		switch f.Outcome {
		case workflows.OutcomeReady:
			in.Counts.Ready++
			k.Ready = append(k.Ready, p)
		case workflows.OutcomeAgain:
			in.Counts.Again++
			again = append(again, p)
		default:
			in.Counts.LeftOut++
			continue
		}
		if !slices.Contains(in.Programs, p.Ref.Program) {
			in.Programs = append(in.Programs, p.Ref.Program)
		}
		in.Remember = max(in.Remember, s.remembered(p.Ref.Program))
	}
	k.Ready = append(k.Ready, again...)
	slices.Sort(in.Programs)
	return out, k, in, nil
}

// remembered is how long an invitation to a program is remembered at most, as the
// clock runs.
func (s *Service) remembered(program string) time.Duration {
	p, err := s.Programs.Get(program)
	if err != nil {
		return 0
	}
	t := policy.Invitations(p.Invitations)
	return s.Pace.Scale(t.Expiry + t.Rest)
}

// Batch is a list as it stands. CodeUnknownApplicant when there is none, or it is
// remembered no more.
func (s *Service) Batch(ctx context.Context, id string) (Batch, error) {
	v, err := s.view(ctx, id)
	if err != nil {
		return Batch{}, err
	}
	var f facts
	err = s.get(ctx, onboarding.BatchFactsKey(id), &f)
	if s.Objects.IsMissing(err) {
		if v.Phase == workflows.BatchAsking { // not stored yet
			return Batch{}, noBatch(err)
		}
		err = nil // dropped, or remembered no more
	}
	return Batch{InvitationBatchView: v, Facts: f.Facts, Encoding: f.Encoding, Unread: f.Unread}, err
}

// Standing is how far a list is, without its lines.
func (s *Service) Standing(ctx context.Context, id string) (workflows.InvitationBatchView, error) {
	return s.view(ctx, id)
}

func (s *Service) view(ctx context.Context, id string) (workflows.InvitationBatchView, error) {
	var v workflows.InvitationBatchView
	if uuid.Validate(id) != nil {
		return v, noBatch(nil)
	}
	value, err := s.Temporal.QueryWorkflow(ctx, workflows.InvitationBatchID(id), "", workflows.QueryInvitationBatch)
	if err != nil {
		return v, batchFailure(err)
	}
	return v, value.Get(&v)
}

func noBatch(cause error) error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such list, or it was dropped.", Hint: "Upload it again.", Cause: cause}
}

func batchFailure(err error) error {
	if err = failure(err); onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
		return noBatch(err)
	}
	return err
}

// DefaultRate is how many people a second are invited when nobody says; their
// letters go at the mail server's pace.
const DefaultRate = 50

// MaxRate is the highest rate that may be asked for.
const MaxRate = 1000

// Confirm has those invited who can be; again means those as well whose earlier
// invitation was not answered. A list that was confirmed already is CodeNotNow.
func (s *Service) Confirm(ctx context.Context, id string, again bool, perSecond float64) (workflows.InvitationBatchView, error) {
	if perSecond < 0 || perSecond > MaxRate {
		return workflows.InvitationBatchView{}, onboarding.Invalid("per_second", fmt.Sprintf("The rate is a number up to %d people a second.", MaxRate), fmt.Sprintf("Leave it out for %d.", DefaultRate))
	}
	if perSecond == 0 {
		perSecond = DefaultRate
	}
	return s.tell(ctx, id, workflows.UpdateConfirmBatch, workflows.ConfirmBatch{Again: again, PerSecond: perSecond})
}

// Steer drops a list that waits, or pauses, resumes or calls off one that is being
// invited: how is one of the workflow's updates, such as workflows.UpdatePauseBatch.
func (s *Service) Steer(ctx context.Context, id, how string) (workflows.InvitationBatchView, error) {
	return s.tell(ctx, id, how, workflows.Nothing{})
}

func (s *Service) tell(ctx context.Context, id, how string, in any) (workflows.InvitationBatchView, error) {
	var v workflows.InvitationBatchView
	if uuid.Validate(id) != nil {
		return v, noBatch(nil)
	}
	handle, err := s.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: workflows.InvitationBatchID(id), UpdateName: how, Args: []any{in},
		WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return v, batchFailure(err)
	}
	return v, batchFailure(handle.Get(ctx, &v))
}

// Faulty gives the faulty lines of a list as a file that can be mended and sent
// again as it is. They can be had for an hour.
func (s *Service) Faulty(ctx context.Context, id string) ([]byte, error) {
	if uuid.Validate(id) != nil {
		return nil, noBatch(nil)
	}
	k, err := s.rows(ctx, id)
	if err != nil {
		return nil, err
	}
	return Write(k.Faulty, k.Comma)
}

// rows opens what was uploaded.
func (s *Service) rows(ctx context.Context, id string) (kept, error) {
	var k kept
	err := s.unseal(ctx, onboarding.ApplicantID(id), onboarding.BatchRowsKey(id), &k)
	if s.Objects.IsMissing(err) || onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed || onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
		return k, &onboarding.Error{Code: onboarding.CodeKeyDestroyed, Message: "What was uploaded is destroyed: it is kept for an hour.", Hint: "Upload the list again.", Cause: err}
	}
	return k, err
}

// DropBatch destroys what was uploaded; with All what was found of it too.
func (s *Service) DropBatch(ctx context.Context, in workflows.DropBatchIn) error {
	if err := s.Objects.Delete(ctx, onboarding.BatchRowsKey(in.ID)); err != nil {
		return err
	}
	if err := s.Vault.Destroy(ctx, onboarding.ApplicantID(in.ID)); err != nil || !in.All {
		return err
	}
	for key, err := range s.Objects.List(ctx, onboarding.BatchAnswersKey(in.ID, 0)[:len(onboarding.BatchAnswersKey(in.ID, 0))-8]) {
		if err == nil {
			err = s.Objects.Delete(ctx, key)
		}
		if err != nil {
			return err
		}
	}
	return s.Objects.Delete(ctx, onboarding.BatchFactsKey(in.ID))
}
