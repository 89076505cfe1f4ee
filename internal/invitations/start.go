package invitations

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/time/rate"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// space makes an invitation's ID of its list and address, so that a part that runs
// again after a crash comes to the same.
var space = uuid.MustParse("5f1d7b52-6f0e-4a55-9d2b-3a8c1e60b7aa")

func invitationID(batch string, ref onboarding.InvitationRef) onboarding.ApplicantID {
	return onboarding.ApplicantID(uuid.NewSHA1(space, []byte(batch+"\x00"+ref.String())).String())
}

// sealedPerson is what lies under an invitation's own key.
func sealedPerson(p Person) onboarding.Profile {
	out := onboarding.Profile{onboarding.FieldEmail: p.Email}
	if p.GivenName != "" {
		out[onboarding.FieldGivenName] = p.GivenName
	}
	return out
}

// StartInvitations invites a part of a list, and keeps an answer for each line. It
// beats after each, so that a worker which died is missed.
func (s *Service) StartInvitations(ctx context.Context, in workflows.StartInvitationsIn, beat func()) (workflows.BatchTally, error) {
	var tally workflows.BatchTally
	k, err := s.rows(ctx, in.Batch)
	if err != nil {
		return tally, err
	}
	if in.To > len(k.Ready) || in.From < 0 || in.From > in.To {
		return tally, onboarding.Invalid("to", "The list is shorter than that.", "This is a fault of ours: tell the operator.")
	}
	people := k.Ready[in.From:in.To]
	answers := make([]workflows.BatchAnswer, len(people))
	err = applicants.Paced(ctx, len(people), askedAtOnce, rate.NewLimiter(rate.Limit(in.PerSecond), 1), beat, func(ctx context.Context, i int) error {
		outcome, err := s.invite(ctx, people[i], in)
		answers[i] = workflows.BatchAnswer{Line: people[i].Line, Ref: people[i].Ref, Outcome: outcome}
		return err
	})
	if err != nil {
		return tally, err
	}
	if err := s.put(context.WithoutCancel(ctx), onboarding.BatchAnswersKey(in.Batch, in.From), answers); err != nil {
		return tally, err
	}
	for _, a := range answers {
		if a.Outcome == workflows.OutcomeInvited {
			tally.Invited++
		} else {
			tally.LeftOut++
		}
	}
	return tally, nil
}

// invite invites one person. An error means that it is not known what came of it, so
// the part is done again.
func (s *Service) invite(ctx context.Context, p Person, in workflows.StartInvitationsIn) (workflows.BatchOutcome, error) {
	stopped, err := s.Objects.Has(ctx, onboarding.NotInvitedKey(p.Ref.Contact))
	if err != nil {
		return "", err
	}
	if stopped {
		return workflows.OutcomeNotInvited, nil
	}
	prog, err := s.Programs.Get(p.Ref.Program)
	if err != nil {
		return "", err
	}
	one := workflows.Inviting{ID: invitationID(in.Batch, p.Ref), Language: p.Language, Own: p.Reference, Batch: in.Batch, Actor: in.Actor, Friend: in.Friend}
	switch err := s.Vault.Create(ctx, one.ID); {
	case onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed: // an earlier try got this far, and its invitation has ended or was refused
		return s.ours(ctx, p.Ref, one.ID)
	case err != nil:
		return "", err
	}
	if err := s.seal(ctx, one.ID, onboarding.InvitationKey(one.ID), sealedPerson(p)); err != nil {
		return "", err
	}
	started, err := s.start(ctx, p.Ref, prog, one)
	if err != nil || started {
		return workflows.OutcomeInvited, err
	}
	outcome, err := s.onceMore(ctx, p.Ref, one, in.Again)
	if err != nil || outcome == workflows.OutcomeInvited {
		return outcome, err
	}
	// Somebody else was faster: what this try has stored goes.
	return outcome, s.destroy(ctx, one.ID)
}

func (s *Service) destroy(ctx context.Context, id onboarding.ApplicantID) error {
	if err := s.Objects.Delete(ctx, onboarding.InvitationKey(id)); err != nil {
		return err
	}
	return s.Vault.Destroy(ctx, id)
}

// ours tells whether the invitation that there is is the one of that ID.
func (s *Service) ours(ctx context.Context, ref onboarding.InvitationRef, id onboarding.ApplicantID) (workflows.BatchOutcome, error) {
	v, err := s.Invitation(ctx, ref)
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		return "", err
	}
	if err == nil && v.ID == id {
		return workflows.OutcomeInvited, nil
	}
	return workflows.OutcomeAlready, nil
}

// start starts the invitation's workflow; false when there is one.
func (s *Service) start(ctx context.Context, ref onboarding.InvitationRef, p program.Program, one workflows.Inviting) (bool, error) {
	in := workflows.InvitationIn{Ref: ref, Pace: s.Pace, Inviting: one,
		Program: workflows.InvitingProgram{ID: p.ID, Title: p.Title, Version: p.Version, Controller: p.Controller, Invitations: p.Invitations}}
	_, err := s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: ref.WorkflowID(), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL, WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            workflows.InvitationSummary(in.Program),
		StaticDetails:                            "One person's invitation. Whose it is stands nowhere here; how far it is stands under Current Details.",
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.SearchProgram.ValueSet(p.ID), workflows.SearchBatch.ValueSet(one.Batch),
			workflows.SearchStage.ValueSet(string(onboarding.InvitationWaiting)))}, workflows.InvitationName, in)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return false, nil
	}
	return err == nil, failure(err)
}

// onceMore invites somebody again whose invitation was not answered, if that is
// meant; else it says why not.
func (s *Service) onceMore(ctx context.Context, ref onboarding.InvitationRef, one workflows.Inviting, again bool) (workflows.BatchOutcome, error) {
	v, err := s.Invitation(ctx, ref)
	if err != nil {
		return "", fmt.Errorf("invitations: look at the invitation that there is: %w", err)
	}
	if v.ID == one.ID { // an earlier try of this very part
		if !v.State.Open() { // and it was forgotten while this one stored the address once more
			err = s.destroy(ctx, one.ID)
		}
		return workflows.OutcomeInvited, err
	}
	if !v.State.Again() || !again {
		return workflows.OutcomeAlready, nil
	}
	err = s.told(ctx, ref, workflows.UpdateInviteAgain, one, &v)
	if onboarding.CodeOf(err) == onboarding.CodeNotNow {
		return workflows.OutcomeAlready, nil
	}
	return workflows.OutcomeInvited, err
}

// told sends an invitation an update and gives its view.
func (s *Service) told(ctx context.Context, ref onboarding.InvitationRef, name string, in any, out *workflows.InvitationView) error {
	handle, err := s.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: ref.WorkflowID(), UpdateName: name, Args: []any{in},
		WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return failure(err)
	}
	return failure(handle.Get(ctx, out))
}

// Invitation is one as it stands.
func (s *Service) Invitation(ctx context.Context, ref onboarding.InvitationRef) (workflows.InvitationView, error) {
	var v workflows.InvitationView
	value, err := s.Temporal.QueryWorkflow(ctx, ref.WorkflowID(), "", workflows.QueryInvitation)
	if err != nil {
		return v, failure(err)
	}
	return v, value.Get(&v)
}
