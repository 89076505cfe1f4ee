package applicants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Note is a note of staff on a case, opened. It may hold personal data.
type Note struct {
	Number      uint64    `json:"number"` // of its record in the ledger
	At          time.Time `json:"at"`
	Actor       string    `json:"actor"`
	Words       string    `json:"words"`
	Corrects    uint64    `json:"corrects,omitempty"`     // the note that it corrects
	CorrectedBy uint64    `json:"corrected_by,omitempty"` // the newest one that corrects it
	Erased      bool      `json:"erased,omitempty"`       // the words can be read no more
}

// WriteNote keeps a note on a case, also on one that has ended. It is never changed:
// corrects names the note that it corrects, 0 for none. once tells one press of the
// button from the next, so that a form sent twice writes one note; empty: each call
// writes one. Errors: CodeInvalid for no words, too many and a note that there is
// not; CodeKeyDestroyed when the applicant's data were erased.
func (s *Service) WriteNote(ctx context.Context, id onboarding.ApplicantID, words string, corrects uint64, once string, by workflows.Actor) error {
	words = strings.TrimSpace(words)
	if words == "" {
		return onboarding.Invalid("note", "The note is empty.", "Write what your colleagues should know.")
	}
	if err := checkLength("note", words, maxStatement); err != nil {
		return err
	}
	if corrects > 0 {
		if err := s.isNote(ctx, id, corrects); err != nil {
			return err
		}
	}
	sealed, err := s.seal(ctx, id, sealNote, words)
	if err != nil {
		return err
	}
	if once != "" {
		once = "note/" + once
	}
	return s.updateAlsoAfter(ctx, id, workflows.UpdateWriteNote, once, workflows.WriteNote{Words: sealed, Corrects: corrects, Actor: by})
}

func (s *Service) isNote(ctx context.Context, id onboarding.ApplicantID, number uint64) error {
	records, err := s.records(ctx, id)
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.Seq == number && r.Kind == ledger.KindNote {
			return nil
		}
	}
	return onboarding.Invalid("corrects", "There is no such note to correct.", "Look at the notes of the case.")
}

// Notes reads what staff noted on a case, the newest first. That they are read
// stands in the ledger first; if it cannot be recorded nothing is given.
func (s *Service) Notes(ctx context.Context, id onboarding.ApplicantID, as identity.Reading) ([]Note, error) {
	if err := s.viewed(ctx, id, workflows.DocumentNotes, nil, as); err != nil {
		return nil, err
	}
	records, err := s.records(ctx, id)
	if err != nil {
		return nil, err
	}
	corrected := map[uint64]uint64{}
	for _, r := range records {
		if r.Kind == ledger.KindNote && r.Of > 0 {
			corrected[r.Of] = r.Seq
		}
	}
	out := []Note{}
	for i := range records {
		r := records[len(records)-1-i]
		if r.Kind != ledger.KindNote {
			continue
		}
		n := Note{Number: r.Seq, At: r.At, Actor: r.Actor, Corrects: r.Of, CorrectedBy: corrected[r.Seq]}
		plain, err := s.Vault.Open(ctx, id, sealNote, r.Sealed)
		switch {
		case onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed:
			n.Erased = true
		case err != nil:
			return nil, err
		}
		n.Words = string(plain)
		out = append(out, n)
	}
	return out, nil
}

// records reads the applicant's ledger, the oldest record first.
func (s *Service) records(ctx context.Context, id onboarding.ApplicantID) ([]ledger.Record, error) {
	pages, err := s.pages.read(ctx, s.Book, id)
	if err != nil {
		return nil, err
	}
	var out []ledger.Record
	for _, p := range pages {
		out = append(out, p.Records...)
	}
	return out, nil
}

// viewed records that staff open a document. Only when it has returned nil may
// anything be shown. Who opens it to help the applicant needs a ticket that is open:
// see Supporting.
func (s *Service) viewed(ctx context.Context, id onboarding.ApplicantID, document string, fields []onboarding.Field, as identity.Reading) error {
	if err := as.Check(); err != nil {
		return err
	}
	if err := s.mayRead(ctx, id, as); err != nil {
		return err
	}
	view := workflows.RecordView{Document: document, Why: string(as.Purpose()), Fields: fields, Actor: workflows.Actor(as.Actor()), Despite: groundOf(as.Purpose())}
	if as.Support() {
		t, err := s.Supporting(ctx, id, as)
		if err != nil {
			return err
		}
		view.Ticket = t.ID
	}
	return s.updateAlsoAfter(ctx, id, workflows.UpdateRecordView, "", view)
}

// closingPause is how long a case that closes its books is left to it.
const closingPause = 200 * time.Millisecond

func closing(err error) bool {
	var e *onboarding.Error
	return errors.As(err, &e) && e.Code == onboarding.CodeNotNow && e.Field == workflows.FieldClosing
}

// updateAlsoAfter sends an update to the applicant's workflow or, when that has
// ended, to the one that goes on with their ledger.
func (s *Service) updateAlsoAfter(ctx context.Context, id onboarding.ApplicantID, name, updateID string, in any) error {
	err := s.update(ctx, id, name, updateID, in, &workflows.Ack{})
	for closing(err) && ctx.Err() == nil { // its last page is on its way
		select {
		case <-ctx.Done():
			return err
		case <-time.After(closingPause):
		}
		err = s.update(ctx, id, name, updateID, in, &workflows.Ack{})
	}
	if onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		return err
	}
	kept, kerr := s.summary(ctx, id)
	if kerr != nil || !kept.Stage.Closed() {
		return err
	}
	return s.afterword(ctx, id, name, updateID, in, &workflows.Ack{})
}

// afterword sends an update to the workflow that goes on with the ledger of a case that
// has ended.
func (s *Service) afterword(ctx context.Context, id onboarding.ApplicantID, name, updateID string, in, out any) error {
	kept, err := s.summary(ctx, id)
	if err != nil {
		return err
	}
	operation := s.Temporal.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: id.AfterwordID(), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            "After the end: staff write a note or open a document",
		StaticDetails:            "The case has ended; what is done with it from then on is recorded behind its last record.",
	}, workflows.AfterwordName, workflows.AfterwordInput{Applicant: id, Stage: kept.Stage, Pace: s.Pace})
	handle, err := s.Temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: operation,
		UpdateOptions: client.UpdateWorkflowOptions{
			WorkflowID: id.AfterwordID(), // without it the arguments are sealed under no applicant's key
			UpdateID:   updateID, UpdateName: name, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return fmt.Errorf("applicants: record it after the end: %w", failure(err))
	}
	return failure(handle.Get(ctx, out))
}
