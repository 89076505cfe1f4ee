package program

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// senseOfRenewal finds what a schema cannot say of a certificate's end and its
// renewal. made are the checks of the program.
func senseOfRenewal(p Program, made map[onboarding.CheckName]bool) []fault {
	var faults []fault
	bad := func(reason string, at ...string) { faults = append(faults, fault{at: at, reason: reason}) }
	c, r := p.Certification.Credential, p.Certification.Renewal
	for i, days := range c.RemindDaysBefore {
		if days >= c.ValidityDays {
			bad("is before the certificate is issued", "certification", "credential", "remind_days_before", strconv.Itoa(i))
		}
	}
	if r.OpensDaysBefore > c.ValidityDays {
		bad(fmt.Sprintf("the certificate is valid for %d days, so it would open before it is issued", c.ValidityDays), "certification", "renewal", "opens_days_before")
	}
	for i, name := range r.Checks {
		at := []string{"certification", "renewal", "checks", strconv.Itoa(i)}
		if !made[name] {
			bad(fmt.Sprintf("the program does not make the check %q", name), at...)
		}
		if slices.Contains([]onboarding.CheckName{onboarding.CheckDuplicate, onboarding.CheckIPRisk}, name) {
			bad(fmt.Sprintf("the check %q is about how somebody applies; it has no sense in a renewal", name), at...)
		}
	}
	for i, id := range r.Requirements {
		if _, ok := p.Certification.Step(id); !ok {
			bad(fmt.Sprintf("the certification asks for nothing that is called %q", id), "certification", "renewal", "requirements", strconv.Itoa(i))
		}
	}
	return faults
}
