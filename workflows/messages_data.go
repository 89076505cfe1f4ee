package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// DataView is what applicant and staff see of what the applicant does with their
// own data.
type DataView struct {
	Editable    []onboarding.Field `json:"editable"`    // every detail that can be corrected now, whether it holds or not
	Attachments []Attachment       `json:"attachments"` // that the applicant handed in, the oldest first
	Requests    []DataRequest      `json:"requests"`    // for a copy or for erasure, the oldest first
	Corrections []Correction       `json:"corrections"` // after the application was handed in, the oldest first
}

// DataState is what a case must remember of it.
type DataState struct {
	// Corrections are those of details after the application was handed in.
	Corrections []Correction `json:"corrections"`
	// Requests are what the applicant asked for, for a copy or for erasure.
	Requests []DataRequest `json:"requests"`
	// Attachments are the files that the applicant handed in.
	Attachments []Attachment `json:"attachments"`
	// Again has the checks that a correction has made run beside the course of the
	// case, and that policy has not spoken of yet.
	Again []onboarding.CheckName `json:"again"`
	// Weighed has the rounds of flagged checks with which the case was let go on.
	Weighed []WeighedRound `json:"weighed"`
}

// Correction is one of details after the application was handed in: which, never
// what they are.
type Correction struct {
	Fields []onboarding.Field `json:"fields"`
	At     time.Time          `json:"at"`
	Stage  onboarding.Stage   `json:"stage"` // that the case was in
	Actor  Actor              `json:"actor"`
}

// WeighedRound is a round of a flagged check with which the case was let go on.
type WeighedRound struct {
	Check onboarding.CheckName `json:"check"`
	Round int                  `json:"round"`
}

// Attachment is one file that the applicant handed in with an answer to a notice.
type Attachment struct {
	Object string    `json:"object"` // key of the sealed file
	Digest string    `json:"digest"` // SHA-256 of that object as stored, hex
	Size   int       `json:"size"`   // of the file itself, in bytes
	Label  []byte    `json:"label"`  // sealed: its name and kind
	At     time.Time `json:"at"`     // when it was handed in; the workflow sets it
}

// OutcomeAttached is the outcome of the ledger's record of a file that was handed in.
const OutcomeAttached = "attached"

// The updates about a data request.
const (
	UpdateAskData    = "AskData"
	UpdateAnswerData = "AnswerData"
)

// DataKind is what a data request asks for.
type DataKind string

// The kinds.
const (
	DataCopy    DataKind = "copy"
	DataErasure DataKind = "erasure"
)

// DataRequest is one ask for a copy or for erasure, to be answered within 30 days
// (obligations 53 to 57).
type DataRequest struct {
	Kind    DataKind  `json:"kind"`
	AskedAt time.Time `json:"asked_at"`
	Due     time.Time `json:"due"`
	// AnsweredAt is zero while it is open; Answer is then "answered" or "refused".
	AnsweredAt time.Time `json:"answered_at"`
	Answer     string    `json:"answer"`
	// Words are what the applicant reads of the answer, sealed as a reason is.
	Words []byte `json:"words,omitempty"`
}

// Open reports whether it waits for an answer.
func (r DataRequest) Open() bool { return r.AnsweredAt.IsZero() }

// AskData asks for a copy of one's data or for their erasure.
type AskData struct {
	Kind  DataKind `json:"kind"`
	Actor Actor    `json:"actor"`
}

// AnswerData answers the open request of that kind.
type AnswerData struct {
	Kind   DataKind `json:"kind"`
	Answer string   `json:"answer"` // DataAnswered or DataRefused
	Reason []byte   `json:"reason"` // sealed; the applicant reads it
	Actor  Actor    `json:"actor"`
}

// How a data request is answered.
const (
	DataAnswered = "answered"
	DataRefused  = "refused"
)

// ApplicantCheck is a check in the applicant's view: no vendor's codes, no
// reasons of staff.
type ApplicantCheck struct {
	Name   onboarding.CheckName   `json:"name"`
	Vendor string                 `json:"vendor"`
	Status onboarding.CheckStatus `json:"status"`
	Since  time.Time              `json:"since"`
	Began  time.Time              `json:"began"` // since when the vendor has been at it; zero while it is not
	Due    time.Time              `json:"due"`   // when ops are called if it is not done; zero while there is no such day
	Yours  bool                   `json:"yours"` // it waits for the applicant, on the vendor's page
	Held   bool                   `json:"held"`  // it waits because ops have paused the vendor
	Note   string                 `json:"note"`  // the vendor's code for what went wrong with their last try
}
