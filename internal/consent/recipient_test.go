package consent_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
)

// TestEveryRecipientIsKnown: whoever may get data stands in the register with a place, a
// mechanism, a list of sub-processors or the reason why there is none, and how data are
// erased there; nobody stands there who gets nothing. Each purpose says how long its
// data are kept.
//
// Promise 40, 51, 52.
func TestEveryRecipientIsKnown(t *testing.T) {
	gets := map[string]bool{}
	for _, s := range append(consent.Specs(), consent.InvitationSpec()) {
		if !strings.HasSuffix(s.Retention, ".") {
			t.Errorf("%s: how long its data are kept is not said: %q", s.ID, s.Retention)
		}
		if !strings.HasPrefix(s.DPV, "https://w3id.org/") || !strings.HasPrefix(s.Basis, "https://w3id.org/dpv#") {
			t.Errorf("%s: purpose %q, basis %q", s.ID, s.DPV, s.Basis)
		}
		for id := range s.Recipients {
			gets[id] = true
			r, ok := consent.RecipientOf(id)
			if !ok {
				t.Errorf("%s goes to %s, of whom the register knows nothing", s.ID, id)
				continue
			}
			if r.Name == "" || r.Role == "" || r.Place == "" || r.Mechanism == "" || r.Erases == "" {
				t.Errorf("%s: %+v", id, r)
			}
			if (r.ListedAt == "") == (r.Unlisted == "") {
				t.Errorf("%s: a list of sub-processors, or why there is none: %q, %q", id, r.ListedAt, r.Unlisted)
			}
			if u, err := url.Parse(r.ListedAt); r.ListedAt != "" && (err != nil || u.Scheme != "https") {
				t.Errorf("%s: its list is at %q", id, r.ListedAt)
			}
			for _, sub := range r.Subs {
				if sub.Name == "" || sub.Place == "" || r.ListedAt == "" {
					t.Errorf("%s hands on to %+v, by which list is not said", id, sub)
				}
			}
			if r.Place.Abroad() && r.Mechanism == consent.MechanismDomestic || r.Place == consent.PlaceUS && r.Mechanism != consent.MechanismDomestic {
				t.Errorf("%s: %s by %q", id, r.Place.In(), r.Mechanism)
			}
		}
	}
	for _, r := range consent.Recipients() {
		if !gets[r.ID] {
			t.Errorf("%s is in the register and may get nothing", r.ID)
		}
	}
	if _, ok := consent.RecipientOf("advertiser"); ok {
		t.Error("somebody is known who is not in the register")
	}
}

// TestNoticesNameTheCountry: who gets data outside of the United States is named with
// the place in the newest notice, in each language.
//
// Promise 51, 52.
func TestNoticesNameTheCountry(t *testing.T) {
	says := map[consent.Place]map[string]string{consent.PlaceEU: {"en": "in the European Union", "es": "en la Unión Europea"}}
	abroad := 0
	for _, s := range consent.Specs() {
		for id := range s.Recipients {
			r, _ := consent.RecipientOf(id)
			if !r.Place.Abroad() || r.Place == consent.Anywhere { // the person's own, or their own choice
				continue
			}
			abroad++
			for language, words := range says[r.Place] {
				n, err := consent.CurrentNotice(s.ID, s.Kinds[len(s.Kinds)-1], language)
				if err != nil || n.Language != language || !strings.Contains(n.Text, r.Name) || !strings.Contains(n.Text, words) {
					t.Errorf("%s goes to %s %s, which the notice %s %s does not say in %s: %v", s.ID, r.Name, r.Place.In(), n.ID, n.Version, language, err)
				}
			}
			if len(says[r.Place]) == 0 {
				t.Errorf("%s is %s, and this test knows no words for it", r.Name, r.Place.In())
			}
		}
	}
	if abroad == 0 {
		t.Error("nobody is abroad: this test sees nothing")
	}
}
