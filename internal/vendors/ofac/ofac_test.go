package ofac_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/listfile"
	"github.com/vouchsafe/vouchsafe/internal/vendors/ofac"
)

var fields = []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName,
	onboarding.FieldDateOfBirth, onboarding.FieldState, onboarding.FieldCountry}

func load(t testing.TB) *ofac.List {
	t.Helper()
	l, err := ofac.Load(lists.OFAC())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func screen(t testing.TB, l *ofac.List, threshold float64, p onboarding.Profile) (vendors.Answer, listfile.Result) {
	t.Helper()
	g := granttest.Give[consent.Screening](t, granttest.Use{Check: onboarding.CheckSanctions, Recipient: consent.RecipientOwn, Fields: fields, Profile: p})
	a, err := l.Screen(context.Background(), g, threshold)
	if err != nil {
		t.Fatal(err)
	}
	var r listfile.Result
	if err := json.Unmarshal(a.Raw, &r); err != nil {
		t.Fatal(err)
	}
	return a, r
}

func TestLoadReadsTheSample(t *testing.T) {
	l := load(t)
	if got, want := l.Stats(), (ofac.Stats{Rows: 5, Individuals: 3, Names: 5, Births: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !strings.HasPrefix(l.Edition(), "2026-11-02/") || len(l.Edition()) != len("2026-11-02/")+12 {
		t.Errorf("edition %q", l.Edition())
	}
	if again := load(t); again.Edition() != l.Edition() {
		t.Error("the same bytes have two editions")
	}
}

func TestScreen(t *testing.T) {
	l := load(t)
	for _, s := range lists.Steering() {
		t.Run(s.Why, func(t *testing.T) {
			for _, threshold := range []float64{0.88, 0.92} { // those of the programs that ship
				a, r := screen(t, l, threshold, onboarding.Profile{onboarding.FieldGivenName: s.Given, onboarding.FieldMiddleName: s.Middle,
					onboarding.FieldFamilyName: s.Family, onboarding.FieldDateOfBirth: s.Born, onboarding.FieldState: "OR", onboarding.FieldCountry: "US"})
				if len(a.Findings) != 1 || a.Pending || a.Order != "" {
					t.Fatalf("answer %+v", a)
				}
				f := a.Findings[0]
				want := onboarding.Finding{Code: ofac.FindingClear, Verdict: onboarding.VerdictClear, Source: onboarding.SourcePublicRecord, Edition: l.Edition()}
				if s.Sanctions {
					want.Code, want.Verdict, want.Score, want.Parts = ofac.FindingMatch, onboarding.VerdictConsider, f.Score, f.Parts
					if p := f.Parts; len(p) != 3 || p["name"] <= 0 || p["name"] > 1 || p["born"] < 0.5 || r.Candidates[0].Parts.DOB != p["born"] {
						t.Errorf("the score's parts %v", p)
					}
					if f.Score < threshold || f.Score > 1 {
						t.Errorf("score %v", f.Score)
					}
					if len(r.Candidates) == 0 || !r.Candidates[0].Over {
						t.Errorf("the sealed result shows no candidate: %+v", r)
					}
				}
				if !reflect.DeepEqual(f, want) {
					t.Errorf("at %.2f: got %+v, want %+v", threshold, f, want)
				}
				if r.Edition != l.Edition() || r.Threshold != threshold || r.Searched != 3 {
					t.Errorf("result %+v", r)
				}
			}
		})
	}
}

func TestScreenNeedsAGrantAName(t *testing.T) {
	l := load(t)
	if _, err := l.Screen(context.Background(), consent.Grant[consent.Screening]{}, 0.9); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
		t.Errorf("the zero grant gave %v", err)
	}
	give := func(p onboarding.Profile) consent.Grant[consent.Screening] {
		return granttest.Give[consent.Screening](t, granttest.Use{Check: onboarding.CheckSanctions, Recipient: consent.RecipientOwn, Fields: fields, Profile: p})
	}
	if _, err := l.Screen(context.Background(), give(onboarding.Profile{onboarding.FieldGivenName: " - "}), 0.9); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("no name gave %v", err)
	}
	g := give(onboarding.Profile{onboarding.FieldFamilyName: "Example"})
	if _, err := l.Screen(context.Background(), g, 0.1); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("a threshold of 0.1 gave %v", err)
	}
	if _, err := l.Screen(context.Background(), g, 0); err != nil { // the refusal above spent nothing
		t.Errorf("the default threshold gave %v", err)
	}
	if _, err := l.Screen(context.Background(), g, 0); onboarding.CodeOf(err) != onboarding.CodeGrantRefused {
		t.Errorf("a grant twice gave %v", err)
	}
}

// TestLoadChecksWhole: a list that is cut or changed is refused, with its line.
func TestLoadChecksWhole(t *testing.T) {
	for name, c := range map[string]struct {
		file, old, new, want string
	}{
		"column lost":     {"sdn.csv", `"PLACEHOLDER MARU","vessel",`, `"PLACEHOLDER MARU",`, "sdn.csv:4: has 11 columns, not 12"},
		"number":          {"sdn.csv", "900002,", "nine,", `sdn.csv:2: the entry number "nine" is no number`},
		"twice":           {"sdn.csv", "900003,", "900001,", "sdn.csv:3: the entry 900001 stands here twice"},
		"type":            {"sdn.csv", `"vessel"`, `"balloon"`, "sdn.csv:4: the entry 900004 is of a type"},
		"no name":         {"sdn.csv", `"SANDBOXOV, Viktor"`, `-0- `, "sdn.csv:1: the entry 900001 has no name"},
		"no program":      {"sdn.csv", `"vessel","SANDBOX1"`, `"vessel",""`, "sdn.csv:4: the entry 900004 has no program"},
		"cut in a quote":  {"sdn.csv", "Linked To: EXAMPLE TRADING COM\"", "Linked", "sdn.csv:5: extraneous or missing"},
		"unknown entry":   {"alt.csv", "900002,", "900009,", `alt.csv:3: there is no entry "900009" in sdn.csv`},
		"alias kind":      {"alt.csv", `"fka"`, `"xka"`, "alt.csv:3: the alias is of a kind"},
		"alias number":    {"alt.csv", "910002", "x", `alt.csv:2: the alias number "x" is no number`},
		"alias empty":     {"alt.csv", `"SAMPLE TRADING"`, `""`, "alt.csv:3: the alias is empty"},
		"address number":  {"add.csv", "920002", "x", `add.csv:2: the address number "x" is no number`},
		"address entry":   {"add.csv", "900001", "1", `add.csv:1: there is no entry "1"`},
		"comment columns": {"sdn_comments.csv", "900005,", "", "sdn_comments.csv:1: has 1 columns, not 2"},
		"date":            {"published.txt", "2026-11-02", "yesterday", "published.txt:1: is no date"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyOf(t, lists.OFAC())
			body := string(dir[c.file].Data)
			if !strings.Contains(body, c.old) {
				t.Fatalf("%s has no %q", c.file, c.old)
			}
			dir[c.file].Data = []byte(strings.Replace(body, c.old, c.new, 1))
			_, err := ofac.Load(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	for _, file := range []string{"sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv"} {
		dir := copyOf(t, lists.OFAC())
		delete(dir, file)
		if _, err := ofac.Load(dir); err == nil {
			t.Errorf("a list without %s was read", file)
		}
		dir[file] = &fstest.MapFile{Data: []byte("\x1a")}
		if _, err := ofac.Load(dir); err == nil || !strings.Contains(err.Error(), file+":1: the file has no row") {
			t.Errorf("an empty %s gave %v", file, err)
		}
	}
}

func TestLoadTakesOldEncodingsAndOtherEditions(t *testing.T) {
	dir := copyOf(t, lists.OFAC())
	dir["sdn.csv"].Data = bytes.Replace(dir["sdn.csv"].Data, []byte("Maria"), []byte("Mar\xeda"), 1)
	delete(dir, "published.txt")
	l, err := ofac.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(l.Edition(), "undated/") || l.Edition()[8:] == load(t).Edition()[11:] {
		t.Errorf("edition %q", l.Edition())
	}
	a, _ := screen(t, l, 0.9, onboarding.Profile{onboarding.FieldGivenName: "María", onboarding.FieldFamilyName: "Sancionada Prueba", onboarding.FieldDateOfBirth: "1969-07-07"})
	if a.Findings[0].Code != ofac.FindingMatch || a.Findings[0].Score != 1 {
		t.Errorf("got %+v", a.Findings)
	}
}

func TestDatesOfBirthInRemarks(t *testing.T) {
	for remarks, want := range map[string]string{ // born 1970-05-16: what becomes of an equal name
		"DOB 16 May 1970; nationality Ruritania.":                          "match",
		"DOB 16 May 1970.":                                                 "match",
		"DOB 1970; POB Exampleville.":                                      "match",
		"DOB May 1970.":                                                    "match",
		"DOB circa 1968; Gender Male.":                                     "match",
		"DOB 1969 to 1971.":                                                "match",
		"DOB 01 Jan 1965 to 31 Dec 1974.":                                  "match",
		"DOB circa 1969-1971.":                                             "match",
		"POB Exampleville; DOB 02 Feb 1980; alt. DOB 16 May 1970.":         "match",
		"nationality Ruritania.":                                           "match",
		"DOB in the spring; nationality Ruritania.":                        "match", // not read: counts as none
		"DOB 02 Feb 1980; alt. DOB in the spring.":                         "match", // one of them may agree
		"DOB 02 Feb 1980; Passport X1.":                                    "clear",
		"DOB circa 1950.":                                                  "clear",
		"DOB 1971 to 1975; alt. DOB 1960.":                                 "clear",
		"Passport X1 (issued 16 May 1970); DOB 02 Feb 1980; alt. POB Foo.": "clear",
	} {
		dir := copyOf(t, lists.OFAC())
		dir["sdn.csv"].Data = []byte(`900005,"SAMPLE, Sam","individual","X",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"` + remarks + `"` + "\r\n")
		dir["alt.csv"].Data = []byte(`900005,1,"aka","OTHER, Name",-0- ` + "\r\n")
		dir["add.csv"].Data = []byte(`900005,1,-0- ,"Miami, FL 33101","United States",-0- ` + "\r\n")
		dir["sdn_comments.csv"].Data = []byte(`900005,-0- ` + "\r\n")
		l, err := ofac.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := screen(t, l, 0.92, onboarding.Profile{onboarding.FieldGivenName: "Sam", onboarding.FieldFamilyName: "Sample", onboarding.FieldDateOfBirth: "1970-05-16"})
		if got := strings.TrimPrefix(a.Findings[0].Code, "sanctions_"); got != want {
			t.Errorf("%s: got %s, want %s", remarks, got, want)
		}
	}
}

func copyOf(t *testing.T, dir fs.FS) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		body, err := fs.ReadFile(dir, e.Name())
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = &fstest.MapFile{Data: body}
	}
	return out
}
