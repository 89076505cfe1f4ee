package identity

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// How long an applicant stays signed in: SessionIdle after the last page, and
// SessionMax after the link was used, whatever happens. Phones and computers
// are shared, and a new link costs one click.
const (
	SessionIdle = 2 * time.Hour
	SessionMax  = 12 * time.Hour
)

// ApplicantSession is what an applicant's cookie says.
type ApplicantSession struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Since     time.Time              `json:"since"`   // when the link was used
	Renewed   time.Time              `json:"renewed"` // when the cookie was last set
	// Unproved says that the link came by an e-mail address that was new and that
	// nobody had proved: nothing is shown before that is done.
	Unproved bool `json:"unproved,omitempty"`
	// Language is the one that the pages are in, BCP 47. It stands here because
	// there is no cookie but this one (obligation 44).
	Language string `json:"language,omitempty"`
}

// NewApplicantSession begins a session now.
func NewApplicantSession(id onboarding.ApplicantID, now time.Time) ApplicantSession {
	return ApplicantSession{Applicant: id, Since: now, Renewed: now}
}

// Live reports whether the session still stands.
func (s ApplicantSession) Live(now time.Time) bool {
	return s.Applicant != "" && now.Before(s.Since.Add(SessionMax)) && now.Before(s.Renewed.Add(SessionIdle))
}

// Ends is when the session ends if no page is opened before. longer says that a
// page that is opened before moves it on.
func (s ApplicantSession) Ends() (at time.Time, longer bool) {
	return sessionEnds(s.Renewed.Add(SessionIdle), s.Since.Add(SessionMax))
}

// sessionEnds is the earlier of two ends. The one for being idle can be moved on.
func sessionEnds(idle, last time.Time) (at time.Time, longer bool) {
	if idle.Before(last) {
		return idle, true
	}
	return last, false
}

// Stale reports whether the cookie should be set again, so that one who is at
// work is not put out; not at every page, to spare the header.
func (s ApplicantSession) Stale(now time.Time) bool { return now.Sub(s.Renewed) > SessionIdle/8 }
