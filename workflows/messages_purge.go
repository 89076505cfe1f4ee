package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

const (
	// PurgeName is the type of the workflow that finds what is due by the retention table
	// and, when a person has had time to look, has it destroyed.
	PurgeName = "Purge"
	// PurgeID is the ID of the one that somebody asked for; the schedule adds its time to it.
	PurgeID = "retention/purge"
	// PurgeScheduleID is the ID of the schedule that starts it.
	PurgeScheduleID = "purge"
)

// The messages of a purge.
const (
	UpdateApprovePurge = "ApprovePurge"
	UpdatePausePurge   = "PausePurge"
	UpdateResumePurge  = "ResumePurge"
	UpdateCancelPurge  = "CancelPurge"
	QueryPurgeProgress = "PurgeProgress"
)

// The activities of a purge.
const (
	ActivityFindDue      = "FindDue"
	ActivityActOnDue     = "ActOnDue"
	ActivityKeepPurge    = "KeepPurge"
	ActivityPurgeObjects = "PurgeObjects"
	ActivityWasPurged    = "WasPurged"
)

// PurgeIn starts a purge.
type PurgeIn struct {
	// Wait is how long its report lies before it acts by itself, so that somebody can look
	// and call it off; 0: it acts when the privacy officer has approved it, and not before.
	Wait    time.Duration `json:"wait"`
	Actor   Actor         `json:"actor"`
	Pace    Pace          `json:"pace"`
	Carried *PurgeState   `json:"carried"` // of the run before, when it continued as new
}

// PurgeState is how far a purge is. It names no person.
type PurgeState struct {
	ID       string     `json:"id"`            // of its report
	Workflow string     `json:"workflow"`      // its workflow's ID
	Run      string     `json:"run,omitempty"` // the first of its runs; empty for one that began before this was kept
	Asked    Actor      `json:"asked"`         // who asked for it; "system": the schedule
	Begun    time.Time  `json:"begun"`
	Found    PurgeFound `json:"found"`
	Gathered bool       `json:"gathered"`
	Acts     time.Time  `json:"acts,omitzero"`    // when it acts by itself; zero: only when it is approved
	Approved Actor      `json:"approved"`         // who let it act; empty: nobody yet, or it acted by itself
	ByActor  Actor      `json:"by"`               // who paused, resumed or called it off last
	Acting   time.Time  `json:"acting,omitzero"`  // since when it acts
	Next     int        `json:"next"`             // of what is due, the first that has not been dealt with
	Tally    PurgeTally `json:"tally"`            //
	Paused   bool       `json:"paused"`           //
	Canceled bool       `json:"canceled"`         //
	Lapsed   bool       `json:"lapsed,omitempty"` // nobody answered it in time; the next one makes a new report
	// Lapses is when it ends by itself unless somebody approves it, or lets it go on;
	// zero while it waits for nobody.
	Lapses time.Time `json:"lapses,omitzero"`
	// Lost says that its workflow is no more and never said that it has ended: somebody
	// terminated it. Who reads finds that out; the workflow never sets it.
	Lost  bool      `json:"lost,omitempty"`
	Ended time.Time `json:"ended,omitzero"` //
}

// Where it stands, in a word.
const (
	PurgeLooking  = "looking"  // it is finding what is due
	PurgeWaiting  = "waiting"  // its report lies to be looked at
	PurgeActing   = "acting"   //
	PurgePaused   = "paused"   //
	PurgeCanceled = "canceled" //
	PurgeLapsed   = "lapsed"   // nobody answered in time
	PurgeLost     = "lost"     // its workflow was ended by hand
	PurgeDone     = "done"     //
)

// Stands is where it stands, in a word.
func (p PurgeState) Stands() string {
	switch {
	case p.Lost:
		return PurgeLost
	case p.Lapsed:
		return PurgeLapsed
	case p.Canceled:
		return PurgeCanceled
	case !p.Ended.IsZero():
		return PurgeDone
	case p.Paused:
		return PurgePaused
	case !p.Acting.IsZero():
		return PurgeActing
	case p.Gathered:
		return PurgeWaiting
	}
	return PurgeLooking
}

// Over reports whether nothing more comes of it.
func (p PurgeState) Over() bool { return !p.Ended.IsZero() }

// PurgeFound is what a purge found due.
type PurgeFound struct {
	Total  int          `json:"total"`
	Held   int          `json:"held"`   // of those, kept by a hold
	Locked int          `json:"locked"` // of those no hold keeps, all that is left is kept by S3's own lock for now
	Looked int          `json:"looked"`
	Counts []PurgeCount `json:"counts"`
}

// PurgeCount counts what is due of a category in a program.
type PurgeCount struct {
	Program  string              `json:"program"`
	Category onboarding.Category `json:"category"` // PurgeWhole: everything of the applicant
	Due      int                 `json:"due"`
	Held     int                 `json:"held"`   // of those
	Locked   int                 `json:"locked"` // of those no hold keeps
}

// Free is how many of them can go now.
func (f PurgeFound) Free() int { return f.Total - f.Held - f.Locked }

// PurgeWhole stands for everything of an applicant: the last of their categories is due,
// so their key goes.
const PurgeWhole onboarding.Category = "everything"

// PurgeTally counts what came of it, one for each that is due.
type PurgeTally struct {
	Erased  int `json:"erased"`  // applicants whose erasure was begun
	Purged  int `json:"purged"`  // categories that were removed
	Objects int `json:"objects"` // in how many objects
	Kept    int `json:"kept"`    // by a hold
	Locked  int `json:"locked"`  // by S3's own retention: another purge comes back to it
	Failed  int `json:"failed"`
	Gone    int `json:"gone"` // before this purge came to it
}

func (t *PurgeTally) add(o PurgeTally) {
	t.Erased += o.Erased
	t.Purged += o.Purged
	t.Objects += o.Objects
	t.Kept += o.Kept
	t.Locked += o.Locked
	t.Failed += o.Failed
	t.Gone += o.Gone
}

// SteerPurge approves, pauses, resumes or calls off a purge.
type SteerPurge struct {
	Actor Actor `json:"actor"`
}

// FindDueIn has what is due found, and its list stored.
type FindDueIn struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"` // due by then
	Pace Pace      `json:"pace"`
}

// ActOnDueIn acts on a part of the list, from one number up to but not including another.
// Done again it does nothing twice.
type ActOnDueIn struct {
	ID   string `json:"id"`
	From int    `json:"from"`
	To   int    `json:"to"`
	// Repeat is set by the activity that was tried before: what that try has done is
	// found, and not done again.
	Repeat bool `json:"-"`
}

// UpdatePurgeCategory has a category of a case that has ended removed.
const UpdatePurgeCategory = "PurgeCategory"

// PurgeCategory removes one category of an applicant, since its time is over.
type PurgeCategory struct {
	Category onboarding.Category `json:"category"`
	Rule     string              `json:"rule"`  // by which it is due
	Purge    string              `json:"purge"` // the purge's report
	// Again says that it was asked for before, so the ledger is looked into first: what
	// stands there was done and is answered.
	Again bool `json:"again,omitempty"`
}

// WasPurgedIn asks the ledger whether a purge has removed a category.
type WasPurgedIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Category  onboarding.Category    `json:"category"`
	Purge     string                 `json:"purge"`
}

// WasPurgedOut is what the ledger says.
type WasPurgedOut struct {
	Done bool      `json:"done"`
	Was  PurgedOut `json:"was"` // Until is not on record
}

// PurgeObjectsIn is what ActivityPurgeObjects needs.
type PurgeObjectsIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Category  onboarding.Category    `json:"category"`
}

// PurgedOut is what was removed.
type PurgedOut struct {
	Objects int       `json:"objects"`        // each in every version
	Locked  int       `json:"locked"`         // that S3 still keeps
	Until   time.Time `json:"until,omitzero"` // until when, the longest
}

func (in PurgeObjectsIn) carry(p Pages) any { in.Pages = p; return in }
