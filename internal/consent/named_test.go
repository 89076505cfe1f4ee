package consent_test

import (
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestOlderNoticeGivesNothingToWhoJoinedLater: whoever agreed to the text by which
// nothing is sent to anybody is screened by us alone.
//
// Promise 29, 65.
func TestOlderNoticeGivesNothingToWhoJoinedLater(t *testing.T) {
	for _, recipient := range []string{consent.RecipientWatchman, consent.RecipientYente} {
		for version, want := range map[string]bool{"2026-11-01": false, "": false, "2026-11-24": true, "2027-01-01": true} {
			d := newDesk(consent.PurposeScreening, consent.KindPrivacy, recipient, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth)
			d.shown.Notice = ledger.NoticeRef{ID: "screening", Version: version, Language: "en"}
			if _, err := redeem[consent.Screening](t, d); (err == nil) != want || (err != nil && onboarding.CodeOf(err) != onboarding.CodeConsentNotLive) {
				t.Errorf("%s under %q: got %v", recipient, version, err)
			}
			var given consent.Register
			given.Give(d.shown)
			if _, err := given.LiveFor(consent.PurposeScreening, recipient); (err == nil) != want || (err != nil && onboarding.CodeOf(err) != onboarding.CodeConsentNotLive) {
				t.Errorf("%s under %q: got %v", recipient, version, err)
			}
			if _, err := given.LiveFor(consent.PurposeScreening, consent.RecipientOwn); err != nil {
				t.Errorf("ourselves under %q: %v", version, err)
			}
			if err := given.Told(recipient); (err == nil) != want {
				t.Errorf("%s under %q: %v", recipient, version, err)
			}
		}
		if _, err := (consent.Register{}).LiveFor(consent.PurposeScreening, recipient); onboarding.CodeOf(err) != onboarding.CodeConsentNotLive {
			t.Errorf("%s without consent: got %v", recipient, err)
		}
	}
}
