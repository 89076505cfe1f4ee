package applicants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/process"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// startTelling has those whose data were given in a case written to when they may be
// told. Asked twice nothing happens.
func (s *Service) startTelling(ctx context.Context, legal string) error {
	_, err := s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.TellDisclosureID(legal), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, StaticSummary: "Write to those whose data were given by law, when they may be told"},
		workflows.TellDisclosureName, workflows.TellDisclosureIn{Case: legal})
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return nil
	}
	return failure(err)
}

// byLetter is how the persons of a case are told by this program.
const byLetter = "By letter."

// Why somebody could not be told by letter.
const (
	notWritten = "No letter could be sent: there is no consent to be written to, or the mail server refuses the address. Tell them another way."
	notThere   = "No letter could be sent: their data were erased."
)

// TellDisclosed writes to those of a case who may be told and were not, once each, and
// gives when the others may be told; zero when there is nothing to wait for.
func (s *Service) TellDisclosed(ctx context.Context, legal string, beat func()) (time.Time, error) {
	c, err := s.Process.Get(ctx, legal)
	if err != nil {
		return time.Time{}, err
	}
	if !c.MayTell(s.Now()) {
		return c.Silent.Ends(), nil
	}
	for _, g := range c.Given {
		if _, told := c.ToldOf(g.Applicant); told {
			continue
		}
		sent, why, err := s.tellOfCase(ctx, c, g.Applicant)
		if err != nil {
			return time.Time{}, err
		}
		t := process.Told{Applicant: g.Applicant, Deed: process.Deed{By: string(workflows.ActorSystem), At: s.Now(), Words: byLetter}}
		if sent {
			err = s.toldOfCase(ctx, legal, t)
		} else {
			t.Words = why
			err = s.notToldOfCase(ctx, legal, t)
		}
		if err != nil {
			return time.Time{}, err
		}
		beat()
	}
	return time.Time{}, nil
}

// tellOfCase has one applicant written to. An error means that it is not known what came
// of it.
func (s *Service) tellOfCase(ctx context.Context, c LegalCase, id onboarding.ApplicantID) (sent bool, why string, err error) {
	in := workflows.TellOne{Disclosure: workflows.DiscloseByLaw{Case: c.ID, Kind: c.Kind, Categories: c.Scope.Categories, Actor: workflows.ActorSystem,
		Asked: workflows.Actor(c.Asked.By), Approver: workflows.Actor(c.Approved.By), Told: true}}
	records, err := s.records(ctx, id)
	if err != nil {
		return false, "", err
	}
	if slices.ContainsFunc(records, in.Disclosure.IsTold) { // an earlier try has done it
		return true, "", nil
	}
	var out workflows.ToldOne
	once := "process/" + c.ID + "/letter"
	err = s.update(ctx, id, workflows.UpdateTellDisclosure, once, in, &out)
	for closing(err) && ctx.Err() == nil { // its last page is on its way
		select {
		case <-ctx.Done():
			return false, "", ctx.Err()
		case <-time.After(closingPause):
		}
		err = s.update(ctx, id, workflows.UpdateTellDisclosure, once, in, &out)
	}
	if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant { // the case has ended
		facts, ferr := s.ErasureFacts(ctx, id)
		if ferr != nil {
			return false, "", ferr
		}
		if facts.Gone {
			return false, notThere, nil
		}
		in.After = &workflows.ToWrite{Language: facts.Language, Title: facts.Title, Contact: facts.Contact, Profile: facts.Profile, Receipts: facts.Receipts}
		err = s.afterword(ctx, id, workflows.UpdateTellDisclosure, once, in, &out)
	}
	switch {
	case onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed:
		return false, notThere, nil
	case err != nil:
		return false, "", err
	}
	return out.Sent, notWritten, nil
}

func (s *Service) toldOfCase(ctx context.Context, legal string, t process.Told) error {
	_, err := s.Process.Change(ctx, legal, func(c LegalCase) (LegalCase, error) {
		if _, told := c.ToldOf(t.Applicant); !told {
			c.Told = append(c.Told, t)
		}
		return c, nil
	})
	return err
}

func (s *Service) notToldOfCase(ctx context.Context, legal string, t process.Told) error {
	_, err := s.Process.Change(ctx, legal, func(c LegalCase) (LegalCase, error) {
		c.NotTold = append(slices.DeleteFunc(c.NotTold, func(x process.Told) bool { return x.Applicant == t.Applicant }), t)
		return c, nil
	})
	return err
}

// DisclosureFacts is what a letter to an applicant says of a case: what was given, to
// whom, upon what and when.
func (s *Service) DisclosureFacts(ctx context.Context, legal string, id onboarding.ApplicantID) (workflows.DisclosureFacts, error) {
	c, err := s.Process.Get(ctx, legal)
	if err != nil {
		return workflows.DisclosureFacts{}, err
	}
	g, ok := c.GivenOf(id)
	if !ok || !c.MayTell(s.Now()) {
		return workflows.DisclosureFacts{}, fmt.Errorf("applicants: of the case %s this applicant must not be told", legal)
	}
	return workflows.DisclosureFacts{Kind: c.Kind, Authority: c.Authority, Categories: c.Scope.Categories, Given: g.At, Waited: c.Silent.Until != ""}, nil
}

// OwnDisclosure is what applicants read of what was given of theirs by law.
type OwnDisclosure struct {
	workflows.DisclosureFacts
	Told time.Time // zero: they were not told otherwise
}

// ownDisclosures gives, by case, what was given of an applicant that they may be told.
func (s *Service) ownDisclosures(ctx context.Context, id onboarding.ApplicantID, cases []string) (map[string]OwnDisclosure, error) {
	out := map[string]OwnDisclosure{}
	for _, legal := range cases {
		c, err := s.Process.Get(ctx, legal)
		if onboarding.CodeOf(err) == onboarding.CodeInvalid { // gone, and with it what forbade it: nothing is said that could be wrong
			continue
		}
		if err != nil {
			return nil, err
		}
		g, given := c.GivenOf(id)
		if !given || !c.MayTell(s.Now()) {
			continue
		}
		d := OwnDisclosure{DisclosureFacts: workflows.DisclosureFacts{Kind: c.Kind, Authority: c.Authority, Categories: c.Scope.Categories, Given: g.At, Waited: c.Silent.Until != ""}}
		if t, told := c.ToldOf(id); told {
			d.Told = t.At
		}
		out[legal] = d
	}
	return out, nil
}
