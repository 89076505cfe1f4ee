package policy

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

const day = 24 * time.Hour

// AgencyWaits is how long after the applicant's time an agency that keeps adverse
// actions holds its final notice back. It would send that notice by itself, and only
// a person of ours decides: so there is time for it, and the action is called off
// when the applicant answers or the application goes on.
const AgencyWaits = 30 * day

// TimeLimits are the time limits of one case, in real time.
type TimeLimits struct {
	DraftReminder time.Duration // 0: none
	DraftExpiry   time.Duration
	ReportDue     time.Duration // the vendor's stated time; after it ops are called
	// ApplicantDue is how long the applicant has for what a vendor asks of them on
	// its own page: a week, as Checkr's invitations have.
	ApplicantDue time.Duration
	// Breath is how long a change must last to get a letter of its own, and Delay how
	// long a check that could not be done may hold an application up unsaid.
	Breath, Delay time.Duration
	// DataRequest is how long a request about one's own data may take: the
	// published policy's 30 days (obligations 53 and 56).
	DataRequest time.Duration
	// Reinvestigation is how long the reporting agency has for a dispute, and
	// ReinvestigationMore what new information adds: 15 USC 1681i(a)(1).
	Reinvestigation, ReinvestigationMore time.Duration
	// FreeCopy is how long after an adverse action a free copy of the report may
	// be asked for: 15 USC 1681m(a)(4), 1681j(b).
	FreeCopy time.Duration

	place Jurisdiction
	polls []float64 // hours
}

// Limits gives a case's time limits.
func Limits(p program.Program, j Jurisdiction) TimeLimits {
	return TimeLimits{
		DraftReminder:       time.Duration(p.Drafts.RemindAfterDays) * day,
		DraftExpiry:         time.Duration(p.Drafts.ExpireAfterDays) * day,
		ReportDue:           time.Duration(p.Vetting.DueDays) * day,
		ApplicantDue:        7 * day,
		Breath:              time.Minute,
		Delay:               day,
		DataRequest:         30 * day,
		Reinvestigation:     reinvestigation,
		ReinvestigationMore: reinvestigationMore,
		FreeCopy:            60 * day,
		place:               j,
		polls:               p.Vetting.PollHours,
	}
}

// Poll is how long to wait for the vendor's word before the n-th question of
// our own, 0 for the first. The last of the program's hours stands for all that
// follow.
func (l TimeLimits) Poll(n int) time.Duration {
	if len(l.polls) == 0 {
		return l.ReportDue
	}
	if n >= len(l.polls) {
		n = len(l.polls) - 1
	}
	return time.Duration(l.polls[n] * float64(time.Hour))
}

// WaitEnds is the package's WaitEnds for the case's place: a waiting period has
// no fixed length, since it counts business days.
func (l TimeLimits) WaitEnds(sent time.Time, channel string) time.Time {
	return WaitEnds(l.place, sent, channel)
}
