package watchman_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox/sandboxtest"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/namesearch"
	"github.com/vouchsafe/vouchsafe/internal/vendors/watchman"
)

func person(given, middle, family, born string) onboarding.Profile {
	return onboarding.Profile{onboarding.FieldGivenName: given, onboarding.FieldMiddleName: middle, onboarding.FieldFamilyName: family,
		onboarding.FieldDateOfBirth: born, onboarding.FieldNationalID: "987654321", onboarding.FieldState: "OR"}
}

var ada = person("Ada", "", "Example", "1990-04-27")

func grant(t *testing.T, p onboarding.Profile) consent.Grant[consent.Screening] {
	return granttest.Give[consent.Screening](t, granttest.Use{Check: onboarding.CheckSanctions, Recipient: consent.RecipientWatchman,
		Fields: namesearch.Fields(), Profile: p})
}

func client(t *testing.T, base string) *watchman.Client {
	t.Helper()
	c, err := watchman.New(watchman.Config{BaseURL: base})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stack(t *testing.T) (*watchman.Client, *httptest.Server) {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); _ = s.Close() })
	return client(t, srv.URL+"/watchman"), srv
}

func books(t *testing.T, srv *httptest.Server) (entries []sandbox.Entry, text string) {
	t.Helper()
	return sandboxtest.Books(t, srv.URL, "watchman")
}

var editionForm = regexp.MustCompile(`^2026-11-02/[0-9a-f]{12}$`)

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
			if !editionForm.MatchString(f.Edition) {
				t.Errorf("the edition is %q", f.Edition)
			}
			want := onboarding.Finding{Code: "sanctions_clear", Verdict: onboarding.VerdictClear, Source: onboarding.SourcePublicRecord, Edition: f.Edition}
			if s.Sanctions {
				want.Code, want.Verdict, want.Score = "sanctions_match", onboarding.VerdictConsider, f.Score
			}
			if d := cmp.Diff([]onboarding.Finding{want}, a.Findings); d != "" {
				t.Errorf("%+v at %v:\n%s", s, threshold, d)
			}
			if s.Sanctions != (f.Score >= 0.85 && f.Score <= 1) {
				t.Errorf("%+v: the score is %v", s, f.Score)
			}
			for _, must := range []string{`"list_info":{`, `"entities":`, `"edition":"` + f.Edition} {
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
	if len(got) != 2 || got[0].Path != "/watchman/v2/listinfo" || len(got[0].Fields) != 0 || got[1].Path != "/watchman/v2/search" {
		t.Fatalf("got %s", text)
	}
	slices.Sort(got[1].Fields)
	slices.Sort(got[1].Parameters)
	if !slices.Equal(got[1].Fields, []string{"date_of_birth", "name"}) || !slices.Equal(got[1].Parameters, []string{"limit", "minMatch", "requestID", "type"}) {
		t.Errorf("got %s", text)
	}
	if strings.Contains(text, "Ada") || strings.Contains(text, "1990-04-27") {
		t.Errorf("a value is in the books: %s", text)
	}
	// One door earlier: the register refuses any other field.
	_, err := granttest.Redeem[consent.Screening](granttest.Use{Check: onboarding.CheckSanctions, Recipient: consent.RecipientWatchman,
		Fields: append(namesearch.Fields(), onboarding.FieldState)})
	if onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
		t.Errorf("got %v", err)
	}
}

// Watchman answers 200 to nonsense, so nonsense never leaves the house.
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

func TestSearchedForNothingIsNoEvidence(t *testing.T) {
	c, _ := stack(t)
	a, err := c.Screen(t.Context(), grant(t, person("Ada", "", "Unread", "1990-04-27")), 0)
	if onboarding.CodeOf(err) != onboarding.CodeVendorUnclear || !vendors.Retryable(err) || a.Findings != nil {
		t.Errorf("got %+v %v", a, err)
	}
}

// The two answers of a Watchman that works, for changes.
const (
	goodLists = `{"lists":{"us_ofac":17},"listHashes":{"us_ofac":"b9d5"},"startedAt":"2026-11-02T06:00:00Z","endedAt":"2026-11-02T06:00:01Z","version":"v0.60.0"}`
	goodQuery = `"query":{"name":"Ada Example","entityType":"person","person":{"birthDate":"1990-04-27T00:00:00Z"}}`
	goodHit   = `{"name":"X","entityType":"person","sourceList":"us_ofac","sourceID":"1","match":0.9}`
)

type says struct {
	status int
	kind   string
	body   string
	header http.Header
}

func speak(t *testing.T, info, search says) *watchman.Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := search
		if r.URL.Path == "/v2/listinfo" {
			s = info
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
	return client(t, srv.URL)
}

func TestAnswers(t *testing.T) {
	query := func(old, new string) string {
		q := strings.Replace(goodQuery, old, new, 1)
		if q == goodQuery {
			t.Fatalf("%s is not in it", old)
		}
		return "{" + q + `,"entities":null}`
	}
	hits := func(h string) string { return "{" + goodQuery + `,"entities":[` + h + `]}` }
	const unclear = onboarding.CodeVendorUnclear
	for body, want := range map[string]onboarding.Code{
		"{" + goodQuery + `,"entities":null}`:        "sanctions_clear",
		"{" + goodQuery + `,"entities":[]}`:          "sanctions_clear",
		"{" + goodQuery + `,"entities":[],"new":{}}`: "sanctions_clear",
		hits(goodHit): "sanctions_match",
		hits(strings.Replace(goodHit, "0.9", "0.85", 1)):                "sanctions_match", // at the threshold to the dot
		hits(strings.Replace(goodHit, "0.9", "0.8499", 1)):              "sanctions_clear",
		hits(strings.Replace(goodHit, "0.9", "0.1", 1) + "," + goodHit): "sanctions_match",
		hits(strings.Replace(goodHit, "us_ofac", "eu_csl", 1)):          "sanctions_match",
		`{"entities":null}`:              unclear,
		`{"query":null,"entities":null}`: unclear,
		`{"query":{"name":"","entityType":"","person":null},"entities":null}`: unclear,
		query(`"Ada Example"`, `"Ada"`):                                       unclear,
		query(`"person"`, `"business"`):                                       unclear,
		query(`"1990-04-27T00:00:00Z"`, `null`):                               unclear,
		query(`"1990-04-27T`, `"1990-04-28T`):                                 unclear,
		query(`"1990-04-27T00:00:00Z"`, `"27 April"`):                         unclear,
		hits(strings.Replace(goodHit, `,"match":0.9`, "", 1)):                 unclear,
		hits(strings.Replace(goodHit, "0.9", "7", 1)):                         unclear,
		hits(strings.Replace(goodHit, "0.9", "-0.9", 1)):                      unclear,
		hits(strings.Replace(goodHit, "0.9", `"0.9"`, 1)):                     unclear,
		hits(strings.Replace(goodHit, `"1"`, `""`, 1)):                        unclear,
		hits(strings.Replace(goodHit, `"us_ofac"`, `""`, 1)):                  unclear,
		hits(strings.Replace(goodHit, `"person"`, `"vessel"`, 1)):             unclear,
		hits(`null`):                 unclear,
		hits(goodHit) + "x":          unclear,
		`{}`:                         unclear,
		`[]`:                         unclear,
		``:                           unclear,
		strings.Repeat(" ", 1<<20+1): onboarding.CodeVendorRefused, // larger than any answer
	} {
		a, err := speak(t, says{body: goodLists}, says{body: body}).Screen(t.Context(), grant(t, ada), 0)
		got := onboarding.CodeOf(err)
		if err == nil {
			got = onboarding.Code(a.Findings[0].Code)
		}
		if got != want {
			t.Errorf("%.200s: got %s (%v), want %s", body, got, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "Example") || strings.Contains(err.Error(), "1990-04")) {
			t.Errorf("the person is in %q", err)
		}
	}
}

// Nobody is clear by lists that are not there.
func TestNoListIsNoEvidence(t *testing.T) {
	for _, body := range []string{`{}`, `[]`, strings.Replace(goodLists, "17", "0", 1), strings.Replace(goodLists, "us_ofac", "us_csl", 2),
		strings.Replace(goodLists, "b9d5", "", 1), strings.Replace(goodLists, `"endedAt":"2026-11-02T06:00:01Z"`, `"endedAt":"0001-01-01T00:00:00Z"`, 1),
		`{"lists":null,"listHashes":null,"endedAt":"2026-11-02T06:00:01Z"}`} {
		_, err := speak(t, says{body: body}, says{status: 500}).Screen(t.Context(), grant(t, ada), 0)
		if onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		says says
		want onboarding.Code
	}{
		"a bad request":  {says{status: 400, body: `{"error":"problem with Ada Example"}`}, onboarding.CodeVendorRefused},
		"not let in":     {says{status: 403}, onboarding.CodeVendorRefused},
		"another path":   {says{status: 404, body: "404 page not found"}, onboarding.CodeVendorRefused},
		"busy":           {says{status: 429, header: http.Header{"Retry-After": {"7"}}}, onboarding.CodeVendorBusy},
		"not ready":      {says{status: 503}, onboarding.CodeVendorBusy},
		"broken":         {says{status: 500}, onboarding.CodeVendorUnclear},
		"behind a proxy": {says{status: 502}, onboarding.CodeVendorDown},
		"moved":          {says{status: 302, header: http.Header{"Location": {"https://example.com/"}}}, onboarding.CodeVendorUnclear},
		"a page":         {says{kind: "text/html", body: "<p>Sign in"}, onboarding.CodeVendorUnclear},
	} {
		for where, cl := range map[string]*watchman.Client{"lists": speak(t, c.says, says{}), "search": speak(t, says{body: goodLists}, c.says)} {
			_, err := cl.Screen(t.Context(), grant(t, ada), 0)
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
	for _, base := range []string{"", "http://watchman.example.com", "https://u:p@watchman.example.com"} {
		if _, err := watchman.New(watchman.Config{BaseURL: base}); err == nil {
			t.Errorf("%q is taken", base)
		}
	}
}
