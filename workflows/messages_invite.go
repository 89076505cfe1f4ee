package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// InvitationName is the type of the workflow of one invitation; its ID is
// InvitationRef.WorkflowID, so one address has one in a program.
const InvitationName = "Invitation"

// The messages of an invitation.
const (
	UpdateOpenInvitation     = "OpenInvitation"
	UpdateClaimInvitation    = "ClaimInvitation"
	UpdateTakeUpInvitation   = "TakeUpInvitation"
	UpdateDeclineInvitation  = "DeclineInvitation"
	UpdateWithdrawInvitation = "WithdrawInvitation"
	UpdateInviteAgain        = "InviteAgain"
	QueryInvitation          = "Invitation"
	// SignalHandedIn tells that the application which came of it was handed in.
	SignalHandedIn = "HandedIn"
)

// The activities of invitations.
const (
	ActivitySendInvitation   = "SendInvitation"
	ActivityForgetInvitation = "ForgetInvitation"
)

// InvitationQueue is where the letters of invitations wait: at a rate of their own,
// so that thousands of them hold no other letter up.
const InvitationQueue = "invitation-letters"

// Inviting is one time that somebody is invited.
type Inviting struct {
	// ID names its key, its sealed address and its ledger.
	ID       onboarding.ApplicantID `json:"id"`
	Language string                 `json:"language"`            // BCP 47
	Own      string                 `json:"reference,omitempty"` // whoever invites finds it by it
	Batch    string                 `json:"batch"`
	Actor    Actor                  `json:"actor"`
	// Friend says that an applicant has given the address: one letter, no reminder, and
	// the address goes as soon as it is sent (obligation 22).
	Friend bool `json:"friend,omitempty"`
}

// InvitingProgram is what an invitation needs of its program, as it stood then.
type InvitingProgram struct {
	ID          string              `json:"id"`
	Title       string              `json:"title"`
	Version     string              `json:"version"`
	Controller  program.Controller  `json:"controller"`
	Invitations program.Invitations `json:"invitations"`
}

// InvitationIn starts an invitation.
type InvitationIn struct {
	Ref     onboarding.InvitationRef `json:"ref"`
	Program InvitingProgram          `json:"program"`
	Pace    Pace                     `json:"pace"`
	Inviting
	Carried *InvitationState `json:"carried,omitempty"` // of the run before
}

// InvitationState is all that an invitation remembers.
type InvitationState struct {
	State       onboarding.InvitationState `json:"state"`
	Since       time.Time                  `json:"since"`
	Made        time.Time                  `json:"made"`
	Until       time.Time                  `json:"until"`
	Letters     int                        `json:"letters"`
	Reminded    int                        `json:"reminded"` // how many of the program's reminders are behind
	Applicant   onboarding.ApplicantID     `json:"applicant,omitempty"`
	Elsewhere   bool                       `json:"elsewhere,omitempty"` // that application did not come of this invitation
	Forgotten   bool                       `json:"forgotten"`           // the address and its key are gone
	Times       int                        `json:"times"`               // that this address was invited, as far as is remembered
	Problem     string                     `json:"problem,omitempty"`
	Instruction consent.Instruction        `json:"instruction"`
	Chain       ledger.Chain               `json:"chain"`
	Open        []ledger.Record            `json:"open,omitempty"`
}

// InvitationView answers the query: nothing of the person.
type InvitationView struct {
	Ref       onboarding.InvitationRef   `json:"ref"`
	ID        onboarding.ApplicantID     `json:"id"`
	Program   string                     `json:"program"` // title
	State     onboarding.InvitationState `json:"state"`
	Since     time.Time                  `json:"since"`
	Made      time.Time                  `json:"made"`
	Until     time.Time                  `json:"until"`
	Letters   int                        `json:"letters"`
	Times     int                        `json:"times"`
	Language  string                     `json:"language"`
	Own       string                     `json:"reference,omitempty"`
	Batch     string                     `json:"batch"`
	Actor     Actor                      `json:"actor"`
	Applicant onboarding.ApplicantID     `json:"applicant,omitempty"`
	Elsewhere bool                       `json:"elsewhere,omitempty"`
	Forgotten bool                       `json:"forgotten"`
	Problem   string                     `json:"problem,omitempty"`
	// Inviter, Contact and Source are what its reader must be told.
	Inviter string       `json:"inviter"`
	Contact string       `json:"contact"`
	Source  string       `json:"source"`
	Stored  ledger.Chain `json:"stored"` // the end of its ledger, as it is known to be stored
}

// OfInvitation names the invitation that a message means: an earlier letter's link
// does not act upon a later invitation.
type OfInvitation struct {
	ID onboarding.ApplicantID `json:"id"`
}

// ClaimInvitation asks for the applicant that comes of the invitation, and has the
// use of the address recorded before anybody opens it.
type ClaimInvitation struct {
	OfInvitation
	Applicant onboarding.ApplicantID `json:"applicant"` // a new one; the first that asks is taken
}

// TakeUpInvitation says that the application has begun.
type TakeUpInvitation struct {
	OfInvitation
	Applicant onboarding.ApplicantID `json:"applicant"`
	Elsewhere bool                   `json:"elsewhere,omitempty"` // the address had an application open that did not come of this
}

// WithdrawInvitation ends an invitation that is open.
type WithdrawInvitation struct {
	Actor Actor `json:"actor"`
}

// HandedIn is the application's word.
type HandedIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
}

// SendInvitationIn sends one letter of an invitation.
type SendInvitationIn struct {
	Inviting
	Ref         onboarding.InvitationRef `json:"ref"`
	Pages       Pages                    `json:"pages"`
	Intent      uint64                   `json:"intent"`
	Page        int                      `json:"page"`
	Instruction consent.Instruction      `json:"instruction"`
	Message     Message                  `json:"message"`
	Number      int                      `json:"number"` // of the letter, from 1
	More        bool                     `json:"more"`   // another one follows if nothing happens
	Until       time.Time                `json:"until"`
	Program     InvitingProgram          `json:"program"`
}

// SendInvitationOut tells what became of the letter.
type SendInvitationOut struct {
	// Unsure says that an earlier try had begun to hand it to the mail server and did
	// not live to say how that went: it is not sent again.
	Unsure bool `json:"unsure,omitempty"`
}

// ForgetInvitationIn destroys an invitation's key and what lies under it.
type ForgetInvitationIn struct {
	ID      onboarding.ApplicantID `json:"id"`
	Pages   Pages                  `json:"pages"`
	Letters int                    `json:"letters"`
}

// InvitationSummary is an invitation in one line, for the list in the Temporal Web UI.
func InvitationSummary(p InvitingProgram) string { return "Invitation to " + p.Title }
