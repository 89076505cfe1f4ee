// Package workflows is the process: deterministic code that moves each
// applicant from sign-up to certified. Onboard is the workflow of one
// applicant; this file has every message that it takes, by name and type.
package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TaskQueue is where the workers of this pipeline listen.
const TaskQueue = "onboarding"

// OnboardName is the type of an applicant's workflow; its ID is
// ApplicantID.WorkflowID.
const OnboardName = "Onboard"

// The updates: imperative, each answered when its effect is durable.
const (
	UpdateBegin           = "Begin"
	UpdateApply           = "Apply"
	UpdateGiveConsent     = "GiveConsent"
	UpdateWithdrawConsent = "WithdrawConsent"
	UpdateSubmit          = "Submit"
	UpdateSendLink        = "SendLink"
	UpdateTakeQuiz        = "TakeQuiz"
	UpdateSignAgreement   = "SignAgreement"
	UpdateDispute         = "Dispute"
	UpdateWithdraw        = "Withdraw"
	UpdateRefuseUnderAge  = "RefuseUnderAge"
	UpdateRetryCheck      = "RetryCheck"
	UpdateWaiveCheck      = "WaiveCheck"
	UpdateDecide          = "Decide"
	UpdateRevoke          = "Revoke"
	UpdateCorrectDetails  = "CorrectDetails"
	UpdateProveContact    = "ProveContact"
	UpdateAllowProof      = "AllowProof"
	UpdateOpenVendorPage  = "OpenVendorPage"
	UpdateRecordView      = "RecordView"
	UpdateConfirmRenewal  = "ConfirmRenewal"
	UpdateShowName        = "ShowName"
)

// SignalReportCompleted tells that a vendor says its report is done. It is
// never believed: the report is fetched.
const SignalReportCompleted = "ReportCompleted"

// The queries.
const (
	QueryApplicantView = "ApplicantView"
	QueryStaffView     = "StaffView"
)

// OnboardInput starts Onboard.
type OnboardInput struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Program   program.Program        `json:"program"` // as it stood when the application began; later editions do not touch it
	Place     Place                  `json:"place"`   // empty until the address is known
	Pace      Pace                   `json:"pace"`
	Contact   string                 `json:"contact"`           // keyed hash of the e-mail address
	LookUp    []string               `json:"look_up,omitempty"` // keyed hashes of e-mail, phone and names, as far as they are known
	// Page is the address of the case's page in the console; empty: no link leads there.
	Page    string `json:"page,omitempty"`
	Carried *State `json:"carried"` // of the run before, when it continued as new
}

// Place says where the work is done, as policy needs it: no street, no name.
type Place struct {
	State string `json:"state"` // two letters
	City  string `json:"city"`
}

// Pace is how fast the clocks run and how patient the checks are.
type Pace struct {
	// Clock is how many seconds of a statutory or reminder clock pass in one
	// second; 1 in production. The sandbox runs it faster so that a person can
	// see a five-day wait.
	Clock float64 `json:"clock"`
	// Attempts is how often a failing vendor is tried before ops are called; 0
	// means the default of options.go.
	Attempts int `json:"attempts"`
}

// Scale turns a duration of the real world into one of this pace.
func (p Pace) Scale(d time.Duration) time.Duration {
	if p.Clock <= 0 || p.Clock == 1 {
		return d
	}
	return time.Duration(float64(d) / p.Clock)
}

// unscale is Scale's inverse.
func (p Pace) unscale(d time.Duration) time.Duration {
	if p.Clock <= 0 || p.Clock == 1 {
		return d
	}
	return time.Duration(float64(d) * p.Clock)
}

// Actor is who did something: "applicant", "system", "staff:<role>:<id>",
// "api:<key id>". It is written to the ledger.
type Actor string

// The actors that have no ID.
const (
	ActorApplicant Actor = "applicant"
	ActorSystem    Actor = "system"
)

// Ack answers an update that changes something.
type Ack struct {
	Stage     onboarding.Stage     `json:"stage"`
	Attention onboarding.Attention `json:"attention"`
}

// Begin opens an application with the consent to keep it (purpose account)
// and has the link sent to the e-mail address in the sealed profile.
type Begin struct {
	Receipt consent.Receipt `json:"receipt"`
	Profile string          `json:"profile"` // object key of the sealed profile
	Actor   Actor           `json:"actor"`
	// Language is that of the pages on which it was begun, BCP 47; empty: English.
	Language string `json:"language,omitempty"`
	// Invitation is the one that it came of, whose link has proved the address; it is
	// told when the application is handed in. Nil: none.
	Invitation *onboarding.InvitationRef `json:"invitation,omitempty"`
}

// Apply opens and submits an application at once: an integrator's form has
// captured everything, the consent evidence included.
type Apply struct {
	Receipts []consent.Receipt  `json:"receipts"`
	Profile  string             `json:"profile"`
	Has      []onboarding.Field `json:"has"` // the fields that the profile has
	Place    Place              `json:"place"`
	Actor    Actor              `json:"actor"`
	// Language is the one in which the applicant is written to; empty: English.
	Language string `json:"language,omitempty"`
}

// GiveConsent records one consent.
type GiveConsent struct {
	Receipt consent.Receipt `json:"receipt"`
	Actor   Actor           `json:"actor"`
}

// WithdrawConsent takes the consents for a purpose back.
type WithdrawConsent struct {
	Purpose consent.PurposeID `json:"purpose"`
	Actor   Actor             `json:"actor"`
}

// Submit hands the application in. The profile must have every field and every
// consent must have been given.
type Submit struct {
	Profile string             `json:"profile"`
	Has     []onboarding.Field `json:"has"`
	Place   Place              `json:"place"`
	Actor   Actor              `json:"actor"`
	LookUp  []string           `json:"look_up,omitempty"` // keyed hashes of e-mail, phone and names
}

// SendLink has a fresh link sent to the applicant.
type SendLink struct {
	Actor Actor `json:"actor"`
}

// TakeQuiz hands in answers: option IDs by question ID. Without a requirement it
// is that of a program file in the old form.
type TakeQuiz struct {
	Requirement string            `json:"requirement"`
	Attempt     int               `json:"attempt"` // the one that is meant; 0: the next. One that was handed in already changes nothing
	Answers     map[string]string `json:"answers"`
}

// QuizResult answers TakeQuiz.
type QuizResult struct {
	Passed       bool `json:"passed"`
	Score        int  `json:"score"`
	Of           int  `json:"of"`
	PassMark     int  `json:"pass_mark"`
	AttemptsLeft int  `json:"attempts_left"`
}

// SignAgreement signs the contractor agreement by typed name. Without a requirement
// it is that of a program file in the old form.
type SignAgreement struct {
	Requirement string `json:"requirement"`
	Version     string `json:"version"`   // of the text that was shown
	SHA256      string `json:"sha256"`    // of that text, hex
	Signature   []byte `json:"signature"` // sealed: name as typed, address, user agent, time
}

// AnswerKind is how an applicant answers the notice before an adverse action.
type AnswerKind string

// The answers. Both stop the clock.
const (
	// AnswerDispute says that the report is wrong or not whole: the agency looks
	// again (15 USC 1681i).
	AnswerDispute AnswerKind = "dispute"
	// AnswerStatement lets the report stand and says what else should be known.
	AnswerStatement AnswerKind = "statement"
)

// Dispute answers the notice before an adverse action. While the agency looks
// again, another one adds information, once, which gives the agency more time.
type Dispute struct {
	Kind      AnswerKind `json:"kind"`      // empty: a dispute
	Items     []string   `json:"items"`     // the agency's references of the disputed entries; none: the whole report
	Statement []byte     `json:"statement"` // sealed
	// Files are handed in with it.
	Files []Attachment `json:"files,omitempty"`
}

// CorrectDetails puts a corrected profile in the place of the one that was handed
// in. The checks that use a corrected field run again, and no others.
type CorrectDetails struct {
	Profile string             `json:"profile"` // object key of the sealed profile
	Fields  []onboarding.Field `json:"fields"`  // those that were corrected
	Place   Place              `json:"place"`
	Contact string             `json:"contact"` // keyed hash of the e-mail address
	Actor   Actor              `json:"actor"`
	LookUp  []string           `json:"look_up,omitempty"` // keyed hashes of e-mail, phone and names
}

// ProveContact answers the question by which a corrected e-mail address is proved.
// The answer is personal data, so whoever asks has compared it; the workflow counts.
type ProveContact struct {
	Right bool `json:"right"`
}

// AllowProof gives new tries at that question, after staff have made sure by other
// means of whom they have before them.
type AllowProof struct {
	Reason []byte `json:"reason"` // sealed
	Actor  Actor  `json:"actor"`
}

// OpenVendorPage asks for the page on which a vendor takes what it needs from the
// applicant themselves.
type OpenVendorPage struct {
	Check onboarding.CheckName `json:"check"`
}

// VendorPage answers OpenVendorPage. The address lets whoever has it act as the
// applicant: it is neither kept nor mailed.
type VendorPage struct {
	URL string `json:"url"`
}

// Withdraw ends the application at the applicant's wish.
type Withdraw struct {
	Actor Actor `json:"actor"`
}

// RefuseUnderAge ends a draft whose date of birth is under the minimum age;
// nothing of the person is kept (obligation 28).
type RefuseUnderAge struct{}

// RetryCheck asks for another round of a failed check.
type RetryCheck struct {
	Check  onboarding.CheckName `json:"check"`
	Round  int                  `json:"round"`  // the failed round that is meant: a second press of the button is refused; 0 = whichever it is
	Reason []byte               `json:"reason"` // sealed
	Actor  Actor                `json:"actor"`
	Bulk   string               `json:"bulk"` // the run for many that asks, if any: one run asks for a check once
	// Agreements are those of the program's file of today; nil where it is not known.
	Agreements *AgreementsToday `json:"agreements,omitempty"`
}

// WaiveCheck goes on without a failed check.
type WaiveCheck struct {
	Check  onboarding.CheckName `json:"check"`
	Reason []byte               `json:"reason"` // sealed
	Actor  Actor                `json:"actor"`
	Bulk   string               `json:"bulk"` // the run for many that asks, if any
}

// Decide is a reviewer's decision on what waits for one. Where the program asks
// for a second reviewer it is one of two.
type Decide struct {
	Ruling     onboarding.Ruling `json:"ruling"`     // proceed or adverse
	Reason     []byte            `json:"reason"`     // sealed
	Assessment []byte            `json:"assessment"` // sealed: the answers to the place's form, against the applicant only
	Actor      Actor             `json:"actor"`
}

// RecordView says that staff are about to look at personal data. It is answered
// when that stands in the ledger, and only then may anything be shown.
type RecordView struct {
	Check  onboarding.CheckName `json:"check"` // whose answer is looked at; empty when the applicant looks at what they gave
	Fields []onboarding.Field   `json:"fields"`
	Why    string               `json:"why"` // what it is looked at for, in our own words
	// Document is a document that is opened, such as "letter/3", instead of a check's answer.
	Document string `json:"document,omitempty"`
	// Ticket is the support ticket under which it is opened; empty when it is opened for
	// something else than to help the applicant (obligation 37).
	Ticket string `json:"ticket,omitempty"`
	Actor  Actor  `json:"actor"`
	// Despite is the ground on which it is looked at while the uses of the data are
	// restricted (Despite…); empty: then it is refused.
	Despite string `json:"despite,omitempty"`
}

// Opinion is a decision that waits for a second one.
type Opinion struct {
	Ruling onboarding.Ruling `json:"ruling"`
	Actor  Actor             `json:"actor"`
	At     time.Time         `json:"at"`
}

// Revoke takes a credential back.
type Revoke struct {
	Category RevocationReason `json:"category"` // the kind of reason, which the holder is told
	Reason   []byte           `json:"reason"`   // sealed
	Actor    Actor            `json:"actor"`
}

// ReportCompleted is the signal's content.
type ReportCompleted struct {
	Vendor string `json:"vendor"`
	Order  string `json:"order"`
	Event  string `json:"event"` // the vendor's event ID, for the ledger
}

// Wait says what the case waits for, in words for people.
type Wait struct {
	For   string    `json:"for"`   // "you to take the quiz", "Findly's report", …
	Since time.Time `json:"since"` //
	Until time.Time `json:"until"` // zero when there is no limit
	Next  string    `json:"next"`  // what happens then
}

// ConsentLine is one consent in a view.
type ConsentLine struct {
	Receipt   string            `json:"receipt"`
	Purpose   consent.PurposeID `json:"purpose"`
	Kind      consent.Kind      `json:"kind"`
	Notice    ledger.NoticeRef  `json:"notice"`
	GivenAt   time.Time         `json:"given_at"`
	Withdrawn time.Time         `json:"withdrawn"` // zero while live
	Method    string            `json:"method"`    // "button", "typed_signature" or "client_form"
	ShownAt   time.Time         `json:"shown_at"`
}

// Requirements is how far the first quiz and the first agreement are: the short
// form of what RequirementLine says of each requirement.
type Requirements struct {
	QuizPassed       bool      `json:"quiz_passed"`
	QuizTaken        int       `json:"quiz_taken"` // attempts used
	QuizAttemptsLeft int       `json:"quiz_attempts_left"`
	QuizScore        int       `json:"quiz_score"` // of the last attempt
	AgreementSigned  time.Time `json:"agreement_signed"`
}

// CredentialLine is the credential in a view.
type CredentialLine struct {
	ID      string    `json:"id"` // of its public page, /verify/<id>
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires"`
	Revoked time.Time `json:"revoked"` // zero while it stands
	// Why it was revoked, by which kind of reason; empty when its holder took a
	// consent back or withdrew.
	Why      RevocationReason `json:"why"`
	Replaced time.Time        `json:"replaced"` // when another one renewed it; zero for the present one
	Reminded []int            `json:"reminded"` // the days before its end on which the holder was reminded
	Told     bool             `json:"told"`     // the holder was written to that it was issued
	Lapsed   bool             `json:"lapsed"`   // it has ended by its own date
	Shown    bool             `json:"shown"`    // its public page shows the holder's name
}

// Adverse is how far an adverse action is (15 USC 1681b(b)(3), 1681m).
type Adverse struct {
	PreNoticeAt  time.Time  `json:"pre_notice_at"`
	WaitEnds     time.Time  `json:"wait_ends"`
	Disputed     bool       `json:"disputed"` // the notice was answered, in whichever way
	Answer       AnswerKind `json:"answer"`   // how; empty while it was not
	AnsweredAt   time.Time  `json:"answered_at"`
	FinalAt      time.Time  `json:"final_at"`
	Rule         string     `json:"rule"`         // the jurisdiction's row that set the wait
	Contemplated bool       `json:"contemplated"` // a pre-adverse notice is out and nothing is decided yet
	// Reinvestigation is the agency's second look at what is disputed.
	Reinvestigation Reinvestigation `json:"reinvestigation"`
	// Assessment is the sealed individualized assessment that the last decision
	// against the applicant rests on; empty where the place asks for none.
	Assessment []byte `json:"assessment"`
	Vendor     string `json:"vendor"` // the agency's reference of the action, where it keeps one
}

// Reinvestigation is how far the agency's second look is (15 USC 1681i(a)(1)).
type Reinvestigation struct {
	Started  time.Time `json:"started"` // zero when there was none
	Due      time.Time `json:"due"`
	Extended bool      `json:"extended"` // the applicant added information meanwhile
	Told     bool      `json:"told"`     // the agency knows of it, by us or, where it takes disputes from the consumer alone, by them
	Ended    time.Time `json:"ended"`    // zero while it runs
	Outcome  string    `json:"outcome"`  // ReinvestigatedChanged, …Unchanged or …Overdue
}

// What a re-investigation comes to.
const (
	ReinvestigatedChanged   = "changed"   // the report says something else now
	ReinvestigatedUnchanged = "unchanged" // it was verified as it stood
	ReinvestigatedOverdue   = "overdue"   // not verified in time: what was disputed must not be used
	// ReinvestigatedUnheard: the agency takes disputes from the consumer alone and
	// never heard of this one, or its answer was waived: a person decides.
	ReinvestigatedUnheard = "unheard"
)

// Running reports whether the agency is looking again now.
func (r Reinvestigation) Running() bool { return !r.Started.IsZero() && r.Ended.IsZero() }

// ApplicantView is what the applicant may see of their own case.
type ApplicantView struct {
	Applicant    onboarding.ApplicantID `json:"applicant"`
	Program      string                 `json:"program"`
	Edition      program.Program        `json:"edition"` // the program as it stood when the application began; its ID is empty when the workflow is gone
	Stage        onboarding.Stage       `json:"stage"`
	Attention    onboarding.Attention   `json:"attention"`
	Checks       []ApplicantCheck       `json:"checks"`
	Wait         Wait                   `json:"wait"`
	Profile      string                 `json:"profile"` // object key of the sealed profile
	Consents     []ConsentLine          `json:"consents"`
	Offered      time.Time              `json:"offered"`
	Requirements Requirements           `json:"requirements"`
	Credential   CredentialLine         `json:"credential"`
	Required     []RequirementLine      `json:"required"` // what the certification asks for, in the program's order
	Place        Place                  `json:"place"`    // where the applicant lives
	Past         []CredentialLine       `json:"past"`     // credentials that were renewed, oldest first
	Renewal      RenewalView            `json:"renewal"`
	Adverse      Adverse                `json:"adverse"`
	Report       bool                   `json:"report"` // a copy of the report about them is there to read
	Submitted    time.Time              `json:"submitted"`
	Entered      time.Time              `json:"entered"`             // when the present stage was
	Language     string                 `json:"language,omitempty"`  // BCP 47; empty: English
	Correctable  []onboarding.Field     `json:"correctable"`         // details that do not hold and can be corrected now
	Unproved     bool                   `json:"unproved"`            // the e-mail address was corrected, and nobody has proved the new one yet
	ContactSince time.Time              `json:"contact_since"`       // when it was corrected last; zero: it never was
	Restricted   time.Time              `json:"restricted,omitzero"` // since when the uses of their data are; zero: they are not
	DataView
	NoticeState
}

// StaffView is what staff see of a case, and what is kept as the case's
// summary when its workflow has ended. It holds no personal data.
type StaffView struct {
	Applicant    onboarding.ApplicantID `json:"applicant"`
	Program      string                 `json:"program"`
	Version      string                 `json:"program_version"`
	Stage        onboarding.Stage       `json:"stage"`
	Attention    onboarding.Attention   `json:"attention"`
	Outcome      onboarding.Outcome     `json:"outcome"`
	Place        Place                  `json:"place"`
	Checks       []onboarding.Check     `json:"checks"`
	Wait         Wait                   `json:"wait"`
	Consents     []ConsentLine          `json:"consents"`
	Profile      string                 `json:"profile"`
	Ruling       onboarding.Decision    `json:"ruling"`        // policy's last one
	Review       bool                   `json:"review"`        // a decision is waited for
	Reviews      int                    `json:"reviews"`       // the number of that review, or of the last one
	Opinions     []Opinion              `json:"opinions"`      // given in that review, waiting for a second one
	Form         policy.Form            `json:"form"`          // the assessment that a decision against the applicant needs; zero: none
	Law          string                 `json:"law"`           // ID of the jurisdiction whose rules hold
	Correctable  []onboarding.Field     `json:"correctable"`   // details that do not hold and that the applicant can correct now
	Unproved     bool                   `json:"unproved"`      // the e-mail address was corrected, and nobody has proved the new one yet
	ContactSince time.Time              `json:"contact_since"` // when it was corrected last; zero: it never was
	ProofSpent   bool                   `json:"proof_spent"`   // and every try at proving it is used up: staff may give new ones
	DataView
	StaffState
	HoldState
	NoticeState
	Offered      time.Time         `json:"offered"`
	Requirements Requirements      `json:"requirements"`
	Credential   CredentialLine    `json:"credential"`
	Required     []RequirementLine `json:"required"` // what the certification asks for, in the program's order
	Past         []CredentialLine  `json:"past"`     // credentials that were renewed, oldest first
	Renewal      RenewalView       `json:"renewal"`
	Adverse      Adverse           `json:"adverse"`
	Begun        time.Time         `json:"begun"`
	Submitted    time.Time         `json:"submitted"`
	UpdatedAt    time.Time         `json:"updated_at"`
	Ledger       ledger.Chain      `json:"ledger"` // head as last known to be stored
}
