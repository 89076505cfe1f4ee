package onboarding

import "slices"

// ListName names a public list that people are compared with.
type ListName string

// The lists. Each name is also the vendor's in program files.
const (
	ListOFAC ListName = "ofac" // Specially Designated Nationals, US Treasury
	ListLEIE ListName = "leie" // exclusions from federal health programs, HHS OIG
	ListSAM  ListName = "sam"  // exclusions from federal contracts, SAM.gov
)

// ListNames gives every list, in the order in which people read them.
func ListNames() []ListName { return []ListName{ListOFAC, ListLEIE, ListSAM} }

// Known reports whether n is one of the lists.
func (n ListName) Known() bool { return slices.Contains(ListNames(), n) }
