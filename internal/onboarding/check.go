package onboarding

import "time"

// CheckName names a check of a program.
type CheckName string

// The checks. All but Background belong to validation.
const (
	CheckEmail      CheckName = "email"
	CheckPhone      CheckName = "phone"
	CheckAddress    CheckName = "address"
	CheckIPRisk     CheckName = "ip_risk"
	CheckNationalID CheckName = "national_id"
	CheckIdentity   CheckName = "identity_document"
	CheckSanctions  CheckName = "sanctions"
	CheckExclusions CheckName = "exclusions" // from federal health programs
	CheckDebarment  CheckName = "debarment"  // from federal contracts
	CheckDuplicate  CheckName = "duplicate"
	CheckBackground CheckName = "background"
)

// CheckNames lists every check in the order in which people read them.
func CheckNames() []CheckName {
	return []CheckName{CheckEmail, CheckPhone, CheckAddress, CheckIPRisk, CheckNationalID, CheckIdentity, CheckSanctions, CheckExclusions,
		CheckDebarment, CheckDuplicate, CheckBackground}
}

// Known reports whether c is one of the checks.
func (c CheckName) Known() bool {
	for _, k := range CheckNames() {
		if c == k {
			return true
		}
	}
	return false
}

// Stage is the stage that the check belongs to.
func (c CheckName) Stage() Stage {
	if c == CheckBackground {
		return StageVetting
	}
	return StageValidation
}

// CheckStatus is how far a check is. What it found is its verdict, what was
// decided upon it a Decision: three fields, never one.
type CheckStatus string

// The life of a check: pending → running → waiting → one of the ends. Failed
// means "could not complete": we do not know, and nobody may read it as clear.
const (
	StatusPending  CheckStatus = "pending"
	StatusRunning  CheckStatus = "running"
	StatusWaiting  CheckStatus = "waiting"
	StatusPassed   CheckStatus = "passed"
	StatusFlagged  CheckStatus = "flagged"
	StatusFailed   CheckStatus = "failed"
	StatusWaived   CheckStatus = "waived"
	StatusCanceled CheckStatus = "canceled"
)

// Settled reports whether the check needs no more work of ours: it passed, was
// flagged (people and policy go on from there), waived or canceled. A failed
// check is not settled: it waits for ops.
func (s CheckStatus) Settled() bool {
	switch s {
	case StatusPassed, StatusFlagged, StatusWaived, StatusCanceled:
		return true
	case StatusPending, StatusRunning, StatusWaiting, StatusFailed:
		return false
	}
	return false
}

// Check is what is known of one check of one applicant. It holds no personal
// data: references and codes only.
type Check struct {
	Name      CheckName   `json:"name"`
	Vendor    string      `json:"vendor"`
	Status    CheckStatus `json:"status"`
	Round     int         `json:"round"`          // 1 for the first; each retry that a person asks for adds one
	Attempts  int         `json:"attempts"`       // tries of the current round so far, as far as known
	Verdict   Verdict     `json:"verdict"`        // empty until there is one
	Findings  []Finding   `json:"findings"`       // of the current round
	Order     string      `json:"order"`          // the vendor's own reference of an order that is under way
	Reported  string      `json:"reported"`       // the order whose report is in, if any
	WaitsFor  Attention   `json:"waits_for"`      // who must act before the vendor can: the applicant, while waiting; else empty
	Note      string      `json:"note"`           // the vendor's code for what went wrong with the applicant's last try, while waiting for them
	Result    string      `json:"result"`         // object key of the sealed result, if any
	Problem   string      `json:"problem"`        // code of the error that stopped it, when failed
	Bulk      string      `json:"bulk,omitempty"` // the run for many that retried or waived it last, if one did
	From      int         `json:"from"`           // the first round of the present making, with the details as they are now; 0: the first. What earlier ones ordered is not taken up
	Since     time.Time   `json:"since"`          // when the status was reached
	UpdatedAt time.Time   `json:"updated_at"`

	// Began is since when the vendor has been at the current round; zero while it is not.
	Began time.Time `json:"began"`

	// Paused is since when the check waits because ops have paused its vendor; zero
	// while it does not.
	Paused time.Time `json:"paused,omitzero"`
}

// Held reports whether the check waits for a vendor that ops have paused.
func (k Check) Held() bool { return k.Status == StatusRunning && !k.Paused.IsZero() }
