// Package kickbox asks Kickbox whether an e-mail address can receive mail
// (GET /v2/verify). Shapes are those of Kickbox's own documentation as of
// 2026-11. The address is all that is sent.
package kickbox

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// BaseURL is Kickbox's own address.
const BaseURL = "https://api.kickbox.com"

// The findings.
const (
	FindingDeliverable   = "email_deliverable"   // clear
	FindingUndeliverable = "email_undeliverable" // consider: the mailbox does not exist
	FindingRisky         = "email_risky"         // consider: accepts everything, or of low quality
	FindingDisposable    = "email_disposable"    // consider: a throw-away mailbox
)

// Config says how Kickbox is reached.
type Config struct {
	BaseURL        string // the constant BaseURL when empty
	APIKey         string
	Timeout        time.Duration
	Transport      http.RoundTripper
	TracerProvider trace.TracerProvider
}

// Client is the adapter. It is safe for concurrent use.
type Client struct{ out *outbound.Client }

// allow is everything that Kickbox may ever get (obligation 38).
var allow = []onboarding.Field{onboarding.FieldEmail}

// New makes a Client; see outbound.New for the addresses that it refuses.
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = BaseURL
	}
	out, err := outbound.New(outbound.Config{Vendor: consent.RecipientKickbox, BaseURL: cfg.BaseURL, Auth: outbound.Bearer(cfg.APIKey),
		Allow: allow, Timeout: cfg.Timeout, Transport: cfg.Transport, TracerProvider: cfg.TracerProvider})
	if err != nil {
		return nil, err
	}
	return &Client{out: out}, nil
}

// answer is the part of Kickbox's answer that we read. Success is a pointer,
// so that an answer without it is not taken for a "false".
type answer struct {
	Result     string `json:"result"`
	Disposable bool   `json:"disposable"`
	Success    *bool  `json:"success"`
}

// Verify spends the grant and asks about its e-mail address. Errors: those of
// Grant.Open, CodeInvalid when the grant opens no address, those of
// outbound.Client.Do, and CodeVendorUnclear when Kickbox itself says that it
// could not find out ("unknown"): that is no evidence either way.
func (c *Client) Verify(ctx context.Context, g consent.Grant[consent.Validation]) (vendors.Answer, error) {
	person, err := g.Open(ctx, consent.RecipientKickbox)
	if err != nil {
		return vendors.Answer{}, err
	}
	email := person[onboarding.FieldEmail]
	if email == "" {
		return vendors.Answer{}, onboarding.Invalid(string(onboarding.FieldEmail), "There is no e-mail address to check.", "Enter an e-mail address.")
	}
	var a answer
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v2/verify", Query: url.Values{"email": {email}},
		Fields: []onboarding.Field{onboarding.FieldEmail}, Into: &a})
	if err != nil {
		return vendors.Answer{}, err
	}
	findings, err := a.findings(reply.Status)
	if err != nil {
		return vendors.Answer{}, err
	}
	return vendors.Answer{Findings: findings, Raw: reply.Body}, nil
}

func (a answer) findings(status int) ([]onboarding.Finding, error) {
	if a.Success == nil || !*a.Success {
		return nil, vendors.Unclear(consent.RecipientKickbox, status, "says that its check did not succeed")
	}
	found := func(code string, v onboarding.Verdict) onboarding.Finding {
		return onboarding.Finding{Code: code, Verdict: v, Source: onboarding.SourceProprietary}
	}
	var out []onboarding.Finding
	switch a.Result {
	case "deliverable":
		out = append(out, found(FindingDeliverable, onboarding.VerdictClear))
	case "undeliverable":
		out = append(out, found(FindingUndeliverable, onboarding.VerdictConsider))
	case "risky":
		out = append(out, found(FindingRisky, onboarding.VerdictConsider))
	case "unknown":
		return nil, vendors.Unclear(consent.RecipientKickbox, status, "could not find out whether the address receives mail")
	default:
		return nil, vendors.Unclear(consent.RecipientKickbox, status, "gave a result that is not in its documentation")
	}
	if a.Disposable {
		out = append(out, found(FindingDisposable, onboarding.VerdictConsider))
	}
	return out, nil
}
