package workflows

import (
	"strconv"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// The words under which people meet the process's parts. None is personal data.

// StageWords is a stage as staff read it.
func StageWords(s onboarding.Stage) string {
	switch s {
	case onboarding.StageSignup:
		return "Signing up"
	case onboarding.StageValidation:
		return "Validation: is the application genuine?"
	case onboarding.StageVetting:
		return "Vetting: the background investigation"
	case onboarding.StageCertification:
		return "Certification: what the program asks for"
	case onboarding.StageCertified:
		return "Certified"
	case onboarding.StageDeclined:
		return "Declined"
	case onboarding.StageWithdrawn:
		return "Withdrawn by the applicant"
	case onboarding.StageExpired:
		return "Expired"
	case onboarding.StageErased:
		return "Erased"
	}
	return string(s)
}

// CheckWords is a check as staff read it.
func CheckWords(n onboarding.CheckName) string {
	switch n {
	case onboarding.CheckEmail:
		return "e-mail address"
	case onboarding.CheckPhone:
		return "phone number"
	case onboarding.CheckAddress:
		return "home address"
	case onboarding.CheckIPRisk:
		return "internet connection"
	case onboarding.CheckNationalID:
		return "identity number"
	case onboarding.CheckIdentity:
		return "identity document"
	case onboarding.CheckSanctions:
		return "sanctions list"
	case onboarding.CheckExclusions:
		return "exclusion list"
	case onboarding.CheckDebarment:
		return "debarment list"
	case onboarding.CheckDuplicate:
		return "applied before?"
	case onboarding.CheckBackground:
		return "background report"
	}
	return string(n)
}

// taskWords is what the applicant has to do on the vendor's page, as a clause.
func taskWords(k *onboarding.Check) string {
	if k.Name == onboarding.CheckIdentity {
		return "show " + VendorTitle(k.Vendor) + " an identity document"
	}
	return "give " + VendorTitle(k.Vendor) + " what it asks for"
}

func checkList(names []onboarding.CheckName) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = CheckWords(n)
	}
	return strings.Join(words, ", ")
}

// VendorTitle is a vendor as staff read it.
func VendorTitle(vendor string) string {
	switch vendor {
	case "kickbox":
		return "Kickbox"
	case "twilio":
		return "Twilio"
	case "twilio-sms":
		return "Twilio (text messages)"
	case "findly":
		return "Findly"
	case "ofac":
		return "OFAC list"
	case "watchman":
		return "Moov Watchman"
	case "yente":
		return "OpenSanctions"
	case "leie":
		return "LEIE list"
	case "smarty":
		return "Smarty"
	case "maxmind":
		return "MaxMind"
	case "stripe":
		return "Stripe Identity"
	case "checkr":
		return "Checkr"
	case "sam":
		return "SAM.gov list"
	case "own":
		return "our own check"
	}
	return vendor
}

func checkMark(s onboarding.CheckStatus) string {
	return box(s.Settled())
}

func box(done bool) string {
	if done {
		return "[x]"
	}
	return "[ ]"
}

func number(n int) string { return strconv.Itoa(n) }

// LetterWords is a letter as staff read of it, as a noun.
func LetterWords(m Message) string {
	switch m {
	case MessageLink:
		return "the link to the application"
	case MessageReminder:
		return "a reminder"
	case MessageInvited:
		return "the invitation"
	case MessageInvitedFriend:
		return "the invitation that a friend has asked for"
	case MessageInvitedReminder:
		return "a reminder of the invitation"
	case MessageOffer:
		return "the conditional offer"
	case MessageTraining:
		return "the certification has begun"
	case MessageCertified:
		return "the certificate"
	case MessagePreAdverse:
		return "the notice before an adverse action"
	case MessageFinal:
		return "the final notice"
	case MessageCorrect:
		return "a detail can be corrected"
	case MessageMoved:
		return "the old address: there is a new one"
	case MessageIdentity:
		return "an identity document is asked for"
	case MessageInvitation:
		return "the agency asks for details"
	case MessageReceived:
		return "the application is here"
	case MessageReview:
		return "a person looks at the application"
	case MessageDelayed:
		return "a check holds the application up"
	case MessageAnswered:
		return "the answer to the notice is here"
	case MessageReinvestigated:
		return "what the agency's second look came to"
	case MessageExpiring:
		return "the certificate ends soon"
	case MessageRenewal:
		return "the certificate can be renewed"
	case MessageRenewed:
		return "the renewed certificate"
	case MessageCredentialEnded:
		return "the certificate has ended"
	case MessageRevoked:
		return "the certificate is revoked"
	case MessageEnded:
		return "the application has ended"
	case MessageNoticeChanged:
		return "a text that changes"
	case MessageProgramOpen:
		return "news of another program"
	case MessageComplaint:
		return "a complaint is here"
	case MessageComplaintAnswered:
		return "a complaint is answered"
	case MessageNewOwner:
		return "a new owner"
	case MessageNoticeOff:
		return "a text does not change after all"
	case MessageDisclosed:
		return "what was given because the law compels or allows it"
	case MessageDataAsked:
		return "a request about their data is here"
	case MessageDataRequest:
		return "news of a request about their data"
	case MessageErased:
		return "their data are erased"
	case MessageDataAnswered:
		return "a request about their data is answered"
	case MessageAgreement:
		return "the copy of the signed agreement"
	case MessageBooked:
		return "the appointment is booked"
	case MessageAppointment:
		return "the appointment is tomorrow"
	case MessageRequirement:
		return "news of the certification"
	}
	return string(m)
}

// fieldWords is a field as people read it.
func fieldWords(f onboarding.Field) string { return strings.ReplaceAll(string(f), "_", " ") }

// rulesOf lists the rules that spoke, for the ledger.
func rulesOf(d onboarding.Decision) string {
	words := make([]string, 0, len(d.Reasons))
	for _, r := range d.Reasons {
		words = append(words, r.Rule)
	}
	return strings.Join(words, "; ")
}
