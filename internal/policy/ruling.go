// Package policy has the rules: pure functions from findings, program and place
// to a decision with its reasons. It knows no clock, no store and no network,
// so workflow code may call it, and every rule that speaks is named with its
// source. The tables are not legal advice: counsel must confirm each row.
package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// Ruling says what a stage's checks come to. Proceed needs every check to be
// settled without anything left to look at; whatever is flagged goes to a
// person. It never says adverse: nobody is declined by a machine alone.
func Ruling(stage onboarding.Stage, checks []onboarding.Check, p program.Program, j Jurisdiction) onboarding.Decision {
	d := onboarding.Decision{Ruling: onboarding.RulingProceed}
	of := 0
	for _, k := range checks {
		if k.Name.Stage() != stage {
			continue
		}
		of++
		ruling, reasons := ruleCheck(k, p, j)
		d.Reasons = append(d.Reasons, reasons...)
		if ruling == onboarding.RulingReview {
			d.Ruling = onboarding.RulingReview
		}
	}
	for _, spec := range p.Checks {
		if spec.Name.Stage() == stage && !slices.ContainsFunc(checks, func(k onboarding.Check) bool { return k.Name == spec.Name }) {
			d.Ruling = onboarding.RulingReview
			d.Reasons = append(d.Reasons, onboarding.Reason{Rule: "not-checked", Check: spec.Name, Cites: cite(p),
				Says: fmt.Sprintf("The program asks for the check %s and it was not made; no evidence is not clear.", spec.Name)})
		}
	}
	if of == 0 {
		d.Ruling = onboarding.RulingReview
		d.Reasons = append(d.Reasons, onboarding.Reason{Rule: "nothing-checked", Cites: cite(p), Says: "No check was made in this stage; no evidence is not clear."})
	}
	return d
}

func ruleCheck(k onboarding.Check, p program.Program, j Jurisdiction) (onboarding.Ruling, []onboarding.Reason) {
	reason := func(rule, says string) []onboarding.Reason {
		return []onboarding.Reason{{Rule: rule, Says: says, Check: k.Name, Cites: cite(p)}}
	}
	switch k.Status {
	case onboarding.StatusPassed:
		if onboarding.Worst(k.Findings) != onboarding.VerdictClear { // only evidence makes clear
			return onboarding.RulingReview, reason("passed-without-evidence", fmt.Sprintf("The check %s is marked as passed, but its findings do not say so; a person must look.", k.Name))
		}
		return onboarding.RulingProceed, reason("passed", fmt.Sprintf("The check %s found nothing against going on.", k.Name))
	case onboarding.StatusWaived:
		return onboarding.RulingProceed, reason("waived", fmt.Sprintf("The check %s was waived by a person, with a reason in the ledger.", k.Name))
	case onboarding.StatusFlagged:
		return ruleFindings(k, p, j)
	case onboarding.StatusPending, onboarding.StatusRunning, onboarding.StatusWaiting, onboarding.StatusFailed, onboarding.StatusCanceled:
		return onboarding.RulingReview, reason("not-complete", fmt.Sprintf("The check %s is %s: we do not know, and that is not clear.", k.Name, k.Status))
	}
	return onboarding.RulingReview, reason("unknown-status", fmt.Sprintf("The check %s is in a state that no rule names.", k.Name))
}

// cite names a program file as a source.
func cite(p program.Program) string { return fmt.Sprintf("program %s %s", p.ID, p.Version) }

// ruleFindings holds each finding against the program's adjudication rules.
func ruleFindings(k onboarding.Check, p program.Program, j Jurisdiction) (onboarding.Ruling, []onboarding.Reason) {
	ruling := onboarding.RulingProceed
	var reasons []onboarding.Reason
	for _, f := range k.Findings {
		if f.Verdict == onboarding.VerdictClear {
			continue
		}
		n, rule := adjudicate(f, p.Adjudication)
		r := onboarding.Reason{Check: k.Name, Finding: f.Code, Cites: cite(p)}
		switch {
		case k.Name != onboarding.CheckBackground || n < 0 || f.Verdict != onboarding.VerdictConsider:
			ruling = onboarding.RulingReview
			r.Rule, r.Says = "flagged", fmt.Sprintf("The check %s brought up %s; a person must look.", k.Name, f.Code)
		case rule.Then == program.ThenClear:
			r.Rule, r.Says = fmt.Sprintf("adjudication/%d", n+1), fmt.Sprintf("%s does not matter for this program.", f.Code)
		case rule.Then == program.ThenReview:
			ruling = onboarding.RulingReview
			r.Rule, r.Says = fmt.Sprintf("adjudication/%d", n+1), fmt.Sprintf("%s is for a person to weigh.", f.Code)
		default: // adverse candidate, and whatever a later edition may add
			ruling = onboarding.RulingReview
			r.Rule, r.Says = fmt.Sprintf("adjudication/%d", n+1), fmt.Sprintf("%s may lead to an adverse action; a person decides.", f.Code)
			r.Cites += "; " + j.Citation
		}
		reasons = append(reasons, r)
	}
	if len(reasons) == 0 {
		return onboarding.RulingReview, []onboarding.Reason{{Rule: "flagged", Check: k.Name, Cites: cite(p), Says: fmt.Sprintf("The check %s is flagged without a finding; a person must look.", k.Name)}}
	}
	return ruling, reasons
}

// adjudicate finds the first rule that fits, and its place; -1 when none does.
func adjudicate(f onboarding.Finding, rules []program.Rule) (int, program.Rule) {
	for i, r := range rules {
		if r.Screening != "" && r.Screening != f.Screening {
			continue
		}
		if r.Severity != "" && r.Severity != f.Severity {
			continue
		}
		if r.MaxAgeYears > 0 && f.AgeYears > r.MaxAgeYears {
			continue
		}
		if r.Then == program.ThenClear && r.MaxAgeYears > 0 && f.AgeYears == 0 {
			continue // a record of unknown age is not cleared for being young
		}
		if r.Severity == "" && r.Screening == "" && f.Severity == "" {
			continue // a rule without a condition speaks of records, not of other findings
		}
		return i, r
	}
	return -1, program.Rule{}
}

// UnderAge reports whether somebody born on dob (YYYY-MM-DD) is younger than
// min on the day on, in UTC (obligation 28): in the states that is at most some hours
// early. A date that is none, or is yet to come, is CodeInvalid. Who was born on
// 29 February comes of age on 1 March.
func UnderAge(dob string, on time.Time, minimum int) (bool, error) {
	born, err := time.Parse(time.DateOnly, dob)
	if err != nil || born.After(on) {
		return false, onboarding.Invalid("date of birth", "That is not a date of birth.", "Write it as year-month-day, such as 1990-04-27.")
	}
	y, m, d := on.UTC().Date()
	age := y - born.Year()
	if m < born.Month() || (m == born.Month() && d < born.Day()) {
		age--
	}
	return age < minimum, nil
}
