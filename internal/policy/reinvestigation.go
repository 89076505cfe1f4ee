package policy

import (
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// The reporting agency's time for a dispute, 15 USC 1681i(a)(1)(A) and (B), and
// for telling what came of it, (a)(6)(A).
const (
	reinvestigation     = 30 * day
	reinvestigationMore = 15 * day
)

var reinvestigationTold = business(5)

// ReinvestigationDue is when the agency's time to look again is over: 30 days,
// the first of them the day on which the dispute came to it (15 USC
// 1681i(a)(1)(A)), and 15 more, so 45 at most, when the consumer gave it relevant
// information in those 30 ((a)(1)(B)). There is no such extension for what was
// found wrong or could not be verified in the first 30 ((a)(1)(C)): the caller
// has the agency's word by then and asks no more. The last day is over when it
// is over everywhere in the United States, as in WaitEnds.
func ReinvestigationDue(started time.Time, extended bool) time.Time {
	due := midnight(started).Add(reinvestigation + dayIsOver)
	if extended {
		due = due.Add(reinvestigationMore)
	}
	return due
}

// ReinvestigationDue is the package's.
func (l TimeLimits) ReinvestigationDue(started time.Time, extended bool) time.Time {
	return ReinvestigationDue(started, extended)
}

// MayExtend reports whether information that the applicant adds at the time on
// gives the agency more time: only in its first 30 days, and once.
func MayExtend(started, on time.Time) bool {
	return !on.Before(started) && on.Before(ReinvestigationDue(started, false))
}

// ReinvestigationHeard is until when the agency's word may still come of what it
// found by the time that was due: it has five business days for its notice of the
// result, 15 USC 1681i(a)(6)(A). What was disputed must not be given up for
// unverified before.
func ReinvestigationHeard(due time.Time) time.Time {
	last := midnight(due.Add(-dayIsOver)).AddDate(0, 0, -1) // due is the end of the day before
	return reinvestigationTold.after(last).AddDate(0, 0, 1).Add(dayIsOver)
}

// unverified is the rule that Unverified names.
const unverified = "not verified by the agency in the time that it has: 15 USC 1681i(a)(5)(A)"

// Unverified parts what may still be used after a dispute that the agency did not
// answer in time from what must be deleted (15 USC 1681i(a)(5)(A)): every record
// of the disputed report, which is every finding that says consider and is not
// our own. Disputed are the places in findings of the items that were disputed;
// none given: the whole report was. What could not complete stays, since it is no
// record. A dropped record leaves one clear finding behind, which says that a rule
// was applied and nothing of the record. The findings that were given are not changed.
func Unverified(findings []onboarding.Finding, disputed ...int) (kept []onboarding.Finding, dropped []Dropped) {
	for i, f := range findings {
		record := f.Verdict == onboarding.VerdictConsider && f.Source != onboarding.SourceOwn
		if record && (len(disputed) == 0 || slices.Contains(disputed, i)) {
			dropped = append(dropped, Dropped{Finding: f, Rule: unverified})
			continue
		}
		kept = append(kept, f)
	}
	if len(dropped) > 0 {
		kept = append(kept, onboarding.Finding{Code: "record_not_verified", Verdict: onboarding.VerdictClear, Source: onboarding.SourceOwn})
	}
	return kept, dropped
}
