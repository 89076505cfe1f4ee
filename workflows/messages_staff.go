package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// The updates by which staff work together on one case.
const (
	UpdateWriteNote = "WriteNote"
	UpdateAssign    = "Assign"
)

// StaffState is what a case must remember of who of the staff has it.
type StaffState struct {
	Recruiter      string    `json:"recruiter,omitempty"` // staff ID of who has the case; empty: nobody
	RecruiterSince time.Time `json:"recruiter_since"`
}

// WriteNote keeps a note of staff on the case. It is never changed; one that was
// wrong is corrected by a later one.
type WriteNote struct {
	Words    []byte `json:"words"`    // sealed
	Corrects uint64 `json:"corrects"` // the ledger's number of the note that this one corrects; 0: none
	Actor    Actor  `json:"actor"`
}

// Assign gives the case to a recruiter, or takes it from one.
type Assign struct {
	Recruiter string `json:"recruiter"` // staff ID; empty: it is handed back
	Was       string `json:"was"`       // who had it on the page on which it was asked for: a second press is refused
	Actor     Actor  `json:"actor"`
	Bulk      string `json:"bulk,omitempty"` // the run that asks; empty: a person by themselves
}

// AfterwordName is the type of the workflow that sequences a ledger after the case
// has ended. Its ID is ApplicantID.AfterwordID.
const AfterwordName = "Afterword"

// AfterwordInput starts an Afterword.
type AfterwordInput struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Stage     onboarding.Stage       `json:"stage"` // in which the case ended
	Pace      Pace                   `json:"pace"`
}

// ActivityKeepAfterword stores what was recorded after the end of a case, and the
// ledger's new end with the case's last view.
const ActivityKeepAfterword = "KeepAfterword"

// KeepAfterwordIn is what ActivityKeepAfterword needs.
type KeepAfterwordIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
}

func (in KeepAfterwordIn) carry(p Pages) any { in.Pages = p; return in }

// DocumentNotes is what RecordView.Document says when notes are read.
const DocumentNotes = "notes"
