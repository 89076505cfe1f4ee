package portal

import (
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// address asks where the applicant lives and has lived: which courts are
// searched and which law holds depends on it.
var address = detail{
	path:  "/apply/address",
	title: "Your address",
	intro: []string{"Give the address in the United States where you live. The law that protects you, and the courts that are searched, depend on it."},
	done: func(v *visit) bool {
		return has(v, onboarding.FieldStreet, onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode, onboarding.FieldCountry)
	},
	form: func(p onboarding.Profile) web.Form {
		return web.Form{
			{ID: "street", Label: "Street and number", Noun: "your street and number", Autocomplete: "address-line1", Value: p[onboarding.FieldStreet]},
			{ID: "unit", Label: "Apartment or unit", Autocomplete: "address-line2", Optional: true, Width: "medium", Value: p[onboarding.FieldUnit]},
			{ID: "city", Label: "City", Noun: "your city", Autocomplete: "address-level2", Width: "medium", Value: p[onboarding.FieldCity]},
			{ID: "state", Label: "State", Noun: "your state", Autocomplete: "address-level1", Width: "medium", Hint: "Its name or its two letters, like Oregon or OR", Value: p[onboarding.FieldState]},
			{ID: "postal_code", Label: "ZIP code", Noun: "your ZIP code", Autocomplete: "postal-code", InputMode: "numeric", Width: "medium", Max: 20, Value: p[onboarding.FieldPostalCode]},
			{ID: "past_addresses", Label: "Earlier addresses", Optional: true, Rows: 4, Max: 2000,
				Hint: "Where else you lived in the last 7 years. One address a line: street, city, state, ZIP code", Value: p[onboarding.FieldPastAddresses]},
		}
	},
	read: func(f web.Form, _ onboarding.Profile, o validate.Options) onboarding.Profile {
		state := f.Get("state")
		typed := state.Value
		state.Value = stateCode(typed)
		out := readFields(f, o)
		state.Value = typed
		out[onboarding.FieldCountry] = "US" // the only one that the checks know
		return out
	},
}

// stateCode gives a state's two letters for its name; anything else stays.
func stateCode(s string) string {
	if code, ok := stateNames[strings.ToLower(strings.ReplaceAll(s, ".", ""))]; ok {
		return code
	}
	return strings.ReplaceAll(s, ".", "")
}

// stateNames are what browsers fill in for address-level1, besides the letters.
var stateNames = map[string]string{
	"alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO", "connecticut": "CT",
	"delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL",
	"indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD",
	"massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE",
	"nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM", "new york": "NY", "north carolina": "NC",
	"north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI",
	"south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA",
	"washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
	"american samoa": "AS", "guam": "GU", "northern mariana islands": "MP", "puerto rico": "PR", "us virgin islands": "VI", "virgin islands": "VI",
}
