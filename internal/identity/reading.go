package identity

import (
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Purpose is what personal data of an applicant are read for, in the words that the
// applicant finds in their record (obligation 20). The list is closed.
type Purpose string

// The purposes.
const (
	ToWeigh  Purpose = "to weigh what was found"
	ToHelp   Purpose = "to help the applicant"
	ToAnswer Purpose = "to answer a request or a complaint"
	ToProve  Purpose = "to prove what was done"
	ToRead   Purpose = "to read a file that the applicant handed in"
	ToWork   Purpose = "to read what colleagues noted on the case"
	ToHold   Purpose = "to see whose a hold is and what for"
	ToTicket Purpose = "to see what a support ticket was for"
	ToSeek   Purpose = "to find an applicant"
	ToList   Purpose = "to work through a list"
	ToFollow Purpose = "to see where a case stands"
)

// purposes are who may read for what: the table of role and purpose. Who mends failed
// checks weighs nobody, and who audits helps nobody.
var purposes = []struct {
	purpose Purpose
	roles   []Role
}{
	{ToWeigh, []Role{RoleReviewer, RoleAdmin}},
	{ToHelp, []Role{RoleRecruiter, RoleOps, RoleReviewer, RolePrivacy, RoleAdmin}},
	{ToAnswer, []Role{RoleRecruiter, RoleReviewer, RolePrivacy, RoleAdmin}},
	{ToProve, []Role{RoleReviewer, RolePrivacy, RoleAuditor, RoleAdmin}},
	{ToRead, []Role{RoleReviewer, RolePrivacy, RoleAdmin}},
	{ToWork, []Role{RoleRecruiter, RoleReviewer, RolePrivacy, RoleAdmin}},
	{ToHold, []Role{RolePrivacy, RoleAuditor, RoleAdmin}},
	{ToTicket, everybody},
	{ToSeek, everybody},
	{ToList, everybody},
	{ToFollow, everybody},
}

// Purposes lists every purpose.
func Purposes() []Purpose {
	out := make([]Purpose, len(purposes))
	for i, p := range purposes {
		out[i] = p.purpose
	}
	return out
}

// MayReadFor reports whether a role reads for the purpose.
func MayReadFor(r Role, p Purpose) bool {
	for _, row := range purposes {
		if row.purpose == p {
			return slices.Contains(row.roles, r)
		}
	}
	return false
}

// ToOpenFor are the purposes for which a role chooses from when it opens a document.
func ToOpenFor(r Role) []Purpose {
	var out []Purpose
	for _, p := range []Purpose{ToWeigh, ToHelp, ToAnswer, ToProve} {
		if MayReadFor(r, p) {
			out = append(out, p)
		}
	}
	return out
}

// Reading is the leave of somebody to read personal data of applicants, for one
// purpose. Only Reads makes one; the zero Reading is refused by whatever takes one. So
// a page that gives data out and has not asked what for does not compile.
type Reading struct {
	purpose Purpose
	actor   string
}

// Purpose is what is read for; empty for the zero Reading.
func (r Reading) Purpose() Purpose { return r.purpose }

// Actor is how the ledger names who reads.
func (r Reading) Actor() string { return r.actor }

// Support reports whether it is read to help the applicant: who does so needs a ticket
// that is open (obligation 37).
func (r Reading) Support() bool { return r.purpose == ToHelp }

// Check gives an error with CodeNotAllowed for the zero Reading.
func (r Reading) Check() error {
	if r.purpose == "" || r.actor == "" {
		return notFor("Nobody said what this is read for.")
	}
	return nil
}

// Reads gives the leave to read for a purpose. Without it the error has CodeNotAllowed:
// the purpose is not in the list, or not the role's.
func (s Staff) Reads(p Purpose) (Reading, error) {
	if !MayReadFor(s.Role, p) {
		return Reading{}, notFor("The role " + string(s.Role) + " does not read data for this purpose.")
	}
	return Reading{purpose: p, actor: s.Actor()}, nil
}

// Reads gives the leave to read for a purpose by an action that the key has. A key has
// no role: it reads for what some role that has the action reads for.
func (k Key) Reads(a Action, p Purpose) (Reading, error) {
	if !k.allowed(a) || !slices.ContainsFunc(Roles(), func(r Role) bool { return Allowed(r, a) && MayReadFor(r, p) }) {
		return Reading{}, notFor("This key does not read data for this purpose.")
	}
	return Reading{purpose: p, actor: k.Actor()}, nil
}

func notFor(message string) error {
	return &onboarding.Error{Code: onboarding.CodeNotAllowed, Field: "why", Message: message, Hint: "Choose one of the purposes that the table of roles and purposes has for it."}
}
