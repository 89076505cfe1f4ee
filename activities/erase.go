package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/holds"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Erasures is what an erasure needs of the service behind the faces;
// *applicants.Service is one.
type Erasures interface {
	// EndForErasure ends the applicant's workflow; nil when it has ended.
	EndForErasure(ctx context.Context, id onboarding.ApplicantID, in workflows.EndForErasure) error
	// ErasureFacts tells what is known of a case that has ended.
	ErasureFacts(ctx context.Context, id onboarding.ApplicantID) (workflows.EndCaseOut, error)
	// ForgetWhereNamed takes the applicant out of lists that staff have named, of answers
	// that are kept for the API, and out of dead letters. It needs the applicant's key for
	// the first; without it the others are done.
	ForgetWhereNamed(ctx context.Context, id onboarding.ApplicantID, profile string) error
	// AnswersAbout gives the keys of the kept answers that name the applicant.
	AnswersAbout(ctx context.Context, id onboarding.ApplicantID) ([]string, error)
}

// EndCase asks for holds and ends the case in good order.
func (a *Activities) EndCase(ctx context.Context, in workflows.EndCaseIn) (workflows.EndCaseOut, error) {
	out, err := a.endCase(ctx, in)
	return out, edge(err)
}

// endingWait is how long one try waits for a case to end.
const endingWait = 20 * time.Second

func (a *Activities) endCase(ctx context.Context, in workflows.EndCaseIn) (workflows.EndCaseOut, error) {
	if n, err := a.held(ctx, in.Applicant, in.Reason); err != nil || n > 0 {
		return workflows.EndCaseOut{Held: n}, err
	}
	if err := a.cfg.Erasures.EndForErasure(ctx, in.Applicant, workflows.EndForErasure{Reason: in.Reason, Request: in.Request}); err != nil {
		return workflows.EndCaseOut{}, err
	}
	for until := time.Now().Add(endingWait); ; {
		err := ended(ctx, in.Applicant)
		if err == nil {
			break
		}
		if time.Now().After(until) || !pause(ctx, 100*time.Millisecond) {
			return workflows.EndCaseOut{}, err
		}
	}
	return a.cfg.Erasures.ErasureFacts(ctx, in.Applicant)
}

// held counts the holds that stand against an erasure for that reason. A restriction
// stands against ours; who has asked for it may have the data erased all the same.
func (a *Activities) held(ctx context.Context, id onboarding.ApplicantID, reason string) (int, error) {
	standing, err := a.cfg.Holds.Of(ctx, id)
	return len(slices.DeleteFunc(standing, func(h holds.Hold) bool {
		return reason == workflows.EraseRequest && h.Kind == onboarding.HoldRestriction
	})), err
}

// KeepByLaw seals anew what the law obliges to keep.
func (a *Activities) KeepByLaw(ctx context.Context, in workflows.KeepByLawIn) (workflows.KeepByLawOut, error) {
	out, err := a.keepByLaw(ctx, in)
	return out, edge(err)
}

func (a *Activities) keepByLaw(ctx context.Context, in workflows.KeepByLawIn) (workflows.KeepByLawOut, error) {
	if err := a.keepAfterword(ctx, workflows.KeepAfterwordIn{Applicant: in.Applicant, Pages: in.Pages}); err != nil {
		return workflows.KeepByLawOut{}, err
	}
	found, err := a.toKeep(ctx, in.Applicant, in.Now)
	if err != nil {
		return workflows.KeepByLawOut{}, err
	}
	var out workflows.KeepByLawOut
	for i, category := range policy.KeptCategories() {
		items := found[category.ID]
		if len(items) == 0 {
			continue
		}
		newest := slices.MaxFunc(items, func(a, b onboarding.KeptItem) int { return a.At.Compare(b.At) })
		b := onboarding.KeptBundle{Category: category.ID, Rule: category.Rule, Until: category.Until(newest.At), Items: items}
		if !b.Until.After(in.Now) {
			continue
		}
		key := onboarding.ApplicantID(in.Keys[i])
		if err := a.cfg.Vault.Create(ctx, key); err != nil {
			return out, err
		}
		plain, err := encode(b)
		if err != nil {
			return out, err
		}
		object := onboarding.KeptKey(in.Applicant, category.ID)
		sealed, err := a.cfg.Vault.Seal(ctx, key, object, plain)
		if err != nil {
			return out, err
		}
		if err := a.cfg.Objects.Put(ctx, object, sealed); err != nil {
			return out, err
		}
		out.Kept = append(out.Kept, workflows.KeptByLaw{Category: category.ID, Key: string(key), Object: object, Until: b.Until})
	}
	return out, nil
}

// receiptName is the name under which the evidence of a consent is sealed.
const receiptName = "receipt"

// screeningKinds are the consents that a background report rests on.
var screeningKinds = []consent.Kind{consent.KindDisclosureShown, consent.KindFCRAAuthorization}

// statutoryLetters are the letters that must be shown to have been sent.
var statutoryLetters = []workflows.Message{workflows.MessagePreAdverse, workflows.MessageFinal, workflows.MessageReinvestigated}

// toKeep reads what is to be kept, by category.
func (a *Activities) toKeep(ctx context.Context, id onboarding.ApplicantID, now time.Time) (map[string][]onboarding.KeptItem, error) {
	found := map[string][]onboarding.KeptItem{}
	add := func(category, name string, at time.Time, body []byte) {
		found[category] = append(found[category], onboarding.KeptItem{Name: name, At: at, Body: body})
	}
	opened := func(key string) ([]byte, error) {
		sealed, err := a.cfg.Objects.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		return a.cfg.Vault.Open(ctx, id, key, sealed)
	}
	pages, err := a.book.Read(ctx, id)
	if err != nil {
		return nil, err
	}
	given := taxGiven(pages, id, now)
	for key, err := range a.cfg.Objects.List(ctx, onboarding.TaxPrefix(id)) {
		if err != nil {
			return nil, err
		}
		if key == onboarding.TaxPrefix(id)+"draft" {
			continue
		}
		body, err := opened(key)
		if err != nil {
			return nil, err
		}
		add(policy.KeptTax, key, given, body)
	}
	for _, p := range pages {
		for _, r := range p.Records {
			switch {
			case r.Kind == ledger.KindConsentGiven || r.Kind == ledger.KindNoticeShown:
				category := policy.KeptConsent
				if slices.Contains(screeningKinds, consent.Kind(r.Outcome)) {
					category = policy.KeptScreening
				}
				evidence, err := a.evidenceOf(ctx, id, r)
				if err != nil {
					return nil, err
				}
				add(category, fmt.Sprintf("record %d, receipt %s", r.Seq, r.Receipt), r.At, evidence)
			case r.Kind == ledger.KindUse && slices.ContainsFunc(statutoryLetters, func(m workflows.Message) bool { return r.Detail == "letter: "+string(m) }):
				body, err := opened(onboarding.LetterKey(id, r.Seq))
				if a.cfg.Objects.IsMissing(err) { // it was never sent
					continue
				}
				if err != nil {
					return nil, err
				}
				add(policy.KeptScreening, onboarding.LetterKey(id, r.Seq), r.At, body)
			}
		}
	}
	return found, nil
}

// taxGiven is when the newest details of a tax form were given; now, if the ledger has no
// record of any.
func taxGiven(pages []ledger.Page, id onboarding.ApplicantID, now time.Time) time.Time {
	at := now
	for _, p := range pages {
		for _, r := range p.Records {
			if r.Object != "" && strings.HasPrefix(r.Object, onboarding.TaxPrefix(id)) {
				at = r.At
			}
		}
	}
	return at
}

// evidenceOf opens what is sealed in a consent's record: address, browser, signature.
func (a *Activities) evidenceOf(ctx context.Context, id onboarding.ApplicantID, r ledger.Record) ([]byte, error) {
	if len(r.Sealed) == 0 {
		return nil, nil
	}
	return a.cfg.Vault.Open(ctx, id, receiptName, r.Sealed)
}

// AskErasure asks a vendor to erase what it has under our references.
func (a *Activities) AskErasure(ctx context.Context, in workflows.AskErasureIn) (workflows.AskErasureOut, error) {
	out, err := a.askErasure(ctx, in)
	return out, edge(err)
}

func (a *Activities) askErasure(ctx context.Context, in workflows.AskErasureIn) (workflows.AskErasureOut, error) {
	if _, err := a.begin(ctx, in.Applicant, in.Pages); err != nil {
		return workflows.AskErasureOut{}, err
	}
	if n, err := a.held(ctx, in.Applicant, in.Reason); err != nil || n > 0 {
		return workflows.AskErasureOut{Held: n}, err
	}
	pages, err := a.book.Read(ctx, in.Applicant)
	if err != nil {
		return workflows.AskErasureOut{}, err
	}
	var references []string
	if in.Vendor == consent.RecipientTwilioSMS {
		var records []ledger.Record
		for _, p := range pages {
			records = append(records, p.Records...)
		}
		answer, err := a.eraseTexts(ctx, in.Applicant, records)
		return workflows.AskErasureOut{Answer: answer}, err
	}
	for _, p := range pages {
		for _, r := range p.Records {
			if r.Kind == ledger.KindUse && r.Recipient == in.Vendor && r.Check != "" {
				references = append(references, onboarding.OrderKey(in.Applicant, r.Check, max(r.Round, 1)))
			}
		}
	}
	slices.Sort(references)
	out := workflows.AskErasureOut{Answer: workflows.VendorNothing}
	for _, reference := range slices.Compact(references) {
		err := a.patiently(ctx, in.Vendor, func(ctx context.Context) error {
			n, err := a.eraseReference(ctx, in.Vendor, reference)
			if n > 0 {
				out.Answer = workflows.VendorErased
			}
			return err
		})
		if err != nil {
			return workflows.AskErasureOut{}, err
		}
	}
	return out, nil
}

// eraseReference gives how many orders were there to erase.
func (a *Activities) eraseReference(ctx context.Context, vendor, reference string) (int, error) {
	switch {
	case vendor == consent.RecipientFindly && a.cfg.Findly != nil:
		return a.cfg.Findly.EraseReference(ctx, reference)
	case vendor == consent.RecipientStripe && a.cfg.Stripe != nil:
		return a.cfg.Stripe.RedactReference(ctx, reference)
	}
	return 0, notConfigured(vendor)
}

// DestroyData destroys the applicant's key and removes what was sealed under it.
func (a *Activities) DestroyData(ctx context.Context, in workflows.DestroyDataIn) (workflows.DestroyDataOut, error) {
	out, err := a.destroyData(ctx, in)
	return out, edge(err)
}

func (a *Activities) destroyData(ctx context.Context, in workflows.DestroyDataIn) (workflows.DestroyDataOut, error) {
	if _, err := a.begin(ctx, in.Applicant, in.Pages); err != nil {
		return workflows.DestroyDataOut{}, err
	}
	if n, err := a.held(ctx, in.Applicant, in.Reason); err != nil || n > 0 {
		return workflows.DestroyDataOut{Held: n}, err
	}
	if err := ended(ctx, in.Applicant); err != nil {
		return workflows.DestroyDataOut{}, err
	}
	if err := a.cfg.Erasures.ForgetWhereNamed(ctx, in.Applicant, in.Profile); err != nil {
		return workflows.DestroyDataOut{}, err
	}
	if in.Reason != workflows.EraseRetention { // an answer is kept for two days: what is old enough to be purged has none
		keys, err := a.cfg.Erasures.AnswersAbout(ctx, in.Applicant)
		if err != nil {
			return workflows.DestroyDataOut{}, err
		}
		for _, key := range keys {
			if err := a.cfg.Objects.Delete(ctx, key); err != nil {
				return workflows.DestroyDataOut{}, err
			}
		}
	}
	if err := a.hideNames(ctx, in.Applicant); err != nil {
		return workflows.DestroyDataOut{}, err
	}
	if err := a.forgetContacts(ctx, in.Applicant); err != nil {
		return workflows.DestroyDataOut{}, err
	}
	if err := a.removeSealed(ctx, in.Applicant, in.Profile); err != nil {
		return workflows.DestroyDataOut{}, err
	}
	// The key goes last: until then a retry can still read what to remove.
	if err := a.cfg.Vault.Destroy(ctx, in.Applicant); err != nil {
		return workflows.DestroyDataOut{}, err
	}
	return workflows.DestroyDataOut{}, a.endRestrictions(ctx, in.Applicant)
}

// endRestrictions takes the restrictions of somebody who is erased off the list of holds.
func (a *Activities) endRestrictions(ctx context.Context, id onboarding.ApplicantID) error {
	standing, err := a.cfg.Holds.Of(ctx, id)
	for _, h := range standing {
		if err == nil && h.Kind == onboarding.HoldRestriction {
			err = a.cfg.Holds.Release(ctx, id, h.ID, time.Now().UTC(), string(workflows.ActorSystem), nil)
		}
	}
	return err
}

// hideNames takes the holder's name off the pages of their certificates.
func (a *Activities) hideNames(ctx context.Context, id onboarding.ApplicantID) error {
	pages, err := a.book.Read(ctx, id)
	if err != nil {
		return err
	}
	for _, p := range pages {
		for _, r := range p.Records {
			if r.Kind != ledger.KindCredential || r.Object == "" {
				continue
			}
			if err := a.cfg.Objects.Delete(ctx, onboarding.CredentialNameKey(onboarding.CredentialOf(r.Object))); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeSealed removes the applicant's objects of the vault bucket, in every version.
// What lies sealed and locked in the evidence bucket goes with the key.
func (a *Activities) removeSealed(ctx context.Context, id onboarding.ApplicantID, profile string) error {
	keys := []string{onboarding.DraftKey(id)}
	if profile != "" {
		keys = append(keys, profile)
	}
	for _, prefix := range onboarding.SealedPrefixes(id) {
		for key, err := range a.cfg.Objects.List(ctx, prefix) {
			if err != nil {
				return err
			}
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		if err := a.cfg.Objects.Delete(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// StoreAfterErase stores what was recorded when the key is gone, and keeps of the case's
// last view what may stand in the open: that it is erased, and where its ledger ends.
func (a *Activities) StoreAfterErase(ctx context.Context, in workflows.StoreAfterEraseIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.storeAfterErase(ctx, in))
}

func (a *Activities) storeAfterErase(ctx context.Context, in workflows.StoreAfterEraseIn) error {
	if _, err := a.begin(ctx, in.Applicant, in.Pages); err != nil {
		return err
	}
	if len(in.Pages) == 0 {
		return nil
	}
	name := onboarding.SummaryKey(in.Applicant)
	kept := workflows.Kept{StaffView: workflows.StaffView{Applicant: in.Applicant}}
	switch body, err := a.cfg.Objects.Get(ctx, name); {
	case a.cfg.Objects.IsMissing(err): // it was ended by hand
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(body, &kept); err != nil {
			return errors.New("activities: the last view of a case is not readable") // the cause would quote it
		}
	}
	view := kept.Erased()
	last := in.Pages[len(in.Pages)-1]
	end := last.Records[len(last.Records)-1]
	view.UpdatedAt = end.At
	view.Ledger = ledger.Chain{Applicant: in.Applicant, Seq: end.Seq, Head: end.Hash(), Page: last.Number + 1}
	body, err := encode(workflows.Kept{StaffView: view})
	if err != nil {
		return err
	}
	// In every version, since the earlier ones have the sealed whole.
	if err := a.cfg.Objects.Delete(ctx, name); err != nil {
		return err
	}
	return a.cfg.Objects.Put(ctx, name, body)
}

// DestroyKept destroys what was kept by law when its time is over.
func (a *Activities) DestroyKept(ctx context.Context, in workflows.DestroyKeptIn) (workflows.DestroyDataOut, error) {
	n, err := a.held(ctx, in.Applicant, workflows.EraseRetention)
	if err == nil && n == 0 {
		if err = a.cfg.Objects.Delete(ctx, in.Kept.Object); err == nil {
			err = a.cfg.Vault.Destroy(ctx, onboarding.ApplicantID(in.Kept.Key))
		}
	}
	return workflows.DestroyDataOut{Held: n}, edge(err)
}

// DropHistories removes the ended runs of the applicant's workflows: their search
// attributes, which cannot be changed any more, hold the keyed hashes of the person's
// e-mail address, phone number and name.
func (a *Activities) DropHistories(ctx context.Context, in workflows.DropHistoriesIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.dropHistories(ctx, in))
}

func (a *Activities) dropHistories(ctx context.Context, in workflows.DropHistoriesIn) error {
	service, namespace := activity.GetClient(ctx).WorkflowService(), activity.GetInfo(ctx).Namespace
	query := fmt.Sprintf("WorkflowId = '%s' OR WorkflowId = '%s'", in.Applicant.WorkflowID(), in.Applicant.AfterwordID())
	for until := time.Now().Add(endingWait); ; {
		left, token := 0, []byte(nil)
		for {
			page, err := service.ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: namespace, PageSize: 100, Query: query, NextPageToken: token})
			if err != nil {
				return err
			}
			for _, w := range page.GetExecutions() {
				left++
				if w.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
					continue // an Afterword, which ends by itself
				}
				_, err := service.DeleteWorkflowExecution(ctx, &workflowservice.DeleteWorkflowExecutionRequest{Namespace: namespace, WorkflowExecution: w.GetExecution()})
				var gone *serviceerror.NotFound
				if err != nil && !errors.As(err, &gone) {
					return err
				}
			}
			if token = page.GetNextPageToken(); len(token) == 0 {
				break
			}
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(until) || !pause(ctx, 200*time.Millisecond) {
			return errors.New("activities: the applicant's runs are still being removed")
		}
	}
}
