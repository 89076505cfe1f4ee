package receipt_test

import (
	"bytes"
	_ "embed"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/receipt"
)

//go:embed shape.json
var shapeJSON []byte

func shape(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(shapeJSON))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("shape.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("shape.json")
}

func fits(t *testing.T, s *jsonschema.Schema, body []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// TestEveryReceiptHasTheShape: receipts of every kind of consent, in every language,
// under every program, live and withdrawn, with a proof and without, have the profile's
// shape (shape.json), retention and places among it.
//
// Promise 51, 52.
func TestEveryReceiptHasTheShape(t *testing.T) {
	s := shape(t)
	set, err := program.LoadTrial()
	if err != nil {
		t.Fatal(err)
	}
	kinds, places := map[consent.Kind]bool{}, map[string]bool{}
	for _, spec := range consent.Specs() {
		all := spec.Kinds
		for _, choice := range spec.Choices {
			all = append(all, choice)
		}
		for _, k := range all {
			for _, language := range []string{"en", "es"} {
				n, err := consent.CurrentNotice(spec.ID, k, language)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range set.All() {
					in := inputFor(t, n)
					in.Program = p
					for _, withdrawn := range []bool{false, true} {
						if withdrawn {
							in.Consent.Withdrawn = given.AddDate(0, 1, 0)
						}
						r, err := receipt.Of(in)
						if err != nil {
							t.Fatal(err)
						}
						for _, proof := range []string{"", `{"checkpoint":"3"}`} {
							sealed := r.Sealed(nil)
							if proof != "" {
								sealed = r.Sealed([]byte(proof))
							}
							body, err := sealed.Encode()
							if err != nil {
								t.Fatal(err)
							}
							if err := fits(t, s, body); err != nil {
								t.Errorf("%s (%s) in %s for %s: %v", spec.ID, k, language, p.ID, err)
							}
						}
						for _, party := range r.Record.Recipients {
							places[party.Place] = true
						}
					}
				}
				kinds[k] = true
			}
		}
	}
	if len(kinds) < 7 || !places["https://w3id.org/dpv/loc#US"] || !places["https://w3id.org/dpv/loc#EU"] {
		t.Errorf("kinds %v, places %v", kinds, places)
	}
}

// TestReceiptNamesThePolicy: the base and each supplement that was in force when the
// consent was given, each by its own version and hash; none before there was one.
//
// Promise 19.
func TestReceiptNamesThePolicy(t *testing.T) {
	s := shape(t)
	n, err := consent.CurrentNotice(consent.PurposeValidation, consent.KindPrivacy, "es")
	if err != nil {
		t.Fatal(err)
	}
	in := inputFor(t, n)
	in.Consent.GivenAt = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	r, err := receipt.Of(in)
	if err != nil {
		t.Fatal(err)
	}
	parts := consent.PolicyAt(in.Consent.GivenAt, "es")
	if len(r.Record.Policy) != len(parts) || len(parts) < 2 {
		t.Fatalf("%d parts of %d", len(r.Record.Policy), len(parts))
	}
	for i, p := range r.Record.Policy {
		if p.Part != parts[i].ID || p.Version != parts[i].Version || p.SHA256 != parts[i].SHA256 || p.Language != "es" {
			t.Errorf("%+v is not %s %s", p, parts[i].ID, parts[i].Version)
		}
	}
	body, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := fits(t, s, body); err != nil {
		t.Error(err)
	}
	if fits(t, s, []byte(strings.ReplaceAll(string(body), `"policy_part": "base"`, `"policy_part": "other"`))) == nil {
		t.Error("a policy without its base is not found")
	}
	in.Consent.GivenAt = time.Date(2026, 11, 27, 23, 59, 59, 0, time.UTC)
	if r, err = receipt.Of(in); err != nil || len(r.Record.Policy) != 0 {
		t.Errorf("before there was a policy: %v, %v", r.Record.Policy, err)
	}
}

// TestTheShapeFinds: what is wrong with a receipt is found, so that the shape is one.
func TestTheShapeFinds(t *testing.T) {
	s := shape(t)
	n, err := consent.CurrentNotice(consent.PurposeVetting, consent.KindFCRAAuthorization, "en")
	if err != nil {
		t.Fatal(err)
	}
	r, err := receipt.Of(inputFor(t, n))
	if err != nil {
		t.Fatal(err)
	}
	body, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	whole := string(body)
	if err := fits(t, s, body); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"no retention":            {`"retention_period"`, `"kept"`},
		"no place":                {`"processing_locations"`, `"place"`},
		"no mechanism":            {`"transfer_mechanism": "` + string(consent.MechanismDomestic) + `"`, `"transfer_mechanism": ""`},
		"a purpose in words":      {`"purpose": "https://w3id.org/dpv#RecruitmentApplicantBackgroundCheck"`, `"purpose": "background check"`},
		"another state":           {"ConsentGiven", "ConsentAssumed"},
		"a time without its zone": {given.Format("2006-01-02T15:04:05Z"), "2026-11-27T09:00:00"},
		"a hash cut off":          {n.SHA256, n.SHA256[:63]},
		"nobody decides":          {`"dpv:DataController"`, `"dpv:Recipient"`},
		"something more":          {`"language": "en",`, `"language": "en", "ip_address": "192.0.2.1",`},
	} {
		altered := strings.ReplaceAll(whole, change[0], change[1])
		if altered == whole {
			t.Errorf("%s: nothing was altered", name)
		} else if fits(t, s, []byte(altered)) == nil {
			t.Errorf("%s is not found", name)
		}
	}
}
