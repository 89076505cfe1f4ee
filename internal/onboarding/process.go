package onboarding

import "slices"

// ProcessKind is what compels a disclosure, or allows it without the person.
type ProcessKind string

// The kinds of legal process, and emergencies (obligations 32 and 33).
const (
	ProcessSubpoena   ProcessKind = "subpoena"
	ProcessCourtOrder ProcessKind = "court_order"
	ProcessWarrant    ProcessKind = "warrant"
	ProcessEmergency  ProcessKind = "emergency" // somebody is in danger of death or serious harm
)

// ProcessKinds lists them in the order in which staff choose.
func ProcessKinds() []ProcessKind {
	return []ProcessKind{ProcessSubpoena, ProcessCourtOrder, ProcessWarrant, ProcessEmergency}
}

// Known reports whether it is a kind that there is.
func (k ProcessKind) Known() bool { return slices.Contains(ProcessKinds(), k) }

// Basis is the legal basis in DPV's terms, which the ledger has in place of a consent.
func (k ProcessKind) Basis() string {
	if k == ProcessEmergency {
		return "dpv:VitalInterest"
	}
	return "dpv:LegalObligation"
}

// ProcessPrefix is where the cases of legal process lie in the vault bucket.
const ProcessPrefix = "process/cases/"

// ProcessKey is one case: sealed with the house's own key.
func ProcessKey(id string) string { return ProcessPrefix + id }

// ProcessDocumentKey is the document that a case rests on, sealed likewise.
func ProcessDocumentKey(id string) string { return "process/documents/" + id }

// ProcessGivenKey is what was given of an applicant in a case: a ZIP, sealed with the
// applicant's key.
func ProcessGivenKey(id string, applicant ApplicantID) string {
	return "process/given/" + string(applicant) + "/" + id
}
