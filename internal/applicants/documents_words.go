package applicants

import (
	"strings"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// DocumentKind is a kind of document that lies with us about an applicant.
type DocumentKind string

// The kinds.
const (
	DocumentApplication DocumentKind = "application"
	DocumentConsent     DocumentKind = "consent"   // with the receipt's ID
	DocumentReport      DocumentKind = "report"    // with the check's name
	DocumentLetter      DocumentKind = "letter"    // with its number
	DocumentFile        DocumentKind = "file"      // that the applicant handed in; with its number
	DocumentAgreement   DocumentKind = "agreement" // with the requirement's ID
	// What people wrote in the ledger, by what it is about.
	DocumentWrittenChecks       DocumentKind = "written-checks"       // why checks were retried, waived or moved
	DocumentWrittenRequirements DocumentKind = "written-requirements" // scores, wishes, waivers and proofs
	DocumentWrittenDecisions    DocumentKind = "written-decisions"    // decisions, assessments, disputes: they may quote what was found
	DocumentCertificate         DocumentKind = "certificate"          // with the certificate's ID
	DocumentTax                 DocumentKind = "tax"                  // that it was given; nobody opens it here
)

// DocumentHold is what the ledger names when the reason of a hold is read, with its ID;
// it is no document of a list.
const DocumentHold = "hold"

// DocumentTicket is what the ledger names when the reason of a support ticket is read,
// with its number.
const DocumentTicket = "ticket"

// DocumentProcess is what the ledger names when what a case of legal process has put
// together is fetched, with the case's ID.
const DocumentProcess = workflows.DocumentProcess

// DocumentKinds lists them in the order in which people read them.
func DocumentKinds() []DocumentKind {
	return []DocumentKind{DocumentApplication, DocumentConsent, DocumentReport, DocumentLetter, DocumentFile, DocumentAgreement,
		DocumentWrittenChecks, DocumentWrittenRequirements, DocumentWrittenDecisions, DocumentCertificate, DocumentTax}
}

// DocumentWords says what the ledger names as a document, such as "letter/3".
func DocumentWords(name string) string {
	kind, which, _ := strings.Cut(name, "/")
	switch DocumentKind(kind) {
	case DocumentApplication:
		return "the application as it was handed in"
	case DocumentConsent:
		return "the receipt of a consent"
	case DocumentReport:
		return "the report as the agency sent it"
	case DocumentLetter:
		return "letter " + which
	case DocumentFile:
		return "file " + which + " of the applicant"
	case DocumentAgreement:
		return "the agreement that was signed"
	case DocumentWrittenChecks:
		return "what was written about checks"
	case DocumentWrittenRequirements:
		return "what was written about requirements"
	case DocumentWrittenDecisions:
		return "what was written in decisions and disputes"
	case DocumentCertificate:
		return "the certificate"
	case DocumentTax:
		return "the tax form"
	}
	if kind == DocumentProcess {
		return "what was put together in the case " + which + " of legal process"
	}
	if kind == workflows.DocumentKept {
		return "what the law keeps: " + which
	}
	if kind == DocumentRequest {
		return "what was written in a data request"
	}
	if kind == DocumentTicket {
		return "the reason of the support ticket " + which
	}
	if kind == DocumentHold {
		return "the reason of the hold " + which
	}
	switch name {
	case "notes":
		return "the notes of the case"
	case "written": // of before what was written was three documents
		return "what was written about the application"
	}
	return "a document"
}
