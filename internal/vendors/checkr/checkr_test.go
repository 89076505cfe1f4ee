package checkr_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox/sandboxtest"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/checkr"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
)

// The fields that each flow uses.
var (
	invited = []onboarding.Field{onboarding.FieldEmail, onboarding.FieldState, onboarding.FieldCity}
	hosted  = []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth,
		onboarding.FieldNationalID, onboarding.FieldPostalCode, onboarding.FieldEmail, onboarding.FieldCity, onboarding.FieldState}
)

// person has Checkr's own documented test number, as our profiles keep numbers.
func person(family string) onboarding.Profile {
	return onboarding.Profile{"given_name": "Ada", "family_name": family, "date_of_birth": "1990-02-03", "national_id": "111112001", "street": "1 Main St",
		"city": "Albany", "state": "NY", "postal_code": "12207-0123", "country": "US", "email": strings.ToLower(family) + ".ada@example.com", "phone": "+12125550123"}
}

func grant(t testing.TB, id onboarding.ApplicantID, round int, family string, fields []onboarding.Field) consent.Grant[consent.Vetting] {
	return granttest.Give[consent.Vetting](t, granttest.Use{Applicant: id, Check: onboarding.CheckBackground, Round: round,
		Recipient: "checkr", Fields: fields, Profile: person(family)})
}

// bare is a grant without fields, for fetching.
func bare(t testing.TB, id onboarding.ApplicantID) consent.Grant[consent.Vetting] {
	return grant(t, id, 1, "", nil)
}

func ref(id onboarding.ApplicantID, round int) string {
	return onboarding.OrderKey(id, onboarding.CheckBackground, round)
}

type stack struct {
	*checkr.Client
	url string
	t   testing.TB
}

func start(t testing.TB, cfg sandbox.Config) stack {
	t.Helper()
	s, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); _ = s.Close() })
	c, err := checkr.New(checkr.Config{BaseURL: srv.URL + "/checkr", APIKey: s.Keys().CheckrKey})
	if err != nil {
		t.Fatal(err)
	}
	return stack{c, srv.URL, t}
}

func (s stack) post(path, body string) {
	s.t.Helper()
	resp, err := http.Post(s.url+path, "application/json", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		s.t.Fatalf("%s: status %d", path, resp.StatusCode)
	}
}

func (s stack) books() []sandbox.Entry {
	s.t.Helper()
	entries, _ := sandboxtest.Books(s.t, s.url, "checkr")
	return entries
}

// made counts the distinct things that were made at a path.
func (s stack) made(path string) int {
	s.t.Helper()
	ids := map[string]bool{}
	for _, e := range s.books() {
		if e.Method == http.MethodPost && e.Path == path && e.Order != "" {
			ids[e.Order] = true
		}
	}
	return len(ids)
}

func (s stack) orders() int { return s.made("/checkr/v1/reports") + s.made("/checkr/v1/invitations") }

var (
	std = checkr.OrderRequest{Package: "standard", Flow: checkr.FlowSelfHosted}
	inv = checkr.OrderRequest{Package: "standard", Flow: checkr.FlowInvitation}
)

// order orders in the first round, self-hosted.
func (s stack) order(id onboarding.ApplicantID, family string) checkr.Order {
	s.t.Helper()
	o, err := s.Order(s.t.Context(), grant(s.t, id, 1, family, hosted), std)
	if err != nil {
		s.t.Fatalf("%s: %v", family, err)
	}
	return o
}

func (s stack) fetch(id onboarding.ApplicantID, order string) (checkr.Report, []byte) {
	s.t.Helper()
	r, raw, err := s.Fetch(s.t.Context(), bare(s.t, id), order)
	if err != nil {
		s.t.Fatal(err)
	}
	return r, raw
}

func TestOutcomes(t *testing.T) {
	s := start(t, sandbox.Config{})
	type want struct {
		verdict                 onboarding.Verdict
		code, severity, disp    string
		age                     int
		source                  onboarding.SourceKind
		screening               string
		records, considers, all int
	}
	public, own := onboarding.SourcePublicRecord, onboarding.SourceProprietary
	for family, w := range map[string]want{
		"Lovelace":   {verdict: clear, code: "ssn_trace_clear", source: own, screening: "ssn_trace", all: 6},
		"Consider":   {verdict: consider, code: "criminal_record", severity: "misdemeanor", disp: "convicted", age: 3, source: public, screening: "county_criminal", records: 1, considers: 1, all: 6},
		"felony":     {verdict: consider, code: "criminal_record", severity: "felony", disp: "convicted", age: 1, source: public, screening: "county_criminal", records: 1, considers: 1, all: 6},
		"Oldrecord":  {verdict: consider, code: "criminal_record", severity: "misdemeanor", disp: "convicted", age: 12, source: public, screening: "county_criminal", records: 1, considers: 1, all: 6},
		"Dismissed":  {verdict: consider, code: "criminal_record", severity: "misdemeanor", disp: "dismissed", age: 2, source: public, screening: "county_criminal", records: 1, considers: 1, all: 6},
		"Sealed":     {verdict: consider, code: "criminal_record", severity: "felony", disp: "sealed", age: 5, source: public, screening: "county_criminal", records: 1, considers: 1, all: 6},
		"Registered": {verdict: consider, code: "sex_offender_record", source: public, screening: "sex_offender", considers: 1, all: 6},
		"Thinfile":   {verdict: consider, code: "ssn_thin_file", source: own, screening: "ssn_trace", considers: 1, all: 6},
		"Quiet":      {verdict: clear, code: "national_criminal_clear", source: public, screening: "national_criminal", all: 6},
		"Blocked":    {verdict: unknown, code: "screening_canceled", source: public, screening: "county_criminal", all: 6},
	} {
		id := granttest.NewApplicant()
		o := s.order(id, family)
		if o.TakenUp || o.AwaitsApplicant || len(o.Raw) == 0 || strings.Count(o.ID, "/") != 2 {
			t.Errorf("%s: order %+v", family, o)
		}
		r, raw := s.fetch(id, o.ID)
		findings, complete := r.Findings(time.Now())
		if !complete || r.Pending || onboarding.Worst(findings) != w.verdict || len(findings) != w.all || !bytes.Contains(raw, []byte(r.ID)) {
			t.Errorf("%s: complete %v, verdict %s: %+v", family, complete, onboarding.Worst(findings), findings)
		}
		seen, records, considers := false, 0, 0
		for _, f := range findings {
			seen = seen || (f.Code == w.code && f.Severity == w.severity && f.Disposed == w.disp && f.AgeYears == w.age && f.Source == w.source && f.Screening == w.screening)
			if f.Code == "criminal_record" {
				records++
			}
			if f.Verdict == consider {
				considers++
			}
		}
		// The national search has the record too: it is one finding.
		if !seen || records != w.records || considers != w.considers {
			t.Errorf("%s: no %+v in %+v", family, w, findings)
		}
		people, err := checkr.ReadReport(raw)
		if err != nil || people.Reference != r.ID || people.Completed.IsZero() || len(people.Searches) != 5 {
			t.Errorf("%s: for people: %+v %v", family, people, err)
		}
	}
	// A package with more searches.
	id := granttest.NewApplicant()
	o, err := s.Order(t.Context(), grant(t, id, 1, "Lovelace", hosted), checkr.OrderRequest{Package: "healthcare", Flow: checkr.FlowSelfHosted})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := s.fetch(id, o.ID)
	if f, complete := r.Findings(time.Now()); !complete || len(f) != 8 || onboarding.Worst(f) != clear {
		t.Errorf("got %v %+v", complete, f)
	}
}

func TestForPeople(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	_, raw := s.fetch(id, s.order(id, "Consider").ID)
	r, err := checkr.ReadReport(raw)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, search := range r.Searches {
		for _, e := range search.Entries {
			n++
			if e.Court != "Sandbox County Criminal Court" || e.CaseNumber == "" || e.Severity != "Misdemeanor" || e.Disposition != "Guilty" || e.DisposedOn == "" || e.Kind != "criminal" {
				t.Errorf("got %+v", e)
			}
		}
	}
	if n != 2 {
		t.Errorf("%d entries in %+v", n, r)
	}
	for _, bad := range []string{"", "{}", "[]", `{"report":"Ada"}`} {
		if _, err := checkr.ReadReport([]byte(bad)); err == nil || strings.Contains(err.Error(), "Ada") {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

// Obligation 38: what goes out is what the flow needs, and nothing that the
// recorded use does not name.
func TestEachFlowSendsItsFieldsOnly(t *testing.T) {
	s := start(t, sandbox.Config{})
	for _, tc := range []struct {
		req    checkr.OrderRequest
		fields []onboarding.Field
		want   []string
	}{
		{std, hosted, []string{"city", "country", "date_of_birth", "email", "family_name", "given_name", "national_id", "postal_code", "state"}},
		{inv, invited, []string{"city", "country", "email", "state"}},
		{inv, append(slices.Clone(hosted), onboarding.FieldCountry), []string{"city", "country", "email", "state"}},
		{checkr.OrderRequest{Package: "standard", Flow: checkr.FlowInvitation, WorkLocation: checkr.WorkLocation{Country: "US", State: "TX", City: "Waco"}},
			invited, []string{"city", "country", "email", "state"}},
		{inv, invited[:1], []string{"email"}},
	} {
		n := len(s.books())
		if _, err := s.Order(t.Context(), grant(t, "", 1, "Lovelace", tc.fields), tc.req); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range s.books()[n:] {
			for _, f := range e.Fields {
				if !slices.Contains(got, f) {
					got = append(got, f)
				}
			}
			if e.Method == http.MethodGet && len(e.Fields) > 0 {
				t.Errorf("looking up sent %v", e.Fields)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v sent %v", tc.req, got)
		}
	}
	for _, e := range s.books() {
		if e.Method == http.MethodPost && !strings.Contains(e.IdempotencyKey, "/background/1/") {
			t.Errorf("%s without the order's key: %q", e.Path, e.IdempotencyKey)
		}
	}
	spec, err := consent.SpecOf(consent.PurposeVetting)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(slices.Clone(hosted), invited...) {
		if !slices.Contains(spec.Recipients["checkr"], f) {
			t.Errorf("the register does not name %s", f)
		}
	}
}

func TestInvitation(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	kept := ""
	req := inv
	req.Keep = func(_ context.Context, candidate string) error { kept = candidate; return nil }
	o, err := s.Order(t.Context(), grant(t, id, 1, "Consider", invited), req)
	if err != nil || !o.AwaitsApplicant || kept == "" || !strings.HasPrefix(o.ID, kept+"/invitation/") {
		t.Fatalf("got %+v %q %v", o, kept, err)
	}
	page, err := s.Page(t.Context(), bare(t, id), o.ID)
	if err != nil || !strings.HasPrefix(page, s.url+"/checkr/_apply/") {
		t.Fatalf("got %q %v", page, err)
	}
	r, raw := s.fetch(id, o.ID)
	if f, complete := r.Findings(time.Now()); complete || len(f) != 0 || !r.AwaitsApplicant || !r.Pending || r.ID != "" || bytes.Contains(raw, []byte("_apply")) {
		t.Errorf("got %+v %v %s", r, f, raw)
	}
	if _, err := checkr.ReadReport(raw); err != nil {
		t.Error(err)
	}
	if _, err := s.AdverseItems(t.Context(), bare(t, id), o.ID); onboarding.CodeOf(err) != onboarding.CodeNotNow {
		t.Errorf("got %v", err)
	}
	if body := s.visit(page, ""); !strings.Contains(body, "Hand in") || !strings.Contains(body, "Let it expire") {
		t.Errorf("got %s", body)
	}
	if body := s.visit(page, "hand_in"); !strings.Contains(body, "close this page") {
		t.Errorf("got %s", body)
	}
	r, _ = s.fetch(id, o.ID)
	if f, complete := r.Findings(time.Now()); !complete || r.ID == "" || onboarding.Worst(f) != consider {
		t.Errorf("got %v %+v", complete, f)
	}
	if _, err := s.Page(t.Context(), bare(t, id), o.ID); onboarding.CodeOf(err) != onboarding.CodeNotNow {
		t.Errorf("got %v", err)
	}
	// The same round asked again finds the report that came of it.
	again, err := s.Order(t.Context(), grant(t, id, 1, "Consider", invited), inv)
	if err != nil || again.ID != kept+"/report/"+r.ID || again.TakenUp || again.AwaitsApplicant || s.orders() != 1 {
		t.Errorf("got %+v %v", again, err)
	}
	if _, err := s.Page(t.Context(), bare(t, id), again.ID); onboarding.CodeOf(err) != onboarding.CodeNotNow {
		t.Errorf("got %v", err)
	}
}

// visit goes to a vendor's page, and presses a button of it.
func (s stack) visit(page, do string) string {
	s.t.Helper()
	var resp *http.Response
	var err error
	if do == "" {
		resp, err = http.Get(page)
	} else {
		resp, err = http.PostForm(page, url.Values{"do": {do}})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(body)
}

func TestInvitationThatExpires(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	o, err := s.Order(t.Context(), grant(t, id, 1, "Lovelace", invited), inv)
	if err != nil {
		t.Fatal(err)
	}
	// Another round takes up the one that waits.
	taken, err := s.Order(t.Context(), grant(t, id, 2, "Lovelace", invited), checkr.OrderRequest{Package: "standard", Flow: checkr.FlowInvitation, Earlier: []string{ref(id, 1)}})
	if err != nil || !taken.TakenUp || taken.ID != o.ID || !taken.AwaitsApplicant {
		t.Fatalf("got %+v %v", taken, err)
	}
	page, err := s.Page(t.Context(), bare(t, id), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.visit(page, "expire")
	r, raw := s.fetch(id, o.ID)
	f, complete := r.Findings(time.Now())
	if !complete || !r.Expired || len(f) != 1 || f[0].Code != "invitation_expired" || f[0].Verdict != unknown || !bytes.Contains(raw, []byte("expired")) {
		t.Errorf("got %v %+v %s", complete, f, raw)
	}
	again, err := s.Order(t.Context(), grant(t, id, 3, "Lovelace", invited), checkr.OrderRequest{Package: "standard", Flow: checkr.FlowInvitation, Earlier: []string{ref(id, 1), ref(id, 2)}})
	if err != nil || again.TakenUp || again.ID == o.ID || s.orders() != 2 {
		t.Errorf("got %+v %v", again, err)
	}
	// Another page's invitation, withdrawn: nothing to do there, and nothing clear.
	if err := s.Cancel(t.Context(), again.ID, "k"); err != nil {
		t.Fatal(err)
	}
	if err := s.Cancel(t.Context(), again.ID, "k"); err != nil {
		t.Errorf("twice is not once: %v", err)
	}
	r, _ = s.fetch(id, again.ID)
	if f, complete := r.Findings(time.Now()); !complete || len(f) != 1 || f[0].Code != "invitation_withdrawn" || f[0].Verdict != unknown {
		t.Errorf("got %v %+v", complete, f)
	}
}

func TestIncompleteRequests(t *testing.T) {
	s := start(t, sandbox.Config{})
	for name, tc := range map[string]struct {
		fields []onboarding.Field
		req    checkr.OrderRequest
	}{
		"no package":         {hosted, checkr.OrderRequest{Flow: checkr.FlowSelfHosted}},
		"no flow":            {hosted, checkr.OrderRequest{Package: "standard"}},
		"an unknown flow":    {hosted, checkr.OrderRequest{Package: "standard", Flow: "carrier_pigeon"}},
		"no address to mail": {invited[1:], inv},
		"no date of birth":   {hosted[:3], std},
	} {
		if _, err := s.Order(t.Context(), grant(t, "", 1, "Lovelace", tc.fields), tc.req); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if len(s.books()) != 0 {
		t.Error("something was sent")
	}
	// When it cannot be noted whose the candidate is, nothing is ordered.
	lost := errors.New("lost")
	req := std
	req.Keep = func(context.Context, string) error { return lost }
	if _, err := s.Order(t.Context(), grant(t, "", 1, "Lovelace", hosted), req); !errors.Is(err, lost) || s.orders() != 0 {
		t.Errorf("got %v, %d orders", err, s.orders())
	}
}

func TestGrants(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	g := grant(t, id, 1, "Consider", hosted)
	o, err := s.Order(t.Context(), g, std)
	if err != nil {
		t.Fatal(err)
	}
	n := len(s.books())
	other := granttest.Give[consent.Vetting](t, granttest.Use{Check: onboarding.CheckBackground, Recipient: "findly"})
	for name, g := range map[string]consent.Grant[consent.Vetting]{"spent": g, "forged": {}, "another's": other} {
		for deed, err := range map[string]error{
			"order": second(s.Order(t.Context(), g, std)), "page": second(s.Page(t.Context(), g, o.ID)), "items": second(s.AdverseItems(t.Context(), g, o.ID)),
			"adverse": second(s.StartAdverse(t.Context(), g, o.ID, checkr.AdverseRequest{PostNoticeAt: time.Now()})),
			"fetch":   func() error { _, _, err := s.Fetch(t.Context(), g, o.ID); return err }(),
		} {
			if onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
				t.Errorf("%s: %s: got %v", name, deed, err)
			}
		}
	}
	if len(s.books()) != n {
		t.Error("Checkr was asked without a grant")
	}
	for _, bad := range []string{"", "a", "a/report", "a/candidate/b", "../report/x", "a/report/b/c", "a/report/b c"} {
		if _, _, err := s.Fetch(t.Context(), bare(t, id), bad); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Another applicant's report reaches nobody.
func TestAnothersReportIsRefused(t *testing.T) {
	s := start(t, sandbox.Config{})
	id, other := granttest.NewApplicant(), granttest.NewApplicant()
	o, o2 := s.order(id, "Felony"), s.order(other, "Lovelace")
	candidate, _, _ := strings.Cut(o2.ID, "/")
	_, report, _ := strings.Cut(o.ID, "/")
	mixed := candidate + "/" + report // one's candidate, the other's report
	for _, order := range []string{o.ID, mixed} {
		r, raw, err := s.Fetch(t.Context(), bare(t, other), order)
		if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || raw != nil || r.ID != "" || len(r.Screenings) != 0 {
			t.Errorf("got %+v %s %v", r, raw, err)
		}
		if _, err := s.AdverseItems(t.Context(), bare(t, other), order); onboarding.CodeOf(err) != onboarding.CodeVendorRefused {
			t.Errorf("got %v", err)
		}
	}
	io1, err := s.Order(t.Context(), grant(t, "", 1, "Lovelace", invited), inv)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Page(t.Context(), bare(t, other), io1.ID); onboarding.CodeOf(err) != onboarding.CodeVendorRefused {
		t.Errorf("got %v", err)
	}
}

func TestRefused(t *testing.T) {
	s := start(t, sandbox.Config{})
	_, err := s.Order(t.Context(), grant(t, "", 1, "Refused", hosted), std)
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || vendors.Retryable(err) || strings.Contains(err.Error(), "Ada") {
		t.Errorf("got %v", err)
	}
	if _, err := s.Order(t.Context(), grant(t, "", 1, "Lovelace", hosted), checkr.OrderRequest{Package: "none", Flow: checkr.FlowSelfHosted}); onboarding.CodeOf(err) != onboarding.CodeVendorRefused {
		t.Errorf("got %v", err)
	}
}
