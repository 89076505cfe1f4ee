package consent_test

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// published is the hash of every text that anybody may have agreed to. A receipt
// proves what was read by this hash, so a text that stands there never changes and
// never goes: another text is another version, with a line of its own.
//
//go:embed testdata/published.txt
var published string

func TestPublishedTextsNeverChange(t *testing.T) {
	var got []string
	for _, n := range consent.EveryNotice() {
		got = append(got, n.SHA256+"  "+n.ID+" "+n.Language+" "+n.Version)
		sum := sha256.Sum256([]byte(n.Text))
		if hex.EncodeToString(sum[:]) != n.SHA256 {
			t.Errorf("%s: the hash is not that of the text", n.ID)
		}
		if by, err := consent.NoticeBy(n.Ref()); err != nil || by != n {
			t.Errorf("%s is not found by its own reference: %v", n.ID, err)
		}
	}
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(published), "\n"), got); diff != "" {
		t.Errorf("(-published +now):\n%s", diff)
	}
}

// TestNoticesFollowThePurposes: they are asked for in the order of Asked, one for
// each kind, none left over; a language that we do not have gets English.
func TestNoticesFollowThePurposes(t *testing.T) {
	var want []string
	for _, s := range consent.Specs() {
		for _, k := range s.Kinds {
			if !s.Later {
				want = append(want, string(s.ID)+" "+string(k))
			} else if n, err := consent.CurrentNotice(s.ID, k, "en"); err != nil || n.Purpose != s.ID || n.Kind != k {
				t.Errorf("what is asked for later has no notice: %s %s, %v", s.ID, k, err)
			}
		}
	}
	for _, language := range []string{"en", "tlh", ""} {
		var got []string
		for _, n := range consent.Notices(language) {
			got = append(got, string(n.Purpose)+" "+string(n.Kind))
			if n.Language != "en" {
				t.Errorf("%s is in %q", n.ID, n.Language)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in %q (-want +got):\n%s", language, diff)
		}
	}
}

// disclosure is the whole text that is shown before a report is ordered. 15 USC
// 1681b(b)(2)(A)(i): clear and conspicuous, "in a document that consists solely of
// the disclosure, that a consumer report may be obtained for employment purposes".
const disclosure = "A consumer report about you may be obtained from a consumer reporting agency for employment purposes, " +
	"including for your engagement as an independent contractor."

// alien are words that a disclosure standing alone cannot have: each is of
// something else on the page. A waiver of liability (Syed v. M-I, 9th Cir. 2017)
// and notices of states (Gilberg v. California Check Cashing, 9th Cir. 2019) were
// wilful violations. The authorization has a page of its own here, too.
var alien = []string{"waive", "release", "liab", "harmless", "indemn", "claim", "agree", "consent", "authoriz", "certif", "acknowledg", "sign",
	"california", "new york", "minnesota", "oklahoma", "state law", "copy", "arbitrat", "at will", "accurate", "truth", "privacy", "policy", "findly", "http"}

func TestDisclosureStandsAlone(t *testing.T) {
	n, err := consent.CurrentNotice(consent.PurposeVetting, consent.KindDisclosureShown, "en")
	if err != nil {
		t.Fatal(err)
	}
	if n.Text != disclosure {
		t.Errorf("the disclosure is now\n%q\nHas counsel read it?", n.Text)
	}
	if len(n.Paragraphs()) != 1 {
		t.Errorf("%d paragraphs: one sentence is the whole of it", len(n.Paragraphs()))
	}
	for _, word := range alien {
		if strings.Contains(strings.ToLower(n.Text+" "+n.Title), word) {
			t.Errorf("%q does not belong in a disclosure that stands alone", word)
		}
	}
	// What is pressed under it says that it was read. It agrees to nothing: a
	// disclosure is shown, and the authorization follows on a page of its own.
	if n.Action != "I have read this disclosure" {
		t.Errorf("the button says %q", n.Action)
	}
}

// TestAuthorizationComesAfter: 15 USC 1681b(b)(2)(A)(ii) wants an authorization in
// writing; E-SIGN, 15 USC 7001(c), a consent before anything is signed on a screen.
func TestAuthorizationComesAfter(t *testing.T) {
	want := []consent.Kind{consent.KindESign, consent.KindDisclosureShown, consent.KindFCRAAuthorization}
	s, err := consent.SpecOf(consent.PurposeVetting)
	if err != nil || !slices.Equal(s.Kinds, want) {
		t.Errorf("asked for in the order %v, %v", s.Kinds, err)
	}
	n, err := consent.CurrentNotice(consent.PurposeVetting, consent.KindFCRAAuthorization, "en")
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"I authorize", "consumer report", "in writing", "Findly", "take this authorization back"} {
		if !strings.Contains(n.Text, says) {
			t.Errorf("the authorization does not say %q", says)
		}
	}
	// Syed again: an authorization may stand with the disclosure, a waiver may not.
	for _, word := range []string{"waive", "release", "liab", "harmless", "indemn"} {
		if strings.Contains(strings.ToLower(n.Text), word) {
			t.Errorf("the authorization has %q", word)
		}
	}
	esign, err := consent.CurrentNotice(consent.PurposeVetting, consent.KindESign, "en")
	if err != nil {
		t.Fatal(err)
	}
	for why, says := range map[string]string{
		"7001(c)(1)(B)(i)(I), on paper":                        "on paper",
		"7001(c)(1)(B)(i)(II), to withdraw":                    "take this consent back",
		"7001(c)(1)(B)(ii), scope":                             "This covers",
		"7001(c)(1)(B)(iii), to update one's contact":          "change your e-mail address",
		"7001(c)(1)(B)(iv), a paper copy and its fee":          "at no cost",
		"7001(c)(1)(C)(i), hardware and software that it asks": "web browser",
	} {
		if !strings.Contains(esign.Text, says) {
			t.Errorf("%s: the notice does not say %q", why, says)
		}
	}
}

// TestNoticesNameTheRecipients: nobody outside gets a field that the person was
// not told of by name (promise 29), and everybody is told that it is voluntary or
// can be taken back (promise 3).
//
// Promise 3, 29.
func TestNoticesNameTheRecipients(t *testing.T) {
	names := map[string]string{consent.RecipientKickbox: "Kickbox", consent.RecipientTwilio: "Twilio", consent.RecipientFindly: "Findly", consent.RecipientMail: "mail",
		consent.RecipientWatchman: "Moov Watchman", consent.RecipientYente: "OpenSanctions",
		consent.RecipientSmarty: "SmartyStreets", consent.RecipientMaxMind: "MaxMind", consent.RecipientStripe: "Stripe", consent.RecipientCheckr: "Checkr", consent.RecipientTwilioSMS: "Twilio"}
	words := map[onboarding.Field]string{onboarding.FieldEmail: "e-mail", onboarding.FieldPhone: "phone", onboarding.FieldNationalID: "identity number",
		onboarding.FieldDateOfBirth: "date of birth", onboarding.FieldGivenName: "name", onboarding.FieldStreet: "address"}
	backs := map[string]*regexp.Regexp{
		"en": regexp.MustCompile(`(take this (consent|authorization) back|end your application) at any time`),
		"es": regexp.MustCompile(`((retirar (este consentimiento|esta autorización))|terminar su solicitud) en cualquier momento`),
	}
	for _, language := range []string{"en", "es"} { // in this order: the second changes the words
		back := backs[language]
		if language == "es" {
			names[consent.RecipientMail] = "correo"
			words = map[onboarding.Field]string{onboarding.FieldEmail: "correo electrónico", onboarding.FieldPhone: "teléfono", onboarding.FieldNationalID: "número de identidad",
				onboarding.FieldDateOfBirth: "fecha de nacimiento", onboarding.FieldGivenName: "nombre", onboarding.FieldStreet: "direcci"}
		}
		namesRecipients(t, language, back, names, words)
	}
}

func namesRecipients(t *testing.T, language string, back *regexp.Regexp, names map[string]string, words map[onboarding.Field]string) {
	t.Helper()
	texts := map[consent.PurposeID]string{}
	for _, s := range consent.Specs() {
		for _, k := range s.Kinds {
			n, err := consent.CurrentNotice(s.ID, k, language)
			if err != nil {
				t.Fatal(err)
			}
			texts[s.ID] += n.Text + "\n"
		}
	}
	for _, s := range consent.Specs() {
		text := texts[s.ID]
		if !back.MatchString(text) {
			t.Errorf("3: %s is not said to be voluntary in %s", s.ID, language)
		}
		for recipient, fields := range s.Recipients {
			if kind, ok := s.Choices[recipient]; ok { // told by a notice of its own
				says := map[string]string{"en": "Anybody who has the address can then read your name", "es": "cualquiera que tenga la dirección puede leer su nombre"}[language]
				if n, err := consent.CurrentNotice(s.ID, kind, language); err != nil || !strings.Contains(n.Text, says) || !back.MatchString(n.Text) {
					t.Errorf("29: %s goes to %s by a choice that says something else: %v", s.ID, recipient, err)
				}
				continue
			}
			if recipient == consent.RecipientOwn || recipient == consent.RecipientHolder {
				continue // nothing leaves the house; the applicant holds it
			}
			if name, ok := names[recipient]; !ok || !strings.Contains(text, name) {
				t.Errorf("29: %s goes to %s, which the notice in %s does not name", s.ID, recipient, language)
			}
			for _, f := range fields {
				if word := words[f]; word != "" && !strings.Contains(text, word) {
					t.Errorf("29: %s gets %s for %s, which the notice in %s does not say", recipient, f, s.ID, language)
				}
			}
		}
	}
}

// TestWhoJoinedLaterIsNamedSince: every version from the one in NamedSince on names
// the recipient, none before does, and there is one.
func TestWhoJoinedLaterIsNamedSince(t *testing.T) {
	names := map[string]string{consent.RecipientWatchman: "Watchman", consent.RecipientYente: "OpenSanctions", consent.RecipientSmarty: "SmartyStreets",
		consent.RecipientMaxMind: "MaxMind", consent.RecipientStripe: "Stripe", consent.RecipientCheckr: "Checkr", consent.ListSAM: "excluded from federal contracts"}
	for _, s := range consent.Specs() {
		for recipient, since := range s.NamedSince {
			if _, ok := s.Recipients[recipient]; (!ok && recipient != consent.ListSAM) || names[recipient] == "" {
				t.Errorf("%s: %s is in NamedSince, and not in the register or in this test", s.ID, recipient)
			}
			first := false
			for _, n := range consent.EveryNotice() {
				if n.Purpose != s.ID || n.Kind != s.Kinds[len(s.Kinds)-1] {
					continue
				}
				first = first || n.Version == since
				name := names[recipient]
				if recipient == consent.ListSAM && n.Language == "es" {
					name = "excluidas de los contratos federales"
				}
				if says := strings.Contains(n.Text, name); says != (n.Version >= since) {
					t.Errorf("%s %s names %s: %v", n.ID, n.Version, recipient, says)
				}
			}
			if !first {
				t.Errorf("%s: there is no notice in version %s, which is to name %s", s.ID, since, recipient)
			}
		}
	}
}
