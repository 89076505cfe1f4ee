package identity

// documents are who may open which kind of document, by the kinds' own names.
var documents = map[string]Action{
	"application": OpenApplication, "consent": OpenConsent, "report": OpenReport, "letter": OpenLetter, "file": OpenFile, "agreement": OpenAgreement,
	"written-checks": OpenWrittenChecks, "written-requirements": OpenWrittenRequirements, "written-decisions": OpenWrittenDecisions, "certificate": OpenCertificate,
}

// ToOpen is the action that opening a document of the kind is; "" for one that nobody
// opens.
func ToOpen(kind string) Action { return documents[kind] }
