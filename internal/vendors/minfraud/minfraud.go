// Package minfraud asks MaxMind how likely it is that somebody on a certain
// internet connection means fraud (minFraud Score, POST /minfraud/v2.0/score).
// Shapes are those of MaxMind's own documentation as of 2026-11. The IP address is
// all that is sent.
package minfraud

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// BaseURL is minFraud's own address.
const BaseURL = "https://minfraud.maxmind.com"

// DefaultThreshold counts when a program names none. MaxMind reads its score as
// the chance of fraud in a hundred, so from here on fraud is as likely as not;
// below, a person's look would be for nothing more often than for something. Over
// it nobody is declined either: a person looks.
const DefaultThreshold = 0.5

// The findings. Only a score under the threshold makes clear: that there is no
// address, or one of which nothing is known, is no evidence of anything. It is no
// error either, since asking again would not help and there is nothing for ops to
// mend: a person looks at it beside the rest. A program that gets its applications
// without an address should not name the check.
const (
	FindingLowRisk  = "ip_low_risk"     // clear: the score is under the threshold
	FindingHighRisk = "ip_high_risk"    // consider: the score is at or over the threshold
	FindingRule     = "ip_account_rule" // consider: a rule that the account has set up at MaxMind says to look or to reject
	FindingUnusable = "ip_unusable"     // consider: no address of the public internet, or one that MaxMind does not know
	FindingAbsent   = "ip_absent"       // consider: the application came without an address
)

// Config says how MaxMind is reached.
type Config struct {
	BaseURL        string // the constant BaseURL when empty
	AccountID      string
	LicenseKey     string
	Timeout        time.Duration
	Transport      http.RoundTripper
	TracerProvider trace.TracerProvider
}

// Client is the adapter. It is safe for concurrent use.
type Client struct{ out *outbound.Client }

// allow is everything that MaxMind may ever get (obligations 38 and 41).
var allow = []onboarding.Field{onboarding.FieldIPAddress}

// New makes a Client; see outbound.New for the addresses that it refuses.
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = BaseURL
	}
	out, err := outbound.New(outbound.Config{Vendor: consent.RecipientMaxMind, BaseURL: cfg.BaseURL,
		Auth: outbound.Basic(cfg.AccountID, cfg.LicenseKey), Allow: allow, ErrorCode: errorCode,
		Timeout: cfg.Timeout, Transport: cfg.Transport, TracerProvider: cfg.TracerProvider})
	if err != nil {
		return nil, err
	}
	return &Client{out: out}, nil
}

// errorCode gives MaxMind's code in lower case: its own are in capitals, which
// vendors.ErrorCode does not take for a code.
func errorCode(body []byte) string {
	var e struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	return strings.ToLower(e.Code)
}

type request struct {
	Device device `json:"device"`
}

type device struct {
	IPAddress string `json:"ip_address"`
}

// answer is the part of MaxMind's answer that we read. Scores are pointers: one
// that is missing is not a low one.
type answer struct {
	ID        string   `json:"id"`
	RiskScore *float64 `json:"risk_score"`
	IPAddress struct {
		Risk *float64 `json:"risk"`
	} `json:"ip_address"`
	Warnings    []warning `json:"warnings"`
	Disposition struct {
		Action string `json:"action"`
	} `json:"disposition"`
}

type warning struct {
	Code    string `json:"code"`
	Pointer string `json:"input_pointer"`
}

// Score spends the grant and asks about its IP address. threshold is the
// program's, a share of 1; 0 is DefaultThreshold. An address that is missing or is
// none is a finding, and nothing is sent: the Answer has no Raw then. Errors: those
// of Grant.Open, CodeInvalid when the threshold is not within 0 to 1, those of
// outbound.Client.Do, and CodeVendorUnclear when the answer has no score.
func (c *Client) Score(ctx context.Context, g consent.Grant[consent.Validation], threshold float64) (vendors.Answer, error) {
	if threshold == 0 {
		threshold = DefaultThreshold
	}
	if !(threshold > 0 && threshold <= 1) {
		return vendors.Answer{}, onboarding.Invalid("threshold", fmt.Sprintf("The threshold %.2f is not between 0 and 1.", threshold), "Correct the program file.")
	}
	person, err := g.Open(ctx, consent.RecipientMaxMind)
	if err != nil {
		return vendors.Answer{}, err
	}
	text := person[onboarding.FieldIPAddress]
	if text == "" {
		return unsent(FindingAbsent), nil
	}
	ip, err := netip.ParseAddr(text)
	if err != nil { // a client's form may hand in anything; its text would quote it
		return unsent(FindingUnusable), nil //nolint:nilerr // the fault is the finding
	}
	var a answer
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/minfraud/v2.0/score",
		JSON:   request{Device: device{IPAddress: ip.Unmap().WithZone("").String()}}, // the zone is a name on the person's own machine
		Fields: []onboarding.Field{onboarding.FieldIPAddress}, Into: &a})
	if err != nil {
		return vendors.Answer{}, err
	}
	findings, err := a.findings(threshold, reply.Status)
	if err != nil {
		return vendors.Answer{}, err
	}
	return vendors.Answer{Findings: findings, Raw: reply.Body}, nil
}

// unsent is what we find out by ourselves.
func unsent(code string) vendors.Answer {
	return vendors.Answer{Findings: []onboarding.Finding{{Code: code, Verdict: onboarding.VerdictConsider, Source: onboarding.SourceOwn}}}
}

func (a answer) findings(threshold float64, status int) ([]onboarding.Finding, error) {
	if a.ID == "" || !scored(a.RiskScore) {
		return nil, vendors.Unclear(consent.RecipientMaxMind, status, "gave no score")
	}
	unusable := a.unusable()
	if !unusable && !scored(a.IPAddress.Risk) {
		return nil, vendors.Unclear(consent.RecipientMaxMind, status, "gave no score for the address asked for")
	}
	found := func(code string, v onboarding.Verdict, score float64) onboarding.Finding {
		return onboarding.Finding{Code: code, Verdict: v, Source: onboarding.SourceProprietary, Score: score}
	}
	// The one is for the whole of what was sent and the other for the address, which
	// here is the same: the higher counts.
	risk := *a.RiskScore
	if scored(a.IPAddress.Risk) {
		risk = max(risk, *a.IPAddress.Risk)
	}
	share := math.Round(risk*100) / 10000 // both have two places
	var out []onboarding.Finding
	switch {
	case share >= threshold:
		out = append(out, found(FindingHighRisk, onboarding.VerdictConsider, share))
	case !unusable:
		out = append(out, found(FindingLowRisk, onboarding.VerdictClear, share))
	}
	if unusable {
		out = append(out, found(FindingUnusable, onboarding.VerdictConsider, 0))
	}
	switch a.Disposition.Action {
	case "", "accept", "test": // no rule, a rule that lets pass, a rule that is only tried out
	default:
		out = append(out, found(FindingRule, onboarding.VerdictConsider, 0))
	}
	return out, nil
}

// scored reports whether f can be a score: 0.01 to 99 by the documentation. It is
// never 0, which is what a score that was left out would read as.
func scored(f *float64) bool { return f != nil && *f > 0 && *f <= 100 }

// unusable reports whether a warning is about the address. MaxMind still gives a
// score then, but one that says nothing about the address. New codes come: what
// points to our one datum counts as well.
func (a answer) unusable() bool {
	for _, w := range a.Warnings {
		switch w.Code {
		case "IP_ADDRESS_INVALID", "IP_ADDRESS_RESERVED", "IP_ADDRESS_NOT_FOUND":
			return true
		}
		if w.Pointer == "/device/ip_address" {
			return true
		}
	}
	return false
}
