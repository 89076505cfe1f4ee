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
		n, rule := adjudicate(k.Name, f, p.Adjudication)
		r := onboarding.Reason{Check: k.Name, Finding: f.Code, Cites: cite(p)}
		switch {
		case n < 0 || f.Verdict != onboarding.VerdictConsider: // what could not complete is not weighed: we do not know
			ruling = onboarding.RulingReview
			r.Rule, r.Says = "flagged", fmt.Sprintf("The check %s brought up %s; a person must look.", k.Name, f.Code)
		case rule.Then == program.ThenClear:
			r.Rule, r.Says = fmt.Sprintf("adjudication/%d", n+1), fmt.Sprintf("%s does not matter for this program%s.", f.Code, because(rule))
		case rule.Then == program.ThenReview:
			ruling = onboarding.RulingReview
			r.Rule, r.Says = fmt.Sprintf("adjudication/%d", n+1), fmt.Sprintf("%s is for a person to weigh%s.", f.Code, because(rule))
		default: // adverse candidate, and whatever a later edition may add
			ruling = onboarding.RulingReview
			r.Rule, r.Says = fmt.Sprintf("adjudication/%d", n+1), fmt.Sprintf("%s may lead to an adverse action%s; a person decides.", f.Code, because(rule))
			r.Cites += "; " + j.Citation
			r.Candidate = true
		}
		reasons = append(reasons, r)
	}
	if len(reasons) == 0 {
		return onboarding.RulingReview, []onboarding.Reason{{Rule: "flagged", Check: k.Name, Cites: cite(p), Says: fmt.Sprintf("The check %s is flagged without a finding; a person must look.", k.Name)}}
	}
	return ruling, reasons
}

// because is the program's own reason, as it stands in a sentence.
func because(r program.Rule) string {
	if r.Because == "" {
		return ""
	}
	return " (" + r.Because + ")"
}

// adjudicate finds the first rule that fits, and its place; -1 when none does.
func adjudicate(check onboarding.CheckName, f onboarding.Finding, rules []program.Rule) (int, program.Rule) {
	for i, r := range rules {
		if r.On() == check && fits(r, f) {
			return i, r
		}
	}
	return -1, program.Rule{}
}

// fits holds one finding against one rule of its check. A rule that clears asks
// for more than one that does not: for a finding that may be weighed at all, an
// age and an end of the case that are known where it speaks of them.
func fits(r program.Rule, f onboarding.Finding) bool {
	clears := r.Then == program.ThenClear
	switch {
	case r.Screening != "" && r.Screening != f.Screening,
		r.Finding != "" && r.Finding != f.Code,
		r.Severity != "" && r.Severity != f.Severity,
		f.AgeYears < r.MinAgeYears,
		r.MaxAgeYears > 0 && f.AgeYears > r.MaxAgeYears:
		return false
	case clears && !program.Weighable(r.On(), f.Code):
		return false
	case clears && r.MaxAgeYears > 0 && f.AgeYears == 0:
		return false // a record of unknown age is not cleared for being young
	case r.On() == onboarding.CheckBackground && r.Severity == "" && r.Screening == "" && r.Finding == "" && f.Severity == "":
		return false // a rule without a condition speaks of records, not of other findings
	case r.Disposition != "":
		ended, known := endOf(f.Disposed)
		return ended == r.Disposition && (known || !clears)
	}
	return true
}

// NeedsSecond reports whether a reviewer's ruling counts only when another
// reviewer has come to the same, by the program's key review. A key that nobody
// knows asks for one always.
func NeedsSecond(p program.Program, ruling onboarding.Ruling) bool {
	switch p.Review.SecondReviewer {
	case program.SecondNever, "":
		return false
	case program.SecondAdverse:
		return ruling == onboarding.RulingAdverse
	case program.SecondAlways:
	}
	return true
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
