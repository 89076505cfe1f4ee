package applicants

import "strings"

// DocumentKind is a kind of document that lies with us about an applicant.
type DocumentKind string

// The kinds.
const (
	DocumentApplication DocumentKind = "application"
	DocumentConsent     DocumentKind = "consent"     // with the receipt's ID
	DocumentReport      DocumentKind = "report"      // with the check's name
	DocumentLetter      DocumentKind = "letter"      // with its number
	DocumentFile        DocumentKind = "file"        // that the applicant handed in; with its number
	DocumentAgreement   DocumentKind = "agreement"   // with the requirement's ID
	DocumentWritten     DocumentKind = "written"     // what people wrote in the ledger
	DocumentCertificate DocumentKind = "certificate" // with the certificate's ID
	DocumentTax         DocumentKind = "tax"         // that it was given; nobody opens it here
)

// DocumentKinds lists them in the order in which people read them.
func DocumentKinds() []DocumentKind {
	return []DocumentKind{DocumentApplication, DocumentConsent, DocumentReport, DocumentLetter, DocumentFile, DocumentAgreement, DocumentWritten, DocumentCertificate, DocumentTax}
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
	case DocumentWritten:
		return "what was written about the application"
	case DocumentCertificate:
		return "the certificate"
	case DocumentTax:
		return "the tax form"
	}
	if name == "notes" {
		return "the notes of the case"
	}
	return "a document"
}
