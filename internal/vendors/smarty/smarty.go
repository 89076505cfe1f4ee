// Package smarty asks Smarty whether mail reaches a US address (US Street API,
// POST /street-address). Shapes are those of Smarty's own documentation and
// OpenAPI file as of 2026-11. Street, unit, city, state and ZIP code are all that
// is sent of the person, never the name (Smarty has a slot for it, addressee); an
// opaque reference goes along as input_id.
package smarty

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// BaseURL is the US Street API's own address.
const BaseURL = "https://us-street.api.smarty.com"

// The findings. That a building is used for business (metadata.rdi Commercial) is
// none of them and is not read: the check asks whether mail reaches the person,
// and that is what the person is told. Flats over shops, dormitories and shelters
// count as commercial too, and whoever lives there would be looked at for no fault
// of the application. What an office address is feared to hide, a mailbox for
// rent, has a finding of its own.
const (
	FindingDeliverable = "address_deliverable"      // clear: the whole address is in the Postal Service's data
	FindingUnit        = "address_unit_unconfirmed" // consider: the building is there, the unit is missing or not known
	FindingNotFound    = "address_not_found"        // consider: no such address
	FindingUnconfirmed = "address_unconfirmed"      // consider: the address is there, but whether it is vacant or a mailbox was not looked up
	FindingAgency      = "address_mailbox_agency"   // consider: a commercial mail receiving agency, which rents mailboxes
	FindingPostOffice  = "address_post_office"      // consider: a PO box or general delivery; nobody lives there
	FindingVacant      = "address_vacant"           // consider: unoccupied, and no mail is taken there
	FindingInactive    = "address_inactive"         // consider: not in use for mail
)

// match is how strictly Smarty compares. "strict" leaves an address out of its
// answer when it is not valid, so that "no such address" would be an empty list
// that names nobody's input_id. "enhanced" asks for a license of its own, and
// corrects what was typed so freely that another address may be found for it.
// "invalid" answers every whole address with one entry under our input_id, and its
// dpv_match_code tells which are not there. An address that could be two counts as
// not there, which errs towards a person's look; with a ZIP code it is rare.
const match = "invalid"

// Config says how Smarty is reached.
type Config struct {
	BaseURL        string // the constant BaseURL when empty
	AuthID         string // secret key pair; it never stands in a query
	AuthToken      string
	Timeout        time.Duration
	Transport      http.RoundTripper
	TracerProvider trace.TracerProvider
}

// Client is the adapter. It is safe for concurrent use.
type Client struct{ out *outbound.Client }

// allow is everything that Smarty may ever get (obligation 38).
var allow = []onboarding.Field{onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode}

// New makes a Client; see outbound.New for the addresses that it refuses.
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = BaseURL
	}
	out, err := outbound.New(outbound.Config{Vendor: consent.RecipientSmarty, BaseURL: cfg.BaseURL,
		Auth: outbound.Basic(cfg.AuthID, cfg.AuthToken), Allow: allow,
		Timeout: cfg.Timeout, Transport: cfg.Transport, TracerProvider: cfg.TracerProvider})
	if err != nil {
		return nil, err
	}
	return &Client{out: out}, nil
}

// lookup is one element of the request.
type lookup struct {
	InputID    string `json:"input_id"`
	Street     string `json:"street"`
	Secondary  string `json:"secondary,omitempty"`
	City       string `json:"city,omitempty"`
	State      string `json:"state,omitempty"`
	ZIPCode    string `json:"zipcode,omitempty"`
	Candidates int    `json:"candidates"`
	Match      string `json:"match"`
}

// candidate is the part of one element of the answer that we read.
type candidate struct {
	InputID  string `json:"input_id"`
	Metadata struct {
		RecordType string `json:"record_type"`
	} `json:"metadata"`
	Analysis *analysis `json:"analysis"`
}

// analysis has Y, N or nothing in each of its members, and S and D besides in the
// first. Active is Y for every address by now, as Smarty's documentation says; it
// is read for the day on which it is not.
type analysis struct {
	Match  string `json:"dpv_match_code"`
	CMRA   string `json:"dpv_cmra"`
	Vacant string `json:"dpv_vacant"`
	Active string `json:"active"`
}

// inputIDs may have 36 characters at most.
const inputIDLength = 32

// inputID is our reference: Smarty has no room for a whole order key, so it gets
// the beginning of its hash.
func inputID(orderKey string) string {
	sum := sha256.Sum256([]byte(orderKey))
	return hex.EncodeToString(sum[:])[:inputIDLength]
}

// Check spends the grant and asks about its address. No such address is a finding
// and no error, also when Smarty says so with an empty list. Errors: those of
// Grant.Open, CodeInvalid when the grant opens no street or neither ZIP code nor
// city and state (Smarty would take such a street for a whole address in one
// line), those of outbound.Client.Do, and CodeVendorUnclear when the answer is not
// about what was asked.
func (c *Client) Check(ctx context.Context, g consent.Grant[consent.Validation]) (vendors.Answer, error) {
	person, err := g.Open(ctx, consent.RecipientSmarty)
	if err != nil {
		return vendors.Answer{}, err
	}
	l := lookup{InputID: inputID(g.OrderKey()), Street: person[onboarding.FieldStreet], Secondary: person[onboarding.FieldUnit],
		City: person[onboarding.FieldCity], State: person[onboarding.FieldState], ZIPCode: person[onboarding.FieldPostalCode],
		Candidates: 1, Match: match}
	if l.Street == "" {
		return vendors.Answer{}, onboarding.Invalid(string(onboarding.FieldStreet), "There is no street to check.", "Enter the street with its number.")
	}
	if l.ZIPCode == "" && (l.City == "" || l.State == "") {
		return vendors.Answer{}, onboarding.Invalid(string(onboarding.FieldPostalCode), "There is no ZIP code to check.", "Enter the ZIP code.")
	}
	var a []candidate
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/street-address", JSON: []lookup{l}, Fields: sent(person), Into: &a})
	if err != nil {
		return vendors.Answer{}, err
	}
	findings, err := read(a, l.InputID, reply.Status)
	if err != nil {
		return vendors.Answer{}, err
	}
	return vendors.Answer{Findings: findings, Raw: reply.Body}, nil
}

// sent lists the fields that stand in a lookup made from p.
func sent(p onboarding.Profile) []onboarding.Field {
	var out []onboarding.Field
	for _, f := range allow {
		if p[f] != "" {
			out = append(out, f)
		}
	}
	return out
}

// read makes findings of the answer to the lookup named asked.
func read(a []candidate, asked string, status int) ([]onboarding.Finding, error) {
	switch {
	case len(a) == 0:
		return []onboarding.Finding{consider(FindingNotFound)}, nil
	case len(a) > 1:
		return nil, vendors.Unclear(consent.RecipientSmarty, status, "gave more addresses than it was asked for")
	case a[0].InputID != asked:
		return nil, vendors.Unclear(consent.RecipientSmarty, status, "gave an answer that is not about the address asked for")
	case a[0].Analysis == nil:
		return nil, vendors.Unclear(consent.RecipientSmarty, status, "did not say what became of the address")
	}
	return a[0].findings(status)
}

func (c candidate) findings(status int) ([]onboarding.Finding, error) {
	var out []onboarding.Finding
	switch c.Analysis.Match {
	case "Y":
		out = append(out, c.Analysis.whole())
	case "S", "D": // the unit was not recognized; it is missing
		out = append(out, consider(FindingUnit))
	case "N", "": // not confirmed; not in the Postal Service's data
		return []onboarding.Finding{consider(FindingNotFound)}, nil
	default:
		return nil, vendors.Unclear(consent.RecipientSmarty, status, "gave a result that is not in its documentation")
	}
	for _, also := range []struct {
		holds bool
		code  string
	}{
		{c.Analysis.CMRA == "Y", FindingAgency},
		{c.Metadata.RecordType == "P" || c.Metadata.RecordType == "G", FindingPostOffice},
		{c.Analysis.Vacant == "Y", FindingVacant},
		{c.Analysis.Active == "N", FindingInactive},
	} {
		if also.holds {
			out = append(out, consider(also.code))
		}
	}
	return out, nil
}

// whole is the finding about an address that is in the data as it was typed.
// Smarty's own advice is to call it deliverable only when it is known not to be
// vacant, and a blank means that nobody looked: only evidence makes clear.
func (a analysis) whole() onboarding.Finding {
	known := func(s string) bool { return s == "Y" || s == "N" }
	if !known(a.Vacant) || !known(a.CMRA) {
		return consider(FindingUnconfirmed)
	}
	return onboarding.Finding{Code: FindingDeliverable, Verdict: onboarding.VerdictClear, Source: onboarding.SourceProprietary}
}

func consider(code string) onboarding.Finding {
	return onboarding.Finding{Code: code, Verdict: onboarding.VerdictConsider, Source: onboarding.SourceProprietary}
}
