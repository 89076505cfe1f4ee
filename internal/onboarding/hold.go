package onboarding

import (
	"regexp"
	"slices"
	"strings"
)

// HoldKind says why an applicant's data must not go for now.
type HoldKind string

// The kinds of hold.
const (
	HoldLegal     HoldKind = "legal"     // a suit, an investigation, or one that is to be expected
	HoldDispute   HoldKind = "dispute"   // somebody contests what was found or decided
	HoldEmergency HoldKind = "emergency" // somebody is in danger, and the data may be needed
)

// HoldKinds lists them in the order in which staff choose.
func HoldKinds() []HoldKind { return []HoldKind{HoldLegal, HoldDispute, HoldEmergency} }

// Known reports whether it is a kind that there is.
func (k HoldKind) Known() bool { return slices.Contains(HoldKinds(), k) }

// disputeHold begins the ID of a hold that the process sets itself.
const disputeHold = "dispute-"

var holdForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{5,39}$`)

// CheckHoldID refuses what cannot name a hold that somebody sets: CodeInvalid. The
// process's own begin otherwise, so that nobody can take one's place.
func CheckHoldID(id string) error {
	if !holdForm.MatchString(id) || OwnHold(id) {
		return Invalid("hold", "That is no ID of a hold.", "Use 6 to 40 small letters, digits and hyphens, or none: then one is drawn.")
	}
	return nil
}

// OwnHold reports whether the process set the hold itself, since the applicant disputes.
func OwnHold(id string) bool { return strings.HasPrefix(id, disputeHold) }

// DisputeHoldID names the hold of the dispute that stands in the ledger under a number.
func DisputeHoldID(seq string) string { return disputeHold + seq }

// HoldsPrefix is where the holds of all applicants lie in the vault bucket.
const HoldsPrefix = "holds/"

// HoldsOf is where an applicant's holds lie.
func HoldsOf(id ApplicantID) string { return HoldsPrefix + string(id) + "/" }

// HoldKey is one hold: sealed with the house's own key, so that it can still be read
// when the applicant's is gone; the reason in it is sealed with theirs.
func HoldKey(id ApplicantID, hold string) string { return HoldsOf(id) + hold }

// HeldObjects is where the objects lie that a hold keeps, in the vault bucket and in the
// evidence bucket: all that is sealed under the applicant's key, the key itself, and the
// ledger. Each is a prefix, and one without a slash at its end is an object's whole name.
func HeldObjects(id ApplicantID) (vault, evidence []string) {
	s := string(id)
	return []string{DraftKey(id), "profiles/" + s + "/", TaxPrefix(id), LetterPrefix(id), "attachments/" + s + "/", ContactsKey(id), SummaryKey(id), "keys/" + s},
		[]string{"ledger/" + s + "/", "results/" + s + "/", "withdrawals/" + s + "/"}
}
