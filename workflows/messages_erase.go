package workflows

import (
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// EraseName is the type of the workflow that erases an applicant. Its ID is
// ApplicantID.ErasureID.
const EraseName = "Erase"

// Why an applicant is erased.
const (
	EraseRequest   = "request"   // somebody who may has asked for it
	EraseRetention = "retention" // the time for which the data are kept is over
)

// EraseIn starts an erasure. Its workflow's payloads are sealed by the house's key,
// since it goes on when the applicant's is gone: so nothing of the person stands here.
type EraseIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Profile   string                 `json:"profile"` // object key of the sealed profile, if it is known
	Reason    string                 `json:"reason"`  // EraseRequest or EraseRetention
	Request   string                 `json:"request"` // ID of the data request, or of the purge
	Pace      Pace                   `json:"pace"`
}

// EraseOut says what came of it.
type EraseOut struct {
	Done bool `json:"done"`
	// Held counts the holds that stood when a purge asked for it: nothing was done then.
	Held int `json:"held"`
}

// The messages of an erasure.
const (
	QueryErasure        = "Erasure"
	UpdateVendorErased  = "VendorErased"
	UpdateEndForErasure = "EndForErasure"
)

// ErasureStep is how far an erasure is.
type ErasureStep string

// The steps, in their order.
const (
	ErasureBegun   ErasureStep = "begun"
	ErasureHeld    ErasureStep = "held"    // a hold was set since it was asked for; it goes on when that is released
	ErasureErased  ErasureStep = "erased"  // key and data are gone; vendors are still to be asked by hand
	ErasureDone    ErasureStep = "done"    //
	ErasureRefused ErasureStep = "refused" // a hold stood
)

// ErasureView is an erasure as staff see it.
type ErasureView struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Program   string                 `json:"program"`
	Reason    string                 `json:"reason"`
	Request   string                 `json:"request"`
	Step      ErasureStep            `json:"step"`
	Since     time.Time              `json:"since"`
	Vendors   []VendorErasure        `json:"vendors"`
	Kept      []KeptByLaw            `json:"kept"`
}

// VendorErasure is what became of a vendor's copy.
type VendorErasure struct {
	Vendor string    `json:"vendor"`
	ByHand bool      `json:"by_hand"` // it has no way to be asked by program, or that failed
	Answer string    `json:"answer"`  // Vendor…; empty while it is to be asked
	At     time.Time `json:"at"`
}

// What a vendor answered.
const (
	VendorErased  = "erased"
	VendorNothing = "nothing" // it keeps nothing of the person
	VendorRefused = "refused" // it must keep it, by its own duty
)

// MarkVendorErased says what a vendor answered that was asked by hand.
type MarkVendorErased struct {
	Vendor string `json:"vendor"`
	Answer string `json:"answer"`
	Actor  Actor  `json:"actor"`
}

// EndForErasure ends a case because its applicant is to be erased.
type EndForErasure struct {
	Reason  string `json:"reason"`
	Request string `json:"request"`
}

// ErasingState is what a case that is being ended for an erasure remembers.
type ErasingState struct {
	Erasing *EndForErasure `json:"erasing,omitempty"`
}

// KeptByLaw is what the law obliges to keep longer than the rest, and for how long.
type KeptByLaw struct {
	Category string    `json:"category"` // of policy.KeptCategories
	Key      string    `json:"key"`      // ID of its own key
	Object   string    `json:"object"`
	Until    time.Time `json:"until"`
}

// The activities of an erasure.
const (
	ActivityEndCase         = "EndCase"
	ActivityKeepByLaw       = "KeepByLaw"
	ActivityAskErasure      = "AskErasure"
	ActivityDestroyData     = "DestroyData"
	ActivityDropHistories   = "DropHistories"
	ActivityDestroyKept     = "DestroyKept"
	ActivityStoreAfterErase = "StoreAfterErase"
)

// EndCaseIn asks for the holds and ends the case in good order.
type EndCaseIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Reason    string                 `json:"reason"`
	Request   string                 `json:"request"`
}

// EndCaseOut is what an erasure needs to know of a case that has ended.
type EndCaseOut struct {
	Held     int               `json:"held"`
	Gone     bool              `json:"gone"`             // the key is destroyed already
	Erased   bool              `json:"erased,omitempty"` // the ledger says so already
	Told     bool              `json:"told"`             // integrators know that it is erased: the case was open, or was erased before
	Program  string            `json:"program"`
	Title    string            `json:"title"`
	Contact  string            `json:"contact"`
	Language string            `json:"language"`
	Profile  string            `json:"profile"`
	Receipts []consent.Receipt `json:"receipts"` // for the account, without what is sealed
	Vendors  []string          `json:"vendors"`  // that got something of the person
}

// KeepByLawIn seals anew, each category under its own key, what the law obliges to keep.
type KeepByLawIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Keys      []string               `json:"keys"` // IDs of fresh keys, one for each category of policy.KeptCategories
	Now       time.Time              `json:"now"`
}

// KeepByLawOut lists what there was to keep.
type KeepByLawOut struct {
	Kept []KeptByLaw `json:"kept"`
}

// AskErasureIn asks a vendor to erase what it has under our references.
type AskErasureIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Vendor    string                 `json:"vendor"`
	Reason    string                 `json:"reason,omitempty"` // of the erasure: a restriction stops ours alone
}

// AskErasureOut has its answer: VendorErased or VendorNothing; or how many holds stand,
// and then nobody was asked.
type AskErasureOut struct {
	Answer string `json:"answer"`
	Held   int    `json:"held,omitempty"`
}

// DestroyDataIn destroys the applicant's key and removes what lies under it.
type DestroyDataIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
	Profile   string                 `json:"profile"`
	Reason    string                 `json:"reason"`
}

// DestroyDataOut says whether it was done: while a hold stands nothing is.
type DestroyDataOut struct {
	Held int `json:"held"`
}

// DropHistoriesIn removes the runs of the applicant's workflows, whose search
// attributes are the last by which the person could be found.
type DropHistoriesIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
}

// DestroyKeptIn destroys what was kept by law when its time is over.
type DestroyKeptIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Kept      KeptByLaw              `json:"kept"`
}

// StoreAfterEraseIn stores what was recorded when the key is gone.
type StoreAfterEraseIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Pages     Pages                  `json:"pages"`
}

func (in KeepByLawIn) carry(p Pages) any       { in.Pages = p; return in }
func (in AskErasureIn) carry(p Pages) any      { in.Pages = p; return in }
func (in DestroyDataIn) carry(p Pages) any     { in.Pages = p; return in }
func (in StoreAfterEraseIn) carry(p Pages) any { in.Pages = p; return in }

// KeepName is the type of the workflow that waits until what was kept by law may go.
// Its ID is ApplicantID.KeptID.
const KeepName = "KeptByLaw"

// KeepIn starts it.
type KeepIn struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Kept      []KeptByLaw            `json:"kept"`
	Pace      Pace                   `json:"pace"`
}
