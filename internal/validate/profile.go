package validate

import (
	"errors"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Options say what a Profile is held against.
type Options struct {
	Today         time.Time
	AllowReserved bool // see NationalID
}

// Field normalizes one field of a profile.
func Field(f onboarding.Field, s string, o Options) (string, error) {
	switch f {
	case onboarding.FieldGivenName:
		return Name("first name", s)
	case onboarding.FieldMiddleName:
		if s == "" {
			return "", nil
		}
		return Name("middle name", s)
	case onboarding.FieldFamilyName:
		return Name("last name", s)
	case onboarding.FieldDateOfBirth:
		return DateOfBirth(s, o.Today)
	case onboarding.FieldEmail:
		return Email(s)
	case onboarding.FieldPhone:
		return Phone(s)
	case onboarding.FieldNationalID:
		return NationalID(s, o.AllowReserved)
	case onboarding.FieldStreet:
		return Line("street", s, false)
	case onboarding.FieldUnit:
		return Line("apartment or unit", s, true)
	case onboarding.FieldCity:
		return Line("city", s, false)
	case onboarding.FieldState:
		return State(s)
	case onboarding.FieldPostalCode:
		return PostalCode(s)
	case onboarding.FieldCountry:
		return Country(s)
	case onboarding.FieldPastAddresses:
		return PastAddresses(s)
	case onboarding.FieldSignature, onboarding.FieldIPAddress, onboarding.FieldUserAgent:
	case onboarding.FieldTaxName, onboarding.FieldTaxBusiness, onboarding.FieldTaxClassification, onboarding.FieldTaxAddress,
		onboarding.FieldTaxNumber, onboarding.FieldTaxNumberKind, onboarding.FieldTaxCertification: // of the tax form, which has rules of its own
	}
	return "", onboarding.Invalid(string(f), "This is not a field of an application.", "Leave it out.")
}

// fieldsOfAnApplication in the order in which people read them.
var fieldsOfAnApplication = []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName,
	onboarding.FieldDateOfBirth, onboarding.FieldEmail, onboarding.FieldPhone, onboarding.FieldNationalID, onboarding.FieldStreet,
	onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode, onboarding.FieldCountry, onboarding.FieldPastAddresses}

// Fault is what is wrong with one field of a profile.
type Fault struct {
	Field onboarding.Field
	Err   *onboarding.Error
}

// Profile normalizes a whole profile and gives every fault at once. Fields that
// no application has are faults too (obligation 1).
func Profile(p onboarding.Profile, o Options) (onboarding.Profile, []Fault) {
	out := onboarding.Profile{}
	var faults []Fault
	known := map[onboarding.Field]bool{}
	for _, f := range fieldsOfAnApplication {
		known[f] = true
		value, err := Field(f, p[f], o)
		if err != nil {
			var e *onboarding.Error
			if errors.As(err, &e) {
				faults = append(faults, Fault{Field: f, Err: e})
			}
			continue
		}
		if value != "" {
			out[f] = value
		}
	}
	for _, f := range p.Has() {
		if !known[f] {
			faults = append(faults, Fault{Field: f, Err: onboarding.Invalid(string(f), "This is not a field of an application.", "Leave it out.")})
		}
	}
	return out, faults
}
