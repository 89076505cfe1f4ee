package console

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// sideBySide is what a search by name may have found.
func sideBySide() applicants.Found {
	return applicants.Found{
		Check: onboarding.Check{Name: onboarding.CheckSanctions, Vendor: "ofac", Status: onboarding.StatusFlagged, Result: "results/1/all",
			Findings: []onboarding.Finding{{Code: "sanctions_match", Score: 0.934, Edition: "2026-11-02/1", Parts: map[string]float64{"name": 0.89, "born": 1, "place": 0.5}}}},
		Compared: &applicants.Compared{List: "us_ofac_sdn", Edition: "2026-11-02/1", Threshold: 0.9, Candidates: []applicants.ComparedCandidate{
			{ID: "900001", Name: "SANDBOXOV, Viktor", Over: true, Total: 0.934, Rows: []applicants.ComparedRow{
				{What: "name", Given: "Wiktor Sandboksov", Listed: "SANDBOKSOV, Wiktor", Word: onboarding.AgreementAlike, Score: 0.89, Scored: true},
				{What: "date of birth", Given: "1971-02-14", Listed: "1971-02-14; 1972-01-01 to 1972-12-31", Word: onboarding.AgreementSame, Score: 1, Scored: true},
				{What: "place", Given: "OR, US", Word: onboarding.AgreementNotGiven},
				{What: "listed for", Listed: "SANDBOX1"},
			}},
			{ID: "900003", Name: "AL-MITHALI", Total: 0.83, Rows: []applicants.ComparedRow{{What: "name", Given: "a", Listed: "b", Word: onboarding.AgreementDifferent, Score: 0, Scored: true}}},
		}},
	}
}

// TestFoundSideBySide: each thing that was compared in a row of its own, with the
// word and the score of it, and who opened the page is known.
func TestFoundSideBySide(t *testing.T) {
	h := newHouse(t)
	h.fake.found[onboarding.CheckSanctions] = sideBySide()
	d := h.desk(identity.RoleReviewer)
	at := casePath(reviewID) + "/checks/sanctions"
	d.get(at).is(http.StatusOK, "<h1>sanctions list: what OFAC list found</h1>").says("stands in the applicant's ledger",
		"An entry of a sanctions list may be this person. sanctions_match, score 0.93 (of born 1.00, name 0.89, place 0.50), edition 2026-11-02/1",
		"us_ofac_sdn, edition 2026-11-02/1", "SANDBOXOV, Viktor match", "Score 0.93, threshold 0.90.", "900001",
		"name Wiktor Sandboksov SANDBOKSOV, Wiktor alike 0.89", "date of birth 1971-02-14 1971-02-14; 1972-01-01 to 1972-12-31 same 1.00",
		"place OR, US not given", "listed for SANDBOX1", "AL-MITHALI below the threshold", "name a b different 0.00").leads("Back", casePath(reviewID))
	if len(h.fake.looks) != 1 || h.fake.looks[0] != "sanctions "+string(d.actor()) {
		t.Errorf("looked: %q", h.fake.looks)
	}
	h.fake.found[onboarding.CheckSanctions] = applicants.Found{Check: sideBySide().Check, Compared: &applicants.Compared{List: "us_ofac_sdn", Threshold: 0.9}}
	d.get(at).is(http.StatusOK).says("No entry came near.")
	d.get(casePath(reviewID)+"/checks/email").is(http.StatusConflict, "no answer of this check")
}

func TestFoundReportAndCodes(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	h.fake.found[onboarding.CheckBackground] = applicants.Found{
		Check: onboarding.Check{Name: onboarding.CheckBackground, Vendor: "findly", Findings: []onboarding.Finding{{Code: "criminal_record"}}},
		Report: &onboarding.Report{Reference: "FN-1", Completed: noon, Searches: []onboarding.Search{
			{Type: "county_criminal", Result: "consider", Entries: []onboarding.Entry{{Kind: "criminal_record", Severity: "felony", Court: "Multnomah Circuit Court", CaseNumber: "21-1", Disposition: "convicted", DisposedOn: "2021-05-04", Source: "court"}}},
			{Type: "sex_offender", Status: "canceled", Why: "no_consent"}}}}
	d.get(casePath(reviewID)+"/checks/background").is(http.StatusOK).says("its reference FN-1", "completed on 24 Nov 2026, 12:00:00 UTC",
		"only the findings above are for you to weigh", "county criminal", "Result: consider.", "Multnomah Circuit Court", "21-1", "No result: canceled, no consent.")
	h.fake.found[onboarding.CheckPhone] = applicants.Found{Check: onboarding.Check{Name: onboarding.CheckPhone, Vendor: "twilio", Findings: []onboarding.Finding{{Code: "phone_voip"}}},
		Given: []applicants.Given{{What: "phone", Value: "+15035550142"}}, Codes: []applicants.VendorCode{{Name: "line_type_intelligence.type", Value: "nonFixedVoip"}}}
	d.get(casePath(reviewID)+"/checks/phone").is(http.StatusOK).says("An internet number that anybody gets in a minute. phone_voip", "Given: phone +15035550142", "Twilio says: line_type_intelligence.type nonFixedVoip")
}

// TestLookIsOffered where there is something to look at, to those who may.
func TestLookIsOffered(t *testing.T) {
	h := newHouse(t)
	for _, role := range identity.Roles() {
		d := h.desk(role).get(casePath(reviewID))
		if d.href("Look at the background report") != "" != identity.Allowed(role, identity.ViewFindings) {
			t.Errorf("%s is led to what was found: %q", role, d.href("Look at the background report"))
		}
	}
	d := h.desk(identity.RoleReviewer)
	d.get(casePath(reviewID)+"/decision").leads("Look at the background report side by side", casePath(reviewID)+"/checks/background")
	h.fake.cases[reviewID].Checks[0].Result = ""
	d.get(casePath(reviewID)).leads("Look at the background report", "")
	d.get(casePath(reviewID)+"/decision").leads("Look at the background report side by side", "")
	h.fake.cases[reviewID].Checks[0].Result, h.fake.cases[reviewID].Stage = "results/1", onboarding.StageWithdrawn
	d.get(casePath(reviewID)).leads("Look at the background report", "")
}

// TestFindingWords: every code in the table is said in a sentence, and the score's
// parts in a steady order.
func TestFindingWords(t *testing.T) {
	for code, words := range findings {
		if strings.ToLower(code) != code || !strings.HasSuffix(words, ".") {
			t.Errorf("%s: %q", code, words)
		}
	}
	for code, words := range map[string]string{"county_criminal_clear": "Nothing was found.", "sex_offender_consider": "The agency says to look.", "sanctions_clear": "Not on the list.", "report_consider": findings["report_consider"]} {
		if got := findingWords(code); got != words {
			t.Errorf("%s: %q", code, got)
		}
	}
	if findingWords("of_tomorrow") != "" {
		t.Error("words for a code that nobody knows")
	}
	if got := partsWords(map[string]float64{"place": 0, "name": 1}); got != "name 1.00, place 0.00" {
		t.Errorf("%q", got)
	}
	for code, words := range map[string]string{"": "", "document_expired": "Their last try did not work. The document has expired.", "new_code": "Their last try did not work: new code."} {
		if got := noteWords(code); got != words {
			t.Errorf("%q: %q", code, got)
		}
	}
}

// TestFindingWordsAreOfCodes reads the sources of whoever makes findings: each of
// their constants has words, and there are no words for a code that nobody gives.
func TestFindingWordsAreOfCodes(t *testing.T) {
	var sources strings.Builder
	for _, pattern := range []string{"../../vendors/*/*.go", "../../../activities/*.go", "../../policy/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(source)
		}
	}
	made := sources.String()
	for _, m := range regexp.MustCompile(`(?m)^\tFinding\w+\s+= "([a-z_]+)"`).FindAllStringSubmatch(made, -1) {
		if findings[m[1]] == "" {
			t.Errorf("%s has no words here: say what it means", m[1])
		}
	}
	for code := range findings {
		if !strings.Contains(made, `"`+code+`"`) && !strings.Contains(made, `"`+strings.TrimPrefix(code, "ssn_")+`"`) {
			t.Errorf("nobody gives the code %s", code)
		}
	}
}

func TestClockTime(t *testing.T) {
	c := newHouse(t).console
	for at, want := range map[time.Time]string{noon: "12:00 UTC", noon.Add(-24 * time.Hour): "12:00 UTC on 23 Nov 2026", noon.In(time.FixedZone("x", 7200)): "12:00 UTC"} {
		if got := c.clockTime(at); got != want {
			t.Errorf("%s: %q", at, got)
		}
	}
}
