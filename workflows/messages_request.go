package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// DataRequestName is the type of the workflow of one data request. Its ID is
// DataRequestID. Its payloads are sealed by the house's key, since it goes on when an
// erasure has destroyed the applicant's: so nothing of the person stands in them but what
// is sealed by theirs.
const DataRequestName = "DataRequest"

// DataRequestID is the workflow's ID for a request of that ID: "data/<id>".
func DataRequestID(id string) string { return "data/" + id }

// The messages of a data request.
const (
	QueryRequest         = "Request"
	UpdateProveRequester = "ProveRequester"
	UpdateAnswerRequest  = "AnswerRequest"
	UpdateExtendRequest  = "ExtendRequest"
	UpdateNoteRequest    = "NoteRequest"
	UpdateLift           = "LiftRestriction"
	UpdateCallOff        = "CallOffErasure"
)

// RequestKind is what is asked for (obligation 53).
type RequestKind string

// The kinds.
const (
	RequestAccess  RequestKind = "access"
	RequestCorrect RequestKind = "correct"
	RequestDelete  RequestKind = "delete"
	// RequestAmend puts something beside what is on file: what is missing there, or what
	// the person says to it (GDPR Article 16, second sentence).
	RequestAmend RequestKind = "amend"
	// RequestRestrict has the data stored and not used (GDPR Article 18).
	RequestRestrict RequestKind = "restrict"
	// RequestClose ends the application at once, and has erased on a day what need not
	// be kept (obligation 59).
	RequestClose RequestKind = "close"
)

// RequestKinds lists them.
func RequestKinds() []RequestKind {
	return []RequestKind{RequestAccess, RequestCorrect, RequestAmend, RequestRestrict, RequestDelete, RequestClose}
}

// Worded reports whether a request of the kind needs words: what is wrong, or what is to
// stand beside the file.
func (k RequestKind) Worded() bool { return k == RequestCorrect || k == RequestAmend }

// RequestFrom is who asks, and how it came.
type RequestFrom string

// Where requests come from.
const (
	RequestFromPortal     RequestFrom = "portal"     // the applicant, signed in
	RequestFromMail       RequestFrom = "mail"       // somebody by mail or phone, taken in by staff
	RequestFromController RequestFrom = "controller" // the client whose program it is, by its API key
)

// RequestState is how far a request is.
type RequestState string

// The states.
const (
	RequestVerify     RequestState = "verify"     // who asks has still to prove who they are
	RequestOpen       RequestState = "open"       // the privacy officer is to answer
	RequestDone       RequestState = "done"       //
	RequestRefused    RequestState = "refused"    //
	RequestRedirected RequestState = "redirected" // a client is the controller: the person was told whom to ask
	RequestUnproved   RequestState = "unproved"   // nobody proved to be the person
)

// Over reports whether nothing will change any more.
func (s RequestState) Over() bool { return s != RequestVerify && s != RequestOpen }

// ExtendReason is why a request takes longer. Only these are told: a letter holds no free
// words about a person.
type ExtendReason string

// The reasons.
const (
	ExtendComplex ExtendReason = "complex" // there is much to look at
	ExtendVendors ExtendReason = "vendors" // others hold a part of it
	ExtendMany    ExtendReason = "many"    // many requests came at once
)

// Known reports whether it is one of the reasons.
func (r ExtendReason) Known() bool {
	return r == ExtendComplex || r == ExtendVendors || r == ExtendMany
}

// DataRequestIn starts a request.
type DataRequestIn struct {
	ID        string                 `json:"id"`
	Applicant onboarding.ApplicantID `json:"applicant"`
	Program   string                 `json:"program"`
	Kind      RequestKind            `json:"kind"`
	From      RequestFrom            `json:"from"`
	Actor     Actor                  `json:"actor"` // who took it in
	Words     []byte                 `json:"words"` // what is to be corrected, sealed by the applicant's key
	// Redirect says that a client is the controller of the program's data, and that the
	// person is told to ask them.
	Redirect bool `json:"redirect"`
	// AtOnce says that a deletion needs no officer: nothing stands against it.
	AtOnce bool `json:"at_once"`
	Pace   Pace `json:"pace"`
}

// RequestView is a request as staff see it, and as who asked sees it.
type RequestView struct {
	ID        string                 `json:"id"`
	Applicant onboarding.ApplicantID `json:"applicant"`
	Program   string                 `json:"program"`
	Kind      RequestKind            `json:"kind"`
	From      RequestFrom            `json:"from"`
	Actor     Actor                  `json:"actor"`
	State     RequestState           `json:"state"`
	AskedAt   time.Time              `json:"asked_at"`
	Due       time.Time              `json:"due"`
	ProvedAt  time.Time              `json:"proved_at,omitzero"`
	Failures  int                    `json:"failures"`  // tries at proving who one is that failed
	Reminders int                    `json:"reminders"` // of the officer, so far
	Escalated bool                   `json:"escalated"` // its day has come and it is not answered
	Extended  ExtendReason           `json:"extended,omitempty"`
	Held      bool                   `json:"held"` // a hold stands against the deletion
	EndedAt   time.Time              `json:"ended_at,omitzero"`
	Words     []byte                 `json:"words,omitempty"`  // what is to be corrected, sealed
	Answer    []byte                 `json:"answer,omitempty"` // the officer's words, sealed

	ByItself   bool      `json:"by_itself,omitempty"` // it is being carried out, and nobody need decide
	Restricted time.Time `json:"restricted,omitzero"` // since when the restriction stands
	LiftAt     time.Time `json:"lift_at,omitzero"`    // when it is lifted, as the person was told
	Lifted     time.Time `json:"lifted,omitzero"`
	EraseOn    time.Time `json:"erase_on,omitzero"` // of an account that is closed
	CalledOff  time.Time `json:"called_off,omitzero"`
}

// Stands reports whether a restriction stands upon the request.
func (v RequestView) Stands() bool { return !v.Restricted.IsZero() && v.Lifted.IsZero() }

// Closing reports whether an account is closed and its data wait to be erased.
func (v RequestView) Closing() bool {
	return v.Kind == RequestClose && !v.EraseOn.IsZero() && v.EndedAt.IsZero() && v.CalledOff.IsZero()
}

// Spent reports whether nobody may try again to prove who they are.
func (v RequestView) Spent() bool { return v.Failures >= MostProofs }

// MostProofs is how often it may fail to prove who one is (obligation 54).
const MostProofs = 5

// ProveRequester says whether what somebody gave proves who they are. The service has
// compared it: neither the code nor a date of birth comes here.
type ProveRequester struct {
	Right bool `json:"right"`
}

// AnswerRequest answers a request.
type AnswerRequest struct {
	Granted bool   `json:"granted"`
	Words   []byte `json:"words"` // sealed by the applicant's key; who asked reads them
	Actor   Actor  `json:"actor"`
}

// ExtendRequest gives 30 days more, once.
type ExtendRequest struct {
	Reason ExtendReason `json:"reason"`
	Actor  Actor        `json:"actor"`
}

// LiftRestriction ends the restriction that a request has brought. The person is told
// before it takes effect, unless they ask for it themselves (GDPR Article 18(3)).
type LiftRestriction struct {
	Reason []byte `json:"reason"` // sealed by the applicant's key
	Actor  Actor  `json:"actor"`
}

// CallOffErasure keeps the data of an account that is closed, as long as they are there.
type CallOffErasure struct {
	Actor Actor `json:"actor"`
}

// RequestStep is what a letter about a request says.
type RequestStep string

// The steps at which who asked is written to.
const (
	StepCode       RequestStep = "code"       // the code that proves who is signed in
	StepLink       RequestStep = "link"       // the link at which who wrote to us proves who they are
	StepReady      RequestStep = "ready"      // the copy can be fetched
	StepExtended   RequestStep = "extended"   //
	StepAnswered   RequestStep = "answered"   //
	StepRefused    RequestStep = "refused"    //
	StepRedirected RequestStep = "redirected" //
	StepRestricted RequestStep = "restricted" // the data are stored and not used from now on
	StepLifting    RequestStep = "lifting"    // the restriction is lifted on a day
	StepLifted     RequestStep = "lifted"     //
	StepClosing    RequestStep = "closing"    // the account is closed, the data are erased on a day
	StepKept       RequestStep = "kept"       // that erasure was called off
)

// NoteRequest records something about a request in the applicant's ledger, and writes to
// them. The case takes it, or its Afterword when it has ended; for that the rest is given.
type NoteRequest struct {
	Request  string       `json:"request"`
	Kind     RequestKind  `json:"kind"`
	Outcome  string       `json:"outcome"` // for the ledger
	Actor    Actor        `json:"actor"`
	Sealed   []byte       `json:"sealed,omitempty"`
	Letter   RequestStep  `json:"letter"` // empty: no letter
	Due      time.Time    `json:"due"`
	Extended ExtendReason `json:"extended,omitempty"`
	// Beside is what is to stand beside the file from now on, sealed.
	Beside []byte `json:"beside,omitempty"`

	Title    string            `json:"title"`
	Contact  string            `json:"contact"`
	Language string            `json:"language"`
	Profile  string            `json:"profile"`
	Receipts []consent.Receipt `json:"receipts"`
}

// The activities of a data request.
const (
	ActivityNoteRequest  = "NoteRequest"
	ActivityStartErasure = "StartErasure"
	ActivityRestrict     = "RestrictUses"
	ActivityCloseCase    = "CloseCase"
	ActivityMailOfficer  = "MailOfficer"
)

// OutcomeAmended is the outcome of the ledger's record with which something stands beside
// the file.
const OutcomeAmended = "amended"

// RestrictIn has the uses of an applicant's data restricted, or the restriction lifted.
type RestrictIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Restrict  Restrict               `json:"restrict"`
}

// CloseCaseIn ends an applicant's case, if it is open still.
type CloseCaseIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Actor     Actor                  `json:"actor"`
}

// OfficerNews is what the privacy officer is written to about.
type OfficerNews string

// The news.
const (
	OfficerReminder OfficerNews = "reminder" // the first, second or third
	OfficerOverdue  OfficerNews = "overdue"
	OfficerExtended OfficerNews = "extended"
)

// MailOfficerIn writes to the privacy officer of a program. It names the request and
// nothing of the person.
type MailOfficerIn struct {
	Request string      `json:"request"`
	Program string      `json:"program"`
	News    OfficerNews `json:"news"`
	Number  int         `json:"number"` // of the letter, among those about the request
	Due     time.Time   `json:"due"`
}

// StartErasureIn has an erasure begun upon a request.
type StartErasureIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Request   string                 `json:"request"`
}

// StartErasureOut says whether it could begin.
type StartErasureOut struct {
	Held int `json:"held"`
}

// NoteRequestIn has something noted.
type NoteRequestIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Once      string                 `json:"once"` // the note's own ID: a retry notes it once
	Note      NoteRequest            `json:"note"`
}
