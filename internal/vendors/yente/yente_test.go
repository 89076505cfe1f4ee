package yente_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox/sandboxtest"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/namesearch"
	"github.com/vouchsafe/vouchsafe/internal/vendors/yente"
)

func person(given, middle, family, born string) onboarding.Profile {
	return onboarding.Profile{onboarding.FieldGivenName: given, onboarding.FieldMiddleName: middle, onboarding.FieldFamilyName: family,
		onboarding.FieldDateOfBirth: born, onboarding.FieldNationalID: "987654321", onboarding.FieldState: "OR"}
}

var ada = person("Ada", "", "Example", "1990-04-27")

func grant(t *testing.T, p onboarding.Profile) consent.Grant[consent.Screening] {
	return granttest.Give[consent.Screening](t, granttest.Use{Check: onboarding.CheckSanctions, Recipient: consent.RecipientYente,
		Fields: namesearch.Fields(), Profile: p})
}

func client(t *testing.T, base, key string) *yente.Client {
	t.Helper()
	c, err := yente.New(yente.Config{BaseURL: base, APIKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stack(t *testing.T) (*yente.Client, *httptest.Server) {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); _ = s.Close() })
	return client(t, srv.URL+"/yente", s.Keys().Yente), srv
}

func books(t *testing.T, srv *httptest.Server) (entries []sandbox.Entry, text string) {
	t.Helper()
	return sandboxtest.Books(t, srv.URL, "yente")
}

// The same people come to the same outcome as with our own list file.
func TestScreen(t *testing.T) {
	c, _ := stack(t)
	for _, threshold := range []float64{0, 0.88, 0.92} {
		for _, s := range lists.Steering() {
			a, err := c.Screen(t.Context(), grant(t, person(s.Given, s.Middle, s.Family, s.Born)), threshold)
			if err != nil {
				t.Errorf("%+v: %v", s, err)
				continue
			}
			f := a.Findings[0]
			want := onboarding.Finding{Code: "sanctions_clear", Verdict: onboarding.VerdictClear, Source: onboarding.SourcePublicRecord, Edition: "default@20261102063102-sbx"}
			if s.Sanctions {
				want.Code, want.Verdict, want.Score = "sanctions_match", onboarding.VerdictConsider, f.Score
				want.Parts = map[string]float64{"name_match": f.Parts["name_match"]}
			}
			if d := cmp.Diff([]onboarding.Finding{want}, a.Findings); d != "" {
				t.Errorf("%+v at %v:\n%s", s, threshold, d)
			}
			if s.Sanctions != (f.Score >= 0.7 && f.Score <= 1) {
				t.Errorf("%+v: the score is %v", s, f.Score)
			}
			for _, must := range []string{`"dataset":"sanctions"`, `"results":[`, `"edition":"` + f.Edition} {
				if !strings.Contains(string(a.Raw), must) {
					t.Errorf("what is sealed has no %s: %s", must, a.Raw)
				}
			}
			finding, err := json.Marshal(a.Findings)
			if err != nil || strings.Contains(strings.ToLower(string(finding)), strings.ToLower(s.Family)) || strings.Contains(string(finding), s.Born) {
				t.Errorf("the person is in the finding: %s %v", finding, err)
			}
		}
	}
}

// Obligations 29 and 38: name and date of birth go out, once, and no value is in
// the books.
func TestLeastDataGoesOut(t *testing.T) {
	c, srv := stack(t)
	g := grant(t, person("Ada", "Middle", "Example", "1990-04-27"))
	if _, err := c.Screen(t.Context(), g, 0); err != nil {
		t.Fatal(err)
	}
	for name, g := range map[string]consent.Grant[consent.Screening]{
		"spent": g, "forged": {},
		"another's": granttest.Give[consent.Screening](t, granttest.Use{Check: onboarding.CheckSanctions, Recipient: consent.RecipientOwn, Fields: namesearch.Fields()}),
	} {
		if _, err := c.Screen(t.Context(), g, 0); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
			t.Errorf("%s: got %v", name, err)
		}
	}
	got, text := books(t, srv)
	if len(got) != 2 || got[0].Path != "/yente/catalog" || len(got[0].Fields) != 0 || got[1].Path != "/yente/match/{dataset}" {
		t.Fatalf("got %s", text)
	}
	slices.Sort(got[1].Fields)
	slices.Sort(got[1].Parameters)
	if !slices.Equal(got[1].Fields, []string{"date_of_birth", "name"}) || !slices.Equal(got[1].Parameters, []string{"algorithm", "cutoff", "limit", "threshold"}) {
		t.Errorf("got %s", text)
	}
	if strings.Contains(text, "Ada") || strings.Contains(text, "1990-04-27") {
		t.Errorf("a value is in the books: %s", text)
	}
	// One door earlier: the register refuses any other field.
	_, err := granttest.Redeem[consent.Screening](granttest.Use{Check: onboarding.CheckSanctions, Recipient: consent.RecipientYente,
		Fields: append(namesearch.Fields(), onboarding.FieldState)})
	if onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
		t.Errorf("got %v", err)
	}
}

// yente drops what it cannot read, so that never leaves the house.
func TestWhatIsNotWholeIsNotSent(t *testing.T) {
	c, srv := stack(t)
	for name, p := range map[string]onboarding.Profile{
		"no name":       person("", "", "", "1990-04-27"),
		"signs only":    person("--", "", "''", "1990-04-27"),
		"no day":        person("Ada", "", "Example", ""),
		"no such day":   person("Ada", "", "Example", "1990-02-30"),
		"another's way": person("Ada", "", "Example", "27 April 1990"),
	} {
		if _, err := c.Screen(t.Context(), grant(t, p), 0); onboarding.CodeOf(err) != onboarding.CodeInvalid || strings.Contains(err.Error(), "1990-04") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, threshold := range []float64{0.49, 1.01, -1} {
		if _, err := c.Screen(t.Context(), grant(t, ada), threshold); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%v: got %v", threshold, err)
		}
	}
	if got, text := books(t, srv); len(got) != 0 {
		t.Errorf("something was sent: %s", text)
	}
}

// OpenSanctions counts requests by the month: asking again does not help.
func TestSpentQuotaIsFinal(t *testing.T) {
	c, _ := stack(t)
	_, err := c.Screen(t.Context(), grant(t, person("Ada", "", "Quotaspent", "1990-04-27")), 0)
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || vendors.Retryable(err) || !strings.Contains(err.Error(), "is busy: this month's quota is used up (status 429)") {
		t.Errorf("got %v", err)
	}
}

func TestWrongKeyNamesCredentials(t *testing.T) {
	_, srv := stack(t)
	for _, key := range []string{"", "wrong"} {
		_, err := client(t, srv.URL+"/yente", key).Screen(t.Context(), grant(t, ada), 0)
		if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "credentials") {
			t.Errorf("%q: got %v", key, err)
		}
	}
}

// The two answers of a yente that works, for changes.
const (
	goodCatalog = `{"datasets":[{"name":"sanctions","version":"2","index_version":"1","children":[]}],"current":[],"outdated":[]}`
	goodQuery   = `"total":{"value":0,"relation":"eq"},"query":{"id":null,"schema":"Person","properties":{"name":["Ada Example"],"birthDate":["1990-04-27"]}}`
	goodHit     = `{"id":"NK-1","caption":"X","schema":"Person","score":0.9,"features":{},"match":true}`
)

type says struct {
	status int
	kind   string
	body   string
	header http.Header
}

func speak(t *testing.T, catalog, match says) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var catalogs atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := match
		if r.URL.Path == "/catalog" {
			s = catalog
			catalogs.Add(1)
		}
		if s.kind == "" {
			s.kind = "application/json"
		}
		maps.Copy(w.Header(), s.header)
		w.Header().Set("Content-Type", s.kind)
		w.WriteHeader(max(s.status, 200))
		_, _ = io.WriteString(w, s.body)
	}))
	t.Cleanup(srv.Close)
	return srv, &catalogs
}

func response(status, results, rest string) string {
	return `{"responses":{"q1":{"status":` + status + `,"results":` + results + `,` + rest + `}},"limit":20}`
}

func TestAnswers(t *testing.T) {
	hits := func(h string) string { return response("200", "["+h+"]", strings.Replace(goodQuery, ":0,", ":1,", 1)) }
	low := strings.NewReplacer("0.9", "0.69", "true", "false").Replace(goodHit)
	query := func(old, new string) string {
		q := strings.Replace(goodQuery, old, new, 1)
		if q == goodQuery {
			t.Fatalf("%s is not in it", old)
		}
		return response("200", "[]", q)
	}
	const unclear = onboarding.CodeVendorUnclear
	for body, want := range map[string]onboarding.Code{
		response("200", "[]", goodQuery):                                "sanctions_clear",
		response("200", "["+low+"]", goodQuery):                         "sanctions_clear",
		hits(goodHit):                                                   "sanctions_match",
		hits(low + "," + goodHit):                                       "sanctions_match",
		hits(strings.Replace(goodHit, "0.9", "0.7", 1)):                 "sanctions_match",
		hits(strings.Replace(goodHit, "true", "false", 1)):              "sanctions_match", // its score says so
		hits(strings.Replace(goodHit, "0.9", "0.6", 1)):                 "sanctions_match", // its word says so
		hits(strings.Replace(goodHit, `"features":{}`, `"new":[1]`, 1)): "sanctions_match",
		hits(strings.Replace(goodHit, `"Person"`, `"LegalEntity"`, 1)):  "sanctions_match",
		hits(low):                             unclear, // counts one that it does not show
		response("500", "[]", goodQuery):      unclear,
		response("200", "null", goodQuery):    unclear,
		response("200", "[]", `"total":null`): unclear,
		strings.Replace(response("200", "[]", goodQuery), "q1", "q2", 1): unclear,
		query(`"Person"`, `"Company"`):                                   unclear,
		query(`["Ada Example"]`, `[]`):                                   unclear,
		query(`,"birthDate":["1990-04-27"]`, ``):                         unclear,
		query(`["1990-04-27"]`, `["1990-04-28"]`):                        unclear,
		query(`["1990-04-27"]`, `"1990-04-27"`):                          unclear,
		hits(strings.Replace(goodHit, `"score":0.9,`, "", 1)):            unclear,
		hits(strings.Replace(goodHit, "0.9", "90", 1)):                   unclear,
		hits(strings.Replace(goodHit, `,"match":true`, "", 1)):           unclear,
		hits(strings.Replace(goodHit, `"NK-1"`, `""`, 1)):                unclear,
		hits(strings.Replace(goodHit, `"NK-1"`, `1`, 1)):                 unclear,
		hits(`null`):                unclear,
		hits(goodHit) + "x":         unclear,
		`{"responses":null}`:        unclear,
		`{"responses":{"q1":null}}`: unclear,
		`{}`:                        unclear,
		`[]`:                        unclear,
		``:                          unclear,
	} {
		srv, _ := speak(t, says{body: goodCatalog}, says{body: body})
		a, err := client(t, srv.URL, "").Screen(t.Context(), grant(t, ada), 0)
		got := onboarding.CodeOf(err)
		if err == nil {
			got = onboarding.Code(a.Findings[0].Code)
		}
		if got != want {
			t.Errorf("%.300s: got %s (%v), want %s", body, got, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "Example") || strings.Contains(err.Error(), "1990-04")) {
			t.Errorf("the person is in %q", err)
		}
	}
}

// Which edition is searched, and that nobody is clear by a data set that is not loaded.
func TestEdition(t *testing.T) {
	set := func(name, version string, children ...string) string {
		if version != "null" {
			version = `"` + version + `"`
		}
		list, err := json.Marshal(append([]string{}, children...))
		if err != nil {
			t.Fatal(err)
		}
		return `{"name":"` + name + `","version":"9","index_version":` + version + `,"children":` + string(list) + `}`
	}
	for sets, want := range map[string]string{
		set("sanctions", "5-abc"):                                               "sanctions@5-abc",
		set("default", "7", "sanctions") + "," + set("sanctions", "5"):          "sanctions@5",
		set("default", "7", "sanctions") + "," + set("sanctions", "null"):       "default@7",
		set("all", "8", "default") + "," + set("default", "null", "sanctions"):  "all@8",
		set("b", "2", "sanctions") + "," + set("a", "1", "sanctions"):           "a@1 b@2",
		set("default", "null", "sanctions"):                                     "",
		set("peps", "7", "wd_peps"):                                             "",
		set("round", "7", "robin") + "," + set("robin", "7", "round"):           "",
		set("sanctions", "1 OR 1"):                                              "",
		set("sanctions", "null", "us_ofac_sdn") + "," + set("us_ofac_sdn", "5"): "", // one of many is not all
		"": "",
	} {
		srv, _ := speak(t, says{body: `{"datasets":[` + sets + `]}`}, says{body: response("200", "[]", goodQuery)})
		a, err := client(t, srv.URL, "").Screen(t.Context(), grant(t, ada), 0)
		switch {
		case want == "" && onboarding.CodeOf(err) != onboarding.CodeVendorUnclear:
			t.Errorf("%s: got %+v %v", sets, a.Findings, err)
		case want != "" && (err != nil || a.Findings[0].Edition != want):
			t.Errorf("%s: got %+v %v", sets, a.Findings, err)
		}
	}
}

// yente lets its catalog be kept for five minutes; one that failed is not kept.
func TestCatalogIsKeptForFiveMinutes(t *testing.T) {
	srv, catalogs := speak(t, says{body: goodCatalog}, says{body: response("200", "[]", goodQuery)})
	now := time.Now()
	c, err := yente.New(yente.Config{BaseURL: srv.URL, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int32{1, 1, 2} {
		if _, err := c.Screen(t.Context(), grant(t, ada), 0); err != nil || catalogs.Load() != want {
			t.Errorf("%d: the catalog was asked for %d times, %v", i, catalogs.Load(), err)
		}
		now = now.Add(3 * time.Minute)
	}
	bad, catalogs := speak(t, says{status: 503}, says{})
	b := client(t, bad.URL, "")
	for range 2 {
		if _, err := b.Screen(t.Context(), grant(t, ada), 0); onboarding.CodeOf(err) != onboarding.CodeVendorBusy {
			t.Errorf("got %v", err)
		}
	}
	if catalogs.Load() != 2 {
		t.Errorf("a catalog that failed was kept")
	}
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		says says
		want onboarding.Code
	}{
		"a bad request":  {says{status: 400, body: `{"detail":"Cannot parse example entity: Ada Example"}`}, onboarding.CodeVendorRefused},
		"not let in":     {says{status: 403}, onboarding.CodeVendorRefused},
		"the quota":      {says{status: 429, body: `{"detail":"quota"}`}, onboarding.CodeVendorRefused},
		"not readable":   {says{status: 422, body: `{"detail":[{"input":"Ada"}]}`}, onboarding.CodeVendorRefused},
		"no data set":    {says{status: 404, body: `{"detail":"No such dataset."}`}, onboarding.CodeVendorRefused},
		"too large":      {says{body: strings.Repeat(" ", 16<<20+1)}, onboarding.CodeVendorRefused},
		"busy":           {says{status: 429, header: http.Header{"Retry-After": {"7"}}}, onboarding.CodeVendorBusy},
		"not ready":      {says{status: 503}, onboarding.CodeVendorBusy},
		"broken":         {says{status: 500}, onboarding.CodeVendorUnclear},
		"behind a proxy": {says{status: 502}, onboarding.CodeVendorDown},
		"moved":          {says{status: 302, header: http.Header{"Location": {"https://example.com/"}}}, onboarding.CodeVendorUnclear},
		"a page":         {says{kind: "text/html", body: "<p>Sign in"}, onboarding.CodeVendorUnclear},
	} {
		catalog, _ := speak(t, c.says, says{})
		match, _ := speak(t, says{body: goodCatalog}, c.says)
		for where, srv := range map[string]*httptest.Server{"catalog": catalog, "match": match} {
			_, err := client(t, srv.URL, "").Screen(t.Context(), grant(t, ada), 0)
			if onboarding.CodeOf(err) != c.want || strings.Contains(err.Error(), "Ada") {
				t.Errorf("%s, %s: got %v", name, where, err)
			}
			if _, told := vendors.RetryAfter(err); told != (name == "busy") {
				t.Errorf("%s, %s: told to wait: %v", name, where, told)
			}
		}
	}
}

func TestAddresses(t *testing.T) {
	if _, err := yente.New(yente.Config{BaseURL: "https://yente.example.com", Dataset: "../x"}); err == nil {
		t.Error("a data set's name with a path is taken")
	}
	for _, base := range []string{"", "http://yente.example.com", "https://u:p@yente.example.com"} {
		if _, err := yente.New(yente.Config{BaseURL: base}); err == nil {
			t.Errorf("%q is taken", base)
		}
	}
}
