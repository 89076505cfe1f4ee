package workflows

import "github.com/vouchsafe/vouchsafe/internal/onboarding"

// The messages of the workflow that has what the law keeps of somebody who is erased; see
// KeepName.
const (
	QueryKept      = "Kept"
	UpdateOpenKept = "OpenKept"
)

// OpenKept says that staff open a category of what the law keeps, before it is opened.
type OpenKept struct {
	Category string             `json:"category"`
	Basis    string             `json:"basis"` // of policy.KeptBases
	Case     string             `json:"case"`  // of legal process, where the basis needs one
	Words    []byte             `json:"words"` // which matter it is for, sealed under the category's own key
	Fields   []onboarding.Field `json:"fields"`
	Actor    Actor              `json:"actor"`
	Approver Actor              `json:"approver"` // of the case
}

// DocumentKept is what RecordView.Document would say, with the category: how the ledger
// names what the law keeps.
const DocumentKept = "kept"
