package receipt_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/receipt"
)

const (
	subject = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001")
	id      = "019ab3c0-0000-7000-8000-0000000000aa"
)

var given = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

func inputFor(t *testing.T, n consent.Notice) receipt.Input {
	t.Helper()
	set, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("support-basics")
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Input{Subject: subject, Program: p, Written: given.AddDate(0, 0, 1), Name: func(s string) string { return "the company " + s },
		Consent: receipt.Consent{ID: id, Kind: n.Kind, Purpose: n.Purpose, Notice: n.Ref(), Method: "button", ShownAt: given.Add(-time.Minute), GivenAt: given}}
}

func encoded(t *testing.T, in receipt.Input) (map[string]any, string) {
	t.Helper()
	r, err := receipt.Of(in)
	if err != nil {
		t.Fatal(err)
	}
	body, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	return doc, string(body)
}

// at finds a member by its path; an array's members are all looked at.
func at(doc any, path ...string) []any {
	if list, ok := doc.([]any); ok {
		var out []any
		for _, m := range list {
			out = append(out, at(m, path...)...)
		}
		return out
	}
	if len(path) == 0 {
		return []any{doc}
	}
	m, ok := doc.(map[string]any)
	if !ok || m[path[0]] == nil {
		return nil
	}
	return at(m[path[0]], path[1:]...)
}

// TestProfile: every receipt of every notice that we ever published has what ISO/IEC
// TS 27560 wants of each section, as the DPV guide profiles it.
func TestProfile(t *testing.T) {
	required := []string{
		"schema_version", "receipt_id", // receipt
		"record.schema_version", "record.record_id", "record.pii_principal_id.@id", // header
		"record.privacy_notice.@id", "record.privacy_notice.notice_text", "record.privacy_notice.notice_sha256", "record.language", // notice
		"record.process.purpose", "record.process.lawful_basis", "record.process.pii_information.pii_type", "record.process.collection_method",
		"record.process.storage_condition.retention_period", "record.process.jurisdiction", "record.process.withdrawal_method.description",
		"record.process.privacy_rights", "record.process.service", // processing
		"record.pii_controllers.name", "record.pii_controllers.entity_id", "record.pii_controllers.role", "record.pii_controllers.contact", "record.pii_controllers.address", // party
		"record.events.event_type", "record.events.event_state", "record.events.event_time", "record.events.validity_duration", "record.events.entity_id", // event
	}
	for _, n := range consent.Notices("en") {
		t.Run(n.ID, func(t *testing.T) {
			doc, body := encoded(t, inputFor(t, n))
			for _, path := range required {
				found := at(doc, strings.Split(path, ".")...)
				if len(found) == 0 || slices.Contains(found, any("")) {
					t.Errorf("%s is missing or empty: %v", path, found)
				}
			}
			if doc["@type"] != "dpv:ConsentReceipt" || doc["schema_version"] != "https://w3id.org/dpv/schema/dpv-27560#receipt-record" {
				t.Errorf("it is a %v after %v", doc["@type"], doc["schema_version"])
			}
			if text := at(doc, "record", "privacy_notice", "notice_text"); text[0] != n.Text {
				t.Error("the notice is not the text that was shown")
			}
			for _, secret := range []string{"evidence", "ip_address_value", "user_agent_value", "own worker"} {
				if strings.Contains(body, secret) {
					t.Errorf("it holds %q", secret)
				}
			}
		})
	}
}

// TestTermsAreIRIs: every member has a term in the context, every term an absolute
// IRI, and every value that the context calls an IRI is one.
func TestTermsAreIRIs(t *testing.T) {
	n, err := consent.CurrentNotice(consent.PurposeVetting, consent.KindFCRAAuthorization, "en")
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := encoded(t, inputFor(t, n))
	context, ok := doc["@context"].(map[string]any)
	if !ok {
		t.Fatal("there is no context")
	}
	expand := func(term string) (string, error) {
		prefix, rest, ok := strings.Cut(term, ":")
		if base, known := context[prefix].(string); ok && known && !strings.HasPrefix(rest, "//") {
			term = base + rest
		}
		u, err := url.Parse(term)
		if err == nil && !u.IsAbs() {
			err = fmt.Errorf("%q is no absolute IRI", term)
		}
		return term, err
	}
	iri := map[string]bool{}
	for name, term := range context {
		if name == "@version" {
			continue
		}
		if def, ok := term.(map[string]any); ok {
			iri[name] = def["@type"] == "@id"
			term = def["@id"]
		}
		if _, err := expand(fmt.Sprint(term)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, m := range v {
				look(m)
			}
		case map[string]any:
			for name, m := range v {
				if name == "@context" {
					continue
				}
				if _, known := context[name]; !known && !strings.HasPrefix(name, "@") {
					t.Errorf("the member %s has no term", name)
				}
				if s, is := m.(string); is && (iri[name] || name == "@id" || name == "@type") {
					if _, err := expand(s); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
				look(m)
			}
		}
	}
	look(doc)
}

// TestWhoIsNamed: those who are at work for the program and whom the notice that
// was agreed to names, and no others.
func TestWhoIsNamed(t *testing.T) {
	n, err := consent.CurrentNotice(consent.PurposeValidation, consent.KindPrivacy, "en")
	if err != nil {
		t.Fatal(err)
	}
	in := inputFor(t, n)
	doc, _ := encoded(t, in)
	if got := at(doc, "record", "recipient_third_parties", "name"); len(got) != 2 || got[0] != "the company kickbox" || got[1] != "the company twilio" {
		t.Errorf("named are %v", got)
	}
	in.Program.Checks = append(slices.Clone(in.Program.Checks), program.CheckSpec{Name: onboarding.CheckAddress, Vendor: consent.RecipientSmarty})
	if doc, _ = encoded(t, in); len(at(doc, "record", "recipient_third_parties", "name")) != 3 {
		t.Error("Smarty is at work and named in the notice, and not in the receipt")
	}
	in.Consent.Notice.Version = "2026-11-01"
	if _, err := receipt.Of(in); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("a text with another hash: %v", err)
	}
	file, err := os.ReadFile("../consent/notices/validation.en.2026-11-01.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(file), "\n\n")
	in.Consent.Notice.SHA256 = fmt.Sprintf("%x", sha256.Sum256([]byte(strings.TrimSpace(text))))
	if doc, _ = encoded(t, in); len(at(doc, "record", "recipient_third_parties", "name")) != 2 {
		t.Error("somebody is in the receipt whom the older notice does not name")
	}
}

func TestLife(t *testing.T) {
	n, err := consent.CurrentNotice(consent.PurposeScreening, consent.KindPrivacy, "en")
	if err != nil {
		t.Fatal(err)
	}
	in := inputFor(t, n)
	in.Consent.Withdrawn = given.Add(48 * time.Hour)
	doc, _ := encoded(t, in)
	want := []any{"https://w3id.org/dpv#ConsentRequested", "https://w3id.org/dpv#ConsentGiven", "https://w3id.org/dpv#ConsentWithdrawn"}
	if got := at(doc, "record", "events", "event_state"); !slices.Equal(got, want) {
		t.Errorf("its life is %v", got)
	}
	if got := at(doc, "record", "events", "event_time"); got[2] != "2026-11-29T09:00:00Z" {
		t.Errorf("withdrawn at %v", got)
	}
	shown, err := consent.CurrentNotice(consent.PurposeVetting, consent.KindDisclosureShown, "en")
	if err != nil {
		t.Fatal(err)
	}
	doc, _ = encoded(t, inputFor(t, shown))
	if slices.Contains(at(doc, "record", "events", "event_state"), any("https://w3id.org/dpv#ConsentGiven")) {
		t.Error("a disclosure that was shown counts as a consent")
	}
	in.Consent.Purpose = "advertising"
	if _, err := receipt.Of(in); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("a purpose that there is not: %v", err)
	}
}
