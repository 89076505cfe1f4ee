package policy

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// InvitationTimes are the time limits of an invitation, in real time, each from when
// it was made.
type InvitationTimes struct {
	Reminders []time.Duration // ascending, all before Expiry
	Expiry    time.Duration   // then the address goes
	// Rest is how long after its end it is remembered, by the keyed hash alone, that
	// somebody was invited, so that the same list sent again invites nobody twice.
	Rest time.Duration
}

// Invitations gives what the program's file says.
func Invitations(in program.Invitations) InvitationTimes {
	t := InvitationTimes{Expiry: time.Duration(in.ExpireAfterDays) * day, Rest: time.Duration(in.AgainAfterDays) * day}
	for _, d := range in.RemindAfterDays {
		t.Reminders = append(t.Reminders, time.Duration(d)*day)
	}
	return t
}
