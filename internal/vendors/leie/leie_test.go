package leie_test

import (
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
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/leie"
	"github.com/vouchsafe/vouchsafe/internal/vendors/listfile"
)

var fields = []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName,
	onboarding.FieldDateOfBirth, onboarding.FieldState, onboarding.FieldCountry}

func TestLoadReadsTheSample(t *testing.T) {
	l, err := leie.Load(lists.LEIE())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := l.Stats(), (leie.Stats{Rows: 3, Individuals: 2, Births: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !strings.HasPrefix(l.Edition(), "2026-11-10/") {
		t.Errorf("edition %q", l.Edition())
	}
}

func TestScreen(t *testing.T) {
	l, err := leie.Load(lists.LEIE())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range lists.Steering() {
		for _, threshold := range []float64{0.88, 0.92} {
			g := granttest.Give[consent.Screening](t, granttest.Use{Check: onboarding.CheckExclusions, Recipient: consent.RecipientOwn, Fields: fields,
				Profile: onboarding.Profile{onboarding.FieldGivenName: s.Given, onboarding.FieldMiddleName: s.Middle, onboarding.FieldFamilyName: s.Family,
					onboarding.FieldDateOfBirth: s.Born, onboarding.FieldState: "OR", onboarding.FieldCountry: "US"}})
			a, err := l.Screen(context.Background(), g, threshold)
			if err != nil {
				t.Fatal(err)
			}
			want := onboarding.Finding{Code: leie.FindingClear, Verdict: onboarding.VerdictClear, Source: onboarding.SourcePublicRecord, Edition: l.Edition()}
			if s.Exclusions {
				want.Code, want.Verdict, want.Score = leie.FindingMatch, onboarding.VerdictConsider, 1
				want.Parts = map[string]float64{"name": 1, "born": 1, "place": a.Findings[0].Parts["place"]}
			}
			if len(a.Findings) != 1 || !reflect.DeepEqual(a.Findings[0], want) {
				t.Errorf("%s: got %+v, want %+v", s.Why, a.Findings, want)
			}
			var r listfile.Result
			if err := json.Unmarshal(a.Raw, &r); err != nil || r.List != "us_hhs_leie" {
				t.Errorf("result %s: %v", a.Raw, err)
			}
			if s.Exclusions && r.Candidates[0].ID != "UPDATED.csv:3" {
				t.Errorf("the candidate cannot be found again in the list: %+v", r.Candidates)
			}
		}
	}
}

func TestLoadChecksWhole(t *testing.T) {
	const row = "EXCLUDED,EXA,,,INDIVIDUAL (UNAFFI,NURSE/NURSES AIDE,,0000000000,19800229,2 EXAMPLE STREET,SALEM,OR,97301,1128a1,20200420,00000000,00000000,"
	for name, c := range map[string]struct{ old, new, want string }{
		"header":       {"MIDNAME", "MIDDLE", `UPDATED.csv:1: column 3 is "MIDDLE", not "MIDNAME"`},
		"columns":      {row, row + ",", "UPDATED.csv:3: has 19 columns, not 18"},
		"born":         {"19800229", "19810229", "UPDATED.csv:3: DOB is no date"},
		"excluded":     {"20200420", "20201320", "UPDATED.csv:3: EXCLDATE is no date"},
		"not excluded": {"20200420", "00000000", "UPDATED.csv:3: the row has no date of exclusion"},
		"no type":      {"1128a1", "", "UPDATED.csv:3: the row has no type of exclusion"},
		"no name":      {"EXCLUDED,EXA", ",", "UPDATED.csv:3: the row has neither"},
		"state":        {"SALEM,OR,97301,1128a1", "SALEM,ORE,97301,1128a1", "UPDATED.csv:3: STATE"},
		"npi":          {"NURSE/NURSES AIDE,,0000000000", "NURSE/NURSES AIDE,,12", "UPDATED.csv:3: NPI"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := sample(t)
			body := string(dir[leie.FileName].Data)
			if !strings.Contains(body, c.old) {
				t.Fatalf("the sample has no %q", c.old)
			}
			dir[leie.FileName].Data = []byte(strings.Replace(body, c.old, c.new, 1))
			if _, err := leie.Load(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	if _, err := leie.Load(fstest.MapFS{}); err == nil {
		t.Error("no file was read as a list")
	}
}

func TestReinstatedPeopleAreNotSearchedAndTheEditionFallsBack(t *testing.T) {
	dir := sample(t)
	delete(dir, listfile.PublishedFile)
	dir[leie.FileName].Data = []byte(strings.Replace(string(dir[leie.FileName].Data), "1128a1,20200420,00000000", "1128a1,20200420,20240101", 1))
	l, err := leie.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := l.Stats(), (leie.Stats{Rows: 3, Individuals: 1, Births: 1, Reinstated: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !strings.HasPrefix(l.Edition(), "2023-01-18/") { // the newest exclusion
		t.Errorf("edition %q", l.Edition())
	}
}

func sample(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for _, name := range []string{leie.FileName, listfile.PublishedFile} {
		body, err := fs.ReadFile(lists.LEIE(), name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: body}
	}
	return out
}
