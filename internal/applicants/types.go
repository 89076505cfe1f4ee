// Package applicants is what the faces of the house (portal, console, API,
// command line) do with applicants: it seals what people type, talks to their
// workflows, and reads ledgers. Everything that two faces need is here once.
package applicants

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Origin is where a request came from; it is sealed into receipts and kept
// nowhere else (obligation 41).
type Origin struct {
	Address   string // IP address
	UserAgent string
}

// BeginRequest starts an application from the portal.
type BeginRequest struct {
	Program  string
	Email    string // as typed
	Language string // BCP 47, of the page; the notice is in it where there is one
	ShownAt  time.Time
	Origin   Origin
}

// ConsentRequest gives one consent from the portal.
type ConsentRequest struct {
	Purpose   consent.PurposeID
	Kind      consent.Kind
	Language  string
	SHA256    string // of the notice's text that was shown: another is refused
	Signature string // typed name, for kinds that are signed
	ShownAt   time.Time
	Origin    Origin
}

// Draft is a profile that is still being filled in, and the object's tag: a
// save with an old tag is refused, so that two tabs cannot undo each other.
type Draft struct {
	Profile onboarding.Profile
	Tag     string
}

// Answer is what an applicant says to the notice before an adverse action (15 USC
// 1681b(b)(3)), as they typed it.
type Answer struct {
	Kind  workflows.AnswerKind // empty: a dispute
	Items []string             // the agency's references of the disputed entries; none: the whole report
	Words string               // up to 5,000 characters
	Files []File               // up to attachment.MaxFiles
}

// File is one that the applicant hands in, as it came.
type File struct {
	Name string
	Body []byte
}

// Application is a whole application from an integrator.
type Application struct {
	Program        string
	Profile        onboarding.Profile // as given; normalized and checked by Apply
	Consents       []ConsentEvidence
	Language       string          // BCP 47, in which the person is written to; empty: that of the notices that they agreed to
	IdempotencyKey string          // empty: every call makes a new application
	Actor          workflows.Actor // "api:<key id>"
}

// ConsentEvidence is the proof of a consent that a client's own form captured.
type ConsentEvidence struct {
	Purpose   consent.PurposeID
	Kind      consent.Kind
	Notice    ledger.NoticeRef
	Method    string // "client_form" or "typed_signature"
	Signature string // typed name, for kinds that are signed
	ShownAt   time.Time
	GivenAt   time.Time
	Origin    Origin
}

// Filter narrows a listing. Empty members do not narrow.
type Filter struct {
	Stage     onboarding.Stage
	Attention onboarding.Attention
	Program   string
	Programs  []string             // only these; see Within for those of who asks
	Check     onboarding.CheckName // only those where this check failed
	Vendor    string               // only those where a check at this vendor failed
	Error     onboarding.Code      // only those where a check was stopped by this
	Failed    bool                 // only those with any failed check
	Held      string               // only those with a check that waits because this vendor is paused
	Recruiter string               // the ID of staff to whom the case is assigned; Nobody: those who have none
	Outcome   onboarding.Outcome
	// Jurisdiction is the ID of the place whose rules hold, such as US-CA.
	Jurisdiction string
	Open         bool // only those that are not over; who is certified is open until the certificate ends
	Due          Span // by when the case waits
	Changed      Span // when stage or attention last changed
	Applied      Span // when it was begun
	Sought       Sought
	Order        Order
	Limit        int    // 1 to 500; 0 means 50
	Cursor       string // from the page before
}

// Line is one applicant in a listing.
type Line struct {
	ID        onboarding.ApplicantID `json:"id"`
	Program   string                 `json:"program"`
	Stage     onboarding.Stage       `json:"stage"`
	Attention onboarding.Attention   `json:"attention"`
	Outcome   onboarding.Outcome     `json:"outcome"`
	Failed    []string               `json:"failed_checks"` // names of failed checks
	FailedAt  []FailedAt             `json:"-"`             // the same, with vendor and code
	// Rounds are which rounds of them failed. A case that has not moved since a release
	// whose list did not know rounds has none.
	Rounds    map[onboarding.CheckName]FailedRound `json:"-"`
	DueBy     time.Time                            `json:"due_by"`     // zero: no limit
	StartedAt time.Time                            `json:"started_at"` // when the application was begun
	// Since is when stage or attention last changed; zero for a case that has not moved
	// since a release that did not keep it.
	Since        time.Time `json:"since"`
	Recruiter    string    `json:"recruiter"`    // the ID of staff; empty: nobody
	Jurisdiction string    `json:"jurisdiction"` // empty until the address is known
}

// Page is one page of a listing.
type Page struct {
	Items      []Line `json:"items"`
	NextCursor string `json:"next_cursor"` // empty on the last page
}

// Event is one ledger record as staff read it. What somebody wrote stays sealed: it
// is opened as a document (DocumentWrittenChecks and so on), on record and for a purpose.
type Event struct {
	Record  ledger.Record `json:"record"`
	Written bool          `json:"written"`        // somebody's words lie sealed in the record
	Erased  bool          `json:"erased"`         // the words can be read no more
	Says    string        `json:"says,omitempty"` // the record as a sentence
}
