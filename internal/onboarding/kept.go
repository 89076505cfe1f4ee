package onboarding

import "time"

// KeptBundle is a category of what the law obliges to keep of somebody who is erased, as
// it lies sealed under a key of its own. It holds personal data.
type KeptBundle struct {
	Category string     `json:"category"` // of policy.KeptCategories
	Rule     string     `json:"rule"`
	Until    time.Time  `json:"until"`
	Items    []KeptItem `json:"items"`
}

// KeptItem is one thing in it.
type KeptItem struct {
	Name string    `json:"name"` // the object or record that it was
	At   time.Time `json:"at"`
	Body []byte    `json:"body"`
}
