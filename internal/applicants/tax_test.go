package applicants

import (
	"errors"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestTaxForm: each answer is held to its form, the number is nobody's prefilled one,
// and what was certified is kept with the signature.
func TestTaxForm(t *testing.T) {
	s := &Service{Config: Config{AllowReserved: true}}
	right := TaxForm{Name: "Quillonia Example", Classification: "individual", Street: "12 Example Street", City: "Salem", State: "or", PostalCode: "97301",
		NumberKind: TaxNumberSSN, Number: "987-65-4320", Signature: "quillonia  example"}
	p, err := s.taxProfile(right, Origin{Address: "192.0.2.7"}, "w9")
	if err != nil {
		t.Fatal(err)
	}
	if p[onboarding.FieldTaxNumber] != "987654320" || p[onboarding.FieldTaxAddress] != "12 Example Street\nSalem, OR 97301" || p[onboarding.FieldTaxBusiness] != "" {
		t.Errorf("%v", p)
	}
	for _, says := range []string{`"no_backup_withholding":true`, `"us_person":true`, `"form":"w9"`, `"signed":"quillonia example"`} {
		if !strings.Contains(p[onboarding.FieldTaxCertification], says) {
			t.Errorf("the certification does not say %s: %s", says, p[onboarding.FieldTaxCertification])
		}
	}
	if has := taxHas(p); len(has) != len(onboarding.TaxFields())-1 {
		t.Errorf("it has %v", has)
	}
	for name, c := range map[string]struct {
		change func(*TaxForm)
		field  string
	}{
		"no name":                   {func(f *TaxForm) { f.Name = " " }, "name"},
		"no class":                  {func(f *TaxForm) { f.Classification = "king" }, "classification"},
		"no street":                 {func(f *TaxForm) { f.Street = "" }, "street"},
		"no state":                  {func(f *TaxForm) { f.State = "ZZ" }, "state"},
		"no kind of number":         {func(f *TaxForm) { f.NumberKind = "" }, "number_kind"},
		"eight digits":              {func(f *TaxForm) { f.Number = "98765432" }, "number"},
		"a number that nobody has":  {func(f *TaxForm) { f.Number = "000-12-3456" }, "number"},
		"an EIN of no office":       {func(f *TaxForm) { f.NumberKind, f.Number = TaxNumberEIN, "00-1234567" }, "number"},
		"no signature":              {func(f *TaxForm) { f.Signature = "" }, "signature"},
		"somebody else's signature": {func(f *TaxForm) { f.Signature = "Other Example" }, "signature"},
	} {
		f := right
		c.change(&f)
		_, err := s.taxProfile(f, Origin{}, "w9")
		var e *onboarding.Error
		if !errors.As(err, &e) || e.Code != onboarding.CodeInvalid || !strings.EqualFold(e.Field, c.field) || strings.Contains(err.Error(), "Quillonia") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, f := range []func(*TaxForm){
		func(f *TaxForm) { f.NumberKind, f.Number = TaxNumberEIN, "12-3456789" },
		func(f *TaxForm) { f.Number = "912-70-1234" }, // an ITIN
		func(f *TaxForm) { f.Classification, f.Signature = "llc_p", "Other Example" },
	} {
		g := right
		f(&g)
		if _, err := s.taxProfile(g, Origin{}, "w9"); err != nil {
			t.Errorf("%+v: %v", g, err)
		}
	}
}
