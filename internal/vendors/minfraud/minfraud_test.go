package minfraud_test

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
	"github.com/vouchsafe/vouchsafe/internal/vendors/minfraud"
)

var fields = []onboarding.Field{onboarding.FieldIPAddress}

func grant(t testing.TB, ip string) consent.Grant[consent.Validation] {
	return granttest.Give[consent.Validation](t, granttest.Use{Check: onboarding.CheckIPRisk, Recipient: "maxmind", Fields: fields,
		Profile: onboarding.Profile{onboarding.FieldIPAddress: ip, onboarding.FieldEmail: "ada@example.com", onboarding.FieldUserAgent: "Browser"}})
}

func client(t testing.TB, base, account, key string) *minfraud.Client {
	t.Helper()
	c, err := minfraud.New(minfraud.Config{BaseURL: base, AccountID: account, LicenseKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stack(t testing.TB) (*minfraud.Client, *httptest.Server) {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); _ = s.Close() })
	return client(t, srv.URL+"/maxmind", s.Keys().MaxMindAccount, s.Keys().MaxMindKey), srv
}

func found(code string, v onboarding.Verdict, score float64) onboarding.Finding {
	return onboarding.Finding{Code: code, Verdict: v, Source: onboarding.SourceProprietary, Score: score}
}

func TestScore(t *testing.T) {
	c, _ := stack(t)
	low := found("ip_low_risk", onboarding.VerdictClear, 0.001)
	for _, tc := range []struct {
		ip        string
		threshold float64
		want      []onboarding.Finding
	}{
		{"192.0.2.1", 0, []onboarding.Finding{low}},
		{"127.0.0.1", 0, []onboarding.Finding{low}},
		{"::1", 0, []onboarding.Finding{low}},
		{"2001:db8::1", 0, []onboarding.Finding{low}},
		{"203.0.113.66", 0, []onboarding.Finding{found("ip_high_risk", onboarding.VerdictConsider, 0.9)}},
		{"::ffff:203.0.113.66", 0, []onboarding.Finding{found("ip_high_risk", onboarding.VerdictConsider, 0.9)}}, // the same address in IPv6's clothes
		{"203.0.113.66", 0.9, []onboarding.Finding{found("ip_high_risk", onboarding.VerdictConsider, 0.9)}},
		{"203.0.113.66", 0.91, []onboarding.Finding{found("ip_low_risk", onboarding.VerdictClear, 0.9)}},
		{"203.0.113.50", 0, []onboarding.Finding{found("ip_high_risk", onboarding.VerdictConsider, 0.5)}},
		{"203.0.113.30", 0, []onboarding.Finding{found("ip_low_risk", onboarding.VerdictClear, 0.3)}},
		{"203.0.113.30", 0.3, []onboarding.Finding{found("ip_high_risk", onboarding.VerdictConsider, 0.3)}},
		{"198.51.100.10", 0, []onboarding.Finding{found("ip_unusable", onboarding.VerdictConsider, 0)}},
		{"198.51.100.20", 0, []onboarding.Finding{found("ip_unusable", onboarding.VerdictConsider, 0)}},
		{"198.51.100.30", 0, []onboarding.Finding{low, found("ip_account_rule", onboarding.VerdictConsider, 0)}},
	} {
		a, err := c.Score(t.Context(), grant(t, tc.ip), tc.threshold)
		if err != nil {
			t.Errorf("%s at %v: %v", tc.ip, tc.threshold, err)
			continue
		}
		if d := cmp.Diff(tc.want, a.Findings); d != "" {
			t.Errorf("%s at %v:\n%s", tc.ip, tc.threshold, d)
		}
		if !strings.Contains(string(a.Raw), `"risk_score"`) || a.Pending || a.Order != "" {
			t.Errorf("%s: got %+v", tc.ip, a)
		}
	}
}

// "We do not know" is not clear, and nothing is sent for it.
func TestNoAddressIsNotClear(t *testing.T) {
	c, srv := stack(t)
	for ip, code := range map[string]string{
		"": "ip_absent", "unknown": "ip_unusable", "203.0.113.300": "ip_unusable", "203.0.113.1:443": "ip_unusable", "203.0.113.0/24": "ip_unusable",
	} {
		a, err := c.Score(t.Context(), grant(t, ip), 0)
		want := []onboarding.Finding{{Code: code, Verdict: onboarding.VerdictConsider, Source: onboarding.SourceOwn}}
		if d := cmp.Diff(want, a.Findings); d != "" || err != nil || a.Raw != nil {
			t.Errorf("%q: %v %s\n%s", ip, err, a.Raw, d)
		}
	}
	if got := books(t, srv); got != "[]" {
		t.Errorf("something was sent: %s", got)
	}
}

func TestThresholds(t *testing.T) {
	c, srv := stack(t)
	nan := 0.0
	nan /= nan
	for _, bad := range []float64{-0.1, 1.01, 75, nan} {
		if _, err := c.Score(t.Context(), grant(t, "192.0.2.1"), bad); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%v: got %v", bad, err)
		}
	}
	if got := books(t, srv); got != "[]" {
		t.Errorf("something was sent: %s", got)
	}
}

func TestToldToWaitOnceThenFine(t *testing.T) {
	c, _ := stack(t)
	_, err := c.Score(t.Context(), grant(t, "198.51.100.50"), 0)
	if onboarding.CodeOf(err) != onboarding.CodeVendorBusy || !vendors.Retryable(err) {
		t.Errorf("got %v", err)
	}
	if wait, ok := vendors.RetryAfter(err); !ok || wait != time.Second {
		t.Errorf("told to wait %v %v", wait, ok)
	}
	a, err := c.Score(t.Context(), grant(t, "198.51.100.50"), 0)
	if err != nil || onboarding.Worst(a.Findings) != onboarding.VerdictClear {
		t.Errorf("again: got %+v %v", a, err)
	}
}

func TestRefusalsHaveMaxMindsCode(t *testing.T) {
	c, srv := stack(t)
	for code, score := range map[string]func() error{
		"status 402, code insufficient_funds": func() error {
			_, err := c.Score(t.Context(), grant(t, "198.51.100.40"), 0)
			return err
		},
		"status 401, code authorization_invalid": func() error {
			_, err := client(t, srv.URL+"/maxmind", "999999", "wrong").Score(t.Context(), grant(t, "198.51.100.40"), 0)
			return err
		},
	} {
		err := score()
		if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), code) || strings.Contains(err.Error(), "198.51") {
			t.Errorf("%s: got %v", code, err)
		}
	}
}

func TestGrantIsSpentOnceByItsRecipientOnly(t *testing.T) {
	c, srv := stack(t)
	g := grant(t, "192.0.2.1")
	if _, err := c.Score(t.Context(), g, 0); err != nil {
		t.Fatal(err)
	}
	absent := grant(t, "")
	if _, err := c.Score(t.Context(), absent, 0); err != nil {
		t.Fatal(err)
	}
	for name, g := range map[string]consent.Grant[consent.Validation]{
		"spent": g, "spent without a call": absent, "forged": {},
		"another's": granttest.Give[consent.Validation](t, granttest.Use{Check: onboarding.CheckEmail, Recipient: "kickbox",
			Fields: []onboarding.Field{onboarding.FieldEmail}}),
	} {
		if _, err := c.Score(t.Context(), g, 0); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
			t.Errorf("%s: got %v", name, err)
		}
	}
	got := books(t, srv)
	if strings.Count(got, `"path"`) != 1 || strings.Contains(got, "192.0.2") || strings.Contains(got, "parameters") ||
		!strings.Contains(got, `"path":"/maxmind/minfraud/v2.0/score"`) || !strings.Contains(got, `"fields":["ip_address"]`) {
		t.Errorf("got %s", got)
	}
	// Obligation 38, one door earlier: the register refuses the field.
	_, err := granttest.Redeem[consent.Validation](granttest.Use{Check: onboarding.CheckIPRisk, Recipient: "maxmind",
		Fields: []onboarding.Field{onboarding.FieldIPAddress, onboarding.FieldEmail}})
	if onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
		t.Errorf("got %v", err)
	}
}

// says answers every call; asked gets the request and its body.
func says(t *testing.T, status int, kind, body string, asked func(*http.Request, string)) *minfraud.Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if asked != nil {
			asked(r, string(got))
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return client(t, srv.URL, "account", "key")
}

const (
	scoreKind = "application/vnd.maxmind.com-minfraud-score+json; charset=UTF-8; version=2.0"
	errorKind = "application/vnd.maxmind.com-error+json; charset=UTF-8; version=2.0"
)

// What goes out: the address, in its plain form, and nothing more.
func TestRequest(t *testing.T) {
	for ip, want := range map[string]string{"203.0.113.1": "203.0.113.1", "2001:0DB8::0001": "2001:db8::1", "fe80::1%eth0": "fe80::1"} {
		seen := 0
		c := says(t, 200, scoreKind, `{"id":"x","risk_score":0.01,"ip_address":{"risk":0.01}}`, func(r *http.Request, body string) {
			seen++
			account, key, ok := r.BasicAuth()
			if r.Method != http.MethodPost || r.URL.String() != "/minfraud/v2.0/score" || !ok || account != "account" || key != "key" {
				t.Errorf("got %s %s, credentials %v", r.Method, r.URL, ok)
			}
			if body != `{"device":{"ip_address":"`+want+`"}}` {
				t.Errorf("got %s", body)
			}
		})
		if _, err := c.Score(t.Context(), grant(t, ip), 0); err != nil || seen != 1 {
			t.Error(err, seen)
		}
	}
}

func TestAnswers(t *testing.T) {
	const unclear = string(onboarding.CodeVendorUnclear)
	for body, want := range map[string]string{
		`{"id":"x","risk_score":0.01,"ip_address":{"risk":0.01}}`:                                                                             "ip_low_risk",
		`{"id":"x","risk_score":99,"ip_address":{"risk":99}}`:                                                                                 "ip_high_risk",
		`{"id":"x","risk_score":1,"ip_address":{"risk":60}}`:                                                                                  "ip_high_risk", // either is enough
		`{"id":"x","risk_score":60,"ip_address":{"risk":1}}`:                                                                                  "ip_high_risk",
		`{"id":"x","risk_score":49.99,"ip_address":{"risk":1}}`:                                                                               "ip_low_risk",
		`{"id":"x","risk_score":1,"ip_address":{"risk":1},"warnings":[{"code":"IP_ADDRESS_NOT_FOUND","input_pointer":"/device/ip_address"}]}`: "ip_unusable",
		`{"id":"x","risk_score":1,"warnings":[{"code":"IP_ADDRESS_RESERVED"}]}`:                                                               "ip_unusable",
		`{"id":"x","risk_score":1,"warnings":[{"code":"IP_ADDRESS_INVALID"}]}`:                                                                "ip_unusable",
		`{"id":"x","risk_score":1,"ip_address":{"risk":1},"warnings":[{"code":"IP_ADDRESS_ODD","input_pointer":"/device/ip_address"}]}`:       "ip_unusable",
		`{"id":"x","risk_score":80,"warnings":[{"code":"IP_ADDRESS_RESERVED"}]}`:                                                              "ip_high_risk ip_unusable",
		`{"id":"x","risk_score":1,"ip_address":{"risk":1},"warnings":[{"code":"BILLING_CITY_NOT_FOUND","input_pointer":"/billing/city"}]}`:    "ip_low_risk",
		`{"id":"x","risk_score":1,"ip_address":{"risk":1},"disposition":{"action":"accept","reason":"default"}}`:                              "ip_low_risk",
		`{"id":"x","risk_score":1,"ip_address":{"risk":1},"disposition":{"action":"reject","reason":"custom_rule"}}`:                          "ip_low_risk ip_account_rule",
		`{"id":"x","risk_score":1,"ip_address":{"risk":1},"disposition":{"action":"new"}}`:                                                    "ip_low_risk ip_account_rule",
		`{}`:                                 unclear,
		`{"id":"x"}`:                         unclear,
		`{"id":"x","risk_score":0.01}`:       unclear, // no word on the address
		`{"id":"x","ip_address":{"risk":1}}`: unclear,
		`{"risk_score":1,"ip_address":{"risk":1}}`:                unclear,
		`{"id":"x","risk_score":0,"ip_address":{"risk":1}}`:       unclear,
		`{"id":"x","risk_score":-1,"ip_address":{"risk":1}}`:      unclear,
		`{"id":"x","risk_score":101,"ip_address":{"risk":1}}`:     unclear,
		`{"id":"x","risk_score":null,"ip_address":{"risk":1}}`:    unclear,
		`{"id":"x","risk_score":"low","ip_address":{"risk":1}}`:   unclear,
		`{"id":"x","risk_score":1,"ip_address":{"risk":1}} extra`: unclear,
		`[]`: unclear, `null`: unclear, ``: unclear,
	} {
		a, err := says(t, 200, scoreKind, body, nil).Score(t.Context(), grant(t, "192.0.2.1"), 0)
		got := string(onboarding.CodeOf(err))
		if err == nil {
			var codes []string
			for _, f := range a.Findings {
				codes = append(codes, f.Code)
			}
			got = strings.Join(codes, " ")
		}
		if got != want {
			t.Errorf("%s: got %s (%v), want %s", body, got, err, want)
		}
	}
	if _, err := says(t, 200, "text/html", `{"id":"x","risk_score":1,"ip_address":{"risk":1}}`, nil).Score(t.Context(), grant(t, "192.0.2.1"), 0); onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
		t.Errorf("a page: got %v", err)
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range []struct {
		status     int
		body, says string
		want       onboarding.Code
	}{
		{400, `{"code":"JSON_INVALID","error":"bad: 192.0.2.1"}`, "code json_invalid", onboarding.CodeVendorRefused},
		{401, `{"code":"LICENSE_KEY_REQUIRED","error":"x"}`, "code license_key_required", onboarding.CodeVendorRefused},
		{402, `{"code":"INSUFFICIENT_FUNDS","error":"x"}`, "code insufficient_funds", onboarding.CodeVendorRefused},
		{402, `{"code":"PERMISSION_REQUIRED","error":"x"}`, "code permission_required", onboarding.CodeVendorRefused},
		{400, `{"code":"192.0.2.1 IS BAD","error":"x"}`, "(status 400)", onboarding.CodeVendorRefused},
		{403, ``, "(status 403)", onboarding.CodeVendorRefused},
		{415, `<html>`, "(status 415)", onboarding.CodeVendorRefused},
		{500, `[]`, "(status 500)", onboarding.CodeVendorUnclear},
		{503, ``, "(status 503)", onboarding.CodeVendorBusy},
	} {
		_, err := says(t, tc.status, errorKind, tc.body, nil).Score(t.Context(), grant(t, "192.0.2.1"), 0)
		if onboarding.CodeOf(err) != tc.want || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "192.0.2") {
			t.Errorf("%d %s: got %v", tc.status, tc.body, err)
		}
	}
}

func TestAllowListIsTheRegisters(t *testing.T) {
	spec, err := consent.SpecOf(consent.PurposeValidation)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(spec.Recipients["maxmind"], fields) {
		t.Errorf("the register has %v", spec.Recipients["maxmind"])
	}
	if _, err := minfraud.New(minfraud.Config{BaseURL: "http://minfraud.maxmind.com"}); err == nil {
		t.Error("plain http is taken")
	}
	if _, err := minfraud.New(minfraud.Config{}); err != nil {
		t.Error(err)
	}
}

func books(t *testing.T, srv *httptest.Server) string {
	t.Helper()
	_, text := sandboxtest.Books(t, srv.URL, "maxmind")
	return text
}
