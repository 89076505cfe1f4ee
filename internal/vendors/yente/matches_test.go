package yente_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/yente"
)

// TestReadMatches: what was sealed is read again; yente's features stand beside our
// own words.
func TestReadMatches(t *testing.T) {
	c, _ := stack(t)
	a, err := c.Screen(t.Context(), grant(t, person("Wiktor", "", "Sandboksov", "1971-02-14")), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := yente.ReadMatches(a.Raw)
	if err != nil || len(got.Candidates) != 1 || got.List != "sanctions" || got.Edition != a.Findings[0].Edition || got.Threshold != yente.DefaultThreshold {
		t.Fatalf("%+v, %v", got, err)
	}
	k := got.Candidates[0]
	want := onboarding.Candidate{ID: "NK-sandbox900001", Name: "Viktor SANDBOXOV", Matched: "SANDBOKSOV, Wiktor", Reason: "sanction, us_ofac_sdn",
		Born: []string{"1971-02-14", "1972-01-01"}, Over: true, Total: k.Total, Parts: []onboarding.Part{
			{What: onboarding.PartName, Agreement: onboarding.AgreementSame}, {What: onboarding.PartBorn, Agreement: onboarding.AgreementSame}, {What: "name_match", Score: k.Total, Scored: true}}}
	if d := cmp.Diff(want, k); d != "" {
		t.Error(d)
	}
	if p := a.Findings[0].Parts; len(p) != 1 || p["name_match"] != k.Total {
		t.Errorf("the finding's parts: %v", p)
	}
}

// TestReadMatchesOfAnotherShape: features that are no numbers, days that are years,
// an entry without any property.
func TestReadMatchesOfAnotherShape(t *testing.T) {
	raw := `{"dataset":"sanctions","edition":"default@1","threshold":0.7,"answer":{"responses":{"q1":{"status":200,"query":{"schema":"Person","properties":{"name":["Ada Example"],"birthDate":["1990-04-27"]}},"results":[` +
		`{"id":"B","caption":"B","score":0.6,"match":true},` +
		`{"id":"A","caption":"Ada Example","score":0.9,"match":true,"features":{"dob_year":0.5,"Ada Example":1,"why":"text","far":7},` +
		`"properties":{"birthDate":["1990","1990-04"],"country":["us","us"],"notes":["one","two"],"alias":["Adah"]}}]}}}}`
	got, err := yente.ReadMatches([]byte(raw))
	if err != nil || len(got.Candidates) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	first, second := got.Candidates[0], got.Candidates[1]
	if first.ID != "A" || first.Remarks != "one two" || strings.Join(first.Places, " ") != "us" || len(first.Parts) != 3 || first.Parts[2] != (onboarding.Part{What: "dob_year", Score: 0.5, Scored: true}) ||
		first.Part(onboarding.PartBorn).Agreement != onboarding.AgreementAlike {
		t.Errorf("%+v", first)
	}
	if !second.Over || len(second.Parts) != 2 || second.Part(onboarding.PartBorn).Agreement != onboarding.AgreementNotGiven {
		t.Errorf("%+v", second)
	}
	for _, raw := range []string{"", "null", "{}", `{"dataset":"x","answer":"Example"}`, `{"dataset":"x","answer":{"responses":{"q1":{"results":[{"caption":7,"Example":1}]}}}}`} {
		if got, err := yente.ReadMatches([]byte(raw)); err == nil || strings.Contains(err.Error(), "Example") {
			t.Errorf("%s: %+v, %v", raw, got, err)
		}
	}
}
