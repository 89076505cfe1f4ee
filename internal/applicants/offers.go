package applicants

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"golang.org/x/time/rate"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// AnnouncementRequest asks for all who agreed to it to be told of a program.
type AnnouncementRequest struct {
	ID        string // a UUID of the caller's: the same request sent twice starts one
	Program   string
	PerSecond float64 // letters a second at most; 0 means DefaultBulkRate
	By        workflows.Actor
}

// StartAnnouncement starts one. Sent twice with the same ID it starts one.
//
// Errors: CodeInvalid for a request that is not whole or a program that there is not.
func (s *Service) StartAnnouncement(ctx context.Context, q AnnouncementRequest) error {
	if uuid.Validate(q.ID) != nil {
		return onboarding.Invalid("id", "The announcement's ID must be a UUID.", "Load the page again.")
	}
	if q.PerSecond == 0 {
		q.PerSecond = DefaultBulkRate
	}
	if q.PerSecond < 0 || q.PerSecond > MaxBulkRate {
		return onboarding.Invalid("per_second", fmt.Sprintf("The rate is a number up to %d letters a second.", MaxBulkRate), fmt.Sprintf("Leave it out for %d.", DefaultBulkRate))
	}
	p, err := s.Programs.Get(q.Program)
	if err != nil || !InScope(ctx, q.Program) {
		return onboarding.Invalid("program", "There is no such program of yours.", "Choose one of those that are listed.")
	}
	in := workflows.AnnouncementIn{ID: q.ID, Program: workflows.OfferedProgram{ID: p.ID, Title: p.Title, Controller: p.Controller.Name}, PerSecond: q.PerSecond, Actor: q.By}
	_, err = s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.AnnouncementID(q.ID), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary: workflows.AnnouncementSummary(in)}, workflows.AnnouncementName, in)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return nil // the button was pressed twice
	}
	return failure(err)
}

// Announcement is how far one is; CodeUnknownApplicant when there is none of that ID, or
// it is of a program that is not the caller's.
func (s *Service) Announcement(ctx context.Context, id string) (workflows.AnnouncementView, error) {
	var v workflows.AnnouncementView
	if err := s.queryAt(ctx, workflows.AnnouncementID(id), workflows.QueryAnnouncement, &v); err != nil {
		return v, otherwise(err, noAnnouncement)
	}
	if !InScope(ctx, v.Program.ID) {
		return workflows.AnnouncementView{}, noAnnouncement(nil)
	}
	return v, nil
}

// SteerAnnouncement pauses one, lets it go on or calls its rest off: how is one of the
// workflow's updates.
func (s *Service) SteerAnnouncement(ctx context.Context, id, how string) (workflows.AnnouncementView, error) {
	v, err := s.Announcement(ctx, id)
	if err != nil {
		return v, err
	}
	err = s.updateAt(ctx, workflows.AnnouncementID(id), how, &v)
	return v, otherwise(err, noAnnouncement)
}

// Announcements lists the newest ones, at most limit.
func (s *Service) Announcements(ctx context.Context, limit int) ([]workflows.AnnouncementView, error) {
	page, err := s.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: int32(limit),
		Query: "WorkflowType = '" + workflows.AnnouncementName + "' AND ExecutionStatus != 'ContinuedAsNew'"})
	if err != nil {
		return nil, failure(err)
	}
	var out []workflows.AnnouncementView
	for _, e := range page.GetExecutions() {
		id, ok := strings.CutPrefix(e.GetExecution().GetWorkflowId(), workflows.AnnouncementID(""))
		if !ok {
			continue
		}
		v, err := s.Announcement(ctx, id)
		if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func noAnnouncement(cause error) error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such announcement, or it is over and was cleared away.",
		Hint: "The list of announcements has those that are known.", Cause: cause}
}

// OfferPrograms writes to a part of an announcement's list. Done again after a crash
// nobody is written to twice.
func (s *Service) OfferPrograms(ctx context.Context, in workflows.OfferProgramsIn, beat func()) (workflows.AnnouncementTally, error) {
	var tally workflows.AnnouncementTally
	ids, err := readList[onboarding.ApplicantID](ctx, s, rolloutList(workflows.AnnouncementID(in.Announcement), 1), in.From, in.To)
	if err != nil {
		return tally, err
	}
	outcomes := make([]string, len(ids))
	err = Paced(ctx, len(ids), toldAtOnce, rate.NewLimiter(rate.Limit(in.PerSecond), 1), beat, func(ctx context.Context, i int) (err error) {
		outcomes[i], err = s.offerOne(ctx, ids[i], in)
		return err
	})
	if err != nil {
		return tally, err
	}
	for _, o := range outcomes {
		switch o {
		case RolloutTold:
			tally.Sent++
		case RolloutFailed:
			tally.NotSent++
		default:
			tally.NotAsked++
		}
	}
	return tally, nil
}

func (s *Service) offerOne(ctx context.Context, id onboarding.ApplicantID, in workflows.OfferProgramsIn) (string, error) {
	var out workflows.Offered
	err := s.update(ctx, id, workflows.UpdateOffer, "", workflows.OfferProgram{Announcement: in.Announcement, Program: in.Program}, &out)
	return written(ctx, out.Sent, true, err)
}

// CountFriend counts a friend that the applicant wants to invite; CodeNotNow when those
// of the last weeks are enough.
func (s *Service) CountFriend(ctx context.Context, id onboarding.ApplicantID) error {
	return s.update(ctx, id, workflows.UpdateInviteFriend, "", workflows.InviteFriend{Actor: workflows.ActorApplicant}, &workflows.Ack{})
}

// AskForOffers records that the applicant wants to be written to about other programs.
// It is their latest word: an earlier one not to be written to ends with it.
func (s *Service) AskForOffers(ctx context.Context, id onboarding.ApplicantID, req ConsentRequest) error {
	profile, err := s.Details(ctx, id)
	if err != nil {
		return err
	}
	if err := s.GiveConsent(ctx, id, req); err != nil {
		return err
	}
	return s.Objects.Delete(ctx, onboarding.NotInvitedKey(s.contact(profile[onboarding.FieldEmail])))
}

// StopOffers takes that back. With a contact, the keyed hash of the address that a
// letter went to, the address itself is on the list of those who are not written to
// first: that holds whatever has become of the application, its erasure included.
func (s *Service) StopOffers(ctx context.Context, id onboarding.ApplicantID, contact string) error {
	if contact != "" {
		if err := s.Objects.Put(ctx, onboarding.NotInvitedKey(contact), []byte(s.Now().UTC().Format("2006-01-02T15:04:05Z")+"\n")); err != nil {
			return err
		}
	}
	err := s.WithdrawConsent(ctx, id, consent.PurposeMarketing, workflows.ActorApplicant)
	switch onboarding.CodeOf(err) { //nolint:exhaustive // it is over already, or the application is
	case onboarding.CodeNotNow, onboarding.CodeUnknownApplicant, onboarding.CodeKeyDestroyed:
		return nil
	}
	return err
}
