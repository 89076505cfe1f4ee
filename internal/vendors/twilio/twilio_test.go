package twilio_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox/sandboxtest"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/twilio"
)

func grant(t *testing.T, phone string) consent.Grant[consent.Validation] {
	return granttest.Give[consent.Validation](t, granttest.Use{Check: onboarding.CheckPhone, Recipient: "twilio",
		Fields: []onboarding.Field{onboarding.FieldPhone}, Profile: onboarding.Profile{onboarding.FieldPhone: phone}})
}

func stack(t *testing.T) (*twilio.Client, *httptest.Server) {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); _ = s.Close() })
	c, err := twilio.New(twilio.Config{BaseURL: srv.URL + "/twilio", KeySID: s.Keys().TwilioSID, KeySecret: s.Keys().TwilioSecret})
	if err != nil {
		t.Fatal(err)
	}
	return c, srv
}

func found(code string, v onboarding.Verdict) onboarding.Finding {
	return onboarding.Finding{Code: code, Verdict: v, Source: onboarding.SourceProprietary}
}

var valid = found("phone_valid", onboarding.VerdictClear)

func TestLookup(t *testing.T) {
	c, _ := stack(t)
	for phone, want := range map[string][]onboarding.Finding{
		"+12125550123": {valid},
		"+12125550150": {valid, found("phone_voip", onboarding.VerdictConsider)},
		"+12125550151": {found("phone_invalid", onboarding.VerdictConsider)},
		"+12125550152": {valid},
		"+12125550156": {valid, found("phone_unusual_line", onboarding.VerdictConsider)},
	} {
		a, err := c.Lookup(t.Context(), grant(t, phone))
		if err != nil {
			t.Errorf("%s: %v", phone, err)
			continue
		}
		if d := cmp.Diff(want, a.Findings); d != "" {
			t.Errorf("%s:\n%s", phone, d)
		}
		if !strings.Contains(string(a.Raw), phone) {
			t.Errorf("%s: the raw answer is %s", phone, a.Raw)
		}
	}
}

func TestRateLimitedOnceThenFine(t *testing.T) {
	c, _ := stack(t)
	for _, phone := range []string{"+12125550153", "+12125550155"} { // by status, and inside a 200
		_, err := c.Lookup(t.Context(), grant(t, phone))
		if onboarding.CodeOf(err) != onboarding.CodeVendorBusy || !vendors.Retryable(err) {
			t.Errorf("%s: got %v", phone, err)
		}
		if wait, ok := vendors.RetryAfter(err); phone == "+12125550153" && (!ok || wait != time.Second) {
			t.Errorf("%s: told to wait %v %v", phone, wait, ok)
		}
		a, err := c.Lookup(t.Context(), grant(t, phone))
		if err != nil || onboarding.Worst(a.Findings) != onboarding.VerdictClear {
			t.Errorf("%s, again: got %+v %v", phone, a, err)
		}
	}
}

func TestUncoveredCountryIsFinal(t *testing.T) {
	c, _ := stack(t)
	_, err := c.Lookup(t.Context(), grant(t, "+12125550154"))
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "code 60607") {
		t.Errorf("got %v", err)
	}
}

func TestNumbersThatCannotBeOne(t *testing.T) {
	c, srv := stack(t)
	for _, phone := range []string{"", "2125550123", "+1", "+1212555012x", "+12125550123/../x"} {
		if _, err := c.Lookup(t.Context(), grant(t, phone)); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%q: got %v", phone, err)
		}
	}
	if got := books(t, srv); got != "[]" {
		t.Errorf("something was sent: %s", got)
	}
}

func TestGrants(t *testing.T) {
	c, srv := stack(t)
	g := grant(t, "+12125550123")
	if _, err := c.Lookup(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	for name, g := range map[string]consent.Grant[consent.Validation]{
		"spent": g, "forged": {},
		"another's": granttest.Give[consent.Validation](t, granttest.Use{Check: onboarding.CheckEmail, Recipient: "kickbox",
			Fields: []onboarding.Field{onboarding.FieldEmail}}),
	} {
		if _, err := c.Lookup(t.Context(), g); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
			t.Errorf("%s: got %v", name, err)
		}
	}
	got := books(t, srv)
	if strings.Count(got, `"path"`) != 1 || strings.Contains(got, "5550123") ||
		!strings.Contains(got, `"path":"/twilio/v2/PhoneNumbers/{e164}"`) || !strings.Contains(got, `"fields":["phone"]`) {
		t.Errorf("got %s", got)
	}
}

func TestAnswersThatAreNoEvidence(t *testing.T) {
	for body, want := range map[string]onboarding.Code{
		`{}`:                              onboarding.CodeVendorUnclear,
		`{"phone_number":"+12125550123"}`: onboarding.CodeVendorUnclear,
		`{"phone_number":"+12125550199","valid":true,"line_type_intelligence":{"type":"mobile"}}`:          onboarding.CodeVendorUnclear,
		`{"phone_number":"+12125550123","valid":true,"line_type_intelligence":null}`:                       onboarding.CodeVendorUnclear,
		`{"phone_number":"+12125550123","valid":"yes"}`:                                                    onboarding.CodeVendorUnclear,
		`{"phone_number":"+12125550123","valid":true,"line_type_intelligence":{"error_code":60616}}`:       onboarding.CodeVendorBusy,
		`{"phone_number":"+12125550123","valid":true,"line_type_intelligence":{"error_code":60626}}`:       onboarding.CodeVendorRefused,
		`{"phone_number":"+12125550123","valid":true,"line_type_intelligence":{"error_code":60600}}`:       onboarding.CodeVendorUnclear,
		`{"phone_number":"+12125550123","valid":true,"line_type_intelligence":{"type":null}}`:              "phone_unknown_line",
		`{"phone_number":"+12125550123","valid":true,"line_type_intelligence":{"type":"hologram"}}`:        "phone_unknown_line",
		`{"phone_number":"+12125550123","valid":true,"line_type_intelligence":{"type":1}}`:                 onboarding.CodeVendorUnclear,
		`{"phone_number":"+12125550123","valid":true,"line_type_intelligence":{"type":"mobile"}} trailing`: onboarding.CodeVendorUnclear,
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		}))
		c, err := twilio.New(twilio.Config{BaseURL: srv.URL})
		if err != nil {
			t.Fatal(err)
		}
		a, err := c.Lookup(t.Context(), grant(t, "+12125550123"))
		got := onboarding.CodeOf(err)
		if err == nil {
			got = onboarding.Code(a.Findings[len(a.Findings)-1].Code)
		}
		if got != want {
			t.Errorf("%s: got %s (%v), want %s", body, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "5550123") {
			t.Errorf("the number is in %q", err)
		}
		srv.Close()
	}
}

func TestWrongKey(t *testing.T) {
	_, srv := stack(t)
	c, err := twilio.New(twilio.Config{BaseURL: srv.URL + "/twilio", KeySID: "SKsandbox", KeySecret: "wrong"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Lookup(t.Context(), grant(t, "+12125550123"))
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "status 401, code 20003") {
		t.Errorf("got %v", err)
	}
}

func books(t *testing.T, srv *httptest.Server) string {
	t.Helper()
	_, text := sandboxtest.Books(t, srv.URL, "twilio")
	return text
}
