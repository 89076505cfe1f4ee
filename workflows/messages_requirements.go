package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// The updates of the certification's requirements. TakeQuiz and SignAgreement
// stand with the older ones.
const (
	UpdateReadPage         = "ReadPage"
	UpdateStartExercise    = "StartExercise"
	UpdateHandInExercise   = "HandInExercise"
	UpdateGiveTaxDetails   = "GiveTaxDetails"
	UpdateBookSlot         = "BookSlot"
	UpdateScoreLive        = "ScoreLive"
	UpdateJudgeRequirement = "JudgeRequirement"
	UpdateWaiveRequirement = "WaiveRequirement"
	UpdateAskOtherWay      = "AskOtherWay"
	UpdateAnswerOtherWay   = "AnswerOtherWay"
)

// RequirementStatus is how far a requirement is.
type RequirementStatus string

// The states of a requirement.
const (
	RequirementLocked  RequirementStatus = "locked"  // others come first
	RequirementOpen    RequirementStatus = "open"    // the applicant can do it now
	RequirementWaiting RequirementStatus = "waiting" // for a time (NotBefore), for the appointment (Slot) or for a person
	RequirementPassed  RequirementStatus = "passed"  //
	RequirementFailed  RequirementStatus = "failed"  // every attempt is used up: a reviewer decides
	RequirementWaived  RequirementStatus = "waived"  // staff let it go, with a reason
)

// Met reports whether nothing more is asked for.
func (s RequirementStatus) Met() bool { return s == RequirementPassed || s == RequirementWaived }

// How a requirement was passed, where that is told apart.
const (
	DetailMeasured = "measured" // equipment: in the browser
	DetailDeclared = "declared" // equipment: by the applicant's own word
	DetailNoShow   = "no_show"  // live: the applicant did not come to the last appointment
	DetailTooFast  = "too_fast" // typing: faster than anybody types
)

// RequirementLine is one requirement in a case: its state, and what is shown of it.
type RequirementLine struct {
	ID     string                  `json:"id"`
	Kind   program.RequirementKind `json:"kind"`
	Status RequirementStatus       `json:"status"`
	// Attempt is the number of the attempt that comes next or is under way, 1 for
	// the first. No number is used twice: what is handed in under an older one
	// changes nothing.
	Attempt   int       `json:"attempt"`
	Attempts  int       `json:"attempts"`   // used up of those that there are
	Left      int       `json:"left"`       // of them; -1: as many as it takes
	Score     int       `json:"score"`      // of the last attempt, in points or, of a typing test, percent
	Of        int       `json:"of"`         // the most that could be had in it
	Topics    []string  `json:"topics"`     // of the questions that were not answered right in the last attempt, to be read again
	WPM       float64   `json:"wpm"`        // of the last typing test, net words a minute
	NotBefore time.Time `json:"not_before"` // the next attempt is not before it
	PassedAt  time.Time `json:"passed_at"`
	Page      int       `json:"page"`     // how many pages of a course were read
	Started   time.Time `json:"started"`  // when the text of the typing test that is under way was shown
	Starts    int       `json:"starts"`   // how often a text was shown in this attempt
	Slot      time.Time `json:"slot"`     // the appointment that is booked
	Booked    time.Time `json:"booked"`   // when it was
	Seat      int       `json:"seat"`     // of the appointment
	Declared  bool      `json:"declared"` // the last answer about the equipment was the applicant's own word
	Detail    string    `json:"detail"`   // one of Detail…, or empty
	Asked     time.Time `json:"asked"`    // when the applicant last asked for another way of doing it
	Answered  time.Time `json:"answered"` // when staff answered that
	Answer    []byte    `json:"answer"`   // their answer, sealed
	Missed    int       `json:"missed"`   // appointments that the applicant did not come to
	Reminded  bool      `json:"reminded"` // of the appointment that is booked
	// Down, Up, Latency and Microphone are what the last measurement came to.
	Down       float64 `json:"down"`    // Mbit/s
	Up         float64 `json:"up"`      // Mbit/s
	Latency    float64 `json:"latency"` // milliseconds
	Microphone bool    `json:"microphone"`
}

// Due reports whether staff are asked to do something about it: an appointment to
// hold and score, equipment to be looked at, or a wish to be answered.
func (l RequirementLine) Due() bool {
	if l.Status.Met() {
		return false
	}
	return !l.Slot.IsZero() || l.Undecided() || l.Asked.After(l.Answered)
}

// Undecided reports whether what the applicant declared waits for a person.
func (l RequirementLine) Undecided() bool {
	return l.Status == RequirementWaiting && l.Declared && l.NotBefore.IsZero()
}

// ReadPage says that the applicant has read a page of a course.
type ReadPage struct {
	Requirement string `json:"requirement"`
	Page        string `json:"page"` // the page's ID
}

// RequirementResult answers what is done about a requirement.
type RequirementResult struct {
	Requirement RequirementLine  `json:"requirement"`
	Stage       onboarding.Stage `json:"stage"`
}

// StartExercise says that the text of a typing test is about to be shown.
type StartExercise struct {
	Requirement string `json:"requirement"`
	Attempt     int    `json:"attempt"`
	Again       bool   `json:"again"` // begin anew, with another text
	Start       int    `json:"start"` // with Again: how many starts there were, so that a button pressed twice begins once
}

// HandInExercise hands in what the server measured of an exercise. What was typed
// or noted down stays outside: it is measured and not kept.
type HandInExercise struct {
	Requirement string `json:"requirement"`
	Attempt     int    `json:"attempt"`
	// Of a typing test: the characters that were typed, and the errors among them.
	Characters int `json:"characters"`
	Errors     int `json:"errors"`
	// Of a listening exercise: the fields that are right, of how many.
	Score int `json:"score"`
	Of    int `json:"of"`
	// Of the equipment.
	Declared   bool            `json:"declared"` // the applicant's own word, not a measurement
	Down       float64         `json:"down"`     // Mbit/s
	Up         float64         `json:"up"`       // Mbit/s
	Latency    float64         `json:"latency"`  // milliseconds
	Microphone bool            `json:"microphone"`
	Yes        map[string]bool `json:"yes"` // the declarations, by ID
}

// GiveTaxDetails gives the details of the tax form, sealed under their own purpose.
type GiveTaxDetails struct {
	Requirement string             `json:"requirement"`
	Object      string             `json:"object"`    // key of the sealed details
	Fields      []onboarding.Field `json:"fields"`    // that they have
	Signature   []byte             `json:"signature"` // sealed: name as typed, address, user agent
}

// BookSlot books an appointment, in the place of one that is booked; a zero time
// gives it back.
type BookSlot struct {
	Requirement string    `json:"requirement"`
	Attempt     int       `json:"attempt"`
	At          time.Time `json:"at"`
}

// ScoreLive is what a person saw at an appointment.
type ScoreLive struct {
	Requirement string         `json:"requirement"`
	Attempt     int            `json:"attempt"` // the one that was scored: a second press of the button is refused
	NoShow      bool           `json:"no_show"` // the applicant did not come
	Scores      map[string]int `json:"scores"`  // by the rubric's IDs
	Remark      []byte         `json:"remark"`  // sealed: remark and scores
	Actor       Actor          `json:"actor"`
}

// JudgeRequirement is a person's look at what was declared about the equipment.
type JudgeRequirement struct {
	Requirement string `json:"requirement"`
	Attempt     int    `json:"attempt"`
	Pass        bool   `json:"pass"`
	Reason      []byte `json:"reason"` // sealed
	Actor       Actor  `json:"actor"`
}

// WaiveRequirement lets a requirement go, such as for who cannot do it this way.
type WaiveRequirement struct {
	Requirement string `json:"requirement"`
	Reason      []byte `json:"reason"` // sealed
	Actor       Actor  `json:"actor"`
}

// AskOtherWay asks staff for another way of doing a requirement.
type AskOtherWay struct {
	Requirement string `json:"requirement"`
	Words       []byte `json:"words"` // sealed: what the applicant says
}

// AnswerOtherWay answers that in words; what was asked for is granted by
// WaiveRequirement, or found outside.
type AnswerOtherWay struct {
	Requirement string `json:"requirement"`
	Words       []byte `json:"words"` // sealed
	Actor       Actor  `json:"actor"`
}

// The activities of the requirements.
const (
	ActivityReserveSlot   = "ReserveSlot"
	ActivityReleaseSlot   = "ReleaseSlot"
	ActivityKeepAgreement = "KeepAgreement"
	ActivityKeepTax       = "KeepTax"
)

// ReserveSlotIn takes a seat of an appointment.
type ReserveSlotIn struct {
	Applicant   onboarding.ApplicantID `json:"applicant"`
	Pages       Pages                  `json:"pages"`
	Program     string                 `json:"program"` // its ID
	Requirement string                 `json:"requirement"`
	Live        program.Live           `json:"live"`
	At          time.Time              `json:"at"`
	Now         time.Time              `json:"now"` // of the workflow
}

// ReserveSlotOut says what came of it.
type ReserveSlotOut struct {
	Seat    int  `json:"seat"`    // 0: none was free
	Offered bool `json:"offered"` // the program offers an appointment at that time
}

// ReleaseSlotIn gives a seat back.
type ReleaseSlotIn struct {
	Applicant   onboarding.ApplicantID `json:"applicant"`
	Pages       Pages                  `json:"pages"`
	Program     string                 `json:"program"`
	Requirement string                 `json:"requirement"`
	At          time.Time              `json:"at"`
	Seat        int                    `json:"seat"`
}

// KeepAgreementIn keeps the exact text of an agreement that was signed.
type KeepAgreementIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Text      string                 `json:"text"`
}

// KeepTaxIn takes the details of a tax form into the file.
type KeepTaxIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Use       Use                    `json:"use"` // its Profile is the object of the sealed details
}

// KeptOut says where something is kept.
type KeptOut struct {
	Object string `json:"object"`
	Digest string `json:"digest"` // SHA-256 of it as stored, hex
}

func (in ReserveSlotIn) carry(p Pages) any   { in.Pages = p; return in }
func (in ReleaseSlotIn) carry(p Pages) any   { in.Pages = p; return in }
func (in KeepAgreementIn) carry(p Pages) any { in.Pages = p; return in }
func (in KeepTaxIn) carry(p Pages) any       { in.Pages = p; return in }
