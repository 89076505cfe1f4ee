package applicants

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// eraseSummaries are what the Temporal Web UI says of an erasure, by its reason.
var eraseSummaries = map[string]string{
	workflows.EraseRequest:   "Erase an applicant",
	workflows.EraseRetention: "Destroy the key and data of an applicant: the time to keep them is over",
}

// StartErasure begins to erase an applicant, or finds the erasure that is under way.
// reason is one of workflows.Erase…, request the ID of what asks for it. The workflow
// refuses a purge while a hold stands, and has a request wait: Erasure tells.
func (s *Service) StartErasure(ctx context.Context, id onboarding.ApplicantID, profile, reason, request string) error {
	_, err := s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id.ErasureID(), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:            eraseSummaries[reason],
	}, workflows.EraseName, workflows.EraseIn{Applicant: id, Profile: profile, Reason: reason, Request: request, Pace: s.Pace})
	return failure(err)
}

// Erasure tells how far an applicant's erasure is. CodeUnknownApplicant when there is
// none, or when it is long over.
func (s *Service) Erasure(ctx context.Context, id onboarding.ApplicantID) (workflows.ErasureView, error) {
	var v workflows.ErasureView
	if err := s.queryAt(ctx, id.ErasureID(), workflows.QueryErasure, &v); err != nil {
		return v, failure(err)
	}
	if !InScope(ctx, v.Program) { // nor one whose program is not known: only who has all programs sees that
		return workflows.ErasureView{}, Unknown(nil)
	}
	return v, nil
}

// VendorErased says what a vendor answered that was asked by hand to erase.
func (s *Service) VendorErased(ctx context.Context, id onboarding.ApplicantID, vendor, answer string, by workflows.Actor) error {
	if _, err := s.Erasure(ctx, id); err != nil {
		if onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
			return err
		}
		if _, err := s.StaffView(ctx, id); err != nil {
			return err
		}
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This applicant is not being erased.", Hint: "The board of data requests lists the vendors that are to be asked."}
	}
	return failure(s.updateAt(ctx, id.ErasureID(), workflows.UpdateVendorErased, &workflows.Ack{}, workflows.MarkVendorErased{Vendor: vendor, Answer: answer, Actor: by}))
}

// EndForErasure ends the applicant's workflow in good order; nil when it has ended or is
// ending.
func (s *Service) EndForErasure(ctx context.Context, id onboarding.ApplicantID, in workflows.EndForErasure) error {
	err := s.update(ctx, id, workflows.UpdateEndForErasure, "erase", in, &workflows.Ack{})
	switch onboarding.CodeOf(err) {
	case onboarding.CodeUnknownApplicant, onboarding.CodeNotNow, onboarding.CodeKeyDestroyed:
		return nil
	default:
		return err
	}
}

// ErasureFacts tells what an erasure needs to know of a case that has ended.
func (s *Service) ErasureFacts(ctx context.Context, id onboarding.ApplicantID) (workflows.EndCaseOut, error) {
	var out workflows.EndCaseOut
	kept, err := s.summary(ctx, id)
	switch {
	case s.Objects.IsMissing(err): // it was ended by hand, or never began
	case err != nil:
		return out, err
	}
	_, err = s.Vault.Seal(ctx, id, sealReason, nil)
	switch onboarding.CodeOf(err) {
	case onboarding.CodeKeyDestroyed, onboarding.CodeUnknownApplicant:
		out.Gone = true
	default:
		if err != nil {
			return out, err
		}
	}
	out.Program, out.Profile, out.Told = kept.Program, kept.Profile, kept.Stage == onboarding.StageErased
	records, err := s.records(ctx, id)
	if err != nil {
		return out, err
	}
	out.Vendors = gotSomething(records)
	out.Erased = slices.ContainsFunc(records, func(r ledger.Record) bool {
		return r.Kind == ledger.KindErased && r.Outcome == workflows.ErasedDone && r.Object == "" // of what was kept by law there is an object
	})
	for _, r := range accountReceipts(id, records) {
		out.Language = r.Notice.Language
		out.Receipts = append(out.Receipts, r)
	}
	p, err := s.Programs.Get(kept.Program)
	if err != nil { // it is offered no more: nobody can be named whom to ask, and no letter goes out
		out.Receipts = nil
		return out, nil //nolint:nilerr // the program's file is no part of what is erased
	}
	out.Title, out.Contact = p.Title, p.Say(out.Language, p.Controller.Contact)
	return out, nil
}

// gotSomething lists the vendors that got something of the person.
func gotSomething(records []ledger.Record) []string {
	var out []string
	for _, r := range records {
		if r.Kind == ledger.KindUse && len(r.Fields) > 0 && slices.Contains(workflows.ThirdParties(), r.Recipient) && !slices.Contains(out, r.Recipient) {
			out = append(out, r.Recipient)
		}
	}
	slices.Sort(out)
	return out
}

// accountReceipts are the consents to be written to that stand, as the ledger has them.
// What is sealed in them is left out: an erasure has no use for it.
func accountReceipts(id onboarding.ApplicantID, records []ledger.Record) []consent.Receipt {
	var out []consent.Receipt
	for _, r := range records {
		switch {
		case r.Kind == ledger.KindConsentGiven && r.Purpose == string(consent.PurposeAccount) && r.Notice != nil:
			out = append(out, consent.Receipt{ID: r.Receipt, Applicant: id, Kind: consent.Kind(r.Outcome), Purpose: consent.PurposeAccount,
				Notice: *r.Notice, Method: r.Detail, ShownAt: r.At, GivenAt: r.At})
		case r.Kind == ledger.KindConsentWithdrawn:
			out = slices.DeleteFunc(out, func(c consent.Receipt) bool { return c.ID == r.Receipt })
		}
	}
	return out
}

// ForgetWhereNamed takes the applicant out of lists that staff have named and out of
// integrators' dead letters.
func (s *Service) ForgetWhereNamed(ctx context.Context, id onboarding.ApplicantID, profile string) error {
	if s.Hooks != nil {
		if err := s.Hooks.DropDead(ctx, id); err != nil {
			return err
		}
	}
	person, err := s.lastProfile(ctx, id, profile)
	switch onboarding.CodeOf(err) {
	case onboarding.CodeKeyDestroyed, onboarding.CodeUnknownApplicant: // a retry, or nothing was ever handed in
		return nil
	default:
		if err != nil {
			return err
		}
	}
	return s.dropViewsOf(ctx, person)
}

func (s *Service) lastProfile(ctx context.Context, id onboarding.ApplicantID, profile string) (onboarding.Profile, error) {
	if profile == "" {
		profile = onboarding.DraftKey(id)
	}
	return s.profile(ctx, id, profile)
}

// dropViewsOf removes saved lists whose search is for the person, or whose name has
// their family name in it.
func (s *Service) dropViewsOf(ctx context.Context, person onboarding.Profile) error {
	hashes := append(s.lookUp(person), s.contact(person[onboarding.FieldEmail]))
	family := match.Fold(person[onboarding.FieldFamilyName])
	about := func(v View) bool {
		return slices.ContainsFunc(hashes, func(h string) bool { return h != "" && strings.Contains(v.Query, h) }) ||
			family != "" && strings.Contains(" "+match.Fold(v.Name)+" ", " "+family+" ")
	}
	for key, err := range s.Objects.List(ctx, viewsKey("")) {
		if err != nil {
			return err
		}
		views, _, err := s.keptViews().Get(ctx, key)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(views, about) {
			continue
		}
		if _, err := s.keptViews().Change(ctx, key, func(all []View) ([]View, error) { return slices.DeleteFunc(all, about), nil }); err != nil {
			return err
		}
	}
	return nil
}

// AnswersAbout gives the keys of the kept answers of the API that name the applicant,
// and of the records that say which application an Idempotency-Key was for.
func (s *Service) AnswersAbout(ctx context.Context, id onboarding.ApplicantID) ([]string, error) {
	var out []string
	for key, err := range s.Objects.List(ctx, answersPrefix) {
		if err != nil {
			return nil, err
		}
		sealed, err := s.Objects.Get(ctx, key)
		if s.Objects.IsMissing(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		plain, err := s.Vault.SystemOpen(key, sealed)
		if err != nil {
			return nil, errors.New("applicants: a kept answer is not readable")
		}
		var kept keptAnswer
		if decodeAnswer(plain, &kept) && kept.Answer != nil && strings.Contains(string(kept.Answer.Body), string(id)) {
			out = append(out, key)
		}
	}
	return out, nil
}
