package watchman_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/watchman"
)

// TestReadMatches: what was sealed is read again, with our words beside Watchman's
// one score.
func TestReadMatches(t *testing.T) {
	c, _ := stack(t)
	a, err := c.Screen(t.Context(), grant(t, person("Wiktor", "", "Sandboksov", "1971-02-14")), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := watchman.ReadMatches(a.Raw)
	if err != nil || len(got.Candidates) != 1 || got.Threshold != watchman.DefaultThreshold || got.Edition != a.Findings[0].Edition {
		t.Fatalf("%+v, %v", got, err)
	}
	k := got.Candidates[0]
	want := onboarding.Candidate{ID: "us_ofac 900001", Name: "Viktor SANDBOXOV", Matched: "SANDBOKSOV, Wiktor", Born: []string{"1971-02-14"}, Over: true, Total: k.Total,
		Parts: []onboarding.Part{{What: onboarding.PartName, Agreement: onboarding.AgreementSame}, {What: onboarding.PartBorn, Agreement: onboarding.AgreementSame}}}
	if d := cmp.Diff(want, k); d != "" || k.Total < watchman.DefaultThreshold {
		t.Errorf("total %v\n%s", k.Total, d)
	}
	a, err = c.Screen(t.Context(), grant(t, ada), 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := watchman.ReadMatches(a.Raw); err != nil || len(got.Candidates) != 0 {
		t.Errorf("nobody alike: %+v, %v", got, err)
	}
}

// TestReadMatchesOfAnotherShape: an entry that says more or less than the sandbox's.
func TestReadMatchesOfAnotherShape(t *testing.T) {
	raw := `{"edition":"2026-11-02/1","threshold":0.85,"list_info":{},"answer":{` + goodQuery + `,"entities":[` +
		`{"name":"B","entityType":"person","sourceList":"eu_csl","sourceID":"2","match":0.5},` +
		`{"name":"Ada EXAMPLE","sourceList":"us_ofac","sourceID":"1","match":0.9,"person":{"name":"Ada EXAMPLE","altNames":null,"birthDate":"1991-01-01T00:00:00Z"},` +
		`"addresses":[{"state":"OR","country":"US"},{"state":"","country":"Mexico"}],"sanctionsInfo":{"programs":["P1","P2"],"description":"why"}}]}}`
	got, err := watchman.ReadMatches([]byte(raw))
	if err != nil || len(got.Candidates) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	first, second := got.Candidates[0], got.Candidates[1]
	if !first.Over || first.Reason != "P1, P2" || first.Remarks != "why" || strings.Join(first.Places, "; ") != "OR, US; Mexico" ||
		first.Part(onboarding.PartName).Agreement != onboarding.AgreementSame || first.Part(onboarding.PartBorn).Agreement != onboarding.AgreementAlike {
		t.Errorf("%+v", first)
	}
	if second.Over || second.Part(onboarding.PartBorn).Agreement != onboarding.AgreementNotGiven || second.Part(onboarding.PartName).Agreement != onboarding.AgreementDifferent {
		t.Errorf("%+v", second)
	}
	for _, raw := range []string{"", "null", "{}", `{"edition":"x","answer":"Example"}`, `{"edition":"x","answer":{"entities":[{"name":7,"Example":1}]}}`} {
		if got, err := watchman.ReadMatches([]byte(raw)); err == nil || strings.Contains(err.Error(), "Example") {
			t.Errorf("%s: %+v, %v", raw, got, err)
		}
	}
}
