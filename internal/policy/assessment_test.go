package policy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

func factors(f policy.Form) string {
	var ids []string
	for _, c := range f.Factors {
		ids = append(ids, c.ID)
	}
	return strings.Join(ids, " ")
}

// TestAssessmentForm: what each place wants weighed, when, and who gets it.
func TestAssessmentForm(t *testing.T) {
	const article23A = "nature_gravity age_then time_passed duties bearing public_policy legitimate_interest rehabilitation"
	const illinois = "nature_gravity number circumstances age_then time_passed rehabilitation"
	for _, c := range []struct {
		name, state, city string
		factors           string
		again, copied     bool
		cites             []string
	}{
		{"nowhere", "OR", "Salem", "", false, false, nil},
		{"New Jersey, which asks for none", "NJ", "Newark", "", false, false, nil},
		// 2 CCR 11017.1; Gov. Code 12952(c)(1)(A).
		{"California, three", "CA", "Fresno", "nature_gravity time_passed duties", true, false, []string{"12952(c)(1)", "11017.1"}},
		{"Los Angeles, with the city's link and the county's rehabilitation", "CA", "Los Angeles", "nature_gravity time_passed duties risk_link rehabilitation", true, true,
			[]string{"LAMC 189.03", "LACC 8.300", "12952"}},
		{"the county alone", "CA", "Altadena", "nature_gravity time_passed duties rehabilitation", true, true, []string{"LACC 8.300", "12952"}},
		{"San Francisco, directly related", "CA", "San Francisco", "nature_gravity time_passed duties bearing opportunity recurrence rehabilitation accuracy", true, false, []string{"Police Code 4904", "12952"}},
		// Correction Law 753(1)(a) to (h).
		{"New York State, eight", "NY", "Albany", article23A, false, false, []string{"Correction Law 753"}},
		{"New York City, the same eight and a copy", "NY", "Brooklyn", article23A, false, true, []string{"Correction Law 753", "8-107(11)"}},
		// 775 ILCS 5/2-103.1(B)(1) to (6).
		{"Illinois, six", "IL", "Peoria", illinois, false, true, []string{"2-103.1(B)"}},
		{"Chicago, the same", "IL", "Chicago", illinois, false, true, []string{"2-103.1(B)", "MCC 6-10-054"}},
		// DC Code 32-1342.
		{"the District, six", "DC", "Washington", "frequency_gravity age_then time_passed duties bearing rehabilitation", false, false, []string{"32-1342"}},
		{"Washington, six", "WA", "Spokane", "nature_gravity number time_passed duties place_manner rehabilitation", false, true, []string{"RCW 49.94"}},
		{"Philadelphia, six", "PA", "Philadelphia", "nature_gravity time_passed duties employment_history references rehabilitation", false, false, []string{"Phila. Code 9-3500"}},
		{"Maryland", "MD", "Bethesda", "time_passed duties bearing accuracy", false, false, []string{"Montgomery Co. Code"}},
		{"Austin", "TX", "Austin", "nature_gravity time_passed duties", false, false, []string{"Austin Code"}},
		{"Portland", "OR", "Portland", "nature_gravity time_passed duties", false, false, []string{"PCC 23.10.030"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := policy.ForPlace(c.state, c.city, date(t, "2026-11-02"))
			f := policy.AssessmentForm(j)
			if f.Asked() != (c.factors != "") || f.AtNotice != f.Asked() {
				t.Errorf("asked: %v, at the notice: %v", f.Asked(), f.AtNotice)
			}
			if factors(f) != c.factors || f.AtDecision != c.again || f.CopyToApplicant != c.copied {
				t.Errorf("%s; again %v, copied %v", factors(f), f.AtDecision, f.CopyToApplicant)
			}
			for _, cite := range c.cites {
				if strings.Count(f.Citation, cite) != 1 {
					t.Errorf("cites %q; want %q once", f.Citation, cite)
				}
			}
			if f.Asked() && !strings.Contains(f.Title, j.Name) {
				t.Errorf("titled %q", f.Title)
			}
			if !f.Asked() && cmp.Diff(policy.Form{}, f) != "" {
				t.Errorf("none is asked for, and there is %+v", f)
			}
		})
	}
	t.Run("asked for without factors: Green's three", func(t *testing.T) {
		f := policy.AssessmentForm(policy.Jurisdiction{ID: "US-ZZ", Name: "Somewhere", Assessments: 1})
		if factors(f) != "nature_gravity time_passed duties" || !strings.Contains(f.Citation, "EEOC") {
			t.Errorf("%+v", f)
		}
	})
	t.Run("who lives in one place and works for another", func(t *testing.T) {
		p := basics(t)
		p.WorkLocation.State, p.WorkLocation.City = "NY", "New York"
		f := policy.AssessmentForm(policy.ForProgram(p, "IL", "Chicago", date(t, "2026-11-02")))
		if want := "nature_gravity number circumstances age_then time_passed duties bearing public_policy legitimate_interest rehabilitation"; factors(f) != want {
			t.Errorf("%s", factors(f))
		}
	})
}

// TestEveryAssessmentHasFactors: rows that ask for one say what is weighed, in
// words that a letter may have; 50: with a source.
func TestEveryAssessmentHasFactors(t *testing.T) {
	for _, j := range policy.Jurisdictions() {
		if j.Assessments > 0 && len(j.Asked) == 0 {
			t.Errorf("%s asks for %d and does not say what is weighed", j.ID, j.Assessments)
		}
		for _, a := range j.Asked {
			if a.Citation == "" || len(a.Factors) == 0 {
				t.Errorf("50: %s: %+v", j.ID, a)
			}
			f := policy.AssessmentForm(policy.Jurisdiction{Assessments: 1, Asked: []policy.Assessment{a}})
			if len(f.Factors) != len(a.Factors) {
				t.Errorf("%s: of %v the catalogue has %s", j.ID, a.Factors, factors(f))
			}
			for _, c := range f.Factors {
				if c.Text == "" || c.Hint == "" {
					t.Errorf("%s: %+v", j.ID, c)
				}
			}
		}
	}
}

// TestComplete: each factor is weighed in some words, and nothing else is kept.
func TestComplete(t *testing.T) {
	f := policy.AssessmentForm(policy.ForPlace("CA", "Fresno", date(t, "2026-11-02")))
	whole := func() map[string]string {
		return map[string]string{"nature_gravity": "Nothing was taken.", "time_passed": "Six years, and\nnothing since.", "duties": "No access to money."}
	}
	long := strings.Repeat("wörd ", 400) // 2,000 characters, and more bytes
	for _, c := range []struct {
		name   string
		change func(map[string]string)
		field  string // of the error; empty: none
	}{
		{"whole", func(map[string]string) {}, ""},
		{"as long as it may be", func(m map[string]string) { m["duties"] = long }, ""},
		{"longer", func(m map[string]string) { m["duties"] = long + "x" }, "duties"},
		{"one left out", func(m map[string]string) { delete(m, "time_passed") }, "time_passed"},
		{"one empty", func(m map[string]string) { m["time_passed"] = "" }, "time_passed"},
		{"spaces", func(m map[string]string) { m["time_passed"] = " \n\t " }, "time_passed"},
		{"ticked off", func(m map[string]string) { m["nature_gravity"] = "ok" }, "nature_gravity"},
		{"two words", func(m map[string]string) { m["nature_gravity"] = "not much" }, "nature_gravity"},
		{"two wrong: the first of the form", func(m map[string]string) { delete(m, "duties"); delete(m, "nature_gravity") }, "nature_gravity"},
		{"something that is not asked", func(m map[string]string) { m["zodiac"] = "The sign is Aries." }, "assessment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answers := whole()
			c.change(answers)
			err := f.Complete(answers)
			if c.field == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *onboarding.Error
			if !errors.As(err, &e) || e.Code != onboarding.CodeInvalid || e.Field != c.field || e.Message == "" || e.Hint == "" {
				t.Fatalf("%+v", err)
			}
			for _, answer := range answers { // what a reviewer writes about somebody is in no error
				if len(answer) > 1 && strings.Contains(err.Error(), strings.TrimSpace(answer)) && strings.TrimSpace(answer) != "" {
					t.Errorf("the error repeats an answer: %v", err)
				}
			}
		})
	}
	if err := (policy.Form{}).Complete(nil); err != nil {
		t.Errorf("where none is asked for: %v", err)
	}
	if err := (policy.Form{}).Complete(whole()); err == nil {
		t.Error("an assessment is kept that nobody asked for")
	}
}

// TestWordsOfPlaces: each sentence names its source, is of one place only, and a
// joined place has those of all its places and no others. TestNotices of
// internal/letters holds the letters to them.
func TestWordsOfPlaces(t *testing.T) {
	var mute []string
	of := map[string]string{}
	for _, j := range policy.Jurisdictions() {
		if len(j.Notice)+len(j.Final) == 0 {
			mute = append(mute, j.ID)
		}
		for _, s := range slices.Concat(j.Notice, j.Final) {
			if of[s] != "" {
				t.Errorf("%s and %s say the same: %q", of[s], j.ID, s)
			}
			of[s] = j.ID
			if !strings.HasSuffix(s, ").") || !strings.Contains(s, " (") {
				t.Errorf("50: %s names no source in %q", j.ID, s)
			}
		}
	}
	// Federal law is the letters' own text; the others have rules on reports only.
	if want := []string{"US", "US-NJ", "US-TX", "US-MN", "US-CO", "US-KS", "US-NH", "US-MT", "US-NM"}; !slices.Equal(mute, want) {
		t.Errorf("without a word are %v", mute)
	}
	for _, c := range []struct {
		state, city string
		places      []string
	}{
		{"OR", "Salem", nil},
		{"CA", "Fresno", []string{"US-CA", "US-CA-ICRAA"}},
		{"CA", "Los Angeles", []string{"US-CA", "US-CA-ICRAA", "US-CA-LA", "US-CA-LAC"}},
		{"NY", "Queens", []string{"US-NY", "US-NY-NYC"}},
		{"IL", "Chicago", []string{"US-IL", "US-IL-CHI"}},
		{"WA", "Seattle", []string{"US-WA", "US-WA-SEA"}},
	} {
		j := policy.ForPlace(c.state, c.city, date(t, "2026-11-02"))
		seen := map[string]int{}
		for _, s := range slices.Concat(j.Notice, j.Final) {
			seen[s]++
			if seen[s] > 1 {
				t.Errorf("%s says twice %q", j.ID, s)
			}
		}
		for s, id := range of {
			if slices.Contains(c.places, id) != (seen[s] == 1) {
				t.Errorf("%s, by %s: %q", j.ID, id, s)
			}
		}
	}
}
