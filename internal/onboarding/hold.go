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
	// HoldRestriction is set by the process alone, upon the person's own request: their
	// data are stored and not used (GDPR Article 18).
	HoldRestriction HoldKind = "restriction"
)

// HoldKinds lists them in the order in which staff choose.
func HoldKinds() []HoldKind { return []HoldKind{HoldLegal, HoldDispute, HoldEmergency} }

// Known reports whether it is a kind that there is.
func (k HoldKind) Known() bool { return k == HoldRestriction || slices.Contains(HoldKinds(), k) }

// What the IDs of the holds begin with that the process sets itself.
const (
	disputeHold     = "dispute-"
	restrictionHold = "restriction-"
)

var holdForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{5,39}$`)

// CheckHoldID refuses what cannot name a hold that somebody sets: CodeInvalid. The
// process's own begin otherwise, so that nobody can take one's place.
func CheckHoldID(id string) error {
	if !holdForm.MatchString(id) || OwnHold(id) {
		return Invalid("hold", "That is no ID of a hold.", "Use 6 to 40 small letters, digits and hyphens, or none: then one is drawn.")
	}
	return nil
}

// OwnHold reports whether the process set the hold itself, since the applicant disputes
// or has had the uses of their data restricted.
func OwnHold(id string) bool { return DisputeHold(id) || RestrictionHold(id) }

// DisputeHold reports whether a hold stands for a dispute.
func DisputeHold(id string) bool { return strings.HasPrefix(id, disputeHold) }

// RestrictionHold reports whether a hold stands for a restriction.
func RestrictionHold(id string) bool { return strings.HasPrefix(id, restrictionHold) }

// RestrictionHoldID names the hold of the restriction that a data request has brought.
func RestrictionHoldID(request string) string {
	return restrictionHold + request[strings.LastIndexByte(request, '.')+1:]
}

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
	return []string{DraftKey(id), "profiles/" + s + "/", TaxPrefix(id), LetterPrefix(id), "attachments/" + s + "/", TextPrefix(id), ContactsKey(id), SummaryKey(id), "keys/" + s},
		[]string{"ledger/" + s + "/", "results/" + s + "/", "withdrawals/" + s + "/"}
}

// OfficerLetterKey says that a letter to the privacy officer was about to go to the mail
// server; letter is the keyed hash by which the letter is known.
func OfficerLetterKey(letter string) string { return "officer/" + letter }
