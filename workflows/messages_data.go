package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// DataView is what applicant and staff see of what the applicant does with their
// own data.
type DataView struct {
	Editable    []onboarding.Field `json:"editable"`    // every detail that can be corrected now, whether it holds or not
	Corrections []Correction       `json:"corrections"` // after the application was handed in, the oldest first
}

// DataState is what a case must remember of it.
type DataState struct {
	// Corrections are those of details after the application was handed in.
	Corrections []Correction `json:"corrections"`
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
