// Package twiliosms sends text messages by Twilio Programmable Messaging and reads
// what people answer. Shapes are those of Twilio's documentation as of 2026-11
// (POST and GET /2010-04-01/Accounts/{Sid}/Messages.json, form-encoded). The number
// and the message are all that is sent.
package twiliosms

import (
	"context"
	"errors"
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

// BaseURL is Twilio's own address.
const BaseURL = "https://api.twilio.com"

// Config says how Twilio is reached.
type Config struct {
	BaseURL        string // the constant BaseURL when empty
	Account        string // account SID
	KeySID         string // API key
	KeySecret      string
	From           string // the sender's number, or a messaging service's SID (MG…)
	Timeout        time.Duration
	Transport      http.RoundTripper
	TracerProvider trace.TracerProvider
}

// Client is the adapter. It is safe for concurrent use.
type Client struct {
	cfg Config
	out *outbound.Client
}

// allow is everything that Twilio may ever get for this (obligation 38).
var allow = []onboarding.Field{onboarding.FieldPhone}

var (
	account = regexp.MustCompile(`^AC[0-9a-zA-Z]{1,32}$`)
	sender  = regexp.MustCompile(`^(?:\+[1-9][0-9]{6,14}|MG[0-9a-zA-Z]{1,32})$`)
	e164    = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// New makes a Client; see outbound.New for the addresses that it refuses.
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = BaseURL
	}
	if !account.MatchString(cfg.Account) || !sender.MatchString(cfg.From) {
		return nil, errors.New("twiliosms: give the account's SID (AC…), and a sender: a number such as +12125550100, or a messaging service's SID (MG…)")
	}
	out, err := outbound.New(outbound.Config{Vendor: consent.RecipientTwilioSMS, BaseURL: cfg.BaseURL, Auth: outbound.Basic(cfg.KeySID, cfg.KeySecret),
		Allow: allow, ErrorCode: outbound.NumberedCode, Timeout: cfg.Timeout, Transport: cfg.Transport, TracerProvider: cfg.TracerProvider})
	if err != nil {
		return nil, err
	}
	return &Client{cfg: cfg, out: out}, nil
}

// unsubscribed is Twilio's code for a number that has answered STOP to the sender.
const unsubscribed = "21610"

// Unsubscribed reports whether an error of Send says that the number's owner has
// answered STOP. It is final: nothing may be sent to them.
func Unsubscribed(err error) bool {
	var p *vendors.Problem
	return errors.As(err, &p) && p.Code == unsubscribed
}

type message struct {
	SID       string `json:"sid"`
	To        string `json:"to"`
	Body      string `json:"body"`
	Status    string `json:"status"`
	ErrorCode *int   `json:"error_code"`
}

// refused reports whether the message never went out.
func (m message) refused() bool { return m.Status == "failed" || m.Status == "canceled" }

// Text is one message. Its words must be its own among those to the same person:
// by them a repeated call finds that it was sent already.
type Text struct {
	Words string
	// Since is when the first try may have been.
	Since time.Time
	// Again says that an earlier call may have gone through without our hearing of
	// it: Twilio has no idempotency for messages, so it is looked for first.
	Again bool
}

// Send spends the grant on one message. allowed is asked with the number, just
// before it is used; an error of it is given on, and nothing is sent. It gives the SID by
// which Twilio knows the message. Errors: those of Grant.Open, CodeInvalid when the grant opens no number in E.164 form, those of
// outbound.Client.Do.
func (c *Client) Send(ctx context.Context, g consent.Grant[consent.TextMessages], t Text, allowed func(phone string) error) (string, error) {
	person, err := g.Open(ctx, consent.RecipientTwilioSMS)
	if err != nil {
		return "", err
	}
	phone := person[onboarding.FieldPhone]
	if !e164.MatchString(phone) {
		return "", onboarding.Invalid(string(onboarding.FieldPhone), "There is no phone number in international form to write to.",
			"Enter the number with its country code, such as +1 212 555 0123.")
	}
	if err := allowed(phone); err != nil {
		return "", err
	}
	if t.Again {
		if sid, err := c.sent(ctx, phone, t); err != nil || sid != "" {
			return sid, err
		}
	}
	form := url.Values{"To": {phone}, "Body": {t.Words}}
	if c.cfg.From[0] == '+' {
		form.Set("From", c.cfg.From)
	} else {
		form.Set("MessagingServiceSid", c.cfg.From)
	}
	var m message
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/2010-04-01/Accounts/{account}/Messages.json",
		Params: map[string]string{"account": c.cfg.Account}, Form: form, Fields: []onboarding.Field{onboarding.FieldPhone}, Into: &m})
	if err != nil {
		return "", err
	}
	if m.SID == "" || m.To != phone {
		return "", vendors.Unclear(consent.RecipientTwilioSMS, reply.Status, "gave an answer that is not about the message")
	}
	if m.refused() {
		p := vendors.Problem{Vendor: consent.RecipientTwilioSMS, Status: reply.Status}
		if m.ErrorCode != nil {
			p.Code = strconv.Itoa(*m.ErrorCode)
		}
		return "", vendors.Fail(onboarding.CodeVendorRefused, p, "did not send the message", "The letter says it all the same.")
	}
	return m.SID, nil
}

// sent looks for the message among those to the number since the first try's day:
// Twilio's filter knows days only. It gives its SID; empty: it was not sent.
func (c *Client) sent(ctx context.Context, phone string, t Text) (string, error) {
	var list struct {
		Messages *[]message `json:"messages"`
	}
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/2010-04-01/Accounts/{account}/Messages.json",
		Params: map[string]string{"account": c.cfg.Account},
		Query:  url.Values{"To": {phone}, "DateSent>": {t.Since.UTC().Add(-24 * time.Hour).Format(time.DateOnly)}, "PageSize": {"100"}},
		Fields: []onboarding.Field{onboarding.FieldPhone}, Into: &list})
	if err != nil {
		return "", err
	}
	if list.Messages == nil {
		return "", vendors.Unclear(consent.RecipientTwilioSMS, reply.Status, "gave no list of messages")
	}
	for _, m := range *list.Messages {
		if m.To == phone && m.Body == t.Words && !m.refused() {
			return m.SID, nil
		}
	}
	return "", nil
}
