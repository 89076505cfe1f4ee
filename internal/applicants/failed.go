package applicants

import (
	"fmt"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// FailedAt is a failed check as the list knows it, without its case being read.
type FailedAt struct {
	Check  onboarding.CheckName `json:"check"`
	Vendor string               `json:"vendor"`
	// Error is the code of what stopped it. It is empty for one that failed before the
	// list knew codes.
	Error onboarding.Code `json:"error"`
}

// FailedRound is which round of a check failed, and when.
type FailedRound struct {
	Round int
	Since time.Time
}

// failedOf reads the tags of the search attribute FailedChecks.
func failedOf(tags []string) (names []string, failed []FailedAt, rounds map[onboarding.CheckName]FailedRound) {
	names = []string{}
	at := map[string]int{} // by check and vendor
	for _, t := range tags {
		if name, round, since, ok := workflows.FailedRound(t); ok {
			if rounds == nil {
				rounds = map[onboarding.CheckName]FailedRound{}
			}
			rounds[name] = FailedRound{Round: round, Since: since}
			continue
		}
		t, code, told := strings.Cut(t, "!")
		check, vendor, atVendor := strings.Cut(t, "@")
		switch {
		case check == "": // the vendor alone: for counting
		case !atVendor:
			names = append(names, check)
		default:
			if _, seen := at[t]; !seen {
				at[t] = len(failed)
				failed = append(failed, FailedAt{Check: onboarding.CheckName(check), Vendor: vendor})
			}
			if told {
				failed[at[t]].Error = onboarding.Code(code)
			}
		}
	}
	return names, failed, rounds
}

// Means reports whether the filter lets a failed check through. It says nothing of
// the applicant, whom the listing has found.
func (f Filter) Means(k FailedAt) bool {
	return (f.Check == "" || f.Check == k.Check) && (f.Vendor == "" || f.Vendor == k.Vendor) && (f.Error == "" || f.Error == k.Error)
}

func filterOf(m workflows.BulkMatch) Filter {
	return Filter{Check: m.Check, Vendor: m.Vendor, Program: m.Program, Programs: m.Programs, Error: m.Error, Failed: true}
}

// anyFailed stands beside each question for a tag: it has an engine that has an index
// of those with a failed check look at them alone; see workflows.CountedAmong.
const anyFailed = "FailedChecks IS NOT NULL"

// failedQuery is the part of a filter's query that is about failed checks; empty
// when it asks for none.
func (f Filter) failedQuery() (string, error) {
	if f.Check != "" && !f.Check.Known() {
		return "", onboarding.Invalid("check", "There is no such check.", "Use one of those that the API's document lists.")
	}
	if f.Vendor != "" && !word(f.Vendor) {
		return "", onboarding.Invalid("vendor", "There is no such vendor.", "Use a vendor's name, such as kickbox.")
	}
	if f.Error != "" && !code(f.Error) {
		return "", onboarding.Invalid("error", "There is no such kind of error.", "Use a code, such as VENDOR_UNREACHABLE.")
	}
	tag := string(f.Check)
	switch {
	case f.Error != "":
		vendors := []string{f.Vendor}
		if f.Vendor == "" {
			vendors = program.Doers(f.Check)
		}
		tags := make([]string, len(vendors))
		for i, v := range vendors {
			tags[i] = fmt.Sprintf("%s@%s!%s", tag, v, f.Error)
		}
		if len(tags) > 1 {
			return anyFailed + " AND " + oneOf("FailedChecks", tags), nil
		}
		tag = tags[0]
	case f.Vendor != "":
		tag += "@" + f.Vendor
	case tag != "":
	case f.Failed:
		return anyFailed, nil
	default:
		return "", nil
	}
	return anyFailed + " AND FailedChecks = '" + tag + "'", nil
}

// code reports whether it has the form of a code, which alone may stand in a query.
func code(c onboarding.Code) bool {
	for _, r := range c {
		if (r < 'A' || r > 'Z') && r != '_' {
			return false
		}
	}
	return len(c) <= 40
}
