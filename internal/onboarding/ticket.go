package onboarding

import (
	"regexp"
	"strings"
	"time"
)

// Support access (obligation 37): who looks at a person's data to help them has a ticket,
// which ends by itself.

// MostSupport is how long a ticket may last at most; LeastSupport how long at least.
const (
	MostSupport  = 4 * time.Hour
	LeastSupport = time.Minute
)

// ticketDay is how a ticket's number begins, so that a list knows how old one is without
// opening it.
const ticketDay = "20060102"

var ticketForm = regexp.MustCompile(`^t-\d{8}-[a-z2-7]{6}$`)

// TicketID is the number of a ticket that is opened on a day: "t-20261128-k3m7q2". drawn is
// six characters at random, of a to z and 2 to 7.
func TicketID(day time.Time, drawn string) string {
	return "t-" + day.UTC().Format(ticketDay) + "-" + drawn
}

// TicketDay is the day on which a ticket was drawn; false for what is no ticket's number.
func TicketDay(ticket string) (time.Time, bool) {
	if !ticketForm.MatchString(ticket) {
		return time.Time{}, false
	}
	day, err := time.Parse(ticketDay, ticket[2:10])
	return day, err == nil
}

var referenceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9#/._-]{0,39}$`)

// CheckReference refuses what cannot be a help desk's own number of a ticket: CodeInvalid.
// None is none.
func CheckReference(reference string) error {
	if reference != "" && !referenceForm.MatchString(reference) {
		return Invalid("reference", "That is no number of a help desk.", "Use 40 letters, digits, dots, hyphens, slashes and # or fewer, without spaces, or leave it empty.")
	}
	return nil
}

// TicketsPrefix is where the tickets of all applicants lie in the vault bucket.
const TicketsPrefix = "tickets/"

// TicketsOf is where an applicant's tickets lie.
func TicketsOf(id ApplicantID) string { return TicketsPrefix + string(id) + "/" }

// TicketKey is one ticket: sealed with the house's own key; the words in it are sealed with
// the applicant's.
func TicketKey(id ApplicantID, ticket string) string { return TicketsOf(id) + ticket }

// TicketOf is the number of the ticket that a record of the ledger names by its key; ""
// where it names none.
func TicketOf(object string) string {
	if rest, ok := strings.CutPrefix(object, TicketsPrefix); ok {
		return rest[strings.LastIndexByte(rest, '/')+1:]
	}
	return ""
}
