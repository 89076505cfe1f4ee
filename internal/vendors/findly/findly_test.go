package findly_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox/sandboxtest"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
)

// all is every field that the register lets Findly have.
var all = []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth,
	onboarding.FieldNationalID, onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldState,
	onboarding.FieldPostalCode, onboarding.FieldCountry, onboarding.FieldPastAddresses}

func person(family string) onboarding.Profile {
	return onboarding.Profile{"given_name": "Ada", "middle_name": "M", "family_name": family, "date_of_birth": "1990-02-03",
		"national_id": "987-65-4321", "street": "1 Main St", "unit": "2", "city": "Albany", "state": "NY", "postal_code": "12207",
		"country": "US", "past_addresses": "2 Elm St, Troy NY\n\n3 Oak St, Rome NY", "email": "ada@example.com"}
}

func grant(t testing.TB, id onboarding.ApplicantID, round int, family string) consent.Grant[consent.Vetting] {
	return granttest.Give[consent.Vetting](t, granttest.Use{Applicant: id, Check: onboarding.CheckBackground, Round: round,
		Recipient: "findly", Fields: all, Profile: person(family)})
}

// bare is a grant without fields, for fetching.
func bare(t testing.TB, id onboarding.ApplicantID) consent.Grant[consent.Vetting] {
	return granttest.Give[consent.Vetting](t, granttest.Use{Applicant: id, Check: onboarding.CheckBackground, Recipient: "findly"})
}

type stack struct {
	*findly.Client
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
	c, err := findly.New(findly.Config{BaseURL: srv.URL + "/findly", APIKey: s.Keys().Findly, Transport: rt})
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
	entries, _ := sandboxtest.Books(s.t, s.url, "findly")
	return entries
}

// orders counts the distinct orders that the vendor took.
func (s stack) orders() int {
	s.t.Helper()
	ids := map[string]bool{}
	for _, e := range s.books() {
		if e.Method == http.MethodPost && e.Path == "/findly/v1/orders" && e.Order != "" {
			ids[e.Order] = true
		}
	}
	return len(ids)
}

var std = findly.OrderRequest{Package: "standard"}

func TestOutcomes(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	for family, want := range map[string]struct {
		verdict  onboarding.Verdict
		code     string
		severity string
		age      int
		source   onboarding.SourceKind
	}{
		"Lovelace":  {onboarding.VerdictClear, "ssn_trace_clear", "", 0, onboarding.SourceProprietary},
		"Consider":  {onboarding.VerdictConsider, "criminal_record", "misdemeanor", 3, onboarding.SourcePublicRecord},
		"felony":    {onboarding.VerdictConsider, "criminal_record", "felony", 1, onboarding.SourcePublicRecord},
		"Oldrecord": {onboarding.VerdictConsider, "criminal_record", "misdemeanor", 12, onboarding.SourcePublicRecord},
		"Hearsay":   {onboarding.VerdictConsider, "investigation_note", "", 0, onboarding.SourceProprietary},
		"Quiet":     {onboarding.VerdictClear, "county_criminal_clear", "", 0, onboarding.SourcePublicRecord},
		"Blocked":   {onboarding.VerdictCouldNotComplete, "screening_canceled", "", 0, onboarding.SourcePublicRecord},
	} {
		id := granttest.NewApplicant()
		o, err := s.Order(t.Context(), grant(t, id, 1, family), std)
		if err != nil {
			t.Errorf("%s: %v", family, err)
			continue
		}
		if o.Reference != string(id)+"/background/1" || o.Status != findly.StatusComplete || o.TakenUp || len(o.Raw) == 0 {
			t.Errorf("%s: order %+v", family, o)
		}
		r, raw, err := s.Fetch(t.Context(), bare(t, id), o.ID)
		if err != nil {
			t.Errorf("%s: %v", family, err)
			continue
		}
		findings, complete := r.Findings(time.Now())
		if !complete || len(findings) != 7 || onboarding.Worst(findings) != want.verdict || !bytes.Contains(raw, []byte(o.ID)) {
			t.Errorf("%s: complete %v, verdict %s: %+v", family, complete, onboarding.Worst(findings), findings)
		}
		seen := false
		for _, f := range findings {
			seen = seen || (f.Code == want.code && f.Severity == want.severity && f.AgeYears == want.age && f.Source == want.source && f.Screening != "")
		}
		if !seen {
			t.Errorf("%s: no %+v in %+v", family, want, findings)
		}
	}
}

func TestForeverNeverCompletes(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	o, err := s.Order(t.Context(), grant(t, id, 1, "Forever"), std)
	if err != nil || o.Status != findly.StatusPending {
		t.Fatalf("got %+v %v", o, err)
	}
	r, _, err := s.Fetch(t.Context(), bare(t, id), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if f, complete := r.Findings(time.Now()); complete || len(f) != 1 {
		t.Errorf("got %v %+v", complete, f)
	}
	// Cancel takes no grant: consent may be gone. Twice is once.
	for range 2 {
		if err := s.Cancel(t.Context(), o.ID, string(id)+"/background/1/cancel"); err != nil {
			t.Fatal(err)
		}
	}
	r, _, err = s.Fetch(t.Context(), bare(t, id), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if f, complete := r.Findings(time.Now()); !complete || onboarding.Worst(f) != onboarding.VerdictCouldNotComplete {
		t.Errorf("got %v %+v", complete, f)
	}
	for _, e := range s.books() {
		if strings.HasSuffix(e.Path, "/cancel") && (len(e.Fields) != 0 || len(e.Parameters) != 0) {
			t.Errorf("the cancellation carried %v %v", e.Fields, e.Parameters)
		}
	}
	// A canceled order does not stand: the next round orders anew.
	again, err := s.Order(t.Context(), grant(t, id, 2, "Forever"), findly.OrderRequest{Package: "standard", Earlier: []string{o.Reference}})
	if err != nil || again.ID == o.ID || again.TakenUp {
		t.Errorf("got %+v %v", again, err)
	}
}

func TestCancelOfACompleteOrderIsNoError(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	o, err := s.Order(t.Context(), grant(t, id, 1, "Lovelace"), std)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Cancel(t.Context(), o.ID, "k"); err != nil {
		t.Error(err)
	}
	if err := s.Cancel(t.Context(), "ord_none", "k"); onboarding.CodeOf(err) != onboarding.CodeVendorRefused {
		t.Errorf("got %v", err)
	}
	if err := s.Cancel(t.Context(), "../x", "k"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
}

func TestRefused(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	_, err := s.Order(t.Context(), grant(t, "", 1, "Refused"), std)
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "status 422, code subject_refused") {
		t.Errorf("got %v", err)
	}
	if vendors.Retryable(err) || strings.Contains(err.Error(), "Ada") {
		t.Errorf("got %v", err)
	}
}

// Decision 5: the vendor took the order and the answer was lost. The same key
// gives the same order.
func TestDropAfterTakingThenRetryIsOneOrder(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	if _, err := s.Order(t.Context(), grant(t, "", 1, "Lovelace"), std); err != nil { // a connection to keep
		t.Fatal(err)
	}
	for _, fault := range []string{`{"vendor":"findly","drop":true,"count":1}`, `{"vendor":"findly","garbage":true,"count":1}`,
		`{"vendor":"findly","garbage":true,"count":2}`} {
		s.fault(fault)
	}
	before := len(s.books())
	var codes []onboarding.Code
	var o findly.Order
	for range 5 {
		var err error
		if o, err = s.Order(t.Context(), grant(t, id, 1, "Lovelace"), std); err == nil {
			break
		}
		if !vendors.Retryable(err) {
			t.Fatal(err)
		}
		codes = append(codes, onboarding.CodeOf(err))
	}
	if o.ID == "" || len(codes) != 4 || codes[0] != onboarding.CodeVendorDown || codes[1] != onboarding.CodeVendorUnclear {
		t.Fatalf("got %+v after %v", o, codes)
	}
	if n := len(s.books()) - before; n != 5 {
		t.Errorf("five attempts made %d requests", n)
	}
	if n := s.orders(); n != 2 {
		t.Errorf("%d orders, want 2", n)
	}
}

func TestNewRoundTakesUpTheEarlierOrder(t *testing.T) {
	s := start(t, sandbox.Config{ReportDelay: time.Hour}, nil)
	id := granttest.NewApplicant()
	s.fault(`{"vendor":"findly","drop":true,"count":1}`)
	if _, err := s.Order(t.Context(), grant(t, id, 1, "Lovelace"), std); onboarding.CodeOf(err) != onboarding.CodeVendorDown {
		t.Fatalf("got %v", err)
	}
	earlier := []string{onboarding.OrderKey(id, onboarding.CheckBackground, 1), onboarding.OrderKey(id, onboarding.CheckBackground, 2)}
	o, err := s.Order(t.Context(), grant(t, id, 3, "Lovelace"), findly.OrderRequest{Package: "standard", Earlier: earlier})
	if err != nil || !o.TakenUp || o.Reference != earlier[0] || o.Status != findly.StatusPending {
		t.Fatalf("got %+v %v", o, err)
	}
	if s.orders() != 1 {
		t.Errorf("%d orders", s.orders())
	}
	for _, e := range s.books()[1:] {
		if len(e.Fields) != 0 {
			t.Errorf("looking it up sent %v", e.Fields)
		}
	}
	// Another package is another order.
	other, err := s.Order(t.Context(), grant(t, id, 4, "Lovelace"), findly.OrderRequest{Package: "basic", Earlier: earlier})
	if err != nil || other.TakenUp {
		t.Errorf("got %+v %v", other, err)
	}
	// When the vendor cannot be asked, nothing is ordered.
	s.fault(`{"vendor":"findly","status":503,"count":1,"retry_after":9}`)
	_, err = s.Order(t.Context(), grant(t, id, 5, "Lovelace"), findly.OrderRequest{Package: "standard", Earlier: earlier})
	if wait, ok := vendors.RetryAfter(err); onboarding.CodeOf(err) != onboarding.CodeVendorBusy || !ok || wait != 9*time.Second {
		t.Errorf("got %v", err)
	}
	if s.orders() != 2 {
		t.Errorf("%d orders", s.orders())
	}
}

func TestBlockedClearsInANewRound(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	first, err := s.Order(t.Context(), grant(t, id, 1, "Blocked"), std)
	if err != nil || !first.IncludesCanceled || first.Stands() {
		t.Fatalf("got %+v %v", first, err)
	}
	second, err := s.Order(t.Context(), grant(t, id, 2, "Blocked"), findly.OrderRequest{Package: "standard", Earlier: []string{first.Reference}})
	if err != nil || second.ID == first.ID || second.TakenUp {
		t.Fatalf("got %+v %v", second, err)
	}
	r, _, err := s.Fetch(t.Context(), bare(t, id), second.ID)
	if err != nil {
		t.Fatal(err)
	}
	if f, complete := r.Findings(time.Now()); !complete || onboarding.Worst(f) != onboarding.VerdictClear {
		t.Errorf("got %v %+v", complete, f)
	}
}

func TestInFlightIsBusy(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	s.fault(`{"vendor":"findly","delay_ms":1500,"count":1}`)
	got := make(chan error, 2)
	for range 2 {
		g := grant(t, id, 1, "Lovelace")
		go func() {
			_, err := s.Order(t.Context(), g, std)
			got <- err
		}()
	}
	// Whichever comes later is refused while the other is held up.
	if err := <-got; onboarding.CodeOf(err) != onboarding.CodeVendorBusy {
		t.Errorf("got %v", err)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
	if s.orders() != 1 {
		t.Errorf("%d orders", s.orders())
	}
}

func TestGrants(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id := granttest.NewApplicant()
	g := grant(t, id, 1, "Lovelace")
	o, err := s.Order(t.Context(), g, std)
	if err != nil {
		t.Fatal(err)
	}
	n := len(s.books())
	mail := granttest.Give[consent.Vetting](t, granttest.Use{Check: onboarding.CheckBackground, Recipient: "mail",
		Fields: []onboarding.Field{onboarding.FieldEmail}})
	for name, g := range map[string]consent.Grant[consent.Vetting]{"spent": g, "forged": {}, "another's": mail} {
		if _, err := s.Order(t.Context(), g, findly.OrderRequest{Package: "standard", Earlier: []string{"a/b/1"}}); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
			t.Errorf("%s: order: got %v", name, err)
		}
		if _, _, err := s.Fetch(t.Context(), g, o.ID); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
			t.Errorf("%s: fetch: got %v", name, err)
		}
	}
	if len(s.books()) != n {
		t.Error("the vendor was asked without a grant")
	}
}

// Another applicant's report reaches nobody.
func TestFetchRefusesAnothersReport(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	o, err := s.Order(t.Context(), grant(t, "", 1, "Felony"), std)
	if err != nil {
		t.Fatal(err)
	}
	r, raw, err := s.Fetch(t.Context(), bare(t, granttest.NewApplicant()), o.ID)
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || raw != nil || r.OrderID != "" {
		t.Errorf("got %+v %s %v", r, raw, err)
	}
	if _, _, err := s.Fetch(t.Context(), bare(t, ""), "a/b"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
}

func TestIncompleteRequests(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	if _, err := s.Order(t.Context(), grant(t, "", 1, "Lovelace"), findly.OrderRequest{}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
	if _, err := s.Order(t.Context(), grant(t, "", 1, ""), std); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
	if len(s.books()) != 0 {
		t.Error("something was sent")
	}
}

func TestAnswersThatAreNotAboutOurOrder(t *testing.T) {
	for _, body := range []string{`{}`, `{"id":"ord_1","status":"pending"}`, `{"id":"ord_1","status":"lost","reference":"x"}`,
		`{"id":"a/b","status":"pending"}`, `{"data":[{"id":"ord_1","status":"pending","reference":"other"}]}`} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}))
		c, err := findly.New(findly.Config{BaseURL: srv.URL})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Order(t.Context(), grant(t, "", 1, "Lovelace"), std)
		if onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
			t.Errorf("order, %s: got %v", body, err)
		}
		_, err = c.Order(t.Context(), grant(t, "", 2, "Lovelace"), findly.OrderRequest{Package: "standard", Earlier: []string{"x"}})
		if onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
			t.Errorf("look-up, %s: got %v", body, err)
		}
		if err := c.Cancel(t.Context(), "ord_1", "k"); onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
			t.Errorf("cancel, %s: got %v", body, err)
		}
		if _, _, err := c.Fetch(t.Context(), bare(t, ""), "ord_1"); err == nil {
			t.Errorf("fetch, %s: no error", body)
		}
		srv.Close()
	}
}

// BenchmarkOrderAndFetch is a whole vetting over real HTTP, answers at once,
// orders kept on disk.
func BenchmarkOrderAndFetch(b *testing.B) {
	s := start(b, sandbox.Config{Dir: b.TempDir()}, nil)
	type pair struct {
		order, fetch consent.Grant[consent.Vetting]
	}
	pairs := make([]pair, b.N)
	for i := range pairs {
		id := granttest.NewApplicant()
		pairs[i] = pair{grant(b, id, 1, "Lovelace"), bare(b, id)}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, p := range pairs {
		o, err := s.Order(b.Context(), p.order, std)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := s.Fetch(b.Context(), p.fetch, o.ID); err != nil {
			b.Fatal(err)
		}
	}
}
