package smarty_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
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
	"github.com/vouchsafe/vouchsafe/internal/vendors/smarty"
)

var fields = []onboarding.Field{onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode}

// home is an address; more overwrites parts of it.
func home(more onboarding.Profile) onboarding.Profile {
	p := onboarding.Profile{onboarding.FieldGivenName: "Ada", onboarding.FieldStreet: "12 Example Street", onboarding.FieldCity: "Springfield",
		onboarding.FieldState: "OH", onboarding.FieldPostalCode: "45501"}
	maps.Copy(p, more)
	return p
}

func street(s string) onboarding.Profile { return home(onboarding.Profile{onboarding.FieldStreet: s}) }

func use(p onboarding.Profile) granttest.Use {
	return granttest.Use{Check: onboarding.CheckAddress, Recipient: "smarty", Fields: fields, Profile: p}
}

func grant(t testing.TB, p onboarding.Profile) consent.Grant[consent.Validation] {
	return granttest.Give[consent.Validation](t, use(p))
}

func client(t testing.TB, base, id, token string) *smarty.Client {
	t.Helper()
	c, err := smarty.New(smarty.Config{BaseURL: base, AuthID: id, AuthToken: token})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stack(t testing.TB) (*smarty.Client, *httptest.Server) {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); _ = s.Close() })
	return client(t, srv.URL+"/smarty", s.Keys().SmartyID, s.Keys().SmartyToken), srv
}

func found(code string, v onboarding.Verdict) onboarding.Finding {
	return onboarding.Finding{Code: code, Verdict: v, Source: onboarding.SourceProprietary}
}

func consider(code string) onboarding.Finding { return found(code, onboarding.VerdictConsider) }

var clear = found("address_deliverable", onboarding.VerdictClear)

func TestCheck(t *testing.T) {
	c, _ := stack(t)
	withUnit := func(s, unit string) onboarding.Profile {
		return home(onboarding.Profile{onboarding.FieldStreet: s, onboarding.FieldUnit: unit})
	}
	for _, tc := range []struct {
		name string
		at   onboarding.Profile
		want []onboarding.Finding
	}{
		{"fine", home(nil), []onboarding.Finding{clear}},
		{"fine, with a unit", withUnit("12 Example Street", "Apt 5"), []onboarding.Finding{clear}},
		{"fine, by ZIP code alone", home(onboarding.Profile{onboarding.FieldCity: "", onboarding.FieldState: ""}), []onboarding.Finding{clear}},
		{"fine, without a ZIP code", home(onboarding.Profile{onboarding.FieldPostalCode: ""}), []onboarding.Finding{clear}},
		{"an empty list", street("1 Nowhere Lane"), []onboarding.Finding{consider("address_not_found")}},
		{"no such number", street("2 wrong number road"), []onboarding.Finding{consider("address_not_found")}},
		{"unit missing", street("3 Tower Road"), []onboarding.Finding{consider("address_unit_unconfirmed")}},
		{"unit added", withUnit("3 Tower Road", "Apt 5"), []onboarding.Finding{clear}},
		{"unit not known", withUnit("4 Old Tower Road", "Apt 5"), []onboarding.Finding{consider("address_unit_unconfirmed")}},
		{"a mailbox for rent", street("5 Mailbox Street"), []onboarding.Finding{clear, consider("address_mailbox_agency")}},
		{"vacant", street("6 Vacant Lane"), []onboarding.Finding{clear, consider("address_vacant")}},
		{"inactive", street("7 Closed Road"), []onboarding.Finding{clear, consider("address_inactive")}},
		{"vacancy not looked up", street("8 Unseen Road"), []onboarding.Finding{consider("address_unconfirmed")}},
		{"a PO box", street("PO Box 12"), []onboarding.Finding{clear, consider("address_post_office")}},
	} {
		a, err := c.Check(t.Context(), grant(t, tc.at))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if d := cmp.Diff(tc.want, a.Findings); d != "" {
			t.Errorf("%s:\n%s", tc.name, d)
		}
		if len(a.Raw) == 0 || a.Pending || a.Order != "" {
			t.Errorf("%s: got %+v", tc.name, a)
		}
	}
}

func TestToldToWaitOnceThenFine(t *testing.T) {
	c, _ := stack(t)
	u := use(street("9 Busy Street"))
	u.Applicant = granttest.NewApplicant()
	_, err := c.Check(t.Context(), granttest.Give[consent.Validation](t, u))
	if onboarding.CodeOf(err) != onboarding.CodeVendorBusy || !vendors.Retryable(err) {
		t.Errorf("got %v", err)
	}
	if wait, ok := vendors.RetryAfter(err); !ok || wait != time.Second {
		t.Errorf("told to wait %v %v", wait, ok)
	}
	a, err := c.Check(t.Context(), granttest.Give[consent.Validation](t, u))
	if err != nil || onboarding.Worst(a.Findings) != onboarding.VerdictClear {
		t.Errorf("again: got %+v %v", a, err)
	}
}

// An address that is not whole would be searched for as one line.
func TestHalfAnAddressIsInvalid(t *testing.T) {
	c, srv := stack(t)
	for name, p := range map[string]onboarding.Profile{
		"no street":          street(""),
		"neither":            home(onboarding.Profile{onboarding.FieldPostalCode: "", onboarding.FieldCity: ""}),
		"a state, no city":   home(onboarding.Profile{onboarding.FieldPostalCode: "", onboarding.FieldState: ""}),
		"nothing whatsoever": {},
	} {
		if _, err := c.Check(t.Context(), grant(t, p)); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got := books(t, srv); got != "[]" {
		t.Errorf("something was sent: %s", got)
	}
}

func TestGrantIsSpentOnceByItsRecipientOnly(t *testing.T) {
	c, srv := stack(t)
	g := grant(t, home(nil))
	if _, err := c.Check(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	for name, g := range map[string]consent.Grant[consent.Validation]{
		"spent": g, "forged": {},
		"another's": granttest.Give[consent.Validation](t, granttest.Use{Check: onboarding.CheckEmail, Recipient: "kickbox",
			Fields: []onboarding.Field{onboarding.FieldEmail}}),
	} {
		if _, err := c.Check(t.Context(), g); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got := books(t, srv); strings.Count(got, `"path"`) != 1 {
		t.Errorf("the vendor saw more than one request: %s", got)
	}
	// Obligation 38, one door earlier: the register refuses the name.
	u := use(home(nil))
	u.Fields = append(u.Fields[:len(u.Fields):len(u.Fields)], onboarding.FieldGivenName)
	if _, err := granttest.Redeem[consent.Validation](u); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
		t.Errorf("got %v", err)
	}
}

// The sandbox holds the adapter to least data: the address's names are in the
// books, in our words, and no value.
func TestBooksHaveNamesOnly(t *testing.T) {
	c, srv := stack(t)
	if _, err := c.Check(t.Context(), grant(t, home(onboarding.Profile{onboarding.FieldUnit: "Apt 5"}))); err != nil {
		t.Fatal(err)
	}
	got := books(t, srv)
	for _, want := range []string{`"fields":["city","unit","state","street","postal_code"]`, `"parameters":["candidates","input_id","match"]`,
		`"path":"/smarty/street-address"`, `"status":200`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	for _, no := range []string{"Example", "Springfield", "Apt 5", "Ada"} {
		if strings.Contains(got, no) {
			t.Errorf("%q is in %s", no, got)
		}
	}
}

// says answers every look-up with body, in which %s stands for the input_id that
// was asked; asked gets the request.
func says(t *testing.T, status int, body string, asked func(*http.Request, map[string]any)) *smarty.Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var all []map[string]any
		if err := json.NewDecoder(r.Body).Decode(&all); err != nil || len(all) != 1 {
			t.Errorf("the request is %v %v", all, err)
			return
		}
		if asked != nil {
			asked(r, all[0])
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "%s", fmt.Sprint(all[0]["input_id"])))
	}))
	t.Cleanup(srv.Close)
	return client(t, srv.URL, "id", "token")
}

// What goes out: exactly this, the credentials in their header and never in the
// query, and a reference that is not the applicant's ID.
func TestRequest(t *testing.T) {
	seen := 0
	c := says(t, 200, "[]", func(r *http.Request, l map[string]any) {
		seen++
		id, token, ok := r.BasicAuth()
		if r.Method != http.MethodPost || r.URL.String() != "/street-address" || !ok || id != "id" || token != "token" {
			t.Errorf("got %s %s, credentials %v", r.Method, r.URL, ok)
		}
		ref, _ := l["input_id"].(string)
		delete(l, "input_id")
		want := map[string]any{"street": "12 Example Street", "city": "Springfield", "state": "OH", "zipcode": "45501", "candidates": 1.0, "match": "invalid"}
		if d := cmp.Diff(want, l); d != "" {
			t.Error(d)
		}
		if len(ref) == 0 || len(ref) > 36 {
			t.Errorf("the reference has %d characters", len(ref))
		}
	})
	if _, err := c.Check(t.Context(), grant(t, home(nil))); err != nil || seen != 1 {
		t.Fatal(err, seen)
	}
}

// The reference is one order's over every attempt and another's at another round.
func TestReference(t *testing.T) {
	var refs []any
	c := says(t, 200, "[]", func(_ *http.Request, l map[string]any) { refs = append(refs, l["input_id"]) })
	u := use(home(nil))
	u.Applicant = granttest.NewApplicant()
	for _, round := range []int{1, 1, 2} {
		u.Round = round
		if _, err := c.Check(t.Context(), granttest.Give[consent.Validation](t, u)); err != nil {
			t.Fatal(err)
		}
	}
	if refs[0] != refs[1] || refs[0] == refs[2] || strings.Contains(fmt.Sprint(refs...), string(u.Applicant)[:8]) {
		t.Errorf("got %v", refs)
	}
}

func TestAnswers(t *testing.T) {
	const unclear = string(onboarding.CodeVendorUnclear)
	entry := func(analysis string) string { return `[{"input_id":"%s","analysis":{` + analysis + `}}]` }
	for body, want := range map[string]string{
		entry(`"dpv_match_code":"Y","dpv_cmra":"N","dpv_vacant":"N"`): "address_deliverable",
		entry(`"dpv_match_code":"Y","dpv_cmra":"N"`):                  "address_unconfirmed",
		entry(`"dpv_match_code":"Y","dpv_vacant":"N"`):                "address_unconfirmed",
		entry(`"dpv_match_code":"Y","dpv_cmra":"N","dpv_vacant":"?"`): "address_unconfirmed",
		entry(`"dpv_match_code":"Y","dpv_cmra":"Y","dpv_vacant":"Y"`): "address_deliverable address_mailbox_agency address_vacant",
		entry(`"dpv_match_code":"S","dpv_vacant":"Y"`):                "address_unit_unconfirmed address_vacant",
		entry(`"dpv_match_code":null,"dpv_footnotes":"A1"`):           "address_not_found",
		entry(``):                      "address_not_found", // blank by the documentation: not in the data
		entry(`"dpv_match_code":"N"`):  "address_not_found",
		entry(`"dpv_match_code":"X"`):  unclear,
		entry(`"dpv_match_code":1`):    unclear,
		entry(`"dpv_match_code":"Y "`): unclear,
		`[{"input_id":"%s"}]`:          unclear,
		`[{"analysis":{}}]`:            unclear,
		`[{"input_id":"x","analysis":{"dpv_match_code":"Y","dpv_cmra":"N","dpv_vacant":"N"}}]`: unclear,
		`[{"input_id":"%s","analysis":{}},{"input_id":"%s","analysis":{}}]`:                    unclear,
		`[null]`:      unclear,
		`{}`:          unclear,
		`null`:        unclear,
		``:            unclear,
		`[] trailing`: unclear,
		`[{"input_id":"%s","metadata":{"record_type":"G","rdi":"Commercial"},"analysis":{"dpv_match_code":"Y","dpv_cmra":"N","dpv_vacant":"N"}}]`: "address_deliverable address_post_office",
		`[{"input_id":"%s","metadata":{"rdi":"Commercial"},"analysis":{"dpv_match_code":"Y","dpv_cmra":"N","dpv_vacant":"N"}}]`:                   "address_deliverable",
	} {
		a, err := says(t, 200, body, nil).Check(t.Context(), grant(t, home(nil)))
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
}

func TestErrors(t *testing.T) {
	for status, want := range map[int]onboarding.Code{
		400: onboarding.CodeVendorRefused, 401: onboarding.CodeVendorRefused, 402: onboarding.CodeVendorRefused, 404: onboarding.CodeVendorRefused,
		405: onboarding.CodeVendorRefused, 413: onboarding.CodeVendorRefused, 422: onboarding.CodeVendorRefused,
		429: onboarding.CodeVendorBusy, 503: onboarding.CodeVendorBusy, 500: onboarding.CodeVendorUnclear, 504: onboarding.CodeVendorDown,
	} {
		_, err := says(t, status, `{"errors":[{"message":"bad address: 12 Example Street"}]}`, nil).Check(t.Context(), grant(t, home(nil)))
		if onboarding.CodeOf(err) != want || strings.Contains(err.Error(), "Example") {
			t.Errorf("%d: got %v, want %s", status, err, want)
		}
	}
	_, srv := stack(t)
	_, err := client(t, srv.URL+"/smarty", "wrong", "wrong").Check(t.Context(), grant(t, home(nil)))
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "credentials") {
		t.Errorf("got %v", err)
	}
}

func TestAllowListIsTheRegisters(t *testing.T) {
	spec, err := consent.SpecOf(consent.PurposeValidation)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(spec.Recipients["smarty"], fields) {
		t.Errorf("the register has %v", spec.Recipients["smarty"])
	}
	if _, err := smarty.New(smarty.Config{BaseURL: "http://us-street.api.smarty.com"}); err == nil {
		t.Error("plain http is taken")
	}
	if _, err := smarty.New(smarty.Config{}); err != nil {
		t.Error(err)
	}
}

func books(t *testing.T, srv *httptest.Server) string {
	t.Helper()
	_, text := sandboxtest.Books(t, srv.URL, "smarty")
	return text
}
