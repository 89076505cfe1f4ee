package stripeid_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
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
	"github.com/vouchsafe/vouchsafe/internal/vendors/stripeid"
)

const back = "https://portal.example.com/apply/identity"

func grant(t testing.TB, id onboarding.ApplicantID, round int) consent.Grant[consent.Validation] {
	return granttest.Give[consent.Validation](t, granttest.Use{Applicant: id, Check: onboarding.CheckIdentity, Round: round, Recipient: "stripe"})
}

type stack struct {
	*stripeid.Client
	url string
	t   testing.TB
}

func start(t testing.TB, cfg sandbox.Config, rt http.RoundTripper) stack {
	t.Helper()
	s, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); _ = s.Close() })
	c, err := stripeid.New(stripeid.Config{BaseURL: srv.URL + "/stripe", SecretKey: s.Keys().StripeKey, Transport: rt})
	if err != nil {
		t.Fatal(err)
	}
	return stack{c, srv.URL, t}
}

func (s stack) fault(body string) {
	s.t.Helper()
	sandboxtest.Fault(s.t, s.url, body)
}

func (s stack) books() []sandbox.Entry {
	s.t.Helper()
	entries, _ := sandboxtest.Books(s.t, s.url, "stripe")
	return entries
}

// sessions counts the distinct sessions that Stripe made.
func (s stack) sessions() int {
	s.t.Helper()
	ids := map[string]bool{}
	for _, e := range s.books() {
		if e.Method == http.MethodPost && e.Path == "/stripe/v1/identity/verification_sessions" && e.Order != "" {
			ids[e.Order] = true
		}
	}
	return len(ids)
}

// press is the applicant at Stripe's page; it gives where they are sent to.
func press(t testing.TB, page, button string) (int, string) {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.PostForm(page, url.Values{"do": {button}})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

func (s stack) create(id onboarding.ApplicantID, round int, earlier ...string) stripeid.Session {
	s.t.Helper()
	made, err := s.Create(s.t.Context(), grant(s.t, id, round), stripeid.SessionRequest{ReturnURL: back, Earlier: earlier})
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

func (s stack) page(id onboarding.ApplicantID, session string) string {
	s.t.Helper()
	page, err := s.Page(s.t.Context(), grant(s.t, id, 1), session)
	if err != nil {
		s.t.Fatal(err)
	}
	return page
}

func (s stack) report(id onboarding.ApplicantID, session string) stripeid.Report {
	s.t.Helper()
	r, raw, err := s.Fetch(s.t.Context(), grant(s.t, id, 1), session)
	if err != nil {
		s.t.Fatal(err)
	}
	if !strings.Contains(string(raw), session) || strings.Contains(string(raw), "_verify") || strings.Contains(string(raw), "_secret_") {
		s.t.Errorf("kept: %s", raw)
	}
	return r
}

func finding(code string, v onboarding.Verdict) []onboarding.Finding {
	return []onboarding.Finding{{Code: code, Verdict: v, Source: onboarding.SourceProprietary}}
}

// Every button of the page, and what comes of it.
func TestOutcomes(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	waits := func(problem string) stripeid.Report {
		return stripeid.Report{Status: stripeid.StatusRequiresInput, Pending: true, AwaitsApplicant: true, Problem: problem}
	}
	ends := func(problem, code string, v onboarding.Verdict) stripeid.Report {
		return stripeid.Report{Status: stripeid.StatusRequiresInput, Problem: problem, Findings: finding(code, v)}
	}
	for button, want := range map[string]stripeid.Report{
		"verified":                  {Status: stripeid.StatusVerified, Findings: finding("identity_document_verified", onboarding.VerdictClear)},
		"document_expired":          waits("document_expired"),
		"document_unverified_other": waits("document_unverified_other"),
		"device_not_supported":      waits("device_not_supported"),
		"close":                     waits(""),
		"consent_declined":          ends("consent_declined", "identity_consent_declined", onboarding.VerdictCouldNotComplete),
		"country_not_supported":     ends("country_not_supported", "identity_country_not_supported", onboarding.VerdictCouldNotComplete),
		"under_supported_age":       ends("under_supported_age", "identity_under_supported_age", onboarding.VerdictConsider),
	} {
		id := granttest.NewApplicant()
		made := s.create(id, 1)
		want.SessionID, want.Reference = made.ID, string(id)+"/identity_document/1"
		if made.Reference != want.Reference || made.Status != stripeid.StatusRequiresInput || made.TakenUp || time.Since(made.CreatedAt) > time.Minute {
			t.Errorf("%s: session %+v", button, made)
		}
		if d := cmp.Diff(waits(""), s.report(id, made.ID), cmp.FilterPath(func(p cmp.Path) bool {
			return p.String() == "SessionID" || p.String() == "Reference"
		}, cmp.Ignore())); d != "" {
			t.Errorf("%s: before it:\n%s", button, d)
		}
		if status, to := press(t, s.page(id, made.ID), button); status != http.StatusSeeOther || to != back {
			t.Errorf("%s: got %d %s", button, status, to)
		}
		if d := cmp.Diff(want, s.report(id, made.ID)); d != "" {
			t.Errorf("%s:\n%s", button, d)
		}
	}
}

// A document that is not accepted is not the end: the same session takes the
// next one, by a page of its own.
func TestTryAgainOnTheSameSession(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	made := s.create(id, 1)
	first := s.page(id, made.ID)
	press(t, first, "document_expired")
	if status, _ := press(t, first, "verified"); status != http.StatusNotFound {
		t.Errorf("a page works twice: %d", status)
	}
	second := s.page(id, made.ID)
	if second == first {
		t.Error("the page's address is the old one")
	}
	press(t, second, "verified")
	if r := s.report(id, made.ID); r.Pending || r.Problem != "" || onboarding.Worst(r.Findings) != onboarding.VerdictClear {
		t.Errorf("got %+v", r)
	}
	if _, err := s.Page(t.Context(), grant(t, id, 1), made.ID); onboarding.CodeOf(err) != onboarding.CodeNotNow {
		t.Errorf("got %v", err)
	}
}

func TestWhileStripeIsLooking(t *testing.T) {
	s := start(t, sandbox.Config{ReportDelay: time.Hour}, nil)
	id := granttest.NewApplicant()
	made := s.create(id, 1)
	press(t, s.page(id, made.ID), "verified")
	if r := s.report(id, made.ID); !r.Pending || r.AwaitsApplicant || r.Status != stripeid.StatusProcessing || len(r.Findings) != 0 {
		t.Errorf("got %+v", r)
	}
	if _, err := s.Page(t.Context(), grant(t, id, 1), made.ID); onboarding.CodeOf(err) != onboarding.CodeNotNow {
		t.Errorf("page: got %v", err)
	}
	if err := s.Cancel(t.Context(), made.ID); onboarding.CodeOf(err) != onboarding.CodeVendorBusy {
		t.Errorf("cancel: got %v", err)
	}
}

// Canceling takes no grant, since consent may be gone; twice is once. What went
// wrong last is told with it.
func TestCancel(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	canceled := finding("identity_document_canceled", onboarding.VerdictCouldNotComplete)
	for button, want := range map[string][]onboarding.Finding{
		"close":            canceled,
		"document_expired": append(canceled[:1:1], finding("identity_document_expired", onboarding.VerdictConsider)...),
	} {
		made := s.create(id, len(button))
		page := s.page(id, made.ID)
		press(t, page, button)
		for range 2 {
			if err := s.Cancel(t.Context(), made.ID); err != nil {
				t.Fatal(err)
			}
		}
		if r := s.report(id, made.ID); r.Pending || r.AwaitsApplicant || r.Status != stripeid.StatusCanceled || !cmp.Equal(r.Findings, want) ||
			onboarding.Worst(r.Findings) != onboarding.VerdictCouldNotComplete {
			t.Errorf("%s: got %+v", button, r)
		}
		if status, _ := press(t, page, "verified"); status != http.StatusNotFound {
			t.Errorf("%s: a canceled session takes a document: %d", button, status)
		}
	}
	made := s.create(id, 1)
	press(t, s.page(id, made.ID), "verified")
	if err := s.Cancel(t.Context(), made.ID); err != nil {
		t.Errorf("a verified session: %v", err)
	}
	if err := s.Cancel(t.Context(), "vs_none"); onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "resource_missing") {
		t.Errorf("got %v", err)
	}
	if err := s.Cancel(t.Context(), "../x"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
}

// Obligations 6 and 38: nothing of the person goes out, in no call.
//
// Promise 6, 38.
func TestNothingOfThePersonIsSent(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	made := s.create(id, 2, onboarding.OrderKey(id, onboarding.CheckIdentity, 1))
	s.page(id, made.ID)
	s.report(id, made.ID)
	if err := s.Cancel(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	sent := map[string]bool{}
	for _, e := range s.books() {
		if len(e.Fields) != 0 {
			t.Errorf("%s got %v", e.Path, e.Fields)
		}
		for _, p := range e.Parameters {
			sent[p] = true
		}
	}
	if want := map[string]bool{"type": true, "client_reference_id": true, "return_url": true, "limit": true}; !cmp.Equal(sent, want) {
		t.Errorf("sent %v", sent)
	}
	// The register says so too, and a grant with a field for Stripe is not to be had.
	if _, err := granttest.Redeem[consent.Validation](granttest.Use{Check: onboarding.CheckIdentity, Recipient: "stripe",
		Fields: []onboarding.Field{onboarding.FieldEmail}, Profile: onboarding.Profile{"email": "ada@example.com"}}); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
		t.Errorf("got %v", err)
	}
}

// Decision 5: Stripe made the session and the answer was lost. The same key
// gives the same session.
func TestDropAfterMakingThenRetryIsOneSession(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	s.fault(`{"vendor":"stripe","drop":true,"count":1}`)
	s.fault(`{"vendor":"stripe","garbage":true,"count":2}`)
	s.fault(`{"vendor":"stripe","status":500,"count":1}`)
	var codes []onboarding.Code
	var made stripeid.Session
	for range 5 {
		var err error
		if made, err = s.Create(t.Context(), grant(t, id, 1), stripeid.SessionRequest{ReturnURL: back}); err == nil {
			break
		}
		if !vendors.Retryable(err) {
			t.Fatal(err)
		}
		codes = append(codes, onboarding.CodeOf(err))
	}
	if made.ID == "" || len(codes) != 4 || codes[0] != onboarding.CodeVendorDown || codes[1] != onboarding.CodeVendorUnclear {
		t.Fatalf("got %+v after %v", made, codes)
	}
	if s.sessions() != 1 {
		t.Errorf("%d sessions", s.sessions())
	}
	// Stripe's rule: a known key with other parameters is refused.
	_, err := s.Create(t.Context(), grant(t, id, 1), stripeid.SessionRequest{ReturnURL: back + "/2"})
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "status 400, code idempotency_error") {
		t.Errorf("got %v", err)
	}
}

// Decision 5: a new round takes up what stands, found by our reference alone.
func TestNewRoundTakesUpTheEarlierSession(t *testing.T) {
	for name, tc := range map[string]struct {
		button  string
		cancel  bool
		takenUp bool
	}{
		"not begun":            {"close", false, true},
		"to try again":         {"document_expired", false, true},
		"verified":             {"verified", false, true},
		"canceled":             {"close", true, false},
		"declined":             {"consent_declined", false, false},
		"too young for Stripe": {"under_supported_age", false, false},
	} {
		s := start(t, sandbox.Config{}, nil)
		id := granttest.NewApplicant()
		key := func(round int) string { return onboarding.OrderKey(id, onboarding.CheckIdentity, round) }
		s.fault(`{"vendor":"stripe","drop":true,"count":1}`)
		if _, err := s.Create(t.Context(), grant(t, id, 1), stripeid.SessionRequest{ReturnURL: back}); onboarding.CodeOf(err) != onboarding.CodeVendorDown {
			t.Fatalf("%s: got %v", name, err)
		}
		lost := s.books()[0].Order
		press(t, s.page(id, lost), tc.button)
		if tc.cancel {
			if err := s.Cancel(t.Context(), lost); err != nil {
				t.Fatal(err)
			}
		}
		made := s.create(id, 3, key(1), key(2))
		if made.TakenUp != tc.takenUp || (made.ID == lost) != tc.takenUp || (made.Reference == key(1)) != tc.takenUp || strings.Contains(string(made.Raw), "_verify") {
			t.Errorf("%s: got %+v", name, made)
		}
	}
	// When Stripe cannot be asked, nothing is made.
	s := start(t, sandbox.Config{}, nil)
	s.fault(`{"vendor":"stripe","status":429,"count":1,"retry_after":9}`)
	_, err := s.Create(t.Context(), grant(t, "", 2), stripeid.SessionRequest{ReturnURL: back, Earlier: []string{"a/identity_document/1"}})
	if wait, ok := vendors.RetryAfter(err); onboarding.CodeOf(err) != onboarding.CodeVendorBusy || !ok || wait != 9*time.Second {
		t.Errorf("got %v", err)
	}
	if s.sessions() != 0 {
		t.Error("a session was made all the same")
	}
}

func TestGrants(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	g := grant(t, "", 1)
	made, err := s.Create(t.Context(), g, stripeid.SessionRequest{ReturnURL: back})
	if err != nil {
		t.Fatal(err)
	}
	n := len(s.books())
	other := granttest.Give[consent.Validation](t, granttest.Use{Check: onboarding.CheckEmail, Recipient: "kickbox", Fields: []onboarding.Field{onboarding.FieldEmail}})
	for name, g := range map[string]consent.Grant[consent.Validation]{"spent": g, "forged": {}, "another's": other} {
		_, create := s.Create(t.Context(), g, stripeid.SessionRequest{ReturnURL: back, Earlier: []string{"a/b/1"}})
		_, _, fetch := s.Fetch(t.Context(), g, made.ID)
		_, page := s.Page(t.Context(), g, made.ID)
		for _, err := range []error{create, fetch, page} {
			if onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
	if len(s.books()) != n {
		t.Error("the vendor was asked without a grant")
	}
}

// Another applicant's session reaches nobody.
func TestAnothersSession(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	made := s.create(id, 1)
	press(t, s.page(id, made.ID), "verified")
	r, raw, err := s.Fetch(t.Context(), grant(t, granttest.NewApplicant(), 1), made.ID)
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || raw != nil || r.SessionID != "" {
		t.Errorf("got %+v %s %v", r, raw, err)
	}
	if page, err := s.Page(t.Context(), grant(t, granttest.NewApplicant(), 1), made.ID); onboarding.CodeOf(err) != onboarding.CodeVendorRefused || page != "" {
		t.Errorf("got %v", err)
	}
	if _, _, err := s.Fetch(t.Context(), grant(t, "", 1), "a/b"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	for _, to := range []string{"", "/apply", "javascript:alert(1)", "https://u:p@example.com/", "https://", "\x7f"} {
		if _, err := s.Create(t.Context(), grant(t, "", 1), stripeid.SessionRequest{ReturnURL: to}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%q: got %v", to, err)
		}
	}
	if len(s.books()) != 0 {
		t.Error("something was sent")
	}
	c, err := stripeid.New(stripeid.Config{BaseURL: s.url + "/stripe", SecretKey: "sk_test_wrong"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Create(t.Context(), grant(t, "", 1), stripeid.SessionRequest{ReturnURL: back})
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "status 401, code invalid_request_error") ||
		strings.Contains(err.Error(), "sk_test") {
		t.Errorf("got %v", err)
	}
	if _, err := stripeid.New(stripeid.Config{BaseURL: "http://api.example.com"}); err == nil {
		t.Error("no TLS, and no error")
	}
	if _, err := stripeid.New(stripeid.Config{}); err != nil {
		t.Error(err)
	}
}
