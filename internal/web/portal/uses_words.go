package portal

import (
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// The words of "Your data". A ledger is read as it was written, also by a version
// of ours that knew more or less: a code without words is shown as it is, with its
// underscores as spaces, and the sentence around it stands.

var fieldWords = map[onboarding.Field]string{
	onboarding.FieldGivenName: "your first name", onboarding.FieldMiddleName: "your middle name", onboarding.FieldFamilyName: "your last name",
	onboarding.FieldDateOfBirth: "your date of birth", onboarding.FieldEmail: "your e-mail address", onboarding.FieldPhone: "your phone number",
	onboarding.FieldNationalID: "your Social Security number", onboarding.FieldStreet: "your street", onboarding.FieldUnit: "your apartment or unit",
	onboarding.FieldCity: "your city", onboarding.FieldState: "your state", onboarding.FieldPostalCode: "your ZIP code", onboarding.FieldCountry: "your country",
	onboarding.FieldPastAddresses: "your earlier addresses", onboarding.FieldSignature: "your signature",
	onboarding.FieldIPAddress: "the internet address that you applied from", onboarding.FieldUserAgent: "the kind of browser that you use",
}

func fieldsInWords(fields []onboarding.Field) []string {
	out := make([]string, 0, len(fields))
	for _, f := range fields {
		words, ok := fieldWords[f]
		if !ok {
			words = spaced(string(f))
		}
		out = append(out, words)
	}
	return out
}

// purposeInWords is a purpose as its notice names it.
func purposeInWords(id string) string {
	if spec, err := consent.SpecOf(consent.PurposeID(id)); err == nil {
		return spec.Title
	}
	return spaced(id)
}

func recipientInWords(id string) string {
	switch id {
	case consent.RecipientMail:
		return "our mail service"
	case consent.RecipientOwn:
		return "we ourselves"
	case consent.RecipientHolder:
		return "you"
	case "":
		return "nobody"
	}
	if name := vendorName(id); name != "" {
		return name
	}
	return spaced(id)
}

// aboutInWords is the check or the task that a record is about.
func aboutInWords(r ledger.Record) string {
	task := map[string]string{
		"pass the dispute on": "your dispute", "fetch the report again": "its report, once more", "fetch the report": "its report",
		"open the vendor's page for the applicant": "the page on which you go on",
		"begin the adverse action":                 "the notice that we sent you", "call the adverse action off": "the end of the notice that we sent you",
	}[r.Detail]
	switch {
	case task != "":
		return task
	case r.Check == "":
		return ""
	case checkTexts[r.Check].about != "":
		return checkTexts[r.Check].about
	}
	return spaced(string(r.Check))
}

// letters are what we write, by the name of the message.
var letters = map[workflows.Message]string{
	workflows.MessageLink: "the link to your application", workflows.MessageReminder: "a reminder of your unfinished application",
	workflows.MessageOffer: "our conditional offer", workflows.MessageTraining: "what is left to do for your certificate",
	workflows.MessageCertified: "your certificate is ready", workflows.MessagePreAdverse: "the notice before a decision that could go against you",
	workflows.MessageFinal: "the final notice", workflows.MessageEnded: "your application has ended", workflows.MessageCorrect: "a detail needs to be corrected",
	workflows.MessageMoved: "to your old address: your e-mail address was changed", workflows.MessageIdentity: "please show your identity document",
	workflows.MessageNoticeChanged: "a text that you agreed to changes", workflows.MessageProgramOpen: "news of another program, as you asked", workflows.MessageComplaint: "your complaint is here", workflows.MessageComplaintAnswered: "your complaint is answered", workflows.MessageNewOwner: "somebody else keeps your application soon",
	workflows.MessageDataAsked: "your request about your data is here", workflows.MessageDataAnswered: "your request about your data is answered",
	workflows.MessageNoticeOff: "a text that was to change does not change", workflows.MessageDisclosed: "data about you were given because the law compels or allows it",
	workflows.MessageInvitation: "the agency needs something from you", workflows.MessageReinvestigated: "what the agency found when it looked again",
}

func letterInWords(detail string) string {
	name := strings.TrimPrefix(detail, "letter: ")
	if words, ok := letters[workflows.Message(name)]; ok {
		return words
	}
	return spaced(name)
}

var roleWords = map[string]string{
	"reviewer": "a reviewer of our team", "recruiter": "a recruiter of our team", "ops": "somebody of our technical team",
	"privacy": "our privacy officer", "auditor": "an auditor", "admin": "an administrator of our team",
}

// staffInWords is who looked, by role: their own name is theirs.
func staffInWords(actor string) string {
	rest, staff := strings.CutPrefix(actor, actorStaff)
	role, _, _ := strings.Cut(rest, ":")
	switch {
	case staff && roleWords[role] != "":
		return roleWords[role]
	case strings.HasPrefix(actor, actorClient):
		return "a program of ours"
	case actor == string(workflows.ActorApplicant):
		return "you"
	}
	return "somebody of our team"
}

// reasonInWords is why staff looked, as they or the page that they opened said it.
func reasonInWords(detail string) string {
	if detail == "" {
		return "No reason was recorded."
	}
	return "The reason: " + detail + "."
}

// processInWords is upon what data were given without the applicant's consent.
func processInWords(k onboarding.ProcessKind) string {
	switch k {
	case onboarding.ProcessSubpoena:
		return "a subpoena"
	case onboarding.ProcessCourtOrder:
		return "a court order"
	case onboarding.ProcessWarrant:
		return "a warrant"
	case onboarding.ProcessEmergency:
		return "an emergency: somebody was in danger of death or serious harm"
	}
	return spaced(string(k))
}

// givenInWords is a category of data to the applicant.
func givenInWords(c onboarding.Category) string {
	if words, ok := givens[c]; ok {
		return words
	}
	return spaced(string(c))
}

var givens = map[onboarding.Category]string{
	onboarding.KeptApplication: "what you gave us in your application", onboarding.KeptFindings: "what checks found, and reports about you",
	onboarding.KeptLetters: "letters that we sent you", onboarding.KeptFiles: "files that you handed in", onboarding.KeptTax: "the details of your tax form",
	onboarding.KeptConsents: "what you agreed to, and when", onboarding.KeptCertificates: "your certificates",
}

// unsent are the outcomes of a use that was meant and then not made.
var unsent = map[string]string{
	"not sent: our own look was enough":                     "Our own look was enough.",
	"not sent: the agency takes disputes from the consumer": "This agency takes disputes from you alone.",
}

// cameOf are what came of a use, by the outcome on record.
var cameOf = map[string]string{
	string(onboarding.VerdictClear):            "It came out clear.",
	string(onboarding.VerdictConsider):         "It brought something up that a person looks at.",
	string(onboarding.VerdictCouldNotComplete): "It could not be completed, which does not count against you.",
	"ordered":                  "The order was taken.",
	"pending":                  "The answer was not ready yet.",
	"told":                     "They were told.",
	"opened":                   "You were led there.",
	"handed to the mail relay": "The mail service took it.",
}

// failures are why a use did not come to an answer, by the error's code.
var failures = map[onboarding.Code]string{
	onboarding.CodeVendorDown:     "There was no answer.",
	onboarding.CodeVendorRefused:  "It was refused, and nothing came of it.",
	onboarding.CodeConsentNotLive: "It was stopped: there was no consent for it any more.",
	onboarding.CodeGrantRefused:   "It was stopped by our own rules.",
	"superseded":                  "It was stopped, because a detail was corrected.",
}

// outcomeInWords says in a sentence what became of a use.
func outcomeInWords(r, o ledger.Record, known bool) string {
	switch {
	case !known && r.Recipient == consent.RecipientHolder:
		return ""
	case !known:
		return "What came of it is not recorded yet."
	case o.Kind == ledger.KindUseFailed:
		if words, ok := failures[onboarding.Code(o.Outcome)]; ok {
			return words
		}
		return "It did not come to an answer."
	case unsent[o.Outcome] != "":
		return unsent[o.Outcome]
	case cameOf[o.Outcome] != "":
		return cameOf[o.Outcome]
	case o.Outcome == "":
		return ""
	}
	return "What came of it, as recorded: " + spaced(o.Outcome) + "."
}

// toldInWords is what became of a word to somebody that names nothing of the
// applicant.
func toldInWords(r ledger.Record) string {
	switch {
	case r.Outcome == "canceled":
		return "It was told to stop."
	case r.Outcome == "told":
		return cameOf["told"]
	case failures[onboarding.Code(r.Outcome)] != "":
		return failures[onboarding.Code(r.Outcome)]
	}
	return "What came of it, as recorded: " + spaced(r.Outcome) + "."
}

func spaced(code string) string { return strings.ReplaceAll(code, "_", " ") }
