package applicants

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TaxClass is one federal tax classification of Form W-9, line 3a.
type TaxClass struct{ ID, Title string }

// TaxClasses lists the classifications of Form W-9.
func TaxClasses() []TaxClass {
	return []TaxClass{
		{"individual", "Individual or sole proprietor"},
		{"c_corporation", "C corporation"},
		{"s_corporation", "S corporation"},
		{"partnership", "Partnership"},
		{"trust", "Trust or estate"},
		{"llc_c", "Limited liability company, taxed as a C corporation"},
		{"llc_s", "Limited liability company, taxed as an S corporation"},
		{"llc_p", "Limited liability company, taxed as a partnership"},
	}
}

// The kinds of taxpayer number that are taken.
const (
	TaxNumberSSN = "ssn" // Social Security number, or an individual's number of the same form (ITIN)
	TaxNumberEIN = "ein" // employer identification number
)

// taxCertification is what was certified, as it is sealed.
type taxCertification struct {
	Signed    string `json:"signed"` // the name as typed, under penalties of perjury
	Correct   bool   `json:"correct_number"`
	NoBackup  bool   `json:"no_backup_withholding"` // false: the IRS has said that it applies (the item is crossed out)
	USPerson  bool   `json:"us_person"`
	FATCA     bool   `json:"fatca_code_correct"`
	Exempt    bool   `json:"exempt_payee"`
	Form      string `json:"form"`
	Address   string `json:"ip_address"`
	UserAgent string `json:"user_agent"`
}

// GiveTaxDetails seals the details of the tax form under their own purpose, for
// which the applicant has agreed to the notice (GiveConsent with PurposeTax). They
// are kept apart from everything else. Given again, the later ones hold. Errors:
// CodeInvalid, whose Field is that of the form: name, business, classification,
// street, unit, city, state, postal_code, number_kind, number, signature.
func (s *Service) GiveTaxDetails(ctx context.Context, id onboarding.ApplicantID, requirement string, f TaxForm, from Origin) error {
	_, r, err := s.open(ctx, id, requirement)
	if err != nil {
		return err
	}
	if r.Tax == nil {
		return noSuch(requirement)
	}
	details, err := s.taxProfile(f, from, r.Tax.Form)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		key := onboarding.TaxKey(id, n)
		sealed, err := s.sealed(ctx, id, key, details)
		if err != nil {
			return err
		}
		_, err = s.Objects.PutIf(ctx, key, sealed, "")
		if s.Objects.IsConflict(err) { // of an earlier try
			continue
		}
		if err != nil {
			return err
		}
		if err := s.update(ctx, id, workflows.UpdateGiveTaxDetails, "",
			workflows.GiveTaxDetails{Requirement: r.ID, Object: key, Fields: taxHas(details)}, &workflows.RequirementResult{}); err != nil {
			return err
		}
		return s.emptyTaxDraft(ctx, id)
	}
}

func taxHas(p onboarding.Profile) []onboarding.Field {
	return slices.DeleteFunc(onboarding.TaxFields(), func(f onboarding.Field) bool { return p[f] == "" })
}

// taxProfile checks the form as typed and gives what is sealed of it.
func (s *Service) taxProfile(f TaxForm, from Origin, form string) (onboarding.Profile, error) {
	name, err := validate.Line("name", f.Name, false)
	if err != nil {
		return nil, err
	}
	business, err := validate.Line("business", f.BusinessName, true)
	if err != nil {
		return nil, err
	}
	if err := taxClass(f); err != nil {
		return nil, err
	}
	address, err := taxAddress(f)
	if err != nil {
		return nil, err
	}
	number, err := s.taxNumber(f)
	if err != nil {
		return nil, err
	}
	signed, err := validate.Line("signature", f.Signature, false)
	if err != nil {
		return nil, err
	}
	if f.Classification == "individual" && !strings.EqualFold(strings.Join(strings.Fields(signed), " "), strings.Join(strings.Fields(name), " ")) {
		return nil, onboarding.Invalid("signature", "Sign with the name that you gave as the one on your tax return.", "Type it as it stands in the first answer.")
	}
	certified, err := json.Marshal(taxCertification{Signed: signed, Correct: true, NoBackup: !f.Subject, USPerson: true, FATCA: true, Exempt: f.Exempt,
		Form: form, Address: from.Address, UserAgent: from.UserAgent})
	if err != nil {
		return nil, fmt.Errorf("applicants: encode a certification: %w", err)
	}
	return onboarding.Profile{onboarding.FieldTaxName: name, onboarding.FieldTaxBusiness: business, onboarding.FieldTaxClassification: f.Classification,
		onboarding.FieldTaxAddress: address, onboarding.FieldTaxNumber: number, onboarding.FieldTaxNumberKind: f.NumberKind,
		onboarding.FieldTaxCertification: string(certified)}, nil
}

func taxClass(f TaxForm) error {
	if !slices.ContainsFunc(TaxClasses(), func(c TaxClass) bool { return c.ID == f.Classification }) {
		return onboarding.Invalid("classification", "Choose how you are taxed.", "Most independent contractors are an individual or sole proprietor.")
	}
	return nil
}

func taxAddress(f TaxForm) (string, error) {
	street, err := validate.Line("street", f.Street, false)
	if err != nil {
		return "", err
	}
	unit, err := validate.Line("unit", f.Unit, true)
	if err != nil {
		return "", err
	}
	city, err := validate.Line("city", f.City, false)
	if err != nil {
		return "", err
	}
	state, err := validate.State(f.State)
	if err != nil {
		return "", err
	}
	postal, err := validate.PostalCode(f.PostalCode)
	if err != nil {
		return "", err
	}
	lines := []string{street, unit, city + ", " + state + " " + postal}
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return l == "" }), "\n"), nil
}

// taxNumber checks the form of the number.
func (s *Service) taxNumber(f TaxForm) (string, error) {
	switch f.NumberKind {
	case TaxNumberSSN:
		return validate.TaxpayerNumber("number", f.Number, s.AllowReserved)
	case TaxNumberEIN:
		return validate.EmployerNumber("number", f.Number)
	}
	return "", onboarding.Invalid("number_kind", "Choose which number you give.", "An individual gives a Social Security number, a company an employer identification number.")
}
