package listfile_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/listfile"
)

// TestReadMatches: the words are those of the score that was given then.
func TestReadMatches(t *testing.T) {
	candidate := func(birth match.Agreement, name, dob, place float64) listfile.Candidate {
		return listfile.Candidate{Entry: listfile.Entry{ID: "900001", Name: "SANDBOXOV, Viktor", Reason: "SANDBOX1", Born: []string{"1971-02-14"}, Places: []string{"OR, US"}, Remarks: "x"},
			Matched: "SANDBOKSOV, Wiktor", Over: true, Parts: match.Parts{Name: name, DOB: dob, Birth: birth, Place: place, Total: 0.95}}
	}
	const same, alike, different, notGiven = onboarding.AgreementSame, onboarding.AgreementAlike, onboarding.AgreementDifferent, onboarding.AgreementNotGiven
	part := onboarding.PartName
	for name, c := range map[string]struct {
		in   listfile.Candidate
		want []onboarding.Part
	}{
		"all the same": {candidate(match.AgreementFull, 1, 1, 1), []onboarding.Part{{What: part, Agreement: same, Score: 1, Scored: true},
			{What: "born", Agreement: same, Score: 1, Scored: true}, {What: "place", Agreement: same, Score: 1, Scored: true}}},
		"alike": {candidate(match.AgreementYear, 0.9, 0.7, 0), []onboarding.Part{{What: part, Agreement: alike, Score: 0.9, Scored: true},
			{What: "born", Agreement: alike, Score: 0.7, Scored: true}, {What: "place", Agreement: different, Score: 0, Scored: true}}},
		"not given": {candidate(match.AgreementNone, 0.9, 0.5, 0.5), []onboarding.Part{{What: part, Agreement: alike, Score: 0.9, Scored: true},
			{What: "born", Agreement: notGiven, Score: 0.5}, {What: "place", Agreement: notGiven, Score: 0.5}}},
		"another day": {candidate(match.AgreementDisagree, 1, 0, 0.5), []onboarding.Part{{What: part, Agreement: same, Score: 1, Scored: true},
			{What: "born", Agreement: different, Score: 0, Scored: true}, {What: "place", Agreement: notGiven, Score: 0.5}}},
	} {
		raw, err := json.Marshal(listfile.Result{List: "us_ofac_sdn", Edition: "2026-11-02/1", Threshold: 0.9, Candidates: []listfile.Candidate{c.in}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := listfile.ReadMatches(raw)
		want := onboarding.Comparison{List: "us_ofac_sdn", Edition: "2026-11-02/1", Threshold: 0.9, Candidates: []onboarding.Candidate{{ID: "900001", Name: "SANDBOXOV, Viktor",
			Matched: "SANDBOKSOV, Wiktor", Reason: "SANDBOX1", Born: []string{"1971-02-14"}, Places: []string{"OR, US"}, Remarks: "x", Over: true, Total: 0.95, Parts: c.want}}}
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%s: %v\n%s", name, err, d)
		}
	}
	for _, raw := range []string{"", "null", "{}", `{"list":7,"SANDBOXOV":1}`} {
		if got, err := listfile.ReadMatches([]byte(raw)); err == nil || strings.Contains(err.Error(), "SANDBOXOV") {
			t.Errorf("%s: %+v, %v", raw, got, err)
		}
	}
}

func TestPlaceWords(t *testing.T) {
	for want, p := range map[string]match.Place{"OR, US": {State: "OR", Country: "US"}, "Mexico": {Country: "Mexico"}, "OR": {State: "OR"}, "": {}} {
		if got := listfile.PlaceWords(p); got != want {
			t.Errorf("%+v: %q", p, got)
		}
	}
}
