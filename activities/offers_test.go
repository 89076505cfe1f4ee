package activities_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/activities"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestOfferAsksTheList: before a marketing letter goes the one list is asked by the keyed
// hash of its address, so that a word against it to one application holds for another
// whose consent stands; and none goes that could not be ended.
//
// Promise 60.
func TestOfferAsksTheList(t *testing.T) {
	locked, plain, _ := stores(t)
	acts := activities.New(activities.Config{Evidence: locked, Objects: plain})
	stopped, willing := strings.ReplaceAll(uuid.NewString(), "-", ""), strings.ReplaceAll(uuid.NewString(), "-", "")
	if err := plain.Put(t.Context(), onboarding.NotInvitedKey(stopped), []byte("2026-11-28T12:00:00Z\n")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		reader, stop string
		passes       bool
	}{
		"who has said so":                 {stopped, "https://apply.example.com/stop", false},
		"who has not":                     {willing, "https://apply.example.com/stop", true},
		"a letter that cannot be ended":   {willing, "", false},
		"an address that cannot be asked": {"", "https://apply.example.com/stop", false},
	} {
		err := acts.SendOffer(t.Context(), workflows.SendMessageIn{Reader: c.reader}, mail.Letter{Stop: c.stop})
		if err == nil {
			t.Fatalf("%s: sent without a grant", name)
		}
		if refused := onboarding.CodeOf(err) == onboarding.CodeConsentNotLive; refused == c.passes {
			t.Errorf("%s: %v", name, err)
		}
	}
}
