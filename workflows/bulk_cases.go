package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// CaseMatch says, beside the members of BulkMatch that a list of applicants has too,
// which cases a run is for that gives them to a recruiter; an empty member means any.
// Only cases that are not over are meant.
type CaseMatch struct {
	Stage        onboarding.Stage     `json:"stage,omitempty"`     // or several, as lists name them
	Attention    onboarding.Attention `json:"attention,omitempty"` // likewise
	Failed       bool                 `json:"failed,omitempty"`    // those with any failed check
	Recruiter    string               `json:"recruiter,omitempty"` // whose they are; "nobody": nobody's
	Outcome      onboarding.Outcome   `json:"outcome,omitempty"`
	Jurisdiction string               `json:"jurisdiction,omitempty"`
	Due          TimeSpan             `json:"due,omitzero"`
	Changed      TimeSpan             `json:"changed,omitzero"` // when stage or attention last changed
	Applied      TimeSpan             `json:"applied,omitzero"`
}

// TimeSpan is a stretch of time: From and later, before To. A zero end is open.
type TimeSpan struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// gather is the activity that finds what a run is for, with what it does in words.
// Runs that are younger than the first have activities of their own, so that a worker
// of before leaves them to one that knows them.
func (in BulkIn) gather() (activity, words string) {
	switch {
	case in.Action == BulkAssign:
		return ActivityGatherCases, "Find the cases that match"
	case in.Match.Held && len(in.Marked) == 0:
		return ActivityGatherHeld, "Find the checks that wait for the paused vendor"
	}
	return ActivityGatherBulk, "Find the failed checks that match"
}

// act is the activity that deals with a part of a run's list.
func (in BulkIn) act() string {
	if in.Action == BulkAssign {
		return ActivityAssignInBulk
	}
	return ActivityActInBulk
}

// left is what becomes of that with which a run does nothing.
func (in BulkIn) left() string {
	switch {
	case in.Action == BulkAssign:
		return "the cases are whose they were"
	case in.Match.Held:
		return "the checks wait as before"
	}
	return "the checks stand among the failed ones as before"
}
