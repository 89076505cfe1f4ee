package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// basics is the program that newcomers see: felonies may lead to an adverse
// action, misdemeanors of four years are looked at, older ones and infractions clear.
func basics(t *testing.T) program.Program {
	t.Helper()
	set, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("support-basics")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var (
	clear    = onboarding.Finding{Code: "nothing_found", Verdict: onboarding.VerdictClear}
	unknown  = onboarding.Finding{Code: "court_closed", Verdict: onboarding.VerdictCouldNotComplete}
	statuses = []onboarding.CheckStatus{onboarding.StatusPending, onboarding.StatusRunning, onboarding.StatusWaiting, onboarding.StatusPassed,
		onboarding.StatusFlagged, onboarding.StatusFailed, onboarding.StatusWaived, onboarding.StatusCanceled}
)

func consider(severity string, age int) onboarding.Finding {
	return onboarding.Finding{Code: "criminal_record", Verdict: onboarding.VerdictConsider, Severity: severity, Screening: "county_criminal", AgeYears: age}
}

func background(status onboarding.CheckStatus, findings ...onboarding.Finding) onboarding.Check {
	return onboarding.Check{Name: onboarding.CheckBackground, Status: status, Findings: findings}
}

// TestRulingOnVetting is one background check and what it comes to.
func TestRulingOnVetting(t *testing.T) {
	p, place := basics(t), policy.ForPlace("OR", "Salem", date(t, "2026-11-02"))
	const proceed, review = onboarding.RulingProceed, onboarding.RulingReview
	for _, c := range []struct {
		name   string
		check  onboarding.Check
		ruling onboarding.Ruling
		rules  string // the rules that spoke
	}{
		{"passed", background(onboarding.StatusPassed, clear), proceed, "passed"},
		{"passed, without evidence", background(onboarding.StatusPassed), review, "passed-without-evidence"},
		{"passed, and a record in it", background(onboarding.StatusPassed, clear, consider("infraction", 1)), review, "passed-without-evidence"},
		{"passed, and a search that failed in it", background(onboarding.StatusPassed, clear, unknown), review, "passed-without-evidence"},
		{"passed, with a verdict that nobody knows", background(onboarding.StatusPassed, onboarding.Finding{Code: "x", Verdict: "fine"}), review, "passed-without-evidence"},
		{"waived", background(onboarding.StatusWaived), proceed, "waived"},
		{"waived, whatever it had found", background(onboarding.StatusWaived, consider("felony", 1)), proceed, "waived"},
		{"failed", background(onboarding.StatusFailed), review, "not-complete"},
		{"failed after something clear", background(onboarding.StatusFailed, clear), review, "not-complete"},
		{"pending", background(onboarding.StatusPending), review, "not-complete"},
		{"running", background(onboarding.StatusRunning), review, "not-complete"},
		{"waiting", background(onboarding.StatusWaiting), review, "not-complete"},
		{"canceled", background(onboarding.StatusCanceled), review, "not-complete"},
		{"in no state that we know", background("lost", clear), review, "unknown-status"},
		{"flagged without a finding", background(onboarding.StatusFlagged), review, "flagged"},
		{"flagged with nothing but clear", background(onboarding.StatusFlagged, clear), review, "flagged"},

		// The program's rules, the first that fits.
		{"felony", background(onboarding.StatusFlagged, consider("felony", 30)), review, "adjudication/1"},
		{"misdemeanor of this year", background(onboarding.StatusFlagged, consider("misdemeanor", 1)), review, "adjudication/2"},
		{"misdemeanor of the fourth year", background(onboarding.StatusFlagged, consider("misdemeanor", 4)), review, "adjudication/2"},
		{"misdemeanor of the fifth", background(onboarding.StatusFlagged, consider("misdemeanor", 5)), proceed, "adjudication/3"},
		{"misdemeanor of an unknown age", background(onboarding.StatusFlagged, consider("misdemeanor", 0)), review, "adjudication/2"},
		{"infraction", background(onboarding.StatusFlagged, consider("infraction", 0)), proceed, "adjudication/4"},
		{"a severity that no rule names", background(onboarding.StatusFlagged, consider("unclassified", 3)), review, "flagged"},
		{"no severity", background(onboarding.StatusFlagged, consider("", 3)), review, "flagged"},
		{"a felony search that failed", background(onboarding.StatusFlagged, onboarding.Finding{Code: "x", Verdict: onboarding.VerdictCouldNotComplete, Severity: "infraction"}), review, "flagged"},
		{"two that clear", background(onboarding.StatusFlagged, consider("infraction", 1), clear, consider("misdemeanor", 9)), proceed, "adjudication/4 adjudication/3"},
		{"one that clears and one that does not", background(onboarding.StatusFlagged, consider("infraction", 1), consider("felony", 9)), review, "adjudication/4 adjudication/1"},
		{"one that does not and one that clears", background(onboarding.StatusFlagged, consider("felony", 9), consider("infraction", 1)), review, "adjudication/1 adjudication/4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := policy.Ruling(onboarding.StageVetting, []onboarding.Check{c.check}, p, place)
			var rules []string
			for _, r := range d.Reasons {
				rules = append(rules, r.Rule)
				// 50: each decision cites the table that it follows, in its version.
				if !strings.HasPrefix(r.Cites, "program support-basics 2026-11-28") || r.Says == "" || r.Check != onboarding.CheckBackground {
					t.Errorf("50: a reason does not say enough: %+v", r)
				}
				if adverse := r.Rule == "adjudication/1"; adverse != strings.Contains(r.Cites, "15 USC 1681b(b)") {
					t.Errorf("50: %s cites %q", r.Rule, r.Cites)
				}
			}
			if d.Ruling != c.ruling || strings.Join(rules, " ") != c.rules {
				t.Errorf("%s by %v; want %s by %s", d.Ruling, rules, c.ruling, c.rules)
			}
		})
	}
}

// TestRules is how one rule of a program is read.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name    string
		rule    program.Rule
		finding onboarding.Finding
		fits    bool
	}{
		{"its severity", program.Rule{Severity: "felony"}, consider("felony", 3), true},
		{"another severity", program.Rule{Severity: "felony"}, consider("misdemeanor", 3), false},
		{"its screening", program.Rule{Screening: "county_criminal"}, consider("felony", 3), true},
		{"another screening", program.Rule{Screening: "federal_criminal"}, consider("felony", 3), false},
		{"both", program.Rule{Screening: "county_criminal", Severity: "felony"}, consider("felony", 3), true},
		{"one of both", program.Rule{Screening: "county_criminal", Severity: "misdemeanor"}, consider("felony", 3), false},
		{"as old as it may be", program.Rule{Severity: "felony", MaxAgeYears: 3}, consider("felony", 3), true},
		{"older", program.Rule{Severity: "felony", MaxAgeYears: 3}, consider("felony", 4), false},
		{"no condition, of a record", program.Rule{}, consider("felony", 3), true},
		{"no condition, of something else", program.Rule{}, consider("", 3), false},
		// Only evidence clears: that a record has no date does not make it recent.
		{"cleared for being recent, without a date", program.Rule{Severity: "felony", MaxAgeYears: 3}, consider("felony", 0), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := basics(t)
			p.Adjudication = []program.Rule{c.rule}
			p.Adjudication[0].Then = program.ThenClear
			d := policy.Ruling(onboarding.StageVetting, []onboarding.Check{background(onboarding.StatusFlagged, c.finding)}, p, policy.Jurisdiction{})
			if fits := d.Ruling == onboarding.RulingProceed; fits != c.fits {
				t.Errorf("fits: %v; %+v", fits, d.Reasons)
			}
		})
	}
	t.Run("what a later edition may say", func(t *testing.T) {
		p := basics(t)
		p.Adjudication = []program.Rule{{Severity: "felony", Then: "decline"}}
		d := policy.Ruling(onboarding.StageVetting, []onboarding.Check{background(onboarding.StatusFlagged, consider("felony", 1))}, p, policy.Jurisdiction{})
		if d.Ruling != onboarding.RulingReview {
			t.Errorf("%+v", d)
		}
	})
}

// validation gives every check of the stage, passed.
func validation() []onboarding.Check {
	var out []onboarding.Check
	for _, n := range onboarding.CheckNames() {
		if n.Stage() == onboarding.StageValidation {
			out = append(out, onboarding.Check{Name: n, Status: onboarding.StatusPassed, Findings: []onboarding.Finding{clear}})
		}
	}
	return out
}

// TestRulingOnValidation: many checks, and the worst of them counts.
func TestRulingOnValidation(t *testing.T) {
	p, place := basics(t), policy.ForPlace("OR", "Salem", date(t, "2026-11-02"))
	p.Checks = nil
	for _, n := range onboarding.CheckNames() {
		p.Checks = append(p.Checks, program.CheckSpec{Name: n})
	}
	ruling := func(checks []onboarding.Check) onboarding.Decision {
		return policy.Ruling(onboarding.StageValidation, checks, p, place)
	}
	if d := ruling(validation()); d.Ruling != onboarding.RulingProceed || len(d.Reasons) != len(validation()) {
		t.Errorf("all passed: %+v", d)
	}
	for i := range validation() {
		for _, s := range statuses {
			checks := validation()
			checks[i].Status, checks[i].Findings = s, nil
			want := onboarding.RulingReview
			if s == onboarding.StatusWaived {
				want = onboarding.RulingProceed
			}
			if d := ruling(checks); d.Ruling != want {
				t.Errorf("%s %s: %s", checks[i].Name, s, d.Ruling)
			}
		}
		name := validation()[i].Name
		d := ruling(slices.Delete(validation(), i, i+1))
		if last := d.Reasons[len(d.Reasons)-1]; d.Ruling != onboarding.RulingReview || last.Rule != "not-checked" || last.Check != name {
			t.Errorf("without %s: %+v", name, d)
		}
		// The program's rules speak of court records. What looks like one in
		// another check is not cleared by them.
		checks := validation()
		checks[i].Status, checks[i].Findings = onboarding.StatusFlagged, []onboarding.Finding{consider("infraction", 1)}
		if d := ruling(checks); d.Ruling != onboarding.RulingReview {
			t.Errorf("%s flagged: %+v", name, d)
		}
	}
	t.Run("nothing at all", func(t *testing.T) {
		p.Checks = nil
		d := ruling(nil)
		if d.Ruling != onboarding.RulingReview || len(d.Reasons) != 1 || d.Reasons[0].Rule != "nothing-checked" {
			t.Errorf("%+v", d)
		}
	})
	t.Run("another stage's check", func(t *testing.T) {
		if d := ruling([]onboarding.Check{background(onboarding.StatusPassed, clear)}); d.Ruling != onboarding.RulingReview {
			t.Errorf("%+v", d)
		}
	})
}

// TestNobodyIsDeclinedByAMachine goes through every state with every finding, and
// says when going on is right: never without evidence or a person's word, never
// with a felony. Design, decisions 4 and 9.
func TestNobodyIsDeclinedByAMachine(t *testing.T) {
	p, place := basics(t), policy.ForPlace("CA", "Los Angeles", date(t, "2026-11-02"))
	findings := []onboarding.Finding{clear, unknown, {}, consider("", 1)}
	for _, s := range []string{"felony", "misdemeanor", "infraction", "unclassified"} {
		findings = append(findings, consider(s, 0), consider(s, 3), consider(s, 9))
	}
	cleared := func(f onboarding.Finding) bool {
		return f.Verdict == onboarding.VerdictClear || f.Severity == "infraction" || (f.Severity == "misdemeanor" && f.AgeYears > 4)
	}
	for _, s := range append(statuses, "", "lost") {
		for _, a := range findings {
			for _, b := range findings {
				d := policy.Ruling(onboarding.StageVetting, []onboarding.Check{background(s, a, b)}, p, place)
				evidence := a.Verdict == onboarding.VerdictClear && b.Verdict == onboarding.VerdictClear
				want := onboarding.RulingReview
				switch {
				case s == onboarding.StatusWaived, s == onboarding.StatusPassed && evidence,
					s == onboarding.StatusFlagged && !evidence && cleared(a) && cleared(b):
					want = onboarding.RulingProceed
				}
				if d.Ruling != want || len(d.Reasons) == 0 {
					t.Errorf("%s with %+v and %+v: %s; want %s", s, a, b, d.Ruling, want)
				}
			}
		}
	}
}

// TestRulingIsPure: the same in, the same out, and nothing of the input changed.
// Workflow code runs it, on every replay.
func TestRulingIsPure(t *testing.T) {
	p, place := basics(t), policy.ForPlace("NY", "Brooklyn", date(t, "2026-11-02"))
	checks := append(validation(), background(onboarding.StatusFlagged, consider("felony", 3), consider("infraction", 1)))
	first := policy.Ruling(onboarding.StageVetting, checks, p, place)
	if d := cmp.Diff(append(validation(), background(onboarding.StatusFlagged, consider("felony", 3), consider("infraction", 1))), checks); d != "" {
		t.Errorf("the checks were changed:\n%s", d)
	}
	if d := cmp.Diff(first, policy.Ruling(onboarding.StageVetting, checks, p, place)); d != "" {
		t.Errorf("(-first +second):\n%s", d)
	}
}
