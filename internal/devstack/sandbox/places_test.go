package sandbox_test

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
)

// basic is an Authorization header.
func basic(user, password string) []string {
	return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}
}

func (b box) smarty(body string) (int, string) {
	b.t.Helper()
	status, _, got := b.do("POST", "/smarty/street-address", body, basic(b.Keys().SmartyID, b.Keys().SmartyToken)...)
	return status, got
}

func (b box) maxMind(body string) (int, string, string) {
	b.t.Helper()
	status, h, got := b.do("POST", "/maxmind/minfraud/v2.0/score", body, basic(b.Keys().MaxMindAccount, b.Keys().MaxMindKey)...)
	return status, h.Get("Content-Type"), got
}

func lookup(more string) string {
	return `[{"input_id":"r1","street":"12 Example Street","city":"Springfield","state":"OH","zipcode":"45501","candidates":1,"match":"invalid"` + more + `}]`
}

// Obligation 38: both refuse what the adapters may not send, in their own shapes,
// note its name in our words, and quote no value.
func TestPlacesRefuseFieldsThatTheAdaptersMayNotSend(t *testing.T) {
	b := open(t, sandbox.Config{})
	for body, want := range map[string]int{
		lookup(`,"secondary":"Apt 5","addressee":"Ada Example"`):                400,
		lookup(`,"street2":"Rear"`):                                             400,
		lookup(`,"lastline":"Springfield OH"`):                                  400,
		lookup(`,"Street":"13 Example Street"`):                                 400,
		`[{"input_id":"a"},{"input_id":"b"}]`:                                   400,
		strings.Replace(lookup(""), `"45501"`, `45501`, 1):                      400,
		strings.Replace(lookup(""), `"invalid"`, `"strict"`, 1):                 400,
		strings.Replace(lookup(""), `:1,`, `:10,`, 1):                           400,
		strings.Replace(lookup(""), `"r1"`, `"`+strings.Repeat("r", 37)+`"`, 1): 400,
		strings.Replace(lookup(""), `12 Example Street`, ``, 1):                 422,
		`{}`: 400, `[]`: 400, `null`: 400, `[1]`: 400, ``: 400, lookup("") + "{}": 400,
	} {
		status, got := b.smarty(body)
		if status != want || !strings.Contains(got, `"errors":[{"message":`) || strings.Contains(got, "Example") {
			t.Errorf("%s: got %d %s", body, status, got)
		}
	}
	for body, code := range map[string]string{
		`{"device":{"ip_address":"192.0.2.1","user_agent":"Browser"}}`:              "REQUEST_INVALID",
		`{"device":{"ip_address":"192.0.2.1"},"email":{"address":"a@example.com"}}`: "REQUEST_INVALID",
		`{"Device":{"ip_address":"192.0.2.1"}}`:                                     "REQUEST_INVALID",
		`{"device":{"ip_address":"here"}}`:                                          "REQUEST_INVALID",
		`{}`:                                                                        "REQUEST_INVALID", `null`: "REQUEST_INVALID", `[]`: "JSON_INVALID", ``: "JSON_INVALID",
	} {
		status, kind, got := b.maxMind(body)
		if status != 400 || !strings.Contains(got, `"code":"`+code+`"`) || strings.Contains(got, "192.0") ||
			!strings.HasPrefix(kind, "application/vnd.maxmind.com-error+json") {
			t.Errorf("%s: got %d %s %s", body, status, kind, got)
		}
	}
	var names []string
	for _, e := range b.books("") {
		names = append(names, e.Fields...)
	}
	for _, want := range []string{"name", "street", "unit", "city", "state", "postal_code", "ip_address", "user_agent"} {
		if !slices.Contains(names, want) {
			t.Errorf("the books do not name %s", want)
		}
	}
	_, _, all := b.do("GET", "/_books", "")
	for _, no := range []string{"Example", "Springfield", "192.0", "example.com"} {
		if strings.Contains(all, no) {
			t.Errorf("%q is in the books", no)
		}
	}
}

func TestPlacesCredentials(t *testing.T) {
	b := open(t, sandbox.Config{})
	for _, tc := range []struct {
		method, path string
		header       []string
		want         int
	}{
		{"POST", "/smarty/street-address", nil, 401},
		{"POST", "/smarty/street-address", basic("x", "y"), 401},
		{"POST", "/smarty/street-address?auth-id=" + b.Keys().SmartyID + "&auth-token=" + b.Keys().SmartyToken, nil, 401},
		{"POST", "/smarty/street-address?license=x", basic(b.Keys().SmartyID, b.Keys().SmartyToken), 400},
		{"GET", "/smarty/street-address", nil, 405},
		{"POST", "/maxmind/minfraud/v2.0/score", nil, 401},
		{"POST", "/maxmind/minfraud/v2.0/score", basic("x", "y"), 401},
		{"POST", "/maxmind/minfraud/v2.0/insights", nil, 404},
	} {
		if status, _, got := b.do(tc.method, tc.path, lookup(""), tc.header...); status != tc.want {
			t.Errorf("%s %s: got %d %s", tc.method, tc.path, status, got)
		}
	}
}

func TestPlacesAnswers(t *testing.T) {
	b := open(t, sandbox.Config{})
	status, got := b.smarty(lookup(`,"secondary":"Apt 5"`))
	for _, want := range []string{`"input_id":"r1"`, `"dpv_match_code":"Y"`, `"dpv_cmra":"N"`, `"dpv_vacant":"N"`, `"active":"Y"`, `"rdi":"Residential"`, `"primary_number":"12"`} {
		if status != 200 || !strings.Contains(got, want) {
			t.Errorf("%s is not in %d %s", want, status, got)
		}
	}
	if e := b.books("?vendor=smarty")[0]; !slices.Contains(e.Fields, "unit") || e.Status != 200 {
		t.Errorf("got %+v", e)
	}
	status, kind, got := b.maxMind(`{"device":{"ip_address":"192.0.2.1"}}`)
	if status != 200 || !strings.HasPrefix(kind, "application/vnd.maxmind.com-minfraud-score+json;") ||
		!strings.Contains(got, `"ip_address":{"risk":0.1}`) || strings.Contains(got, "warnings") {
		t.Errorf("got %d %s %s", status, kind, got)
	}
}

// Every street and address of the table steers to an answer of its own, and none
// hides behind another.
func TestPlacesSteering(t *testing.T) {
	b := open(t, sandbox.Config{})
	seen := map[string]string{}
	for i, s := range sandbox.Steering() {
		var got string
		if street, ok := strings.CutPrefix(s.Typed, "street that begins with "); ok && s.Vendor == sandbox.Smarty {
			ref := fmt.Sprint(i)
			_, got = b.smarty(strings.Replace(strings.Replace(lookup(""), "12 Example Street", street, 1), `"r1"`, `"`+ref+`"`, 1))
			got = "smarty " + strings.NewReplacer(street, "", `"`+ref+`"`, "").Replace(got)
		} else if ip, ok := strings.CutPrefix(s.Typed, "the application comes from "); ok && s.Vendor == sandbox.MaxMind {
			if a, err := netip.ParseAddr(ip); err != nil || !reservedForExamples(a) {
				t.Errorf("%s is not reserved for examples", ip)
			}
			_, _, got = b.maxMind(`{"device":{"ip_address":"` + ip + `"}}`)
			got = "maxmind " + withoutID(got)
		} else {
			continue
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%q and %q get the same answer", s.Typed, other)
		}
		seen[got] = s.Typed
	}
	if len(seen) < 18 {
		t.Errorf("only %d lines", len(seen))
	}
}

func reservedForExamples(a netip.Addr) bool {
	for _, p := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"} {
		if netip.MustParsePrefix(p).Contains(a) {
			return true
		}
	}
	return false
}

// withoutID cuts the answer's own ID, which differs every time.
func withoutID(s string) string {
	before, rest, ok := strings.Cut(s, `"id":"`)
	if !ok {
		return s
	}
	_, after, _ := strings.Cut(rest, `"`)
	return before + after
}
