package portal

import (
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// fullName is the name as given. One that is one word stands in both fields and
// is said once.
func fullName(p onboarding.Profile) string {
	if p[onboarding.FieldGivenName] == p[onboarding.FieldFamilyName] && p[onboarding.FieldMiddleName] == "" {
		return p[onboarding.FieldGivenName]
	}
	return strings.Join(strings.Fields(p[onboarding.FieldGivenName]+" "+p[onboarding.FieldMiddleName]+" "+p[onboarding.FieldFamilyName]), " ")
}
