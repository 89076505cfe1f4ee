package onboarding

import (
	"slices"
	"sort"
)

// Field names one datum of an applicant.
type Field string

// The fields. Obligation 1: every field has a purpose, one without is refused;
// internal/consent holds that table.
const (
	FieldGivenName     Field = "given_name"
	FieldMiddleName    Field = "middle_name"
	FieldFamilyName    Field = "family_name"
	FieldDateOfBirth   Field = "date_of_birth" // YYYY-MM-DD
	FieldEmail         Field = "email"
	FieldPhone         Field = "phone" // E.164
	FieldNationalID    Field = "national_id"
	FieldStreet        Field = "street"
	FieldUnit          Field = "unit"
	FieldCity          Field = "city"
	FieldState         Field = "state" // two letters
	FieldPostalCode    Field = "postal_code"
	FieldCountry       Field = "country"        // ISO 3166-1 alpha-2
	FieldPastAddresses Field = "past_addresses" // one a line
	FieldSignature     Field = "signature"      // the name as typed
	FieldIPAddress     Field = "ip_address"     // obligation 41: region and protection only
	FieldUserAgent     Field = "user_agent"
)

// The fields of a tax form. They are no part of an application: they are asked for
// and sealed apart, under a purpose of their own.
const (
	FieldTaxName           Field = "tax_name"          // as on the tax return
	FieldTaxBusiness       Field = "tax_business_name" // when it is another
	FieldTaxClassification Field = "tax_classification"
	FieldTaxAddress        Field = "tax_address"     // one line each
	FieldTaxNumber         Field = "taxpayer_number" // nine digits
	FieldTaxNumberKind     Field = "taxpayer_number_kind"
	FieldTaxCertification  Field = "tax_certification" // what was certified under penalties of perjury, and the signature
)

// TaxFields lists the fields of a tax form, in the order of the form.
func TaxFields() []Field {
	return []Field{FieldTaxName, FieldTaxBusiness, FieldTaxClassification, FieldTaxAddress, FieldTaxNumber, FieldTaxNumberKind, FieldTaxCertification}
}

// Fields lists every field of an application, in the order in which people read them.
func Fields() []Field {
	return []Field{FieldGivenName, FieldMiddleName, FieldFamilyName, FieldDateOfBirth, FieldEmail, FieldPhone,
		FieldNationalID, FieldStreet, FieldUnit, FieldCity, FieldState, FieldPostalCode, FieldCountry,
		FieldPastAddresses, FieldSignature, FieldIPAddress, FieldUserAgent}
}

// Known reports whether f is one of the fields, of an application or a tax form.
func (f Field) Known() bool { return slices.Contains(Fields(), f) || slices.Contains(TaxFields(), f) }

// Profile is what is known of a person. It exists in the open only inside a
// request that the person makes and inside an activity that holds a grant;
// everywhere else it is sealed.
type Profile map[Field]string

// Only gives a copy with no other than the named fields; absent ones stay absent.
func (p Profile) Only(fields ...Field) Profile {
	out := make(Profile, len(fields))
	for _, f := range fields {
		if v, ok := p[f]; ok {
			out[f] = v
		}
	}
	return out
}

// Has lists the fields that have a value, sorted.
func (p Profile) Has() []Field {
	out := make([]Field, 0, len(p))
	for f, v := range p {
		if v != "" {
			out = append(out, f)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}
