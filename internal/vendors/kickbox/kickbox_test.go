package kickbox_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox/sandboxtest"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/kickbox"
)

func grant(t *testing.T, email string) consent.Grant[consent.Validation] {
	return granttest.Give[consent.Validation](t, granttest.Use{Check: onboarding.CheckEmail, Recipient: "kickbox",
		Fields: []onboarding.Field{onboarding.FieldEmail}, Profile: onboarding.Profile{onboarding.FieldEmail: email}})
}

func client(t *testing.T, base, key string) *kickbox.Client {
	t.Helper()
	c, err := kickbox.New(kickbox.Config{BaseURL: base, APIKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stack(t *testing.T) (*kickbox.Client, *httptest.Server) {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); _ = s.Close() })
	return client(t, srv.URL+"/kickbox", s.Keys().Kickbox), srv
}

func TestVerify(t *testing.T) {
	c, _ := stack(t)
	found := func(code string, v onboarding.Verdict) onboarding.Finding {
		return onboarding.Finding{Code: code, Verdict: v, Source: onboarding.SourceProprietary}
	}
	for email, want := range map[string][]onboarding.Finding{
		"ada@example.com":               {found("email_deliverable", onboarding.VerdictClear)},
		"o'neil+tag&x=1@example.org":    {found("email_deliverable", onboarding.VerdictClear)},
		"rejected-email.a@example.com":  {found("email_undeliverable", onboarding.VerdictConsider)},
		"INVALID-DOMAIN.a@example.com":  {found("email_undeliverable", onboarding.VerdictConsider)},
		"not an address":                {found("email_undeliverable", onboarding.VerdictConsider)},
		"risky@example.net":             {found("email_risky", onboarding.VerdictConsider)},
		"disposable.a@example.com":      {found("email_risky", onboarding.VerdictConsider), found("email_disposable", onboarding.VerdictConsider)},
		"ada+rejected-email@example.co": {found("email_deliverable", onboarding.VerdictClear)},
	} {
		a, err := c.Verify(t.Context(), grant(t, email))
		if err != nil {
			t.Errorf("%s: %v", email, err)
			continue
		}
		if d := cmp.Diff(want, a.Findings); d != "" {
			t.Errorf("%s:\n%s", email, d)
		}
		if !bytes.Contains(a.Raw, []byte(`"result"`)) || a.Pending || a.Order != "" {
			t.Errorf("%s: got %+v", email, a)
		}
	}
}

func TestUnknownIsNoEvidence(t *testing.T) {
	c, _ := stack(t)
	a, err := c.Verify(t.Context(), grant(t, "unknown.a@example.com"))
	if onboarding.CodeOf(err) != onboarding.CodeVendorUnclear || !vendors.Retryable(err) || a.Findings != nil {
		t.Errorf("got %+v %v", a, err)
	}
}

func TestGrantIsSpentOnceByItsRecipientOnly(t *testing.T) {
	c, srv := stack(t)
	g := grant(t, "ada@example.com")
	if _, err := c.Verify(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	for name, g := range map[string]consent.Grant[consent.Validation]{
		"spent":  g,
		"forged": {},
		"another's": granttest.Give[consent.Validation](t, granttest.Use{Check: onboarding.CheckPhone, Recipient: "twilio",
			Fields: []onboarding.Field{onboarding.FieldPhone}}),
	} {
		if _, err := c.Verify(t.Context(), g); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := books(t, srv); strings.Count(n, `"path"`) != 1 {
		t.Errorf("the vendor saw more than one request: %s", n)
	}
	// Obligation 38, one door earlier: the register refuses the field.
	_, err := granttest.Redeem[consent.Validation](granttest.Use{Check: onboarding.CheckEmail, Recipient: "kickbox",
		Fields: []onboarding.Field{onboarding.FieldEmail, onboarding.FieldPhone}})
	if onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
		t.Errorf("got %v", err)
	}
}

func TestNoAddressIsInvalid(t *testing.T) {
	c, _ := stack(t)
	if _, err := c.Verify(t.Context(), grant(t, "")); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
}

func TestWrongKeyNamesCredentials(t *testing.T) {
	_, srv := stack(t)
	_, err := client(t, srv.URL+"/kickbox", "wrong").Verify(t.Context(), grant(t, "ada@example.com"))
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "credentials") || strings.Contains(err.Error(), "ada@") {
		t.Errorf("got %v", err)
	}
}

func TestAnswersThatAreNoEvidence(t *testing.T) {
	for _, body := range []string{`{}`, `{"result":"deliverable"}`, `{"result":"deliverable","success":false}`, `{"result":"fine","success":true}`,
		`{"success":true}`, `[]`} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}))
		_, err := client(t, srv.URL, "k").Verify(t.Context(), grant(t, "ada@example.com"))
		if onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
			t.Errorf("%s: got %v", body, err)
		}
		srv.Close()
	}
}

// The sandbox holds the adapter to least data: only the e-mail's name is in
// the books, and its value nowhere.
func TestBooksHaveNamesOnly(t *testing.T) {
	c, srv := stack(t)
	if _, err := c.Verify(t.Context(), grant(t, "ada@example.com")); err != nil {
		t.Fatal(err)
	}
	got := books(t, srv)
	if !strings.Contains(got, `"fields":["email"]`) || !strings.Contains(got, `"path":"/kickbox/v2/verify"`) || strings.Contains(got, "ada@") {
		t.Errorf("got %s", got)
	}
}

func books(t *testing.T, srv *httptest.Server) string {
	t.Helper()
	_, text := sandboxtest.Books(t, srv.URL, "kickbox")
	return text
}

func TestAllowListIsTheRegisters(t *testing.T) {
	spec, err := consent.SpecOf(consent.PurposeValidation)
	if err != nil {
		t.Fatal(err)
	}
	if !spec.Allows("kickbox", []onboarding.Field{onboarding.FieldEmail}) {
		t.Error("the register does not let Kickbox have the e-mail")
	}
	if _, err := kickbox.New(kickbox.Config{BaseURL: "http://api.kickbox.com"}); err == nil {
		t.Error("plain http is taken")
	}
	if _, err := kickbox.New(kickbox.Config{}); err != nil {
		t.Error(err)
	}
}

// BenchmarkVerify is one check over real HTTP against the sandbox, with a
// grant for each.
func BenchmarkVerify(b *testing.B) {
	s, err := sandbox.New(sandbox.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewServer(s)
	defer srv.Close()
	c, err := kickbox.New(kickbox.Config{BaseURL: srv.URL + "/kickbox", APIKey: s.Keys().Kickbox})
	if err != nil {
		b.Fatal(err)
	}
	grants := make([]consent.Grant[consent.Validation], b.N)
	for i := range grants {
		grants[i] = granttest.Give[consent.Validation](b, granttest.Use{Check: onboarding.CheckEmail, Recipient: "kickbox",
			Fields: []onboarding.Field{onboarding.FieldEmail}, Profile: onboarding.Profile{onboarding.FieldEmail: "ada@example.com"}})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, g := range grants {
		if _, err := c.Verify(b.Context(), g); err != nil {
			b.Fatal(err)
		}
	}
}
