package onboarding

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// InvitationRef names somebody's invitation to a program by the keyed hash of the
// e-mail address: so each address has one, whoever sends it however often, and the
// name says nothing to whoever lacks the key.
type InvitationRef struct {
	Program string `json:"program"`
	Contact string `json:"contact"` // vault.LookupHash of the address
}

var contactForm = regexp.MustCompile(`^[0-9a-f]{40}$`)

// ParseInvitationRef is String's inverse. What is none is CodeUnknownApplicant.
func ParseInvitationRef(s string) (InvitationRef, error) {
	program, contact, ok := strings.Cut(s, ".")
	if !ok || program == "" || len(program) > 41 || !contactForm.MatchString(contact) || strings.ContainsAny(program, "/'\" ") {
		return InvitationRef{}, NoInvitation(nil)
	}
	return InvitationRef{Program: program, Contact: contact}, nil
}

// NoInvitation says that there is none of that name.
func NoInvitation(cause error) error {
	return &Error{Code: CodeUnknownApplicant, Message: "There is no such invitation, or it is long over.", Hint: "The list of invitations has those that are known.", Cause: cause}
}

// String is the invitation's name in addresses and answers: "<program>.<hash>".
func (r InvitationRef) String() string { return r.Program + "." + r.Contact }

// WorkflowID is the ID of the invitation's workflow.
func (r InvitationRef) WorkflowID() string { return InvitationsOf(r.Program) + r.Contact }

// InvitationsOf is what the workflow IDs of a program's invitations begin with.
func InvitationsOf(program string) string { return "invitation/" + program + "/" }

// InvitationOfWorkflow is WorkflowID's inverse.
func InvitationOfWorkflow(workflowID string) (InvitationRef, bool) {
	rest, ok := strings.CutPrefix(workflowID, "invitation/")
	if !ok {
		return InvitationRef{}, false
	}
	r, err := ParseInvitationRef(strings.Replace(rest, "/", ".", 1))
	return r, err == nil
}

// InvitationState is how far an invitation is.
type InvitationState string

// The states. The first three are of one that is open; the address is gone in all
// others.
const (
	InvitationWaiting       InvitationState = "waiting"       // the letter is not with the mail server yet
	InvitationSent          InvitationState = "sent"          //
	InvitationOpened        InvitationState = "opened"        // its reader went on from the letter's page
	InvitationStarted       InvitationState = "started"       // they have begun an application
	InvitationHandedIn      InvitationState = "handed_in"     // and handed it in
	InvitationDeclined      InvitationState = "declined"      // they asked not to be written to
	InvitationExpired       InvitationState = "expired"       // its time was up
	InvitationUndeliverable InvitationState = "undeliverable" // the mail server refused the address
	InvitationWithdrawn     InvitationState = "withdrawn"     // by who had invited
)

var invitationStates = []InvitationState{InvitationWaiting, InvitationSent, InvitationOpened, InvitationStarted, InvitationHandedIn, InvitationDeclined,
	InvitationExpired, InvitationUndeliverable, InvitationWithdrawn}

// InvitationStates lists every state, in the order of an invitation's life.
func InvitationStates() []InvitationState { return slices.Clone(invitationStates) }

// Known reports whether s is one of the states.
func (s InvitationState) Known() bool { return slices.Contains(invitationStates, s) }

// Open reports whether the invitation can still be taken up.
func (s InvitationState) Open() bool {
	return s == InvitationWaiting || s == InvitationSent || s == InvitationOpened
}

// Again reports whether somebody in this state may be invited again: who said no
// may not, and who has begun an application need not.
func (s InvitationState) Again() bool {
	return s == InvitationExpired || s == InvitationUndeliverable || s == InvitationWithdrawn
}

// Objects of the vault bucket that belong to invitations. id names one time that
// somebody was invited: it has a key of its own and a ledger of its own.

// InvitationKey is the sealed address and name of one who is invited.
func InvitationKey(id ApplicantID) string { return "invitations/" + string(id) }

// InvitationLetterKey says that the n-th letter of an invitation was about to go to
// the mail server: it is not given there a second time.
func InvitationLetterKey(id ApplicantID, n int) string {
	return fmt.Sprintf("invitation-letters/%s/%d", id, n)
}

// NotInvitedKey says that an address's owner does not want to be invited, to
// whatever program: nothing is sent there. It stays for good.
func NotInvitedKey(contact string) string { return "not-invited/" + contact }

// BatchRowsKey is the sealed rows of an upload, under a key of the upload's own.
func BatchRowsKey(batch string) string { return "invitation-batches/" + batch + "/rows" }

// BatchFactsKey is what was found of an upload's rows: numbers of lines and reasons,
// and nothing that stood in them.
func BatchFactsKey(batch string) string { return "invitation-batches/" + batch + "/facts" }

// BatchAnswersKey is what came of the rows of a part, from the n-th on.
func BatchAnswersKey(batch string, n int) string {
	return fmt.Sprintf("invitation-batches/%s/answers-%08d", batch, n)
}
