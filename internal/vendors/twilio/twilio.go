// Package twilio asks Twilio Lookup v2 whether a phone number is valid and
// what kind of line it is. Shapes are those of Twilio's own documentation as
// of 2026-11. The number is all that is sent; it stands in the path, so spans
// show the path's pattern.
package twilio

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// BaseURL is Twilio Lookup's own address.
const BaseURL = "https://lookups.twilio.com"

// The findings.
const (
	FindingValid       = "phone_valid"        // clear
	FindingInvalid     = "phone_invalid"      // consider: no such number
	FindingVoIP        = "phone_voip"         // consider: a number that anybody gets in a minute (nonFixedVoip)
	FindingUnusualLine = "phone_unusual_line" // consider: toll-free, premium, pager and the like
	FindingUnknownLine = "phone_unknown_line" // consider: the carrier does not say what it is
)

// Config says how Twilio is reached.
type Config struct {
	BaseURL        string // the constant BaseURL when empty
	KeySID         string // API key
	KeySecret      string
	Timeout        time.Duration
	Transport      http.RoundTripper
	TracerProvider trace.TracerProvider
}

// Client is the adapter. It is safe for concurrent use.
type Client struct{ out *outbound.Client }

// allow is everything that Twilio may ever get (obligation 38).
var allow = []onboarding.Field{onboarding.FieldPhone}

// New makes a Client; see outbound.New for the addresses that it refuses.
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = BaseURL
	}
	out, err := outbound.New(outbound.Config{Vendor: consent.RecipientTwilio, BaseURL: cfg.BaseURL,
		Auth: outbound.Basic(cfg.KeySID, cfg.KeySecret), Allow: allow, ErrorCode: outbound.NumberedCode,
		Timeout: cfg.Timeout, Transport: cfg.Transport, TracerProvider: cfg.TracerProvider})
	if err != nil {
		return nil, err
	}
	return &Client{out: out}, nil
}

type answer struct {
	PhoneNumber string `json:"phone_number"`
	Valid       *bool  `json:"valid"`
	Line        *line  `json:"line_type_intelligence"`
}

type line struct {
	Type      *string `json:"type"`
	ErrorCode *int    `json:"error_code"`
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Lookup spends the grant and asks about its phone number. Errors: those of
// Grant.Open, CodeInvalid when the grant opens no number in E.164 form, those
// of outbound.Client.Do, and those that Twilio puts inside a 200.
func (c *Client) Lookup(ctx context.Context, g consent.Grant[consent.Validation]) (vendors.Answer, error) {
	person, err := g.Open(ctx, consent.RecipientTwilio)
	if err != nil {
		return vendors.Answer{}, err
	}
	phone := person[onboarding.FieldPhone]
	if !e164.MatchString(phone) {
		return vendors.Answer{}, onboarding.Invalid(string(onboarding.FieldPhone), "There is no phone number in international form to check.",
			"Enter the number with its country code, such as +1 212 555 0123.")
	}
	var a answer
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v2/PhoneNumbers/{e164}",
		Params: map[string]string{"e164": phone}, Query: url.Values{"Fields": {"line_type_intelligence"}},
		Fields: []onboarding.Field{onboarding.FieldPhone}, Into: &a})
	if err != nil {
		return vendors.Answer{}, err
	}
	if a.PhoneNumber != phone || a.Valid == nil {
		return vendors.Answer{}, vendors.Unclear(consent.RecipientTwilio, reply.Status, "gave an answer that is not about the number asked for")
	}
	findings, err := a.findings(reply.Status)
	if err != nil {
		return vendors.Answer{}, err
	}
	return vendors.Answer{Findings: findings, Raw: reply.Body}, nil
}

func (a answer) findings(status int) ([]onboarding.Finding, error) {
	found := func(code string, v onboarding.Verdict) onboarding.Finding {
		return onboarding.Finding{Code: code, Verdict: v, Source: onboarding.SourceProprietary}
	}
	if !*a.Valid {
		return []onboarding.Finding{found(FindingInvalid, onboarding.VerdictConsider)}, nil
	}
	if a.Line == nil {
		return nil, vendors.Unclear(consent.RecipientTwilio, status, "did not say what kind of line it is")
	}
	if a.Line.ErrorCode != nil && *a.Line.ErrorCode != 0 {
		return nil, packageError(status, *a.Line.ErrorCode)
	}
	out := []onboarding.Finding{found(FindingValid, onboarding.VerdictClear)}
	kind := ""
	if a.Line.Type != nil {
		kind = *a.Line.Type
	}
	switch kind {
	case "mobile", "landline", "fixedVoip":
	case "nonFixedVoip":
		out = append(out, found(FindingVoIP, onboarding.VerdictConsider))
	case "personal", "tollFree", "premium", "sharedCost", "uan", "voicemail", "pager":
		out = append(out, found(FindingUnusualLine, onboarding.VerdictConsider))
	default: // null, "unknown", or a kind that is newer than we are
		out = append(out, found(FindingUnknownLine, onboarding.VerdictConsider))
	}
	return out, nil
}

// packageError maps the error that a data package reports inside a 200.
func packageError(status, code int) error {
	p := vendors.Problem{Vendor: consent.RecipientTwilio, Status: status, Code: strconv.Itoa(code)}
	switch code {
	case 60616: // too many requests for the package
		return vendors.Fail(onboarding.CodeVendorBusy, p, "asks us to wait", "It is asked again later.")
	case 60607: // the package does not cover the country
		return vendors.Fail(onboarding.CodeVendorRefused, p, "does not cover the number's country", "Move the check to another vendor, or waive it.")
	case 60626: // the number was looked up too often
		return vendors.Fail(onboarding.CodeVendorRefused, p, "will not look this number up again", "Move the check to another vendor, or waive it.")
	}
	return vendors.Fail(onboarding.CodeVendorUnclear, p, "could not find out what kind of line it is", "It is asked again later.")
}
