// Package policy has the rules: pure functions from findings, program and place
// to a decision with its reasons. It knows no clock, no store and no network,
// so workflow code may call it, and every rule that speaks is named with its
// source. The tables are not legal advice: counsel must confirm each row.
package policy

import (
	"fmt"
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
	if of == 0 {
		d.Ruling = onboarding.RulingReview
		d.Reasons = append(d.Reasons, onboarding.Reason{Rule: "nothing-checked", Says: "No check was made in this stage; no evidence is not clear."})
	}
	return d
}

func ruleCheck(k onboarding.Check, p program.Program, j Jurisdiction) (onboarding.Ruling, []onboarding.Reason) {
	reason := func(rule, says string) []onboarding.Reason {
		return []onboarding.Reason{{Rule: rule, Says: says, Check: k.Name}}
	}
	switch k.Status {
	case onboarding.StatusPassed:
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

// ruleFindings holds each finding against the program's adjudication rules.
func ruleFindings(k onboarding.Check, p program.Program, j Jurisdiction) (onboarding.Ruling, []onboarding.Reason) {
	ruling := onboarding.RulingProceed
	var reasons []onboarding.Reason
	for _, f := range k.Findings {
		if f.Verdict == onboarding.VerdictClear {
			continue
		}
		n, rule := adjudicate(f, p.Adjudication)
		r := onboarding.Reason{Check: k.Name, Finding: f.Code, Cites: fmt.Sprintf("program %s %s", p.ID, p.Version)}
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
			r.Rule, r.Says = fmt.Sprintf("adjudication/%d", n+1), fmt.Sprintf("%s may lead to an adverse action; a person decides (%s).", f.Code, j.Citation)
		}
		reasons = append(reasons, r)
	}
	if len(reasons) == 0 {
		return onboarding.RulingReview, []onboarding.Reason{{Rule: "flagged", Check: k.Name, Says: fmt.Sprintf("The check %s is flagged without a finding; a person must look.", k.Name)}}
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
		if r.Severity == "" && r.Screening == "" && f.Severity == "" {
			continue // a rule without a condition speaks of records, not of other findings
		}
		return i, r
	}
	return -1, program.Rule{}
}

// Dropped is a finding that may not be used, and the rule that forbids it.
type Dropped struct {
	Finding onboarding.Finding
	Rule    string
}

// ReportableFindings parts what may be used from what may not: records older
// than the place's look-back, and non-convictions where they are barred
// (15 USC 1681c and the place's own law). A dropped record leaves a clear
// finding behind, which says that a rule was applied and nothing of the record.
func ReportableFindings(found []onboarding.Finding, j Jurisdiction) (kept []onboarding.Finding, dropped []Dropped) {
	for _, f := range found {
		limit, barred := j.lookBack(f)
		switch {
		case f.Verdict != onboarding.VerdictConsider || f.Severity == "":
			kept = append(kept, f)
		case barred:
			dropped = append(dropped, Dropped{Finding: f, Rule: "non-convictions may not be used: " + j.Citation})
		case limit > 0 && f.AgeYears >= limit:
			dropped = append(dropped, Dropped{Finding: f, Rule: fmt.Sprintf("older than %d years: %s", limit, j.lookBackCitation())})
		default:
			kept = append(kept, f)
		}
	}
	if len(dropped) > 0 {
		kept = append(kept, onboarding.Finding{Code: "record_not_reportable", Verdict: onboarding.VerdictClear, Source: onboarding.SourceOwn})
	}
	return kept, dropped
}

// UnderAge reports whether somebody born on dob (YYYY-MM-DD) is younger than
// min on the day on (obligation 28). A date that is none is CodeInvalid.
func UnderAge(dob string, on time.Time, minimum int) (bool, error) {
	born, err := time.Parse(time.DateOnly, dob)
	if err != nil {
		return false, onboarding.Invalid("date of birth", "That is not a date.", "Write it as year-month-day, such as 1990-04-27.")
	}
	y, m, d := on.UTC().Date()
	age := y - born.Year()
	if m < born.Month() || (m == born.Month() && d < born.Day()) {
		age--
	}
	return age < minimum, nil
}

// TimeLimits are the time limits of one case, in real time.
type TimeLimits struct {
	DraftReminder time.Duration // 0: none
	DraftExpiry   time.Duration
	ReportDue     time.Duration // the vendor's stated time
	polls         []float64     // hours
}

// Limits gives a case's time limits. Waiting periods are not among them, since
// they count business days: see WaitEnds.
func Limits(p program.Program, _ Jurisdiction) TimeLimits {
	const day = 24 * time.Hour
	return TimeLimits{
		DraftReminder: time.Duration(p.Drafts.RemindAfterDays) * day,
		DraftExpiry:   time.Duration(p.Drafts.ExpireAfterDays) * day,
		ReportDue:     time.Duration(p.Vetting.DueDays) * day,
		polls:         p.Vetting.PollHours,
	}
}

// Poll is how long to wait for the vendor's word before the n-th question of
// our own, 0 for the first.
func (l TimeLimits) Poll(n int) time.Duration {
	if len(l.polls) == 0 {
		return l.ReportDue
	}
	if n >= len(l.polls) {
		n = len(l.polls) - 1
	}
	return time.Duration(l.polls[n] * float64(time.Hour))
}
