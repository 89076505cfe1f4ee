package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// The activities, by name. One struct in, one out; internal packages that store
// or send are never seen from here.
const (
	ActivityRunChecks        = "RunChecks"
	ActivityFetchReport      = "FetchReport"
	ActivityCancelOrder      = "CancelOrder"
	ActivityDisputeReport    = "DisputeReport"
	ActivityTellAdverse      = "TellAdverse"
	ActivityVendorPage       = "VendorPage"
	ActivitySendMessage      = "SendMessage"
	ActivityIssueCredential  = "IssueCredential"
	ActivityRevokeCredential = "RevokeCredential"
	ActivityRecordWithdrawal = "RecordWithdrawal"
	ActivityShowName         = "ShowName"
	ActivityHideName         = "HideName"
	ActivityForget           = "Forget"
	ActivitySettle           = "Settle"
	ActivityReadHead         = "ReadHead"
	ActivityRefreshList      = "RefreshList"
	ActivityMakeCheckpoint   = "MakeCheckpoint"
	ActivityGatherBulk       = "GatherBulk"
	ActivityActInBulk        = "ActInBulk"
	ActivityGatherCases      = "GatherCases"
	ActivityGatherHeld       = "GatherHeld"
	ActivityAssignInBulk     = "AssignInBulk"
	ActivityWakeHeld         = "WakeHeld"
	ActivityVendorPaused     = "VendorPaused"
)

// Pages ride with every activity: it stores them, in order, before it acts.
type Pages []Sheet

// Sheet is a page with what was measured when it was written.
type Sheet struct {
	ledger.Page
	Took   []Took             `json:"took,omitempty"`
	Events []onboarding.Event `json:"events,omitempty"` // for integrators
	Began  *ledger.Chain      `json:"began,omitempty"`  // see book.Began
}

// Ledger gives the pages alone.
func (p Pages) Ledger() []ledger.Page {
	out := make([]ledger.Page, len(p))
	for i, s := range p {
		out[i] = s.Page
	}
	return out
}

// Use is one recorded intent that an activity redeems for a grant.
type Use struct {
	Intent  uint64          `json:"intent"`            // number of its record
	Page    int             `json:"page"`              // the page that the record is on, carried now or stored before
	Receipt consent.Receipt `json:"receipt"`           // the consent that the record names
	Profile string          `json:"profile"`           // object key of the sealed profile
	Program string          `json:"program,omitempty"` // its ID: the file of today must have an agreement too; empty in what was scheduled before this was asked
}

// CheckUse is what one check needs.
type CheckUse struct {
	Use       Use                  `json:"use"`
	Own       *Use                 `json:"own"` // our own look before the vendor's, when there is one
	Check     onboarding.CheckName `json:"check"`
	Round     int                  `json:"round"`
	Vendor    string               `json:"vendor"`
	Threshold float64              `json:"threshold"` // for matches by name and for risks, 0 to 1
	Package   string               `json:"package"`   // the vendor's package, for vetting
	Flow      program.Flow         `json:"flow"`      // how the vendor gets at the person's data, for vetting
	Node      string               `json:"node"`      // of the vendor's account, for vetting
	Place     Place                `json:"place"`     // where the work is done, for vetting
	Earlier   []string             `json:"earlier"`   // our references of earlier rounds, to be asked for first
}

// RunChecksIn runs checks, side by side.
type RunChecksIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Checks    []CheckUse             `json:"checks"`
	// Collect says that a check's error is part of the answer, not of the
	// activity: so a batch of quick tries gives what it has. Without it the
	// activity fails with its only check's error, for Temporal to retry.
	Collect bool `json:"collect"`
}

// RunChecksOut has one answer per check, in the order asked.
type RunChecksOut struct {
	Answers []CheckAnswer `json:"answers"`
}

// CheckAnswer is what came of one check.
type CheckAnswer struct {
	Check    onboarding.CheckName `json:"check"`
	Findings []onboarding.Finding `json:"findings"`
	Order    string               `json:"order"`            // the vendor's reference
	Waiting  bool                 `json:"waiting"`          // ordered; the report is still to come
	WaitsFor onboarding.Attention `json:"waits_for"`        // the applicant, when the vendor waits for them; else empty
	Disputed bool                 `json:"disputed"`         // the report is being looked into again
	Note     string               `json:"note"`             // the vendor's code for what went wrong with the applicant's last try
	Object   string               `json:"object"`           // key of the sealed answer
	Digest   string               `json:"digest"`           // SHA-256 of that object, hex
	Spared   bool                 `json:"spared"`           // our own look was enough: nothing went to the vendor
	Problem  *Problem             `json:"problem"`          // the error of this try, when Collect
	Onward   []onboarding.Onward  `json:"onward,omitempty"` // whom the vendor says it had work on it
}

// Problem is an error as data.
type Problem struct {
	Code      onboarding.Code `json:"code"`
	Message   string          `json:"message"`
	Retryable bool            `json:"retryable"`
}

// FetchReportIn fetches a vendor's report.
type FetchReportIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Check     CheckUse               `json:"check"`
	Order     string                 `json:"order"`
	// After is when a re-investigation began: a report that was complete before
	// does not answer it, and counts as still to come. Zero otherwise.
	After   time.Time `json:"after"`
	Program string    `json:"program,omitempty"`
}

// DisputeReportIn tells a reporting agency what the applicant disputes. It sends
// references of the agency's own entries and no field of the person.
type DisputeReportIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Check     CheckUse               `json:"check"`
	Order     string                 `json:"order"`
	Items     []string               `json:"items"` // the agency's references of the entries; none: all of them
	Key       string                 `json:"key"`   // idempotency key
}

// DisputeReportOut says whether the agency could be told by us.
type DisputeReportOut struct {
	Told bool `json:"told"` // false: this agency takes disputes from the consumer alone
}

// TellAdverseIn tells an agency that keeps adverse actions that one was begun, or
// that it is off. It sends no field of the person.
type TellAdverseIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Check     CheckUse               `json:"check"`
	Order     string                 `json:"order"`
	Action    string                 `json:"action"` // the agency's reference of the action that is off; empty to begin one
	Final     time.Time              `json:"final"`  // the final notice is not before it
	Key       string                 `json:"key"`    // idempotency key
}

// TellAdverseOut has the agency's reference of the action.
type TellAdverseOut struct {
	Action string `json:"action"`
}

// VendorPageIn asks for the page on which the vendor takes the applicant's data
// from themselves.
type VendorPageIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Check     CheckUse               `json:"check"`
	Order     string                 `json:"order"`
}

// CancelOrderIn tells a vendor to stop. It needs no consent: it sends nothing
// of the person, and it must work when consent is gone.
type CancelOrderIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Vendor    string                 `json:"vendor"`
	Order     string                 `json:"order"` // empty when it is not known whether anything was ordered
	Key       string                 `json:"key"`   // our reference of the order
}

// Message names a letter's template.
type Message string

// The letters.
const (
	MessageLink       Message = "link"        // the way into the application
	MessageReminder   Message = "reminder"    // an unfinished draft
	MessageOffer      Message = "offer"       // the conditional offer
	MessageTraining   Message = "training"    // quiz and agreement wait
	MessageCertified  Message = "certified"   //
	MessagePreAdverse Message = "pre_adverse" // 15 USC 1681b(b)(3)
	MessageFinal      Message = "final"       // 15 USC 1681m
	MessageEnded      Message = "ended"       // withdrawn or expired
	MessageCorrect    Message = "correct"     // a detail does not hold and can be corrected
	MessageMoved      Message = "moved"       // to the old e-mail address: the application has another one
	MessageIdentity   Message = "identity"    // an identity document is to be shown to the vendor
	MessageInvitation Message = "invitation"  // the agency asks the applicant for the rest
	MessageReceived   Message = "received"    // the application is here, and its checks take a while
	MessageReview     Message = "review"      // a person looks at the application
	MessageDelayed    Message = "delayed"     // a check could not be done, which holds the application up
	MessageAnswered   Message = "answered"    // the answer to the notice is here
	// MessageReinvestigated tells what the agency's re-investigation came to (15
	// USC 1681i(a)(6)).
	MessageReinvestigated Message = "reinvestigated"
	// About a request for a copy or for erasure.
	MessageDataAsked    Message = "data_asked"    // it is here, and is answered by a day
	MessageDataAnswered Message = "data_answered" // it was answered or refused
	MessageErased       Message = "erased"        // the data go now, and what the law keeps
	MessageDataRequest  Message = "data_request"  // about a request that is a workflow of its own
	// To who is invited to apply.
	MessageInvited         Message = "invited"
	MessageInvitedReminder Message = "invited_reminder"
	MessageInvitedFriend   Message = "invited_friend" // at the wish of an applicant
	// The certification's.
	MessageAgreement   Message = "agreement"   // the copy of what was signed
	MessageBooked      Message = "booked"      // an appointment is booked
	MessageAppointment Message = "appointment" // the reminder of it
	MessageRequirement Message = "requirement" // something has come of a requirement that staff looked at

	MessageExpiring        Message = "expiring"         // the certificate ends on a day that is near
	MessageRenewal         Message = "renewal"          // it can be renewed
	MessageRenewed         Message = "renewed"          // a new one was issued
	MessageCredentialEnded Message = "credential_ended" // it has ended by its own date
	MessageRevoked         Message = "revoked"          // staff have taken it back

	MessageNoticeChanged Message = "notice_changed" // a text that they agreed to has a new version from a day on
	MessageProgramOpen   Message = "program_open"   // marketing: a program takes applications
	// About a complaint.
	MessageComplaint         Message = "complaint"          // it is here, and is answered by a day
	MessageComplaintAnswered Message = "complaint_answered" //
	MessageNewOwner          Message = "new_owner"          // somebody takes over from a day on, with what they can do
	MessageNoticeOff         Message = "notice_off"         // a text that they were told of does not take effect
	MessageDisclosed         Message = "disclosed"          // data were given because the law compels or allows it
)

// SendMessageIn sends one letter to the applicant.
type SendMessageIn struct {
	Applicant  onboarding.ApplicantID `json:"applicant"`
	Pages      Pages                  `json:"pages"`
	Use        Use                    `json:"use"`
	Purpose    consent.PurposeID      `json:"purpose"` // account, or vetting for the statutory notices
	Message    Message                `json:"message"`
	Number     int                    `json:"number"` // of the letter; with the applicant it makes the Message-ID
	Program    string                 `json:"program"`
	Contact    string                 `json:"contact"`            // how to reach who decides
	Agency     program.Agency         `json:"agency"`             // who made the report, for the statutory notices; empty when none was made
	Deadline   time.Time              `json:"deadline"`           // zero when there is none
	Credential string                 `json:"credential"`         // for MessageCertified
	Sentences  []string               `json:"sentences"`          // what the place's law wants said, for the statutory notices
	Assessed   bool                   `json:"assessed"`           // an assessment is there to read, for the statutory notices
	Details    []onboarding.Field     `json:"details"`            // what can be corrected, for MessageCorrect
	Factors    []string               `json:"factors"`            // that were weighed in it
	Outcome    string                 `json:"outcome"`            // Reinvestigated…, for MessageReinvestigated; Answer…, for MessageAnswered; Data…, for MessageDataAnswered
	Request    DataKind               `json:"request,omitempty"`  // for the letters about one
	Language   string                 `json:"language,omitempty"` // in which it is written, BCP 47; empty: English
	Agreement  program.Agreement      `json:"agreement"`          // for MessageAgreement
	Signed     time.Time              `json:"signed"`             // when it was signed

	// Cleared says that what the notice before an adverse action was about stands in
	// the way no more.
	Cleared bool   `json:"cleared,omitempty"`
	Reason  string `json:"reason"` // a RevocationReason, for MessageRevoked
	// For MessageDataRequest.
	RequestID   string       `json:"request_id,omitempty"`
	RequestStep RequestStep  `json:"request_step,omitempty"`
	RequestKind RequestKind  `json:"request_kind,omitempty"`
	Extended    ExtendReason `json:"extended,omitempty"`
	// Kept is what the law obliges to keep, for MessageErased.
	Kept []KeptByLaw `json:"kept,omitempty"`
	// Open says, in the letters about a certificate's end, that a renewal is open or
	// under way; in the statutory notices, that what is decided upon is one.
	Open bool `json:"open"`
	// Changed is for the letters about a text that changes and about a new owner.
	Changed *ChangedNotice `json:"changed,omitempty"`
	// Reference is the number of a complaint.
	Reference  string `json:"reference,omitempty"`
	Disclosure string `json:"disclosure,omitempty"` // the case of legal process that a letter tells of
	Closed     bool   `json:"closed,omitempty"`     // the case has ended: the ledger's end in its last view moves on
	// Offer is what a marketing letter is about, and Reader the keyed hash of the address
	// that it goes to.
	Offer  *OfferedProgram `json:"offer,omitempty"`
	Reader string          `json:"reader,omitempty"`
}

// IssueCredentialIn issues the credential.
type IssueCredentialIn struct {
	Applicant  onboarding.ApplicantID `json:"applicant"`
	Pages      Pages                  `json:"pages"`
	Use        Use                    `json:"use"`
	Credential string                 `json:"credential"` // its ID, drawn once by the workflow
	Program    string                 `json:"program"`    // title
	ProgramID  string                 `json:"program_id"`
	Offers     program.Credential     `json:"offers"`
	From       time.Time              `json:"from"`
	Until      time.Time              `json:"until"`
}

// IssueCredentialOut says what was issued.
type IssueCredentialOut struct {
	Object string `json:"object"`
	Digest string `json:"digest"`
}

// RevokeCredentialIn takes a credential back or marks it expired.
type RevokeCredentialIn struct {
	Applicant  onboarding.ApplicantID `json:"applicant"`
	Pages      Pages                  `json:"pages"`
	Credential string                 `json:"credential"`
	At         time.Time              `json:"at"`
}

// ShowNameIn puts the holder's name on a credential's public page.
type ShowNameIn struct {
	Applicant  onboarding.ApplicantID `json:"applicant"`
	Pages      Pages                  `json:"pages"`
	Use        Use                    `json:"use"`
	Credential string                 `json:"credential"`
}

// HideNameIn takes it off. It needs no consent: it is what follows when that is gone.
type HideNameIn struct {
	Applicant   onboarding.ApplicantID `json:"applicant"`
	Pages       Pages                  `json:"pages"`
	Credentials []string               `json:"credentials"`
}

// RecordWithdrawalIn marks receipts as withdrawn, where every use looks.
type RecordWithdrawalIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Receipts  []string               `json:"receipts"`
}

// ForgetIn destroys an applicant's key and removes what is sealed under it.
type ForgetIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Profile   string                 `json:"profile"` // object key of the sealed profile, if there is one
}

// SettleIn brings the books up to date before a long wait or the end.
type SettleIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Summary   *StaffView             `json:"summary"`          // kept when the case is over
	Events    []onboarding.Event     `json:"events,omitempty"` // for integrators, when no page takes them along
}

// Nothing is what an activity answers when its effect is all.
type Nothing struct{}

// carrier is an input that takes the ledger's pages along.
type carrier interface{ carry(Pages) any }

func (in RunChecksIn) carry(p Pages) any        { in.Pages = p; return in }
func (in FetchReportIn) carry(p Pages) any      { in.Pages = p; return in }
func (in CancelOrderIn) carry(p Pages) any      { in.Pages = p; return in }
func (in DisputeReportIn) carry(p Pages) any    { in.Pages = p; return in }
func (in TellAdverseIn) carry(p Pages) any      { in.Pages = p; return in }
func (in VendorPageIn) carry(p Pages) any       { in.Pages = p; return in }
func (in SendMessageIn) carry(p Pages) any      { in.Pages = p; return in }
func (in IssueCredentialIn) carry(p Pages) any  { in.Pages = p; return in }
func (in RevokeCredentialIn) carry(p Pages) any { in.Pages = p; return in }
func (in ShowNameIn) carry(p Pages) any         { in.Pages = p; return in }
func (in HideNameIn) carry(p Pages) any         { in.Pages = p; return in }
func (in RecordWithdrawalIn) carry(p Pages) any { in.Pages = p; return in }
func (in SettleIn) carry(p Pages) any           { in.Pages = p; return in }

// step is a typed stub: it brings the ledger's open pages along, tries the
// activity in place first, and falls back to a durable activity when that
// try fails for a passing reason. So only what is slow or failing costs a task
// of the engine, and only that shows as pending in the Web UI.
//
// build is called anew for each try, since record numbers may have moved.
func step[O any](ctx workflow.Context, c *file, name, summary string, build func() carrier) (O, error) {
	return stepAt[O](ctx, c, ours, name, summary, build)
}

// stepAt is step for what a vendor does.
func stepAt[O any](ctx workflow.Context, c *file, vendor, name, summary string, build func() carrier) (O, error) {
	out, err := carried[O](ctx, c, func(in any) workflow.Future {
		return workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, quickTry(name, summary)), name, in)
	}, build)
	if err == nil || final(err) {
		return out, err
	}
	if since(ctx, changeShown) {
		c.show(ctx) // it may take hours
	}
	return durable[O](ctx, c, vendor, name, summary, build)
}

// durable runs an activity with the full retry policy, in the vendor's own queue.
func durable[O any](ctx workflow.Context, c *file, vendor, name, summary string, build func() carrier) (O, error) {
	return carried[O](ctx, c, func(in any) workflow.Future {
		options := patient(name, summary, c.in.Pace)
		if vendor != ours {
			options = at(options, vendor, c.in.Program.ID)
			options.WaitForCancellation = since(ctx, changeNothingLeftOpen) // only then is known what was ordered
		}
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), name, in)
	}, build)
}

// carried runs one activity with the ledger's open pages. When the ledger has
// gone on without this run (a reset, a crash between act and record), nothing
// was done yet: the head is read, the open records are put behind it, and the
// step runs again.
func carried[O any](ctx workflow.Context, c *file, run func(in any) workflow.Future, build func() carrier) (O, error) {
	for {
		var out O
		c.announceAttention(ctx)
		pages, turn := c.book.Carry()
		in := build().carry(pages)
		err := run(in).Get(ctx, &out)
		switch {
		case err == nil:
			c.book.Confirm(pages, turn)
			return out, nil
		case codeOf(err) == onboarding.CodeLedgerConflict:
			if err := c.rebase(ctx, turn); err != nil {
				return out, err
			}
		default:
			return out, err
		}
	}
}

// rebase puts the open records behind the stored head, unless another step has
// done so since turn.
func (c *file) rebase(ctx workflow.Context, turn int) error {
	if c.book.Turn != turn {
		return nil
	}
	var head ledger.Chain
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, patient(ActivityReadHead, "Read where this applicant's ledger ends", c.in.Pace)),
		ActivityReadHead, ReadHeadIn{Applicant: c.in.Applicant, From: 1}).Get(ctx, &head)
	if err != nil {
		return err
	}
	if c.book.Turn == turn {
		c.book.Rebase(workflow.Now(ctx), head, c.Consents.Dead)
		c.renumberEvents(int(head.Seq))
	}
	return nil
}

// codeOf reads our code from an activity's or an update's failure.
func codeOf(err error) onboarding.Code {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return onboarding.Code(app.Type())
	}
	return onboarding.CodeOf(err)
}

// final reports whether trying again cannot help.
func final(err error) bool {
	if temporal.IsCanceledError(err) {
		return true
	}
	var app *temporal.ApplicationError
	return errors.As(err, &app) && app.NonRetryable()
}

// FailureDetails ride in a failure, so that the edge can show them.
type FailureDetails struct {
	Field   string `json:"field"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// Failure turns an error into what a workflow or activity may return: its type
// is the error's code, its details are FailureDetails, and it is final.
func Failure(err error) error {
	if err == nil {
		return nil
	}
	var e *onboarding.Error
	if !errors.As(err, &e) {
		return err
	}
	return temporal.NewApplicationErrorWithOptions(e.Error(), string(e.Code), temporal.ApplicationErrorOptions{
		NonRetryable: true,
		Details:      []any{FailureDetails{Field: e.Field, Message: e.Message, Hint: e.Hint}},
	})
}
