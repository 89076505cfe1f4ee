package namesearch_test

import (
	"math"
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/namesearch"
)

func profile(given, middle, family, born string) onboarding.Profile {
	return onboarding.Profile{onboarding.FieldGivenName: given, onboarding.FieldMiddleName: middle, onboarding.FieldFamilyName: family, onboarding.FieldDateOfBirth: born}
}

func TestRead(t *testing.T) {
	for name, p := range map[string]onboarding.Profile{
		"Ada Example":          profile("Ada", "", "Example", "1990-04-27"),
		"Ada Maria Example":    profile(" Ada ", "Maria", "Example", "1990-04-27"),
		"Suharto":              profile("Suharto", "", "Suharto", "1990-04-27"),
		"Juan de la Cruz Juan": profile("Juan", "de la Cruz", "Juan", "1990-04-27"),
		"Виктор Песочный":      profile("Виктор", "", "Песочный", "1990-04-27"),
	} {
		if s, err := namesearch.Read(p); err != nil || s.Name != name || s.Born != "1990-04-27" {
			t.Errorf("%s: got %+v %v", name, s, err)
		}
	}
	if sent := namesearch.Sent(profile("Ada", "", "Example", "1990-04-27")); !slices.Equal(sent,
		[]onboarding.Field{onboarding.FieldGivenName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth}) {
		t.Errorf("sent %v", sent)
	}
}

func TestThreshold(t *testing.T) {
	for given, want := range map[float64]float64{0: 0.7, 0.5: 0.5, 0.92: 0.92, 1: 1, 0.49: -1, 1.01: -1, -0.9: -1, math.NaN(): -1, math.Inf(1): -1} {
		got, err := namesearch.Threshold(given, 0.7)
		if (err != nil) != (want < 0) || (err == nil && got != want) {
			t.Errorf("%v: got %v %v", given, got, err)
		}
	}
}

// The register lets both services have exactly these fields.
func TestFieldsAreTheRegisters(t *testing.T) {
	spec, err := consent.SpecOf(consent.PurposeScreening)
	if err != nil {
		t.Fatal(err)
	}
	for _, recipient := range []string{consent.RecipientWatchman, consent.RecipientYente} {
		if !slices.Equal(spec.Recipients[recipient], namesearch.Fields()) {
			t.Errorf("%s may get %v", recipient, spec.Recipients[recipient])
		}
	}
}
