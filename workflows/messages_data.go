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
	Corrections []Correction       `json:"corrections"` // after the application was handed in, the oldest first
}

// DataState is what a case must remember of it.
type DataState struct {
	// Corrections are those of details after the application was handed in.
	Corrections []Correction `json:"corrections"`
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
