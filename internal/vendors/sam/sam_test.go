package sam_test

import (
	"encoding/json"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/listfile"
	"github.com/vouchsafe/vouchsafe/internal/vendors/sam"
)

var fields = []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName,
	onboarding.FieldDateOfBirth, onboarding.FieldState, onboarding.FieldCountry}

func load(t *testing.T, dir fs.FS) *sam.List {
	t.Helper()
	l, err := sam.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLoadReadsTheSample(t *testing.T) {
	l := load(t, lists.SAM())
	if got, want := l.Stats(), (sam.Stats{Rows: 4, Individuals: 2, Ended: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !strings.HasPrefix(l.Edition(), "2026-11-20/") || l.Individuals() != 2 {
		t.Errorf("edition %q, %d individuals", l.Edition(), l.Individuals())
	}
}

// ask is a person as the check gives them.
type ask struct{ given, middle, family, state string }

func screen(t *testing.T, l *sam.List, threshold float64, p ask) (onboarding.Finding, listfile.Result) {
	t.Helper()
	g := granttest.Give[consent.Screening](t, granttest.Use{Check: onboarding.CheckDebarment, Recipient: consent.RecipientOwn, Fields: fields,
		Profile: onboarding.Profile{onboarding.FieldGivenName: p.given, onboarding.FieldMiddleName: p.middle, onboarding.FieldFamilyName: p.family,
			onboarding.FieldDateOfBirth: "1985-05-05", onboarding.FieldState: p.state, onboarding.FieldCountry: "US"}})
	a, err := l.Screen(t.Context(), g, threshold)
	if err != nil {
		t.Fatal(err)
	}
	var r listfile.Result
	if err := json.Unmarshal(a.Raw, &r); err != nil {
		t.Fatal(err)
	}
	if len(a.Findings) != 1 {
		t.Fatalf("answer %+v", a)
	}
	return a.Findings[0], r
}

func TestScreenTheTable(t *testing.T) {
	l := load(t, lists.SAM())
	for _, s := range lists.Steering() {
		for _, threshold := range []float64{0.88, 0.92} {
			state := s.State
			if state == "" {
				state = "OR"
			}
			f, r := screen(t, l, threshold, ask{s.Given, s.Middle, s.Family, state})
			want := onboarding.Finding{Code: sam.FindingClear, Verdict: onboarding.VerdictClear, Source: onboarding.SourcePublicRecord, Edition: l.Edition()}
			if s.Debarment {
				want.Code, want.Verdict, want.Score = sam.FindingMatch, onboarding.VerdictConsider, f.Score
				// The list has no dates of birth, so none was compared.
				want.Parts = map[string]float64{"name": f.Parts["name"], "place": f.Parts["place"]}
				if f.Parts["name"] < 0.5 {
					t.Errorf("%s: the score's parts %v", s.Why, f.Parts)
				}
				if f.Score < threshold || f.Score > 1 {
					t.Errorf("%s: score %v", s.Why, f.Score)
				}
				if len(r.Candidates) == 0 || r.Candidates[0].ID != "S4SAMPLE2" || !r.Candidates[0].Over {
					t.Errorf("%s: candidates %+v", s.Why, r.Candidates)
				}
			}
			if !reflect.DeepEqual(f, want) || r.List != "us_sam_exclusions" || r.Edition != l.Edition() || r.Searched != 2 {
				t.Errorf("%s at %.2f: got %+v, want %+v; %+v", s.Why, threshold, f, want, r)
			}
		}
	}
}

// The list has no dates of birth: a name that is only alike needs the state to
// bear it out, an equal one goes to a person wherever they live.
func TestNameAlone(t *testing.T) {
	l := load(t, lists.SAM())
	for name, c := range map[string]struct {
		p    ask
		flag bool
	}{
		"equal, same state":                    {ask{"Debra", "Sample", "Debarred", "OR"}, true},
		"equal, another state":                 {ask{"Debra", "Sample", "Debarred", "TX"}, true},
		"equal, no state":                      {ask{"Debra", "Sample", "Debarred", ""}, true},
		"no middle name given":                 {ask{"Debra", "", "Debarred", "TX"}, true},
		"no middle name listed":                {ask{"Perry", "Robert", "Prohibited", "OR"}, true},
		"another middle name, another state":   {ask{"Debra", "Christine", "Debarred", "TX"}, false},
		"turned round":                         {ask{"Debarred", "", "Debra", "OR"}, true},
		"a slip, same state":                   {ask{"Perry", "", "Prohibiteed", "TX"}, true},
		"a slip, another state":                {ask{"Perri", "", "Prohibitid", "OR"}, false},
		"a slip, no middle name, same state":   {ask{"Debra", "", "Debared", "OR"}, true},
		"another given name, same state":       {ask{"Daniel", "", "Debarred", "OR"}, false},
		"another family name, same state":      {ask{"Debra", "", "Dabrowski", "OR"}, false},
		"an exclusion that has ended":          {ask{"Terry", "", "Terminated", "OR"}, false},
		"the firm that a listed person owns":   {ask{"Example", "", "Works", "OR"}, false},
		"nobody":                               {ask{"Ada", "", "Example", "OR"}, false},
		"a middle initial only, another state": {ask{"Debra", "S", "Debarred", "TX"}, true},
	} {
		f, r := screen(t, l, 0.9, c.p)
		if got := f.Code == sam.FindingMatch; got != c.flag {
			t.Errorf("%s: flagged %v, want %v: %+v", name, got, c.flag, r.Candidates)
		}
	}
}

func TestLoadChecksWhole(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"header":      {`"First"`, `"Given"`, `.CSV:1: column 4 is "Given", not "First"`},
		"order":       {`"First","Middle"`, `"Middle","First"`, `.CSV:1: column 4 is "Middle", not "First"`},
		"columns":     {`"S4SAMPLE2",`, `"S4SAMPLE2","",`, ".CSV:3: has 32 columns, not 31"},
		"class":       {`"Individual","","MS."`, `"Person","","MS."`, ".CSV:3: the classification is not in the layout"},
		"status":      {`"03/01/2099","","(also EXAMPLE`, `"03/01/2099","Perhaps","(also EXAMPLE`, ".CSV:3: the record's status"},
		"active":      {`"06/15/2025"`, `"15/06/2025"`, ".CSV:4: Active Date is no date"},
		"termination": {`"Indefinite"`, `"Never"`, ".CSV:4: Termination Date is neither a date nor Indefinite"},
		"created":     {`"2025-06-15"`, `"last year"`, ".CSV:4: Creation_Date is no date"},
		"no name":     {`"PERRY","","PROHIBITED"`, `"","",""`, ".CSV:4: the individual has no name"},
		"cut off":     {`"S4SAMPLE4","","","2020-01-10"`, `"S4SAM`, ".CSV:5: "},
		"no reason":   {`"DOL","","Ineligible (Proceedings Completed)","","06/15`, `"DOL","","","","06/15`, ".CSV:4: the individual has no type of exclusion"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := sample(t)
			body := string(dir[sam.FileName].Data)
			if !strings.Contains(body, c.old) {
				t.Fatalf("the sample has no %q", c.old)
			}
			dir[sam.FileName].Data = []byte(strings.Replace(body, c.old, c.new, 1))
			if _, err := sam.Load(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	for name, body := range map[string]string{"missing": "", "empty": "\x1a", "a page": "<html><body>Please sign in</body></html>"} {
		dir := fstest.MapFS{}
		if body != "" {
			dir[sam.FileName] = &fstest.MapFile{Data: []byte(body)}
		}
		if _, err := sam.Load(dir); err == nil {
			t.Errorf("%s was read as a list", name)
		}
	}
}

// One edition always searches the same entries: what counts is its own day.
func TestEndedOnTheEditionsDay(t *testing.T) {
	for name, c := range map[string]struct{ published, ends, status string }{
		"ended the day before":      {"2023-01-10\n", "01/09/2023", ""},
		"inactive":                  {"2022-01-01\n", "01/09/2023", "Inactive"},
		"without published.txt":     {"", "2025-06-14", "Active"}, // the newest record is of 2025-06-15
		"ends on that day: in":      {"2023-01-09\n", "01/09/2023", "Active"},
		"ends later: in":            {"2022-01-01\n", "2023-01-09", ""},
		"ends nowhere in sight: in": {"2026-11-20\n", "", ""},
	} {
		dir := sample(t)
		if delete(dir, listfile.PublishedFile); c.published != "" {
			dir[listfile.PublishedFile] = &fstest.MapFile{Data: []byte(c.published)}
		}
		dir[sam.FileName].Data = []byte(strings.Replace(string(dir[sam.FileName].Data), `"01/09/2023",""`, `"`+c.ends+`","`+c.status+`"`, 1))
		want := 1
		if strings.HasSuffix(name, ": in") {
			want = 0
		}
		if got := load(t, dir).Stats().Ended; got != want {
			t.Errorf("%s: %d ended, want %d", name, got, want)
		}
	}
}

func sample(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for _, name := range []string{sam.FileName, listfile.PublishedFile} {
		body, err := fs.ReadFile(lists.SAM(), name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: body}
	}
	return out
}
