package applicants

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
)

// TaxDraft is what was answered of a tax form that is not handed in yet.
type TaxDraft struct {
	Form     TaxForm  `json:"form"`
	Answered []string `json:"answered"` // the pages, one of TaxPages each
	Tag      string   `json:"-"`        // of what was read; give it back when saving
}

// The pages of a tax form.
const (
	TaxPageName           = "name"
	TaxPageClassification = "classification"
	TaxPageExempt         = "exempt"
	TaxPageAddress        = "address"
	TaxPageNumber         = "number"
	TaxPageWithholding    = "withholding"
)

// taxDraftKey is where the draft lies, beside what was handed in: nothing but the
// purpose tax opens what is there.
func taxDraftKey(id onboarding.ApplicantID) string { return onboarding.TaxPrefix(id) + "draft" }

// TaxDraft gives what was answered so far; an empty one when nothing was.
func (s *Service) TaxDraft(ctx context.Context, id onboarding.ApplicantID) (TaxDraft, error) {
	key := taxDraftKey(id)
	sealed, tag, err := s.Objects.GetTagged(ctx, key)
	if s.Objects.IsMissing(err) {
		return TaxDraft{}, nil
	}
	if err != nil {
		return TaxDraft{}, err
	}
	d := TaxDraft{}
	if err := s.opened(ctx, id, key, sealed, &d); err != nil {
		return TaxDraft{}, err
	}
	d.Tag = tag
	return d, nil
}

// SaveTaxDraft keeps the answers of one page, with those before, sealed. The notice
// for the purpose tax must have been agreed to. Errors: CodeInvalid as of
// GiveTaxDetails for what the page asks; CodeConflict when another has saved since
// the draft was read; CodeConsentNotLive.
func (s *Service) SaveTaxDraft(ctx context.Context, id onboarding.ApplicantID, page string, d TaxDraft) error {
	v, err := s.View(ctx, id)
	if err != nil {
		return err
	}
	agreed := false
	for _, c := range v.Consents {
		agreed = agreed || c.Purpose == consent.PurposeTax && c.Withdrawn.IsZero()
	}
	if !agreed {
		return &onboarding.Error{Code: onboarding.CodeConsentNotLive, Message: "You have not agreed to give your tax details.", Hint: "Read the notice and agree to it first."}
	}
	if err := s.checkTaxPage(page, d.Form); err != nil {
		return err
	}
	key := taxDraftKey(id)
	sealed, err := s.sealed(ctx, id, key, d)
	if err != nil {
		return err
	}
	_, err = s.Objects.PutIf(ctx, key, sealed, d.Tag)
	if s.Objects.IsConflict(err) {
		return &onboarding.Error{Code: onboarding.CodeConflict, Message: "The answers were changed elsewhere meanwhile.", Hint: "Read them again."}
	}
	return err
}

// checkTaxPage holds one page's answers to the same rules as the whole.
func (s *Service) checkTaxPage(page string, f TaxForm) error {
	switch page {
	case TaxPageName:
		if _, err := validate.Line("name", f.Name, false); err != nil {
			return err
		}
		_, err := validate.Line("business", f.BusinessName, true)
		return err
	case TaxPageClassification:
		return taxClass(f)
	case TaxPageAddress:
		_, err := taxAddress(f)
		return err
	case TaxPageNumber:
		_, err := s.taxNumber(f)
		return err
	case TaxPageExempt, TaxPageWithholding: // yes or no
		return nil
	}
	return onboarding.Invalid("page", "The tax form has no such page.", "Go back to its first page.")
}

// emptyTaxDraft takes the answers away once they are handed in.
func (s *Service) emptyTaxDraft(ctx context.Context, id onboarding.ApplicantID) error {
	key := taxDraftKey(id)
	sealed, err := s.sealed(ctx, id, key, TaxDraft{})
	if err != nil {
		return err
	}
	return s.Objects.Put(ctx, key, sealed)
}
