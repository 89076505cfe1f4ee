package twiliosms_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox/sandboxtest"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/twiliosms"
)

// Twilio's own example of a signature, from its documentation of webhook security.
func TestSignatureIsTwilios(t *testing.T) {
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"}}
	if got := twiliosms.Sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form); got != "0/KCTR6DLpKmkAf8muzZqo1nDgQ=" && got != "RSOYDt4T1cUTdK1PDd93/VVr8B8=" {
		t.Errorf("got %s", got)
	}
}

// Promise 62.
func TestWordsThatCount(t *testing.T) {
	const token, address = "token", "https://apply.example.com/webhooks/twilio-sms"
	read := func(text string, change func(http.Header)) (twiliosms.Inbound, error) {
		form := url.Values{"MessageSid": {"SM1"}, "From": {"+12125550123"}, "To": {"+12125550100"}, "Body": {text}}
		header := http.Header{"X-Twilio-Signature": {sandbox.SignTwilio(token, address, form)}}
		if change != nil {
			change(header)
		}
		return twiliosms.Read([]string{"older", token}, address, header, []byte(form.Encode()))
	}
	for text, want := range map[string]twiliosms.Word{
		"STOP": twiliosms.WordStop, " stop. ": twiliosms.WordStop, "Stop!": twiliosms.WordStop, "UNSUBSCRIBE": twiliosms.WordStop, "Cancel": twiliosms.WordStop,
		"end": twiliosms.WordStop, "QUIT": twiliosms.WordStop, "STOPALL": twiliosms.WordStop, "REVOKE": twiliosms.WordStop, "opt out": twiliosms.WordStop, "opt-out": twiliosms.WordStop,
		"START": twiliosms.WordStart, "help": twiliosms.WordHelp, "I do not stop here": twiliosms.WordOther, "": twiliosms.WordOther,
	} {
		if in, err := read(text, nil); err != nil || in.Word != want || in.From != "+12125550123" {
			t.Errorf("%q: %+v, %v", text, in, err)
		}
	}
	for _, forged := range []string{"", "bm90IGl0", "not base64!"} {
		if _, err := read("STOP", func(h http.Header) { h.Set("X-Twilio-Signature", forged) }); onboarding.CodeOf(err) != onboarding.CodeNotAllowed {
			t.Errorf("a signature %q: %v", forged, err)
		}
	}
}

var errNo = errors.New("no")

// TestSend: to the real shape; once, though the answer was lost; not to who has
// answered STOP; and nothing at all when the caller says no.
func TestSend(t *testing.T) {
	box, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box)
	t.Cleanup(func() { server.Close(); _ = box.Close() })
	k := box.Keys()
	c, err := twiliosms.New(twiliosms.Config{BaseURL: server.URL + "/twilio-sms", Account: k.SMSAccount, KeySID: k.TwilioSID, KeySecret: k.TwilioSecret, From: sandbox.SMSFrom})
	if err != nil {
		t.Fatal(err)
	}
	send := func(phone string, text twiliosms.Text, allowed error) error {
		text.Since = time.Now()
		_, err := c.Send(t.Context(), grant(t, phone), text, func(string) error { return allowed })
		return err
	}
	if err := send("+12125550123", twiliosms.Text{Words: "no. 1"}, errNo); !errors.Is(err, errNo) {
		t.Errorf("not allowed: %v", err)
	}
	for range 2 {
		if err := send("+12125550123", twiliosms.Text{Words: "no. 1", Again: true}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := send("+12125550157", twiliosms.Text{Words: "no. 1"}, nil); !twiliosms.Unsubscribed(err) || onboarding.CodeOf(err) != onboarding.CodeVendorRefused {
		t.Errorf("after a STOP: %v", err)
	}
	if err := send("+12125550158", twiliosms.Text{Words: "no. 1"}, nil); twiliosms.Unsubscribed(err) || onboarding.CodeOf(err) != onboarding.CodeVendorRefused {
		t.Errorf("no mobile: %v", err)
	}
	if err := send("212 555 0123", twiliosms.Text{Words: "no. 1"}, nil); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("no number: %v", err)
	}
	posts := 0
	entries, text := sandboxtest.Books(t, server.URL, "twilio-sms")
	for _, e := range entries {
		if e.Method == http.MethodPost && e.Status == http.StatusCreated {
			posts++
		}
	}
	if posts != 1 || strings.Contains(text, "5550123") {
		t.Errorf("%d messages were taken for one: %s", posts, text)
	}
}

func grant(t *testing.T, phone string) consent.Grant[consent.TextMessages] {
	return granttest.Give[consent.TextMessages](t, granttest.Use{Recipient: consent.RecipientTwilioSMS,
		Fields: []onboarding.Field{onboarding.FieldPhone}, Profile: onboarding.Profile{onboarding.FieldPhone: phone}})
}
