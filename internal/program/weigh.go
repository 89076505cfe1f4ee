package program

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// weighable are the findings of validation that a program may let pass: facts
// about a mailbox, a line, a house or a connection that many honest people have.
// Everything else says that the person may be another, may be barred by law, or
// that the detail does not work; a rule may point at it and never clear it.
var weighable = map[onboarding.CheckName][]string{
	onboarding.CheckEmail:   {"email_risky", "email_disposable"},
	onboarding.CheckPhone:   {"phone_voip", "phone_unusual_line", "phone_unknown_line"},
	onboarding.CheckAddress: {"address_unit_unconfirmed", "address_unconfirmed", "address_mailbox_agency", "address_post_office", "address_vacant", "address_inactive", "address_commercial"},
	onboarding.CheckIPRisk:  {"ip_unusable", "ip_absent"},
}

// Weighable reports whether a rule may clear the finding of that code. Program
// files that clear another do not load, and policy does not follow such a rule
// either, whoever made it. Of a background report everything may be weighed but
// what says that the report may be on another person, or that the law may bar
// the person: a match by name goes to a person (15 USC 1681e(b)).
func Weighable(check onboarding.CheckName, finding string) bool {
	if check == onboarding.CheckBackground {
		return finding != "identity_mismatch" && !strings.HasPrefix(finding, "ssn_") && !strings.Contains(finding, "watchlist")
	}
	return slices.Contains(weighable[check], finding)
}

// On is the check whose findings the rule speaks of.
func (r Rule) On() onboarding.CheckName { return cmp.Or(r.Check, onboarding.CheckBackground) }

// fault is one fault of a rule; at is the path inside it.
type fault struct {
	reason string
	at     []string
}

// senseOfRule finds what a schema cannot say of a rule; made are the program's checks.
func senseOfRule(r Rule, made map[onboarding.CheckName]bool) []fault {
	var faults []fault
	bad := func(reason string, at ...string) { faults = append(faults, fault{reason, at}) }
	on := r.On()
	if r.Check != "" && !made[on] {
		bad(fmt.Sprintf("the program does not make the check %q", on), "check")
	}
	if r.MaxAgeYears > 0 && r.MinAgeYears > r.MaxAgeYears {
		bad(fmt.Sprintf("is more than max_age_years, which is %d: no record fits", r.MaxAgeYears), "min_age_years")
	}
	if on != onboarding.CheckBackground {
		for _, c := range []struct {
			key   string
			given bool
		}{
			{"screening", r.Screening != ""}, {"severity", r.Severity != ""}, {"disposition", r.Disposition != ""},
			{"min_age_years", r.MinAgeYears > 0}, {"max_age_years", r.MaxAgeYears > 0},
		} {
			if c.given {
				bad(fmt.Sprintf("speaks of the records of a background report, and the check %q has none", on), c.key)
			}
		}
	}
	if r.Then != ThenClear {
		return faults
	}
	switch {
	case on != onboarding.CheckBackground && r.Finding == "":
		bad(fmt.Sprintf("a rule that clears must name the finding of the check %q", on))
	case r.Finding != "" && !Weighable(on, r.Finding):
		bad(fmt.Sprintf("no rule clears %s of the check %q; a person must look: say review or adverse_candidate", r.Finding, on), "then")
	}
	return faults
}
