package onboarding

import "time"

// Onward is that a recipient handed data on to somebody that it has work for it
// (obligation 40). It holds no personal data.
type Onward struct {
	To  string    `json:"to"`  // the sub-processor, by the name that the agreement has for it
	For string    `json:"for"` // what it worked on, in the recipient's words: "county_criminal"
	At  time.Time `json:"at"`  // by the recipient's clock
}

// OnwardKey says that a recipient was seen to hand data on to a sub-processor: its body
// tells in which programs. It names no applicant.
func OnwardKey(vendor, to string) string { return OnwardPrefix + vendor + "/" + to }

// OnwardPrefix is where they lie in the vault bucket.
const OnwardPrefix = "onward/"
